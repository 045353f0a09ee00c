/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule: which calls of a line go elsewhere, by its own decision. */
#pragma once

#include <glib.h>

#include "service/provider.h"

typedef struct Rules {
    ForwardRule *rules; /* whose texts are ours */
    size_t n;
} Rules;

/* What happens to a call, that a rule may be for. */
typedef enum RuleMoment {
    RULE_AT_ONCE,
    RULE_BUSY,
    RULE_NO_ANSWER,
} RuleMoment;

void rules_set(Rules *rules, const ForwardRule *from, size_t n);
void rules_clear(Rules *rules);

/* The first that applies to a call of that number; NULL: none. */
const ForwardRule *rules_find(const Rules *rules, RuleMoment moment, const char *number, bool inside);

/* Why the call goes elsewhere, as Diversion says it (RFC 5806). */
const char *rule_diversion(RuleMoment moment);
