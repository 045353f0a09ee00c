/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conference: how it is made, grows, shrinks, and ends. */
#include "providers/loopback/conference.h"

#include "providers/loopback/call.h"
#include "providers/loopback/dial.h"
#include "providers/loopback/hold.h"
#include "providers/loopback/talk.h"

Refusal *conference_check_size(const LoopLine *line, unsigned n) {
    unsigned max = loop_line_max_conference_parties(line);

    if (max == 0 || n <= max)
        return NULL;
    return refuse(REFUSAL_CONFERENCE_FULL, "A conference of this line has at most %u participants; one would have to leave first", max);
}

/* ---- Beginning ---- */

static End *begin(LoopLine *line, Call *call, EndPhase phase, PartyInfo *caller, CallStart *ret) {
    GRefString *id = exchange_new_call_id(loop_line_exchange(line));
    End *conference = end_new(line, call, id, MEDIA_INTERACTIVE_VOICE, phase);

    g_ref_string_release(id);
    conference->is_conference = true;
    conference->origin = ORIGIN_CONFERENCE;
    loop_line_party(line, caller);
    *ret = (CallStart) {
        .event = phase == END_HELD ? CALL_EVENT_HELD_FOR_CONFERENCE : CALL_EVENT_CONNECTED,
        .detail = phase == END_HELD ? STATE_DETAIL_NONE : STATE_DETAIL_ACTIVE,
        .call_id = loop_line_assigns_call_ids(line) ? conference->id : NULL,
        .reason = REASON_DIRECT,
        .caller = caller,
    };
    conference->detail = ret->detail;
    return conference;
}

void conference_join(End *conference, End *end) {
    if (end->through)
        talk_alone(end);
    end_unlink_consultation(end);
    if (end->hidden)
        talk_hide(conference);
    end_set_phase(end, END_CONFERENCED);
    talk_through(end, conference);
    if (end_joined(conference)->length > 1)
        conference->established = true;
    provider_report_joined(end->call, conference->call);
    end_tell_ids(end);
    if (end->peer)
        end_tell_detail(end->peer);
    talk_join(conference);
}

void conference_make(End *end, End *consultation, Call *call, RequestId request) {
    PartyInfo caller;
    CallStart start;
    End *conference = begin(end->line, call, END_CONNECTED, &caller, &start);

    provider_complete_calls(exchange_provider(end_exchange(end)), request, &start);
    conference_join(conference, end);
    conference_join(conference, consultation);
}

Refusal *conference_setup(LoopLine *line, End *first, Call *call, Call *consultation, const DialParams *params,
                          RequestId request) {
    Beginning beginning;
    CallStart starts[2];
    PartyInfo caller;
    End *conference;

    if (first && first->phase != END_CONNECTED)
        return refuse_phase("connected");
    if (first && first->is_conference)
        return refuse(REFUSAL_INVALID_STATE, "A conference can't join another one");
    conference = begin(line, call, END_HELD, &caller, &starts[0]);
    dial_begin(line, consultation, params, conference->id, &beginning);
    end_link_consultation(conference, beginning.end);
    starts[1] = beginning.start;
    provider_complete_calls(exchange_provider(loop_line_exchange(line)), request, starts);
    if (first)
        conference_join(conference, first);
    talk_join(conference);
    dial_go(&beginning);
    return NULL;
}

/* ---- Growing ---- */

Refusal *conference_prepare_add(End *conference, Call *consultation, const DialParams *params, RequestId request) {
    Beginning beginning;
    Refusal *refusal;

    if (conference->phase != END_CONNECTED)
        return refuse_phase("connected");
    refusal = conference_check_size(conference->line, end_joined(conference)->length + 1);
    if (refusal)
        return refusal;
    dial_begin(conference->line, consultation, params, conference->id, &beginning);
    end_link_consultation(conference, beginning.end);
    provider_complete_calls(exchange_provider(end_exchange(conference)), request, &beginning.start);
    hold_begin(conference, CALL_EVENT_HELD_FOR_CONFERENCE);
    dial_go(&beginning);
    return NULL;
}

static bool can_join(const End *end) {
    return end->phase == END_CONNECTED || end->phase == END_HELD || end->phase == END_PROCEEDING || end->phase == END_RINGBACK;
}

static Refusal *check_addition(const End *conference, const End *end) {
    if (!conference->is_conference || conference->phase != END_HELD)
        return refuse_phase("a conference, on-hold-pending-conference or on-hold");
    if (end->is_conference)
        return refuse(REFUSAL_INVALID_STATE, "A conference can't join another one");
    if (end->line != conference->line)
        return refuse(REFUSAL_INVALID_STATE, "Only a call of the same line can join a conference");
    if (!can_join(end))
        return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call to be added has changed its state; it would have to be "
                                             "connected, on-hold, proceeding or ringback");
    if (end->completion)
        return refuse(REFUSAL_INVALID_STATE, "The call to be added waits for its far end to be free; it would have to ring");
    return conference_check_size(conference->line, end_joined(conference)->length + 1);
}

Refusal *conference_add(End *conference, End *end) {
    Refusal *refusal = check_addition(conference, end);

    if (refusal)
        return refusal;
    end_forget_consultation(conference);
    conference_join(conference, end);
    conference->established = true;
    hold_end(conference);
    return NULL;
}

/* ---- Shrinking ---- */

Refusal *conference_remove(End *end) {
    End *conference = end_conference(end);

    if (!conference)
        return refuse_phase("conferenced");
    hold_begin(end, CALL_EVENT_HELD);
    talk_join(end);
    end_tell_ids(end);
    conference_lost_one(conference);
    return NULL;
}

static void let_last_one_go(End *conference) {
    End *end = g_queue_peek_head(end_joined(conference));

    if (!end)
        return;
    end_enter(end, END_CONNECTED, CALL_EVENT_LEFT);
    talk_alone(end);
    end_tell_ids(end);
}

void conference_dissolve(End *conference) {
    let_last_one_go(conference);
    end_finish(conference, CAUSE_NORMAL, NULL);
}

void conference_dissolve_for(End *conference, RequestId request) {
    let_last_one_go(conference);
    end_complete(conference, /* other= */ NULL, request, CAUSE_NORMAL, NULL);
}

void conference_lost_one(End *conference) {
    unsigned n = end_joined(conference)->length;

    if (conference->is_ending)
        return;
    if (n == 0 || (n == 1 && !conference->consultation))
        conference_dissolve(conference);
    else
        talk_join(conference);
}

/* ---- The end ---- */

/* Takes all participants out and gives each to the function. */
static void end_participants(End *conference, void (*end_one)(End *end, DisconnectCause cause), DisconnectCause cause) {
    conference->is_ending = true;
    while (!g_queue_is_empty(end_joined(conference))) {
        End *end = g_queue_peek_head(end_joined(conference));

        talk_leave(end);
        end_one(end, cause);
    }
}

void conference_drop(End *conference) {
    end_participants(conference, call_hang_up, CAUSE_NORMAL);
    end_finish(conference, CAUSE_NORMAL, NULL);
}

void conference_fail(End *conference, DisconnectCause cause) {
    end_participants(conference, end_fail, cause);
    end_finish(conference, cause, NULL);
}
