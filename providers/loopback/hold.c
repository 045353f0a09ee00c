/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hold: holding, retrieving, swapping, and the answer modes. */
#include "providers/loopback/hold.h"

#include "providers/loopback/call.h"
#include "providers/loopback/conference.h"
#include "providers/loopback/talk.h"

/* Who broke into a conversation stays with one side of it when it is held, and becomes a call like others. */
static void part_intruders(End *end) {
    if (end->through)
        talk_alone(end);
    while (!end->is_conference && !g_queue_is_empty(end_joined(end)))
        talk_alone(g_queue_peek_head(end_joined(end)));
}

/* One that holds itself learns it when it comes back. */
static void tell_far(const End *end) {
    if (end->peer)
        end_tell_detail(end->peer);
}

void hold_begin(End *end, CallEvent event) {
    end_cancel_generation(end);
    part_intruders(end);
    end_enter(end, END_HELD, event);
    talk_update(end);
    tell_far(end);
}

void hold_end(End *end) {
    end_enter(end, END_CONNECTED, CALL_EVENT_RESUMED);
    talk_update(end);
    tell_far(end);
}

/* A conference of one that nobody else will join. */
static bool is_over_alone(const End *end) {
    return end->is_conference && !end->established;
}

void hold_give_back(End *end) {
    if (!end || end->phase != END_HELD)
        return;
    if (is_over_alone(end))
        conference_dissolve(end);
    else
        hold_end(end);
}

/* ---- What owners do ---- */

Refusal *end_hold(End *end) {
    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    hold_begin(end, CALL_EVENT_HELD);
    return NULL;
}

Refusal *end_unhold(End *end, RequestId request) {
    End *consultation = end->consultation;

    if (end->phase != END_HELD)
        return refuse_phase("on-hold");
    end_forget_consultation(end);
    if (consultation)
        end_drop(consultation, REJECT_NONE);
    /* It may have been at the other end of its own consultation. */
    if (end_is_over(end))
        return refuse_phase("on-hold, and not connected with its own consultation");
    if (is_over_alone(end)) {
        conference_dissolve_for(end, request);
        return NULL;
    }
    hold_end(end);
    provider_complete(exchange_provider(end_exchange(end)), request, /* refusal= */ NULL, /* text= */ NULL);
    return NULL;
}

/* Of a call and its consultation, the one that waits waits for the transfer, and a conference for its next participant. */
static CallEvent swap_event(const End *end, const End *held) {
    const End *first = end->consulted_for == held ? held : end->consultation == held ? end : NULL;

    if (!first)
        return CALL_EVENT_HELD;
    if (!first->is_conference)
        return CALL_EVENT_HELD_FOR_TRANSFER;
    return first == end ? CALL_EVENT_HELD_FOR_CONFERENCE : CALL_EVENT_HELD;
}

Refusal *end_swap_hold(End *end, End *held) {
    if (end->phase != END_CONNECTED || held->phase != END_HELD)
        return refuse_phase("connected, and the other one on-hold");
    if (end->line != held->line)
        return refuse(REFUSAL_INVALID_STATE, "Only two calls of one line can be swapped");
    hold_begin(end, swap_event(end, held));
    hold_end(held);
    return NULL;
}

/* ---- Answer modes ---- */

static End *find_other_active(LoopLine *line, const End *answered) {
    const GList *link = loop_line_active(line)->head;

    if (link && link->data == answered)
        link = link->next;
    return link ? link->data : NULL;
}

static void put_aside(End *end, AnswerMode mode) {
    if (mode == ANSWER_MODE_HOLD)
        hold_begin(end, CALL_EVENT_HELD);
    else if (end->is_conference)
        conference_drop(end);
    else
        call_hang_up(end, CAUSE_NORMAL);
}

void hold_for_answer(End *answered) {
    LoopLine *line = answered->line;
    AnswerMode mode = loop_line_answer_mode(line);
    End *end;

    /* It may end with one of those, if they talk with each other. */
    end_ref(answered);
    while (mode != ANSWER_MODE_NONE && (end = find_other_active(line, answered)))
        put_aside(end, mode);
    end_unref(answered);
}
