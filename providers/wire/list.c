/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parties and lists in messages. */
#include "providers/wire/list.h"

#include <string.h>

int wire_append_text(sd_bus_message *m, const char *text) {
    g_autofree char *valid = NULL;

    if (text && !g_utf8_validate(text, -1, NULL))
        valid = g_utf8_make_valid(text, -1);
    return sd_bus_message_append_basic(m, 's', valid ?: text ?: "");
}

static int append_texts(sd_bus_message *m, const char *const *texts, size_t n_texts) {
    int r = 0;

    for (size_t i = 0; i < n_texts && r >= 0; i++)
        r = wire_append_text(m, texts[i]);
    return r;
}

/* ---- Parties ---- */

static const char *none_if_empty(const char *text) {
    return *text ? text : NULL;
}

int wire_read_party(sd_bus_message *m, WireKeep *keep, const PartyInfo **ret, char **ret_why) {
    const char *number = NULL, *name = NULL, *presentation = NULL;
    PartyInfo *party;
    int r = sd_bus_message_read(m, "(sss)", &number, &name, &presentation);

    if (r < 0)
        return r;
    *ret = NULL;
    if (r == 0 || (!*number && !*name && !*presentation))
        return 0;
    if ((int) presentation_from_string(presentation) < 0) {
        *ret_why = g_strdup_printf("Presentation '%s' is not one of allowed, withheld, unavailable, unknown", presentation);
        return -EINVAL;
    }
    party = wire_keep(keep, g_new(PartyInfo, 1));
    *party = (PartyInfo) {
        .number = none_if_empty(number),
        .name = none_if_empty(name),
        .presentation = presentation_from_string(presentation),
    };
    *ret = party;
    return 0;
}

int wire_append_party(sd_bus_message *m, const PartyInfo *party) {
    const char *presentation = party ? presentation_to_string(party->presentation) ?: "unknown" : "";
    int r = sd_bus_message_open_container(m, 'r', "sss");

    if (r >= 0)
        r = append_texts(m, (const char *const[]) { party ? party->number : NULL, party ? party->name : NULL, presentation }, 3);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* ---- Lists of text ---- */

static const char *const *finish(WireKeep *keep, GPtrArray *texts) {
    g_ptr_array_add(texts, NULL);
    return wire_keep(keep, g_ptr_array_free(texts, FALSE));
}

int wire_read_texts(sd_bus_message *m, WireKeep *keep, const char *const **ret) {
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    const char *text = NULL;
    int r = sd_bus_message_enter_container(m, 'a', "s");

    while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &text)) > 0)
        g_ptr_array_add(texts, (char *) text);
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0)
        return r;
    *ret = finish(keep, g_steal_pointer(&texts));
    return 0;
}

int wire_append_texts(sd_bus_message *m, const char *const *texts) {
    int r = sd_bus_message_open_container(m, 'a', "s");

    for (; r >= 0 && texts && *texts; texts++)
        r = wire_append_text(m, *texts);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_read_pairs(sd_bus_message *m, WireKeep *keep, const char *const **ret) {
    g_autoptr(GPtrArray) pairs = g_ptr_array_new();
    const char *key = NULL, *value = NULL;
    int r = sd_bus_message_enter_container(m, 'a', "{ss}");

    while (r >= 0 && (r = sd_bus_message_read(m, "{ss}", &key, &value)) > 0) {
        g_ptr_array_add(pairs, (char *) key);
        g_ptr_array_add(pairs, (char *) value);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0)
        return r;
    *ret = finish(keep, g_steal_pointer(&pairs));
    return 0;
}

static int append_pair(sd_bus_message *m, const char *const *pair) {
    int r = sd_bus_message_open_container(m, 'e', "ss");

    if (r >= 0)
        r = append_texts(m, pair, 2);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_append_pairs(sd_bus_message *m, const char *const *pairs) {
    int r = sd_bus_message_open_container(m, 'a', "{ss}");

    for (; r >= 0 && pairs && pairs[0]; pairs += 2)
        r = append_pair(m, pairs);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* ---- Rules ---- */

static int read_rule(sd_bus_message *m, ForwardRule *rule, char **ret_why) {
    const char *condition = NULL;
    uint32_t rings = 0;
    int r = sd_bus_message_read(m, "(sssu)", &condition, &rule->filter, &rule->destination, &rings);

    if (r <= 0)
        return r;
    rule->condition = forward_condition_from_string(condition);
    rule->rings = rings;
    if ((int) rule->condition >= 0)
        return 1;
    *ret_why = g_strdup_printf("Unknown condition '%s': use uncond, busy, no-answ or busy-na, alone or with -internal, "
                               "-external or -specific", condition);
    return -EINVAL;
}

int wire_read_rules(sd_bus_message *m, WireKeep *keep, const ForwardRule **ret, size_t *ret_n, char **ret_why) {
    g_autoptr(GArray) rules = g_array_new(FALSE, FALSE, sizeof(ForwardRule));
    ForwardRule rule = {};
    int r = sd_bus_message_enter_container(m, 'a', "(sssu)");

    while (r >= 0 && (r = read_rule(m, &rule, ret_why)) > 0) {
        if (rules->len == FORWARD_RULES_MAX) {
            *ret_why = g_strdup_printf("Too many rules: at most %d", FORWARD_RULES_MAX);
            return -EINVAL;
        }
        g_array_append_val(rules, rule);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0)
        return r;
    *ret_n = rules->len;
    *ret = wire_keep(keep, g_array_free(g_steal_pointer(&rules), FALSE));
    return 0;
}

static int append_rule(sd_bus_message *m, const ForwardRule *rule) {
    uint32_t rings = rule->rings;
    int r = sd_bus_message_open_container(m, 'r', "sssu");

    if (r >= 0)
        r = append_texts(m, (const char *const[]) { forward_condition_to_string(rule->condition), rule->filter, rule->destination },
                         3);
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 'u', &rings);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_append_rules(sd_bus_message *m, const ForwardRule *rules, size_t n_rules) {
    int r = sd_bus_message_open_container(m, 'a', "(sssu)");

    for (size_t i = 0; r >= 0 && i < n_rules; i++)
        r = append_rule(m, &rules[i]);
    return r < 0 ? r : sd_bus_message_close_container(m);
}
