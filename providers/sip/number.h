/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Number: what people dial, and URIs. Pure. */
#pragma once

#include <stdbool.h>

/* Can it be dialled at all: digits, +, spaces and the like, a name, tel:, sip:, sips:? -EINVAL with *ret_hint, the end of a sentence. */
int number_check(const char *address, const char **ret_hint);

/* The URI of it, to be freed: what has no host of its own is at `domain` (a host, or host:port). NULL: it can't be dialled. */
char *number_to_uri(const char *address, const char *domain);

/* What a person sees of a URI, to be freed: the user where the host is that domain, or where it is a telephone number, else
 * "sip:user@host". */
char *number_from_uri(const char *uri, const char *domain);

/* Do two URIs name the same: user, and host without port and parameters? */
bool number_same_uri(const char *one, const char *other);
