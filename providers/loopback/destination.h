/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Destination: what a dialled address means here: a number, or a scripted far end with its delays. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "service/types.h"

/* Far ends that act by themselves, for the tests of any application. */
typedef enum ScriptKind {
    SCRIPT_NONE, /* the name is none of a script: a number, or nothing that we know */
    SCRIPT_ANSWER,
    SCRIPT_ECHO,
    SCRIPT_HANGUP,
    SCRIPT_DIGITS,
    SCRIPT_BUSY,
    SCRIPT_NO_ANSWER,
    SCRIPT_REJECT,
    SCRIPT_CONGESTION,
    SCRIPT_BAD,
    SCRIPT_CALLER, /* not dialled: it called us, out of nowhere */
    _SCRIPT_MAX,
} ScriptKind;

#define DESTINATION_FOR_EVER UINT32_MAX

typedef struct Destination {
    char name[ADDRESS_MAX + 1]; /* a number without spaces and dashes, or a name; without scheme, host and query */
    ScriptKind script;
    bool has_ring;              /* it was given, not our default */
    uint32_t ring_ms, talk_ms;  /* DESTINATION_FOR_EVER: no end; what talks may be a tone */
    uint32_t free_ms;           /* a busy one is so only for so long */
    char send[ADDRESS_MAX + 1]; /* digits */
} Destination;

/* Reads an address. -EINVAL, with *ret_hint (static text, the end of a sentence that says what would be right); *ret is then
 * undefined. */
int destination_parse(const char *address, Destination *ret, const char **ret_hint);

/* Reads "200ms", "2s", "1m" or "2" (seconds), up to a day. */
int duration_parse(const char *text, uint32_t *ret_ms);
