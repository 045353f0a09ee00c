/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uui: user-user information in a header of SIP (RFC 7433). Pure. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* The header's value, to be freed; NULL if there is none. */
char *uui_format(const uint8_t *data, size_t size);

/* The first of the header's values that is in hex; NULL: none. */
GBytes *uui_parse(const char *value);
