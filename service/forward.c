/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward: the rules by which a line sends its calls elsewhere. */
#include "service/forward.h"

#include "service/address.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/number-class.h"
#include "service/operations.h"
#include "service/toll.h"

void forward_rules_copy(ForwardRules *rules, const ForwardRule *from, size_t n) {
    rules->rules = n > 0 ? g_new0(ForwardRule, n) : NULL;
    rules->n = n;
    for (size_t i = 0; i < n; i++)
        rules->rules[i] = (ForwardRule) {
            .condition = from[i].condition,
            .filter = g_strdup(from[i].filter ?: ""),
            .destination = g_strdup(from[i].destination ?: ""),
            .rings = from[i].rings,
        };
}

void forward_rules_clear(ForwardRules *rules) {
    for (size_t i = 0; i < rules->n; i++) {
        g_free((char *) rules->rules[i].filter);
        g_free((char *) rules->rules[i].destination);
    }
    g_free(rules->rules);
    *rules = (ForwardRules) {};
}

bool forward_rules_equal(const ForwardRules *rules, const ForwardRule *other, size_t n) {
    if (rules->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (rules->rules[i].condition != other[i].condition || rules->rules[i].rings != other[i].rings ||
            g_strcmp0(rules->rules[i].filter, other[i].filter ?: "") != 0 ||
            g_strcmp0(rules->rules[i].destination, other[i].destination ?: "") != 0)
            return false;
    return true;
}

static bool is_specific(ForwardCondition condition) {
    return condition == FORWARD_UNCOND_SPECIFIC || condition == FORWARD_BUSY_SPECIFIC ||
           condition == FORWARD_NO_ANSW_SPECIFIC || condition == FORWARD_BUSY_NA_SPECIFIC;
}

/* What is wrong in itself, on whatever line. */
static Refusal *check_form(const ForwardRule *rule) {
    const char *name = forward_condition_to_string(rule->condition);

    if (is_specific(rule->condition) && !*rule->filter)
        return refuse(REFUSAL_INVALID_ARGS, "Condition %s wants the caller's address as filter", name);
    if (!is_specific(rule->condition) && *rule->filter)
        return refuse(REFUSAL_INVALID_ARGS, "Condition %s is for all callers: leave the filter empty", name);
    if (rule->rings > FORWARD_RINGS_MAX)
        return refuse(REFUSAL_INVALID_ARGS, "%u rings are too many: 0 (the network's own number) to %d", rule->rings,
                      FORWARD_RINGS_MAX);
    return NULL;
}

static Refusal *check_forms(const ForwardRule *rules, size_t n_rules) {
    Refusal *refusal = NULL;

    for (size_t i = 0; i < n_rules && !refusal; i++)
        refusal = check_form(&rules[i]);
    return refusal;
}

static Refusal *check_addresses(const Line *line, const ForwardRule *rule) {
    Refusal *refusal = *rule->filter ? address_check_service_code(rule->filter) ?: address_check_form(rule->filter) : NULL;

    if (refusal || !*rule->destination)
        return refusal;
    if (line_is_own_address(line, rule->destination))
        return refuse(REFUSAL_INVALID_ADDRESS, "'%s' is line %s itself, so calls would come back: give the address of somebody else",
                      rule->destination, line_name(line));
    return address_check(line, rule->destination);
}

static Refusal *check_rules(const Line *line, const ForwardRule *rules, size_t n_rules) {
    Refusal *refusal = NULL;

    if (n_rules > FORWARD_RULES_MAX)
        return refuse(REFUSAL_TOO_BIG, "These are %zu rules: a line takes at most %d", n_rules, FORWARD_RULES_MAX);
    for (size_t i = 0; i < n_rules && !refusal; i++)
        refusal = check_addresses(line, &rules[i]);
    return refusal;
}

/* Calls that will be sent there, some day: an emergency number is no exception. */
static Refusal *take_toll(const Line *line, const Client *client, const ForwardRule *rules, size_t n_rules) {
    Dials dials = {};

    for (size_t i = 0; i < n_rules; i++) {
        dials.all += *rules[i].destination != '\0';
        dials.costly += dials_to(line, rules[i].destination).costly;
    }
    return toll_take(line, client, dials);
}

/* Whoever may forward may forward to whatever is ordinary. */
static Refusal *check_rights(const Line *line, Client *client, const ForwardRule *rules, size_t n_rules) {
    Refusal *refusal = deed_check(client, DEED_FORWARD, line);

    for (size_t i = 0; i < n_rules && !refusal; i++)
        if (line_number_class(line, rules[i].destination) == NUMBER_COSTLY)
            return deed_check(client, DEED_DIAL_COSTLY, line);
    return refusal;
}

Refusal *line_forward(Line *line, Client *client, const ForwardRule *rules, size_t n_rules, Done done) {
    Open *open = NULL;
    Request *request = NULL;
    Refusal *refusal = check_forms(rules, n_rules) ?: line_find_open(line, client, &open)
                       ?: line_check_method(line, OPERATION_FORWARD) ?: check_rules(line, rules, n_rules)
                       ?: check_rights(line, client, rules, n_rules)
                       ?: take_toll(line, client, rules, n_rules)
                       ?: request_new(line_provider(line), client, /* call= */ NULL, OPERATION_FORWARD, &request);

    if (refusal)
        return refusal;
    return operation_started(request, provider_ops(line_provider(line))->forward(line, rules, n_rules, request_id(request)),
                             /* effect= */ NULL, done);
}
