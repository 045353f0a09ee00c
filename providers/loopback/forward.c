/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward: rules, and the trail of a call. */
#include "providers/loopback/forward.h"

#include "providers/loopback/destination.h"

#define TRAIL_MAX 16

struct Rules {
    size_t n;
    char **callers;       /* the filters as callers look here */
    ForwardRule rules[];
};

struct Trail {
    unsigned n;
    GRefString *numbers[TRAIL_MAX];
};

typedef enum Callers {
    CALLERS_ALL,
    CALLERS_INSIDE,
    CALLERS_OUTSIDE,
    CALLERS_ONE,
    _CALLERS_MAX,
} Callers;

#define ALWAYS (1 << FORWARD_ALWAYS)
#define BUSY (1 << FORWARD_WHEN_BUSY)
#define UNANSWERED (1 << FORWARD_WHEN_UNANSWERED)

/* When the condition holds, and for whom. */
static const struct {
    unsigned when;
    Callers callers;
} conditions[_FORWARD_MAX] = {
    [FORWARD_UNCOND] = { ALWAYS, CALLERS_ALL },
    [FORWARD_UNCOND_INTERNAL] = { ALWAYS, CALLERS_INSIDE },
    [FORWARD_UNCOND_EXTERNAL] = { ALWAYS, CALLERS_OUTSIDE },
    [FORWARD_UNCOND_SPECIFIC] = { ALWAYS, CALLERS_ONE },
    [FORWARD_BUSY] = { BUSY, CALLERS_ALL },
    [FORWARD_BUSY_INTERNAL] = { BUSY, CALLERS_INSIDE },
    [FORWARD_BUSY_EXTERNAL] = { BUSY, CALLERS_OUTSIDE },
    [FORWARD_BUSY_SPECIFIC] = { BUSY, CALLERS_ONE },
    [FORWARD_NO_ANSW] = { UNANSWERED, CALLERS_ALL },
    [FORWARD_NO_ANSW_INTERNAL] = { UNANSWERED, CALLERS_INSIDE },
    [FORWARD_NO_ANSW_EXTERNAL] = { UNANSWERED, CALLERS_OUTSIDE },
    [FORWARD_NO_ANSW_SPECIFIC] = { UNANSWERED, CALLERS_ONE },
    [FORWARD_BUSY_NA] = { BUSY | UNANSWERED, CALLERS_ALL },
    [FORWARD_BUSY_NA_INTERNAL] = { BUSY | UNANSWERED, CALLERS_INSIDE },
    [FORWARD_BUSY_NA_EXTERNAL] = { BUSY | UNANSWERED, CALLERS_OUTSIDE },
    [FORWARD_BUSY_NA_SPECIFIC] = { BUSY | UNANSWERED, CALLERS_ONE },
};

/* A caller in one form only, whether a filter names it or a network, if it is an address of ours. */
static char *read_caller(const char *text) {
    Destination caller;
    const char *hint;

    if (text[0] == '\0' || destination_parse(text, &caller, &hint) < 0)
        return g_strdup(text);
    return g_strdup(caller.name);
}

Rules *rules_new(const ForwardRule *rules, size_t n) {
    Rules *copy;

    if (n == 0)
        return NULL;
    copy = g_malloc0(sizeof(Rules) + n * sizeof(ForwardRule));
    copy->n = n;
    copy->callers = g_new0(char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        copy->rules[i] = rules[i];
        copy->rules[i].filter = g_strdup(rules[i].filter);
        copy->callers[i] = read_caller(rules[i].filter);
        copy->rules[i].destination = g_strdup(rules[i].destination);
    }
    return copy;
}

Rules *rules_free(Rules *rules) {
    for (size_t i = 0; rules && i < rules->n; i++) {
        g_free((char *) rules->rules[i].filter);
        g_free((char *) rules->rules[i].destination);
    }
    if (rules)
        g_strfreev(rules->callers);
    g_free(rules);
    return NULL;
}

const ForwardRule *rules_list(const Rules *rules, size_t *ret_n) {
    *ret_n = rules ? rules->n : 0;
    return rules ? rules->rules : NULL;
}

static bool is_for(const Rules *rules, size_t i, const char *caller, bool inside) {
    switch (conditions[rules->rules[i].condition].callers) {
    case CALLERS_ALL:
        return true;
    case CALLERS_INSIDE:
        return inside;
    case CALLERS_OUTSIDE:
        return !inside;
    case CALLERS_ONE:
        return caller && g_str_equal(rules->callers[i], caller);
    case _CALLERS_MAX:
        break;
    }
    return false;
}

const ForwardRule *rules_find(const Rules *rules, ForwardWhen when, const char *caller, bool inside) {
    g_autofree char *plain = rules && caller ? read_caller(caller) : NULL;
    const ForwardRule *best = NULL;

    for (size_t i = 0; rules && i < rules->n; i++) {
        const ForwardRule *rule = &rules->rules[i];

        if (!(conditions[rule->condition].when & 1U << when) || !is_for(rules, i, plain, inside))
            continue;
        if (!best || conditions[rule->condition].callers > conditions[best->condition].callers)
            best = rule;
    }
    return best;
}

unsigned rule_rings(const ForwardRule *rule) {
    return rule->rings > 0 ? rule->rings : FORWARD_RINGS;
}

Trail *trail_free(Trail *trail) {
    for (unsigned i = 0; trail && i < trail->n; i++)
        g_ref_string_release(trail->numbers[i]);
    g_free(trail);
    return NULL;
}

bool trail_is_full(const Trail *trail) {
    return trail && trail->n == TRAIL_MAX;
}

bool trail_add(Trail **trail, GRefString *number) {
    if (!*trail)
        *trail = g_new0(Trail, 1);
    if (trail_is_full(*trail))
        return false;
    (*trail)->numbers[(*trail)->n++] = g_ref_string_acquire(number);
    return true;
}

bool trail_has(const Trail *trail, const char *number) {
    for (unsigned i = 0; trail && i < trail->n; i++)
        if (g_str_equal(trail->numbers[i], number))
            return true;
    return false;
}
