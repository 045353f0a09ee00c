/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hold: the voice stops here at once; the peer is told by a new offer. */
#include "providers/sip/hold.h"

#include "providers/sip/conference.h"
#include "providers/sip/digits.h"
#include "providers/sip/talk.h"

void hold_begin(SipCall *call, CallEvent event) {
    digits_stop(call);
    call_enter(call, PHASE_HELD, event);
    if (call->mixer)
        mixer_set_local(call->mixer, false);
    talk_sound(call, /* early= */ false);
    talk_update(call);
}

void hold_end(SipCall *call) {
    call_enter_detail(call, PHASE_CONNECTED, CALL_EVENT_RESUMED, talk_detail(call));
    if (call->mixer)
        mixer_set_local(call->mixer, true);
    talk_sound(call, /* early= */ false);
    talk_update(call);
}

/* A conference of one that nobody else will join. */
static bool is_over_alone(const SipCall *call) {
    return call->is_conference && !call->was_established;
}

void hold_give_back(SipCall *call) {
    if (!call || call->phase != PHASE_HELD)
        return;
    if (is_over_alone(call))
        conference_dissolve(call);
    else
        hold_end(call);
}

/* ---- What owners do ---- */

Refusal *hold_call(SipCall *call, RequestId request) {
    if (call->phase != PHASE_CONNECTED)
        return refuse_phase("connected");
    hold_begin(call, CALL_EVENT_HELD);
    talk_settle(call, NULL, request);
    return NULL;
}

Refusal *hold_unhold(SipCall *call, RequestId request) {
    SipCall *consultation = call->consultation;

    if (call->phase != PHASE_HELD)
        return refuse_phase("on-hold");
    consultation_forget(call);
    if (consultation)
        call_drop(consultation, REJECT_NONE);
    if (is_over_alone(call)) {
        conference_dissolve_for(call, request);
        return NULL;
    }
    hold_end(call);
    talk_settle(call, NULL, request);
    return NULL;
}

/* Of a call and its consultation, the one that waits waits for the transfer, and a conference for its next participant. */
static CallEvent swap_event(const SipCall *call, const SipCall *held) {
    const SipCall *first = call->consulted_for == held ? held : call->consultation == held ? call : NULL;

    if (!first)
        return CALL_EVENT_HELD;
    if (!first->is_conference)
        return CALL_EVENT_HELD_FOR_TRANSFER;
    return first == call ? CALL_EVENT_HELD_FOR_CONFERENCE : CALL_EVENT_HELD;
}

Refusal *hold_swap(SipCall *call, SipCall *held, RequestId request) {
    if (call->phase != PHASE_CONNECTED || held->phase != PHASE_HELD)
        return refuse_phase("connected, and the other one on-hold");
    if (call->desk != held->desk)
        return refuse(REFUSAL_INVALID_STATE, "Only two calls of one line can be swapped");
    hold_begin(call, swap_event(call, held));
    hold_end(held);
    talk_settle(call, held, request);
    return NULL;
}

/* ---- Answer modes ---- */

static SipCall *find_other_active(Desk *desk, const SipCall *answered) {
    for (GList *link = desk->calls.head; link; link = link->next) {
        SipCall *call = link->data;

        if (call != answered && call->call && call->phase == PHASE_CONNECTED)
            return call;
    }
    return NULL;
}

void hold_for_answer(SipCall *answered) {
    AnswerMode mode = answered->desk->answer_mode;
    SipCall *call;

    while (mode != ANSWER_MODE_NONE && (call = find_other_active(answered->desk, answered))) {
        if (mode == ANSWER_MODE_HOLD)
            hold_begin(call, CALL_EVENT_HELD);
        else
            call_hang_up(call, CAUSE_NORMAL, NULL);
    }
}
