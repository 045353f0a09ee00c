/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line: the token of a line in the provider's process. */
#include "providers/host/line.h"

#include <string.h>

#include "providers/host/call.h"
#include "providers/host/provider.h"
#include "service/log.h"
#include "service/said.h"

/* ---- Descriptions ---- */

static void clear_info(LineInfo *info) {
    g_free((char *) info->label);
    g_free((char *) info->pickup_group);
    g_strfreev((char **) info->addresses);
    g_strfreev((char **) info->emergency_numbers);
    *info = (LineInfo) {};
}

/* All but the name, which never changes. */
static void set_info(Line *line, const LineInfo *info) {
    LineInfo copy = *info;

    copy.name = line->name;
    copy.label = g_strdup(info->label ?: "");
    copy.pickup_group = g_strdup(info->pickup_group);
    copy.addresses = (const char *const *) g_strdupv((char **) info->addresses);
    copy.emergency_numbers = (const char *const *) g_strdupv((char **) info->emergency_numbers);
    clear_info(&line->info);
    line->info = copy;
}

/* ---- Life ---- */

static void clear_rule(void *data) {
    ForwardRule *rule = data;

    g_free((char *) rule->filter);
    g_free((char *) rule->destination);
}

static int line_new(Provider *provider, const LineInfo *info, Line **ret) {
    Line *line;

    if (!said_is_line(info))
        return -EINVAL;
    if (host_line_find(provider, info->name)) {
        log_error("There are two lines of the name %s", info->name);
        return -EEXIST;
    }
    line = g_new0(Line, 1);
    line->provider = provider;
    line->name = g_strdup(info->name);
    line->reason = g_strdup("");
    line->confirmed = true;
    line->rules = g_array_new(FALSE, FALSE, sizeof(ForwardRule));
    g_array_set_clear_func(line->rules, clear_rule);
    set_info(line, info);
    g_queue_push_tail(&provider->lines, line);
    *ret = line;
    return 0;
}

Line *host_line_free(Line *line) {
    if (!line)
        return NULL;
    while (!g_queue_is_empty(&line->calls))
        host_call_free(g_queue_peek_head(&line->calls));
    host_ended_forget_line(line->provider, line);
    g_queue_remove(&line->provider->lines, line);
    clear_info(&line->info);
    g_array_unref(line->rules);
    g_free(line->settings);
    g_free(line->reason);
    g_free(line->name);
    g_free(line);
    return NULL;
}

Line *host_line_find(const Provider *provider, const char *name) {
    for (GList *i = provider->lines.head; i; i = i->next)
        if (strcmp(((Line *) i->data)->name, name) == 0)
            return i->data;
    return NULL;
}

void host_line_set_rules(Line *line, const ForwardRule *rules, size_t n_rules) {
    g_array_set_size(line->rules, 0);
    for (size_t i = 0; i < n_rules; i++) {
        ForwardRule rule = rules[i];

        rule.filter = g_strdup(rules[i].filter);
        rule.destination = g_strdup(rules[i].destination);
        g_array_append_val(line->rules, rule);
    }
    line->forwards = true;
}

/* Where answering puts the others aside, they are in nobody's way. */
bool host_line_is_full(const Line *line) {
    unsigned max = line->info.max_active_calls, n = 0;

    for (GList *i = max > 0 ? line->calls.head : NULL; i; i = i->next) {
        const Call *call = i->data;
        bool rings = call_state_is_ringing(call->state);
        bool busy = call_state_is_active(call->state) && call->state != CALL_STATE_CONFERENCED && call->up;

        n += rings || (busy && line->info.answer_mode == ANSWER_MODE_NONE);
    }
    return max > 0 && n >= max;
}

/* ---- To be told ---- */

/* What the provider can't do now, its lines can't do either. Of what every line can do nothing is said. */
void host_line_tell_info(Line *line) {
    LineInfo info = line->info;

    info.without |= line->provider->able & ~line->provider->abilities;
    info.without &= OPERATION_BIT(_OPERATION_MAX) - 1;
    info.without &= ~operations_always();
    host_send_line_added(line->provider, line->name, &info);
}

void host_line_tell(Line *line) {
    host_line_tell_info(line);
    if (line->state != LINE_IN_SERVICE)
        host_send_line_state(line->provider, line->name, line->state, line->reason);
    if (line->forwards)
        host_send_forwarding(line->provider, line->name, (const ForwardRule *) line->rules->data, line->rules->len);
    if (line->messages_waiting > 0)
        host_send_messages_waiting(line->provider, line->name, line->messages_waiting);
}

/* ---- Comparing ---- */

/* With its length, so that no text can look like two. */
static void add_text(GString *all, const char *text) {
    if (text)
        g_string_append_printf(all, "%zu:%s", strlen(text), text);
    g_string_append_c(all, ';');
}

static void add_texts(GString *all, const char *const *texts) {
    for (; texts && *texts; texts++)
        add_text(all, *texts);
    g_string_append_c(all, '/');
}

char *host_settings_text(const LineConfig *config) {
    const LineInfo *info = &config->info;
    GString *all = g_string_new(NULL);

    add_text(all, info->label);
    add_text(all, info->pickup_group);
    add_texts(all, info->addresses);
    add_texts(all, info->emergency_numbers);
    add_texts(all, config->settings);
    g_string_append_printf(all, "%x %d %d %u %u %u %d %" G_GINT64_MODIFIER "x", info->media_modes, info->call_id, info->close_drop,
                           info->max_active_calls, info->max_held_calls, info->max_conference_parties, info->answer_mode,
                           info->without);
    return g_string_free(all, FALSE);
}

/* ---- What a provider may ask of its token, and tell ---- */

void *line_provider_data(const Line *line) {
    return line->data;
}

void line_set_provider_data(Line *line, void *data) {
    line->data = data;
}

Provider *line_provider(const Line *line) {
    return line->provider;
}

const char *line_name(const Line *line) {
    return line->name;
}

int provider_add_line(Provider *provider, const LineInfo *info, Line **ret) {
    int r = line_new(provider, info, ret);

    if (r >= 0)
        host_line_tell(*ret);
    return r;
}

int provider_update_line(Line *line, const LineInfo *info) {
    if (!said_is_line(info) || strcmp(info->name, line->name) != 0)
        return -EINVAL;
    set_info(line, info);
    host_line_tell_info(line);
    return 0;
}

void provider_report_line_state(Line *line, LineState state, const char *reason) {
    char *copy;

    if (!line_state_to_string(state)) {
        log_warning("event: ignored, line: %s, why: unknown line state", line->name);
        return;
    }
    copy = g_strdup(reason ?: "");
    g_free(line->reason);
    line->reason = copy;
    line->state = state;
    host_send_line_state(line->provider, line->name, state, line->reason);
    if (state == LINE_REMOVED)
        host_line_free(line);
}

void provider_report_ring(Line *line, const char *mode, unsigned count) {
    host_send_ring(line->provider, line->name, said_is_text(mode) ? mode : "normal", count);
}

void provider_report_forwarding(Line *line, const ForwardRule *rules, size_t n_rules) {
    if (!said_are_rules(rules, n_rules)) {
        log_warning("event: ignored, line: %s, why: no list of forward rules", line->name);
        return;
    }
    host_line_set_rules(line, rules, n_rules);
    host_send_forwarding(line->provider, line->name, (const ForwardRule *) line->rules->data, line->rules->len);
}

void provider_report_messages_waiting(Line *line, unsigned count) {
    line->messages_waiting = count;
    host_send_messages_waiting(line->provider, line->name, count);
}
