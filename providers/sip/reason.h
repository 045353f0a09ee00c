/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reason: the header of that name (RFC 3326). Pure. */
#pragma once

#include <stdbool.h>

typedef enum ReasonProtocol {
    REASON_SIP,
    REASON_Q850,
    _REASON_PROTOCOL_MAX,
} ReasonProtocol;

typedef struct Reason {
    ReasonProtocol protocol;
    int cause;      /* 0 to 999 */
    char text[129]; /* "" if it has none */
} Reason;

const char *reason_protocol_to_string(ReasonProtocol protocol);

/* The next value of the header, in order, from *value on, which moves behind it (NULL or "" at the end). Values of other protocols, without
 * a cause, and broken ones are left out. */
bool reason_next(const char **value, Reason *ret);
