/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule: the table of the conditions, and who matches. */
#include "providers/sip/rule.h"

#define AT_ONCE (1 << RULE_AT_ONCE)
#define BUSY (1 << RULE_BUSY)
#define NO_ANSWER (1 << RULE_NO_ANSWER)

typedef enum Whose {
    WHOSE_ALL,
    WHOSE_INSIDE,
    WHOSE_OUTSIDE,
    WHOSE_ONES,
} Whose;

static const struct {
    unsigned moments;
    Whose whose;
} conditions[_FORWARD_MAX] = {
    [FORWARD_UNCOND] = { AT_ONCE, WHOSE_ALL },
    [FORWARD_UNCOND_INTERNAL] = { AT_ONCE, WHOSE_INSIDE },
    [FORWARD_UNCOND_EXTERNAL] = { AT_ONCE, WHOSE_OUTSIDE },
    [FORWARD_UNCOND_SPECIFIC] = { AT_ONCE, WHOSE_ONES },
    [FORWARD_BUSY] = { BUSY, WHOSE_ALL },
    [FORWARD_BUSY_INTERNAL] = { BUSY, WHOSE_INSIDE },
    [FORWARD_BUSY_EXTERNAL] = { BUSY, WHOSE_OUTSIDE },
    [FORWARD_BUSY_SPECIFIC] = { BUSY, WHOSE_ONES },
    [FORWARD_NO_ANSW] = { NO_ANSWER, WHOSE_ALL },
    [FORWARD_NO_ANSW_INTERNAL] = { NO_ANSWER, WHOSE_INSIDE },
    [FORWARD_NO_ANSW_EXTERNAL] = { NO_ANSWER, WHOSE_OUTSIDE },
    [FORWARD_NO_ANSW_SPECIFIC] = { NO_ANSWER, WHOSE_ONES },
    [FORWARD_BUSY_NA] = { BUSY | NO_ANSWER, WHOSE_ALL },
    [FORWARD_BUSY_NA_INTERNAL] = { BUSY | NO_ANSWER, WHOSE_INSIDE },
    [FORWARD_BUSY_NA_EXTERNAL] = { BUSY | NO_ANSWER, WHOSE_OUTSIDE },
    [FORWARD_BUSY_NA_SPECIFIC] = { BUSY | NO_ANSWER, WHOSE_ONES },
};

void rules_clear(Rules *rules) {
    for (size_t i = 0; i < rules->n; i++) {
        g_free((char *) rules->rules[i].filter);
        g_free((char *) rules->rules[i].destination);
    }
    g_free(rules->rules);
    *rules = (Rules) { 0 };
}

void rules_set(Rules *rules, const ForwardRule *from, size_t n) {
    rules_clear(rules);
    rules->rules = g_new0(ForwardRule, n);
    rules->n = n;
    for (size_t i = 0; i < n; i++) {
        rules->rules[i] = from[i];
        rules->rules[i].filter = g_strdup(from[i].filter);
        rules->rules[i].destination = g_strdup(from[i].destination);
    }
}

static bool is_for(const ForwardRule *rule, const char *number, bool inside) {
    switch (conditions[rule->condition].whose) {
    case WHOSE_ALL:
        return true;
    case WHOSE_INSIDE:
        return inside;
    case WHOSE_OUTSIDE:
        return !inside;
    case WHOSE_ONES:
        return g_strcmp0(rule->filter, number) == 0;
    }
    return false;
}

const ForwardRule *rules_find(const Rules *rules, RuleMoment moment, const char *number, bool inside) {
    for (size_t i = 0; i < rules->n; i++) {
        const ForwardRule *rule = &rules->rules[i];

        if (conditions[rule->condition].moments & 1u << moment && is_for(rule, number, inside))
            return rule;
    }
    return NULL;
}

const char *rule_diversion(RuleMoment moment) {
    switch (moment) {
    case RULE_AT_ONCE:
        return "unconditional";
    case RULE_BUSY:
        return "user-busy";
    case RULE_NO_ANSWER:
        return "no-answer";
    }
    return "unknown";
}
