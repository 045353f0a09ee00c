/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LoopLine: numbers, state, and the calls on it. */
#include "providers/loopback/line.h"

#include "providers/loopback/call.h"
#include "providers/loopback/completion.h"
#include "providers/loopback/destination.h"
#include "providers/loopback/forward.h"
#include "providers/loopback/pickup.h"

struct LoopLine {
    unsigned refs;
    Exchange *exchange;
    Line *token; /* NULL once taken away */
    LineState state;
    char *label;
    GPtrArray *numbers; /* GRefString, the usual one first */
    uint32_t media_modes;
    bool call_id;
    AnswerMode answer_mode;
    unsigned max_conference_parties;
    unsigned secured; /* calls */
    GQueue ringing, active, others; /* each end is in one of them */
    PickupGroup *group; /* or NULL */
    Rules *rules;       /* NULL: none */
    Desk *desk;
};

static Refusal *add_number(LoopLine *line, const LineInfo *info, const char *address) {
    Destination number;
    const char *hint;
    GRefString *name;

    if (destination_parse(address, &number, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "Address \"%s\" of line %s can't be dialled: %s", address, info->name, hint);
    if (number.script != SCRIPT_NONE)
        return refuse(REFUSAL_INVALID_ADDRESS, "Address \"%s\" of line %s is the name of a scripted far end", address, info->name);
    name = g_ref_string_new(number.name);
    if (exchange_add_number(line->exchange, name, line) < 0) {
        g_ref_string_release(name);
        return refuse(REFUSAL_CONFLICT, "Address \"%s\" of line %s is another line's already; give it one of its own", address,
                      info->name);
    }
    g_ptr_array_add(line->numbers, name);
    return NULL;
}

static Refusal *add_to_service(LoopLine *line, const LineInfo *info) {
    int r = provider_add_line(exchange_provider(line->exchange), info, &line->token);

    if (r == -EEXIST)
        return refuse(REFUSAL_CONFLICT, "There is a line named %s already; give it another name", info->name);
    if (r < 0)
        return refuse(REFUSAL_PROVIDER_FAILED, "Line %s can't be added: %s", info->name, g_strerror(-r));
    line_set_provider_data(line->token, line);
    return NULL;
}

static void forget_numbers(LoopLine *line) {
    for (guint i = 0; i < line->numbers->len; i++)
        exchange_remove_number(line->exchange, g_ptr_array_index(line->numbers, i));
    g_ptr_array_set_size(line->numbers, 0);
}

Refusal *loop_line_new(Exchange *exchange, const LineInfo *info, LoopLine **ret) {
    LoopLine *line = g_new0(LoopLine, 1);
    Refusal *refusal = NULL;

    line->refs = 1;
    line->exchange = exchange;
    line->label = g_strdup(info->label);
    line->numbers = g_ptr_array_new_with_free_func((GDestroyNotify) g_ref_string_release);
    line->media_modes = info->media_modes;
    line->call_id = info->call_id;
    line->answer_mode = info->answer_mode;
    line->max_conference_parties = info->max_conference_parties;
    line->desk = desk_new(line);
    if (info->pickup_group && info->pickup_group[0] != '\0')
        line->group = pickup_group_join(exchange, info->pickup_group);
    for (const char *const *address = info->addresses; *address && !refusal; address++)
        refusal = add_number(line, info, *address);
    if (!refusal && line->numbers->len == 0)
        refusal = refuse(REFUSAL_INVALID_ADDRESS, "Line %s has no address: give it a number", info->name);
    if (!refusal)
        refusal = add_to_service(line, info);
    if (refusal)
        loop_line_discard(line);
    else
        *ret = line;
    return refusal;
}

LoopLine *loop_line_ref(LoopLine *line) {
    line->refs++;
    return line;
}

LoopLine *loop_line_unref(LoopLine *line) {
    if (!line || --line->refs > 0)
        return NULL;
    g_assert(g_queue_is_empty(&line->others) && g_queue_is_empty(&line->ringing) && g_queue_is_empty(&line->active));
    g_ptr_array_unref(line->numbers);
    pickup_group_leave(line->group);
    rules_free(line->rules);
    desk_free(line->desk);
    g_free(line->label);
    g_free(line);
    return NULL;
}

/* One of its ends, as long as it has any. */
static End *some_end(LoopLine *line) {
    End *end = g_queue_peek_head(&line->active);

    if (!end)
        end = g_queue_peek_head(&line->ringing);
    return end ? end : g_queue_peek_head(&line->others);
}

void loop_line_discard(LoopLine *line) {
    End *end;

    while ((end = some_end(line)))
        end_discard(end);
    desk_close(line->desk, /* tell= */ false);
    forget_numbers(line);
    loop_line_unref(line);
}

Exchange *loop_line_exchange(const LoopLine *line) {
    return line->exchange;
}

Line *loop_line_token(const LoopLine *line) {
    return line->token;
}

LineState loop_line_state(const LoopLine *line) {
    return line->state;
}

bool loop_line_has_media(const LoopLine *line, MediaMode mode) {
    return line->media_modes & MEDIA_BIT(mode);
}

bool loop_line_assigns_call_ids(const LoopLine *line) {
    return line->call_id;
}

GRefString *loop_line_number(const LoopLine *line) {
    return g_ptr_array_index(line->numbers, 0);
}

void loop_line_party(const LoopLine *line, PartyInfo *ret) {
    *ret = (PartyInfo) { loop_line_number(line), line->label, PRESENTATION_ALLOWED };
}

unsigned loop_line_max_conference_parties(const LoopLine *line) {
    return line->max_conference_parties;
}

AnswerMode loop_line_answer_mode(const LoopLine *line) {
    return line->answer_mode;
}

GQueue *loop_line_others(LoopLine *line) {
    return &line->others;
}

GQueue *loop_line_ringing(LoopLine *line) {
    return &line->ringing;
}

GQueue *loop_line_active(LoopLine *line) {
    return &line->active;
}

GQueue *loop_line_group_ringing(LoopLine *line) {
    return line->group ? pickup_group_ringing(line->group) : NULL;
}

const char *loop_line_group(const LoopLine *line) {
    return line->group ? pickup_group_name(line->group) : NULL;
}

Rules *loop_line_rules(const LoopLine *line) {
    return line->rules;
}

void loop_line_set_rules(LoopLine *line, Rules *rules) {
    rules_free(line->rules);
    line->rules = rules;
}

Desk *loop_line_desk(const LoopLine *line) {
    return line->desk;
}

void loop_line_secure(LoopLine *line, bool secure) {
    line->secured += secure ? 1 : -1;
}

bool loop_line_is_secured(const LoopLine *line) {
    return line->secured > 0;
}

void loop_line_end_calls(LoopLine *line, DisconnectCause cause) {
    End *end;

    while ((end = some_end(line)))
        end_fail(end, cause);
}

/* The far ends hear of it first: with the line, its calls are void at once. */
static void remove_line(LoopLine *line, const char *reason) {
    Line *token = line->token;
    End *end;

    line->state = LINE_REMOVED;
    while ((end = some_end(line)))
        end_void(end);
    desk_close(line->desk, /* tell= */ true);
    forget_numbers(line);
    line->token = NULL;
    provider_report_line_state(token, LINE_REMOVED, reason);
}

void loop_line_set_state(LoopLine *line, LineState state, const char *reason) {
    if (state == LINE_REMOVED) {
        remove_line(line, reason);
        return;
    }
    line->state = state;
    provider_report_line_state(line->token, state, reason);
    if (state == LINE_IN_SERVICE)
        completion_line_changed(line);
    else
        loop_line_end_calls(line, CAUSE_PROVIDER_FAILED);
}
