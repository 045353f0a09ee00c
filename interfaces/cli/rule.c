/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule: which calls of a line go elsewhere, as a person types and reads it: "no-answer:4@internal" and "101". */
#include "interfaces/cli/rule.h"
#include "interfaces/cli/text.h"
#include "service/types.h"

#include <string.h>

#define NOWHERE "do not disturb"

/* The first word of each condition is the one that is shown. */
static const struct {
    const char *words, *condition;
} conditions[] = {
    {"always", "uncond"}, {"busy", "busy"}, {"no-answer", "no-answ"}, {"busy-no-answer", "busy-na"},
    {"all", "uncond"}, {"unconditional", "uncond"}, {"uncond", "uncond"}, {"no-answ", "no-answ"},
    {"busy-na", "busy-na"},
};

static const char *const classes[] = {"internal", "external"};

static const char *find_condition(const char *words) {
    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++)
        if (strcmp(conditions[i].words, words) == 0)
            return conditions[i].condition;

    return NULL;
}

static char *complain_of_condition(const char *word) {
    const char *words[G_N_ELEMENTS(conditions) + 1] = {}, *nearest;

    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++)
        words[i] = conditions[i].words;
    nearest = text_nearest(word, words);
    if (nearest)
        return g_strdup_printf("'%s' is no condition; did you mean '%s'?", word, nearest);
    return g_strdup_printf("'%s' is no condition: say always, busy, no-answer or busy-no-answer", word);
}

static bool takes_rings(const char *condition) {
    return strcmp(condition, "no-answ") == 0 || strcmp(condition, "busy-na") == 0;
}

static char *parse_rings(const char *condition, const char *text, uint32_t *ret) {
    guint64 rings;

    if (!takes_rings(condition))
        return g_strdup("rings are counted for no-answer and busy-no-answer only");
    if (!g_ascii_string_to_unsigned(text, 10, 1, FORWARD_RINGS_MAX, &rings, NULL))
        return g_strdup_printf("'%s' is no number of rings from 1 to %d", text, FORWARD_RINGS_MAX);
    *ret = (uint32_t) rings;
    return NULL;
}

static void set_callers(Rule *rule, const char *condition, const char *who) {
    for (size_t i = 0; who && i < G_N_ELEMENTS(classes); i++)
        if (strcmp(classes[i], who) == 0) {
            rule->condition = g_strdup_printf("%s-%s", condition, who);
            rule->caller = g_strdup("");
            return;
        }
    rule->condition = who ? g_strdup_printf("%s-specific", condition) : g_strdup(condition);
    rule->caller = g_strdup(who ?: "");
}

char *rule_parse(const char *when, const char *to, Rule *ret) {
    /* a caller may be an address with '@' and ':' in it, what comes before may not */
    const char *who = strchr(when, '@');
    g_autofree char *head = who ? g_strndup(when, (size_t) (who - when)) : g_strdup(when);
    char *rings_text = strchr(head, ':'), *complaint = NULL;
    const char *condition;
    uint32_t rings = 0;

    if (rings_text)
        *rings_text++ = '\0';
    condition = find_condition(head);
    if (!condition)
        return complain_of_condition(head);
    if (rings_text)
        complaint = parse_rings(condition, rings_text, &rings);
    if (complaint)
        return complaint;
    if (who && !who[1])
        return g_strdup("after '@' comes internal, external or a caller's number");
    if (!*to)
        return g_strdup("nowhere to go; 'dnd' lets nobody through");
    *ret = (Rule) {.rings = rings};
    set_callers(ret, condition, who ? who + 1 : NULL);
    ret->destination = g_strdup(strcmp(to, "dnd") == 0 ? "" : to);
    return NULL;
}

void rule_clear(Rule *rule) {
    g_free(rule->condition);
    g_free(rule->caller);
    g_free(rule->destination);
    *rule = (Rule) {};
}

static const char *condition_of(const Json *rule) {
    return json_text(json_at(rule, 0));
}

const char *rule_when(const Json *rule) {
    const char *condition = condition_of(rule);
    const char *words = condition;
    size_t longest = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++) {
        size_t length = strlen(conditions[i].condition);
        /* "busy-na-internal" begins like "busy", too */
        if (length > longest && strncmp(condition, conditions[i].condition, length) == 0 &&
            (!condition[length] || condition[length] == '-')) {
            words = conditions[i].words;
            longest = length;
        }
    }
    return words;
}

char *rule_callers(const Json *rule) {
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
        if (g_str_has_suffix(condition_of(rule), classes[i]))
            return g_strdup(classes[i]);

    return g_strdup(json_text(json_at(rule, 1)));
}

const char *rule_destination(const Json *rule) {
    const char *destination = json_text(json_at(rule, 2));

    return *destination ? destination : NOWHERE;
}

uint64_t rule_rings(const Json *rule) {
    return json_number(json_at(rule, 3));
}

static void append_rule(GString *out, const Json *rule, const char *arrow) {
    g_autofree char *callers = rule_callers(rule);

    if (out->len > 0)
        g_string_append(out, ", ");
    g_string_append(out, rule_when(rule));
    if (rule_rings(rule) > 0)
        g_string_append_printf(out, ":%" G_GUINT64_FORMAT, rule_rings(rule));
    if (*callers)
        g_string_append_printf(out, "@%s", callers);
    g_string_append_printf(out, " %s %s", arrow, rule_destination(rule));
}

char *rules_text(const Json *rules, const char *arrow) {
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < json_size(rules); i++)
        append_rule(out, json_at(rules, i), arrow);
    return g_string_free(out, FALSE);
}
