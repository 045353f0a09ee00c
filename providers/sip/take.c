/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Take: dialled as a code with a number behind it; a call that waits on the line is there already. */
#include "providers/sip/take.h"

#include "providers/sip/dial.h"
#include "providers/sip/number.h"
#include "providers/sip/offer.h"
#include "providers/sip/talk.h"

static Refusal *dial_code(Desk *desk, Call *token, const char *code, const char *number, CallReason reason, RequestId request) {
    g_autofree char *address = g_strconcat(code, number, NULL);
    g_autofree char *uri = number_to_uri(address, desk_domain(desk));
    DialParams params = { .address = address };
    Beginning beginning;

    if (!uri)
        return refuse(REFUSAL_INVALID_ADDRESS, "\"%s\" can't be dialled after the exchange's code; it would have to be digits", number);
    dial_begin(desk, token, &params, NULL, &beginning);
    beginning.call->awaits.take = request;
    beginning.call->take_reason = reason;
    dial_go(beginning.call);
    return NULL;
}

Refusal *take_parked(Desk *desk, Call *token, const char *address, RequestId request) {
    const char *code = sip_line_account(desk->line)->unpark_code;

    if (!code)
        return refuse(REFUSAL_NOT_SUPPORTED, "The line has no code for it; UnparkCode= would have to be set");
    return dial_code(desk, token, code, address, REASON_UNPARK, request);
}

/* The new Call has what the old one had, and answers it. */
static Refusal *take_waiting(Desk *desk, Call *token, RequestId request) {
    SipCall *waiting = offer_find(desk), *call;

    if (!waiting || waiting->awaits.answer > 0 || !waiting->dialog)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "No call waits on this line; one would have to ring");
    call = sip_call_new(desk, token, PHASE_OFFERED);
    g_strlcpy(call->id, waiting->id, sizeof(call->id));
    party_copy(&call->own, &waiting->own);
    party_copy(&call->peer, &waiting->peer);
    party_copy(&call->called, &waiting->called);
    call_change_peers(call, waiting);
    call->awaits.take = request;
    call->take_reason = REASON_PICKUP;
    call->caller_here = TAKE_PTR(waiting->caller_here);
    call_finish(waiting, CAUSE_ANSWERED_ELSEWHERE, NULL);
    offer_say_yes(call);
    return NULL;
}

Refusal *take_ringing(Desk *desk, Call *token, const char *address, const char *group, RequestId request) {
    const SipAccount *account = sip_line_account(desk->line);
    const char *code = address[0] ? account->pickup_code : account->pickup_group_code;

    if (!address[0] && !group[0])
        return take_waiting(desk, token, request);
    if (!code)
        return refuse(REFUSAL_NOT_SUPPORTED, "The line has no code for it; %s would have to be set",
                      address[0] ? "PickupCode=" : "PickupGroupCode=");
    return dial_code(desk, token, code, address[0] ? address : group, REASON_PICKUP, request);
}

void take_is_done(SipCall *call) {
    PartyInfo peer = party_as_info(&call->peer), own = party_as_info(&call->own);
    RequestId request = call->awaits.take;
    CallStart start = {
        .event = CALL_EVENT_CONNECTED,
        .detail = talk_detail(call),
        .call_id = call_shown_id(call),
        .reason = call->take_reason,
        .address = peer.number,
        .media_mode = MEDIA_INTERACTIVE_VOICE,
        .caller = &peer,
        .called = &own,
        .connected = &peer,
    };

    call->awaits.take = 0;
    call->phase = PHASE_CONNECTED;
    call->detail = (int) start.detail;
    provider_complete_calls(call_provider(call), request, &start);
}
