/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward: the rules by which a line sends its calls elsewhere, and the trail of a call that was sent on. Pure. */
#pragma once

#include <glib.h>

#include "service/provider.h"

#define FORWARD_RINGS 3 /* where the rule leaves it to the network */

typedef enum ForwardWhen {
    FORWARD_ALWAYS,
    FORWARD_WHEN_BUSY,
    FORWARD_WHEN_UNANSWERED,
    _FORWARD_WHEN_MAX,
} ForwardWhen;

typedef struct Rules Rules;

/* A copy; NULL for none. */
Rules *rules_new(const ForwardRule *rules, size_t n);
Rules *rules_free(Rules *rules);

/* As they were given. */
const ForwardRule *rules_list(const Rules *rules, size_t *ret_n);

/* The rule for such a call: one for this caller (NULL: withheld) before one for callers from inside or outside, and that before
 * one for all; of equal ones the first. NULL: none. */
const ForwardRule *rules_find(const Rules *rules, ForwardWhen when, const char *caller, bool inside);

/* After so many rings it is time. */
unsigned rule_rings(const ForwardRule *rule);

/* The lines that sent a call on, by number. */
typedef struct Trail Trail;

Trail *trail_free(Trail *trail);

/* Adds a line; *trail is made if need be. False: it has gone too far. */
bool trail_add(Trail **trail, GRefString *number);
bool trail_is_full(const Trail *trail);
bool trail_has(const Trail *trail, const char *number);
