/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: what may be dialled at all, whatever the network. */
#pragma once

#include "service/provider.h"

/* Refuses an address that can't be dialled on the line: service codes (NotSupported), malformed ones (InvalidAddress). */
Refusal *address_check(const Line *line, const char *address);

/* Of it, for where no line is known: is it text that could be an address (InvalidAddress)? */
Refusal *address_check_form(const char *address);

/* And: is there a service code in it, also hidden by percent-encoding? */
Refusal *address_check_service_code(const char *address);

/* What is left of an address when it is written plainly: no "tel:" before, no spaces, dashes or parameters in it. To be
 * freed. So "tel:1-1-2;phone-context=x" is "112". */
char *address_plain(const char *address);
