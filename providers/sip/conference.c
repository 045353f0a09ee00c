/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conference: mixed here; the peers know nothing of it, but by Session-ID. */
#include "providers/sip/conference.h"

#include "providers/sip/dial.h"
#include "providers/sip/digits.h"
#include "providers/sip/hold.h"
#include "providers/sip/talk.h"

static Refusal *check_size(const Desk *desk, unsigned n) {
    unsigned max = desk->max_conference_parties;

    if (max == 0 || n <= max)
        return NULL;
    return refuse(REFUSAL_CONFERENCE_FULL, "A conference of this line has at most %u participants; one would have to leave first", max);
}

/* ---- Members ---- */

void conference_mix(SipCall *call) {
    if (call->conference && call->conference->mixer && call->stream && call->is_up)
        mixer_add(call->conference->mixer, call->stream);
}

static void give_id(SipCall *call, const char *id) {
    char own[CALL_ID_SIZE];

    g_strlcpy(own, call->id, sizeof(own));
    g_strlcpy(call->former, own, sizeof(call->former));
    call_set_id(call, id, own);
}

static void take_id_back(SipCall *call) {
    char id[CALL_ID_SIZE];

    if (!call->former[0])
        return;
    g_strlcpy(id, call->former, sizeof(id));
    call->former[0] = '\0';
    call_set_id(call, id, NULL);
}

/* It may have been held till now. */
static void join(SipCall *conference, SipCall *call) {
    digits_stop(call);
    consultation_unlink(call);
    call->phase = PHASE_CONFERENCED;
    call->conference = conference;
    g_queue_push_tail(&conference->members, call);
    if (conference->members.length > 1)
        conference->was_established = true;
    session_id_join(&call->session, conference->session.local);
    provider_report_joined(call->call, conference->call);
    give_id(call, conference->id);
    conference_mix(call);
    talk_sound(call, /* early= */ !call->is_up);
    talk_update(call);
}

void conference_part(SipCall *call) {
    SipCall *conference = call->conference;

    if (!conference)
        return;
    if (call->speaks_for)
        digits_stop(conference);
    g_queue_remove(&conference->members, call);
    call->conference = NULL;
    if (call->stream && conference->mixer && call->is_up)
        mixer_remove(conference->mixer, call->stream);
    session_id_leave(&call->session);
}

/* ---- Beginning ---- */

static SipCall *begin(Desk *desk, Call *token, CallPhase phase, PartyInfo *own, CallStart *ret) {
    SipCall *conference = sip_call_new(desk, token, phase);
    bool waits = phase == PHASE_HELD;

    conference->is_conference = true;
    conference->mixer = desk->media ? mixer_new(desk->media) : NULL;
    if (conference->mixer)
        mixer_set_local(conference->mixer, !waits);
    party_from_address(&conference->own, sip_line_address(desk->line), desk_domain(desk));
    *own = party_as_info(&conference->own);
    conference->detail = waits ? STATE_DETAIL_NONE : STATE_DETAIL_ACTIVE;
    *ret = (CallStart) {
        .event = waits ? CALL_EVENT_HELD_FOR_CONFERENCE : CALL_EVENT_CONNECTED,
        .detail = (StateDetail) conference->detail,
        .call_id = call_shown_id(conference),
        .reason = REASON_DIRECT,
        .caller = own,
    };
    return conference;
}

Refusal *conference_make(SipCall *call, SipCall *consultation, Call *token, RequestId request) {
    Refusal *refusal = check_size(call->desk, 2);
    PartyInfo own;
    CallStart start;
    SipCall *conference;

    if (refusal)
        return refusal;
    conference = begin(call->desk, token, PHASE_CONNECTED, &own, &start);
    provider_complete_calls(call_provider(call), request, &start);
    join(conference, call);
    join(conference, consultation);
    return NULL;
}

