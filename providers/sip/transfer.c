/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: complete as soon as the peer has agreed; how it goes then is between the others. */
#include "providers/sip/transfer.h"

#include "providers/sip/conference.h"
#include "providers/sip/dial.h"
#include "providers/sip/farewell.h"
#include "providers/sip/hold.h"
#include "providers/sip/number.h"

static Refusal *check(const SipCall *call) {
    if (call->awaits.refer > 0)
        return refuse(REFUSAL_CONFLICT, "The call is being transferred already");
    if (!call->is_up || !call->dialog || call->journey)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody is at the other end of the call now; it would have to be connected with somebody");
    return NULL;
}

/* Who hands over, unless the peer was never told. */
static char *referred_by(const SipCall *call) {
    return g_strdup_printf("Referred-By: <%s>\n",
                           call->is_hidden ? "sip:anonymous@anonymous.invalid" : sip_line_address(call->desk->line));
}

static void refer(SipCall *call, const char *refer_to, SipCall *other, const char *text, RequestId request) {
    g_autofree char *headers = referred_by(call), *own = call_headers(call);

    call->awaits.refer = request;
    call->refer_other = other ? sip_call_ref(other) : NULL;
    g_free(call->refer_text);
    call->refer_text = g_strdup(text);
    sip_dialog_set_headers(call->dialog, own);
    sip_dialog_refer(call->dialog, refer_to, headers);
}

static Refusal *refer_to_address(SipCall *call, const char *address, const char *text, RequestId request) {
    g_autofree char *uri = number_to_uri(address, call_domain(call)), *refer_to = NULL;
    Refusal *refusal;

    if (call->phase != PHASE_CONNECTED)
        return refuse_phase("connected");
    refusal = check(call);
    if (refusal)
        return refusal;
    if (!uri)
        return refuse(REFUSAL_INVALID_ADDRESS, "The call can't be transferred there: it would have to be a number or a URI");
    refer_to = g_strdup_printf("<%s>", uri);
    refer(call, refer_to, NULL, text, request);
    return NULL;
}

Refusal *transfer_blind(SipCall *call, const char *address, RequestId request) {
    return refer_to_address(call, address, NULL, request);
}

Refusal *transfer_park(SipCall *call, const char *place, RequestId request) {
    const char *code = sip_line_account(call->desk->line)->park_code;
    g_autofree char *address = g_strconcat(code ? code : "", place, NULL);

    if (!code)
        return refuse(REFUSAL_NOT_SUPPORTED, "The line has no code for it; ParkCode= would have to be set");
    /* Nobody would ever find it again. */
    if (!place[0])
        return refuse(REFUSAL_TARGET_NOT_FOUND, "The exchange does not tell where it parks a call; a place would have to be named");
    return refer_to_address(call, address, place, request);
}

Refusal *transfer_setup(SipCall *call, Call *consultation, const DialParams *params, RequestId request) {
    Beginning beginning;

    if (call->phase != PHASE_CONNECTED)
        return refuse_phase("connected");
    dial_begin(call->desk, consultation, params, call_shown_id(call), &beginning);
    consultation_link(call, beginning.call);
    provider_complete_calls(call_provider(call), request, &beginning.start);
    hold_begin(call, CALL_EVENT_HELD_FOR_TRANSFER);
    dial_go(beginning.call);
    return NULL;
}

/* ---- Complete ---- */

static Refusal *check_pair(const SipCall *call, const SipCall *consultation) {
    if (call == consultation || call->desk != consultation->desk)
        return refuse(REFUSAL_INVALID_STATE, "The consultation has to be another call of the same line");
    if (call->is_conference || consultation->is_conference)
        return refuse(REFUSAL_INVALID_STATE, "A conference can't be transferred; its participants would have to leave it first");
    if (call->phase != PHASE_HELD)
        return refuse_phase("on-hold or on-hold-pending-transfer");
    switch (consultation->phase) {
    case PHASE_PROCEEDING:
    case PHASE_RINGBACK:
    case PHASE_TONE:
    case PHASE_CONNECTED:
        return check(call);
    case PHASE_DIAL_TONE:
    case PHASE_DIALING:
    case PHASE_OFFERED:
    case PHASE_ACCEPTED:
    case PHASE_HELD:
    case PHASE_CONFERENCED:
    case PHASE_OVER:
        break;
    }
    return refuse(REFUSAL_INVALID_STATE,
                  "Meanwhile the consultation has changed its state; it would have to be connected, ringback, busy or proceeding");
}

