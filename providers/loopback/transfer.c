/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: blind, or after a consultation. */
#include "providers/loopback/transfer.h"

#include "providers/loopback/conference.h"
#include "providers/loopback/dial.h"
#include "providers/loopback/hold.h"
#include "providers/loopback/talk.h"
#include "providers/loopback/way.h"

static Refusal *refuse_absent(void) {
    return refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody is at the other end of the call now; it would have to be connected with somebody");
}

Refusal *transfer_blind(End *end, const char *address, RequestId request) {
    Exchange *exchange = end_exchange(end);
    Offer offer = { .redirecting = end->line, .reason = REASON_TRANSFER, .media_mode = end->media_mode };
    PartyInfo party;
    Destination to;
    const char *hint;
    Far far;

    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    if (!end->talks)
        return refuse_absent();
    if (destination_parse(address, &to, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "The call can't be transferred there: %s", hint);
    offer.call_id = g_ref_string_acquire(end->id);
    offer.called = g_ref_string_new(to.name);
    end_own_party(end, &offer.by);
    far = far_hand_over(end);
    end_complete(end, NULL, request, CAUSE_NORMAL, NULL);
    if (far.end)
        end_tell_id(far.end);
    number_party(exchange_find(exchange, to.name), to.name, &party);
    far_tell_moved(far, REASON_TRANSFER, &offer.by, &party);
    way_place(far, &to, &offer, exchange);
    return NULL;
}

Refusal *transfer_setup(End *end, Call *consultation, const DialParams *params, RequestId request) {
    Beginning beginning;

    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    dial_begin(end->line, consultation, params, end_shown_id(end), &beginning);
    end_link_consultation(end, beginning.end);
    provider_complete_calls(exchange_provider(end_exchange(end)), request, &beginning.start);
    hold_begin(end, CALL_EVENT_HELD_FOR_TRANSFER);
    dial_go(&beginning);
    return NULL;
}

/* ---- Complete ---- */

static Refusal *check_pair(const End *end, const End *consultation) {
    if (end == consultation || end->line != consultation->line)
        return refuse(REFUSAL_INVALID_STATE, "The consultation has to be another call of the same line");
    if (end->is_conference || consultation->is_conference)
        return refuse(REFUSAL_INVALID_STATE, "A conference can't be transferred; its participants would have to leave it first");
    if (end->phase != END_HELD)
        return refuse_phase("on-hold or on-hold-pending-transfer");
    if (!end->talks)
        return refuse_absent();
    switch (consultation->phase) {
    case END_PROCEEDING:
    case END_RINGBACK:
    case END_TONE:
        return NULL;
    case END_CONNECTED:
        return consultation->talks ? NULL : refuse_absent();
    case END_DIAL_TONE:
    case END_DIALING:
    case END_OFFERED:
    case END_ACCEPTED:
    case END_HELD:
    case END_CONFERENCED:
    case END_OVER:
        break;
    }
    return refuse(REFUSAL_INVALID_STATE,
                  "Meanwhile the consultation has changed its state; it would have to be connected, ringback, busy or proceeding");
}

/* The far ends of a transfer, and what it tells them; the texts belong to the lines. */
typedef struct Handover {
    Far first, second;
    bool talks; /* the second has answered */
    GRefString *id;
    PartyInfo by_first, by_second; /* who transfers, as each of them knows it */
    PartyInfo to;
} Handover;

/* Whoever still rings is told who calls now; what rings for an outside caller has nobody who waits for it here. */
static void tell_ringing(const Handover *handover) {
    PartyInfo caller;

    if (!handover->second.end)
        return;
    far_party(handover->first, &caller);
    provider_report_party(handover->second.end->call, PARTY_CALLER, &caller);
}

static void tell_both(const Handover *handover) {
    far_tell_moved(handover->first, REASON_TRANSFER, &handover->by_first, &handover->to);
    far_tell_moved(handover->second, REASON_TRANSFER, &handover->by_second, &handover->to);
    if (handover->second.end)
        end_set_id(handover->second.end, handover->id);
}

static void hand_over(const Handover *handover) {
    bool inside = handover->first.end || handover->second.end;

    far_link(handover->first, handover->second);
    if (!inside)
        return;
    tell_both(handover);
    if (handover->talks) {
        far_enter_talk(handover->first);
        far_enter_talk(handover->second);
        talk_join(handover->first.end ?: handover->second.end);
        return;
    }
    tell_ringing(handover);
    if (handover->first.end) {
        end_tell_detail(handover->first.end);
        end_tell_id(handover->first.end);
    }
}

static void fill_in_target(const End *consultation, PartyInfo *ret) {
    Far far = far_of(consultation);

    if (far_is_nobody(far) && consultation->reached)
        number_party(exchange_find(loop_line_exchange(consultation->line), consultation->reached), consultation->reached, ret);
    else
        far_party(far, ret);
}

/* To a tone, or to somebody who is still waited for: there is nobody to be handed to. */
static void hand_to_tone(const Handover *handover) {
    far_tell_moved(handover->first, REASON_TRANSFER, &handover->by_first, &handover->to);
    far_finish(handover->first, CAUSE_BUSY, NULL);
}

static Refusal *complete_transfer(End *end, End *consultation, RequestId request) {
    bool tone = consultation->phase == END_TONE || far_is_nobody(far_of(consultation));
    g_autofree char *number = NULL;
    Handover handover = { .talks = consultation->talks, .id = g_ref_string_acquire(end->id) };

    end_own_party(end, &handover.by_first);
    end_own_party(consultation, &handover.by_second);
    fill_in_target(consultation, &handover.to);
    number = g_strdup(handover.to.number);
    handover.to.number = number;
    handover.first = far_hand_over(end);
    if (!tone)
        handover.second = far_hand_over(consultation);
    end_complete(end, consultation, request, CAUSE_NORMAL, NULL);
    if (tone)
        hand_to_tone(&handover);
    else
        hand_over(&handover);
    g_ref_string_release(handover.id);
    return NULL;
}

static Refusal *complete_conference(End *end, End *consultation, Call *conference, RequestId request) {
    Refusal *refusal;

    if (consultation->phase == END_TONE || consultation->completion)
        return refuse(REFUSAL_INVALID_STATE, "A call to somebody who is busy can't join a conference; it would have to ring");
    refusal = conference_check_size(end->line, 2);
    if (refusal)
        return refusal;
    conference_make(end, consultation, conference, request);
    return NULL;
}

Refusal *transfer_complete(End *end, End *consultation, Call *conference, RequestId request) {
    Refusal *refusal = check_pair(end, consultation);

    if (refusal)
        return refusal;
    if (!conference && end->peer == consultation)
        return refuse(REFUSAL_INVALID_STATE, "The two calls are connected with each other; they would have to have others");
    if (conference)
        return complete_conference(end, consultation, conference, request);
    return complete_transfer(end, consultation, request);
}