Refusal *conference_setup(Desk *desk, SipCall *first, Call *token, Call *consultation, const DialParams *params,
                          RequestId request) {
    Beginning beginning;
    CallStart starts[2];
    PartyInfo own;
    SipCall *conference;

    if (first && (first->phase != PHASE_CONNECTED || first->is_conference))
        return refuse_phase("connected, and no conference");
    conference = begin(desk, token, PHASE_HELD, &own, &starts[0]);
    dial_begin(desk, consultation, params, conference->id, &beginning);
    consultation_link(conference, beginning.call);
    starts[1] = beginning.start;
    provider_complete_calls(sip_provider(desk->sip), request, starts);
    if (first)
        join(conference, first);
    dial_go(beginning.call);
    return NULL;
}

/* ---- Growing ---- */

Refusal *conference_prepare_add(SipCall *conference, Call *consultation, const DialParams *params, RequestId request) {
    Beginning beginning;
    Refusal *refusal;

    if (conference->phase != PHASE_CONNECTED)
        return refuse_phase("connected");
    refusal = check_size(conference->desk, conference->members.length + 1);
    if (refusal)
        return refusal;
    dial_begin(conference->desk, consultation, params, conference->id, &beginning);
    consultation_link(conference, beginning.call);
    provider_complete_calls(call_provider(conference), request, &beginning.start);
    hold_begin(conference, CALL_EVENT_HELD_FOR_CONFERENCE);
    dial_go(beginning.call);
    return NULL;
}

static bool can_join(const SipCall *call) {
    return !call->is_conference && !call->conference &&
           (call->phase == PHASE_CONNECTED || call->phase == PHASE_HELD || call->phase == PHASE_PROCEEDING ||
            call->phase == PHASE_RINGBACK);
}

Refusal *conference_add(SipCall *conference, SipCall *call) {
    Refusal *refusal;

    if (!conference->is_conference || conference->phase != PHASE_HELD)
        return refuse_phase("a conference, on-hold-pending-conference or on-hold");
    if (call->desk != conference->desk)
        return refuse(REFUSAL_INVALID_STATE, "Only a call of the same line can join a conference");
    if (!can_join(call))
        return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call to be added has changed its state; it would have to be "
                                             "connected, on-hold, proceeding or ringback");
    refusal = check_size(conference->desk, conference->members.length + 1);
    if (refusal)
        return refusal;
    consultation_forget(conference);
    join(conference, call);
    conference->was_established = true;
    hold_end(conference);
    return NULL;
}

/* ---- Shrinking ---- */

Refusal *conference_remove(SipCall *call) {
    SipCall *conference = call->conference;

    if (!conference)
        return refuse_phase("conferenced");
    if (!call->is_up)
        return refuse_phase("answered");
    conference_part(call);
    hold_begin(call, CALL_EVENT_HELD);
    take_id_back(call);
    conference_lost_one(conference);
    return NULL;
}

static void let_last_one_go(SipCall *conference) {
    SipCall *call = g_queue_peek_head(&conference->members);

    if (!call)
        return;
    conference_part(call);
    call_enter_detail(call, PHASE_CONNECTED, CALL_EVENT_LEFT, talk_detail(call));
    take_id_back(call);
    talk_sound(call, /* early= */ !call->is_up);
    talk_update(call);
}

void conference_dissolve(SipCall *conference) {
    conference->is_ending = true;
    let_last_one_go(conference);
    call_finish(conference, CAUSE_NORMAL, NULL);
}

void conference_dissolve_for(SipCall *conference, RequestId request) {
    conference->is_ending = true;
    let_last_one_go(conference);
    call_complete(conference, /* other= */ NULL, request, CAUSE_NORMAL, NULL);
}

void conference_lost_one(SipCall *conference) {
    unsigned n = conference->members.length;

    if (conference->is_ending || sip_call_is_over(conference))
        return;
    if (n == 0 || (n == 1 && !conference->consultation))
        conference_dissolve(conference);
}

/* ---- The end ---- */

void conference_end(SipCall *conference, DisconnectCause cause) {
    SipCall *call;

    conference->is_ending = true;
    while ((call = g_queue_peek_head(&conference->members)))
        call_hang_up(call, cause, NULL);
    call_finish(conference, cause, NULL);
}
