/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule: which calls of a line go elsewhere, as a person types and reads it: "no-answer:4@internal" and "101". */
#pragma once

#include "interfaces/cli/json.h"

typedef struct Rule {
    char *condition; /* as the bus knows it */
    char *caller;
    char *destination; /* "": nowhere, do not disturb */
    uint32_t rings;
} Rule;

/* NULL, or a complaint: what is wrong and what would be right. */
char *rule_parse(const char *when, const char *to, Rule *ret);
void rule_clear(Rule *rule);

/* Of one rule as the bus tells it: when, for whose calls, and where to. */
const char *rule_when(const Json *rule);
char *rule_callers(const Json *rule);
const char *rule_destination(const Json *rule);
uint64_t rule_rings(const Json *rule);

/* All of a line: "busy → 101, no-answer:4@internal → 102"; "" for none. */
char *rules_text(const Json *rules, const char *arrow);