static bool is_at(const char *uri, const char *domain) {
    g_autofree char *number = uri ? number_from_uri(uri, domain) : NULL;

    return number && !g_str_has_prefix(number, "sip");
}

/* At a registrar, everybody reaches an address of its domain; the machine behind it can't be reached, or is not trusted, but through the
 * proxy. A hidden one is not named. */
static char *place_of(const SipCall *consultation) {
    const char *machine = consultation->contact ? consultation->contact : consultation->target, *domain = call_domain(consultation);
    const Party *peer = &consultation->peer;
    g_autofree char *uri = NULL;

    if (!sip_line_account(consultation->desk->line)->registrar.host.name || is_at(machine, domain))
        return g_strdup(machine);
    if (peer->number && peer->presentation == PRESENTATION_ALLOWED)
        uri = number_to_uri(peer->number, domain);
    return is_at(uri, domain) ? TAKE_PTR(uri) : g_strdup(machine);
}

/* The peer takes our place in the dialog of the consultation. Its Call-ID and tags stand in a URI, so they are escaped. */
static char *with_replaces(const SipCall *consultation) {
    const SipDialog *dialog = consultation->dialog;
    g_autofree char *id = g_uri_escape_string(sip_dialog_call_id(dialog), NULL, FALSE);
    g_autofree char *local = g_uri_escape_string(sip_dialog_local_tag(dialog), NULL, FALSE);
    g_autofree char *remote = g_uri_escape_string(sip_dialog_remote_tag(dialog), NULL, FALSE), *place = place_of(consultation);

    return g_strdup_printf("<%s?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>", place, id, remote, local);
}

static bool has_dialog(const SipCall *call) {
    return call->is_up && call->dialog && sip_dialog_call_id(call->dialog) && sip_dialog_local_tag(call->dialog) &&
           sip_dialog_remote_tag(call->dialog) && (call->contact || call->target);
}

Refusal *transfer_complete(SipCall *call, SipCall *consultation, Call *conference, RequestId request) {
    Refusal *refusal = check_pair(call, consultation);
    g_autofree char *refer_to = NULL;

    if (refusal)
        return refusal;
    if (call->twin == consultation)
        return refuse(REFUSAL_INVALID_STATE, "The two calls are connected with each other; they would have to have others");
    if (conference && consultation->phase == PHASE_TONE)
        return refuse(REFUSAL_INVALID_STATE, "A call to somebody who is busy can't join a conference; it would have to ring");
    if (conference)
        return conference_make(call, consultation, conference, request);
    /* Only who called may hand over what rings (RFC 3891, 3): the peer calls anew, and this call is given up. */
    refer_to = has_dialog(consultation) ? with_replaces(consultation) : g_strdup_printf("<%s>", consultation->target);
    refer(call, refer_to, consultation, NULL, request);
    return NULL;
}

/* ---- The peer's answer ---- */

/* Whoever was consulted ends that dialog itself when the new one replaces it. */
static void let_other_go(SipCall *other) {
    SipDialog *dialog = other->dialog;

    if (dialog && other->is_up) {
        other->dialog = NULL;
        farewell_referred(dialog);
    } else
        call_leave_peer(other, CAUSE_NORMAL);
}

static void succeed(SipCall *call, RequestId request) {
    SipCall *other = call->refer_other;
    g_autofree char *text = TAKE_PTR(call->refer_text);

    call->refer_other = NULL;
    if (other && sip_call_is_over(other)) {
        sip_call_unref(other);
        provider_complete(call_provider(call), request,
                          refuse(REFUSAL_INVALID_STATE, "The consultation ended before the far end had agreed"), NULL);
        return;
    }
    if (other)
        let_other_go(other);
    farewell_referred(TAKE_PTR(call->dialog));
    call_complete(call, other, request, CAUSE_NORMAL, text);
    if (other)
        sip_call_unref(other);
}

void transfer_on_response(SipCall *call, const SipEvent *event) {
    RequestId request = call->awaits.refer;

    if (event->status < 200 || request == 0)
        return;
    call->awaits.refer = 0;
    if (event->status < 300) {
        succeed(call, request);
        return;
    }
    if (call->refer_other)
        call->refer_other = sip_call_unref(call->refer_other);
    provider_complete(call_provider(call), request,
                      refuse(REFUSAL_NOT_SUPPORTED, "The far end does not let itself be transferred (SIP %d %s)", event->status,
                             event->phrase), NULL);
}
