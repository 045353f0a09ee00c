/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules by which a line sends calls elsewhere, as a(sssu): condition, filter, destination, rings. */
#include "interfaces/forward-rules.h"

#include <errno.h>
#include <string.h>

/* What else a condition may be called by whoever sets it. */
static const struct {
    const char *name;
    ForwardCondition condition;
} aliases[] = {
    { "no-answer", FORWARD_NO_ANSW },
    { "no-answer-internal", FORWARD_NO_ANSW_INTERNAL },
    { "no-answer-external", FORWARD_NO_ANSW_EXTERNAL },
    { "no-answer-specific", FORWARD_NO_ANSW_SPECIFIC },
    { "busy-no-answer", FORWARD_BUSY_NA },
    { "busy-no-answer-internal", FORWARD_BUSY_NA_INTERNAL },
    { "busy-no-answer-external", FORWARD_BUSY_NA_EXTERNAL },
    { "busy-no-answer-specific", FORWARD_BUSY_NA_SPECIFIC },
};

static ForwardCondition condition_of(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++)
        if (strcmp(aliases[i].name, name) == 0)
            return aliases[i].condition;
    return forward_condition_from_string(name);
}

static int read_rule(sd_bus_message *m, ForwardRule *rule, char **ret_why) {
    const char *name = NULL;
    uint32_t rings = 0;
    int r;

    r = sd_bus_message_read(m, "(sssu)", &name, &rule->filter, &rule->destination, &rings);
    if (r <= 0)
        return r;
    rule->condition = condition_of(name);
    rule->rings = rings;
    if ((int) rule->condition >= 0)
        return 1;
    *ret_why = g_strdup_printf("Unknown condition '%s': use uncond, busy, no-answ or busy-na, alone or with -internal, "
                               "-external or -specific", name);
    return -EINVAL;
}

int forward_rules_read(sd_bus_message *m, GArray **ret, char **ret_why) {
    g_autoptr(GArray) rules = g_array_new(FALSE, FALSE, sizeof(ForwardRule));
    ForwardRule rule = {};
    int r;

    r = sd_bus_message_enter_container(m, 'a', "(sssu)");
    if (r < 0)
        return r;
    while (rules->len <= FORWARD_RULES_MAX && (r = read_rule(m, &rule, ret_why)) > 0)
        g_array_append_val(rules, rule);
    if (r < 0)
        return r;
    *ret = g_steal_pointer(&rules);
    return 0;
}

int forward_rules_append(sd_bus_message *m, const ForwardRules *rules) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "(sssu)");
    for (size_t i = 0; r >= 0 && rules && i < rules->n; i++)
        r = sd_bus_message_append(m, "(sssu)", forward_condition_to_string(rules->rules[i].condition),
                                  rules->rules[i].filter ?: "", rules->rules[i].destination ?: "",
                                  (uint32_t) rules->rules[i].rings);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

uint64_t forward_rules_size(const ForwardRules *rules) {
    uint64_t size = 0;

    for (size_t i = 0; i < rules->n; i++)
        size += 48 + strlen(rules->rules[i].filter ?: "") + strlen(rules->rules[i].destination ?: "");
    return size;
}
