/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receive: what the dialog of a call tells, and who deals with it. */
#include "providers/sip/call.h"

#include "providers/sip/cause.h"
#include "providers/sip/digits.h"
#include "providers/sip/farewell.h"
#include "providers/sip/move.h"
#include "providers/sip/offer.h"
#include "providers/sip/progress.h"
#include "providers/sip/refer.h"
#include "providers/sip/talk.h"
#include "providers/sip/transfer.h"

static void take_session(SipCall *call, const SipEvent *event) {
    const char *value = sip_event_header(event, "Session-ID");
    int r = 0;

    if (value && event->kind == SIP_EVENT_REQUEST)
        r = session_id_take_request(&call->session, value);
    else if (value)
        r = session_id_take_response(&call->session, value);
    if (r > 0 && call->dialog) {
        g_autofree char *headers = call_headers(call);

        sip_dialog_set_headers(call->dialog, headers);
    }
    if (r > 0 || (event->kind == SIP_EVENT_RESPONSE && event->method == sip_method_invite && event->status > 100 && !call->is_up))
        call_tell_network_ids(call);
}

/* ---- The end ---- */

static void lose_dialog(SipCall *call) {
    SipDialog *dialog = call->dialog;

    call->dialog = NULL;
    if (dialog)
        sip_dialog_free(dialog);
}

static void on_bye(SipCall *call, const SipEvent *event) {
    g_autofree char *reason = sip_event_reason(event), *text = cause_text(0, NULL, reason);
    g_autofree char *failed = g_strdup(call->failed_text);
    DisconnectCause cause = cause_from_reason(reason);

    if (refer_survives(call))
        return;
    lose_dialog(call);
    if (call->failed_journey != CAUSE_NONE)
        call_finish(call, call->failed_journey, failed);
    else
        call_finish(call, cause == CAUSE_NONE ? CAUSE_NORMAL : cause, text);
}

/* A peer that knows nothing of the call has ended it: its BYE and its refusal of what we asked meanwhile overtake each other. */
static DisconnectCause cause_of_silence(const SipCall *call, int status) {
    if (!call->is_up)
        return cause_from_status(status, call->rang);
    return status == 481 ? CAUSE_NORMAL : CAUSE_UNREACHABLE;
}

/* Without a BYE of the peer: it is not there any more. Our own INVITE's failure was told by its response. */
static void on_over(SipCall *call, const SipEvent *event) {
    g_autofree char *text = NULL;
    int status = event->status >= 300 ? event->status : 408;

    if (refer_survives(call))
        return;
    if (!call->dialog)
        return;
    text = cause_text(status, event->status >= 300 ? event->phrase : "Session timeout", NULL);
    lose_dialog(call);
    call_finish(call, cause_of_silence(call, status), text);
}

/* ---- Requests ---- */

static void on_request(SipCall *call, const SipEvent *event) {
    switch ((int) event->method) {
    case sip_method_invite:
    case sip_method_update:
        talk_on_offer(call, event);
        break;
    case sip_method_ack:
        talk_on_ack(call, event);
        break;
    case sip_method_cancel:
        offer_on_cancel(call, event);
        break;
    case sip_method_bye:
        on_bye(call, event);
        break;
    case sip_method_info:
        digits_on_info(call, event);
        break;
    case sip_method_refer:
        refer_on_request(call, event);
        break;
    case sip_method_notify:
    case sip_method_options:
        if (event->status == 100)
            sip_dialog_respond(call->dialog, 200, NULL, NULL, NULL);
        break;
    default:
        if (event->status == 100)
            sip_dialog_respond(call->dialog, 501, NULL, NULL, NULL);
        break;
    }
}

static void on_response(SipCall *call, const SipEvent *event) {
    switch ((int) event->method) {
    case sip_method_invite:
        if (call->is_up)
            talk_on_response(call, event);
        else
            progress_on_response(call, event);
        break;
    case sip_method_refer:
        transfer_on_response(call, event);
        break;
    case sip_method_info:
        if (event->status >= 300)
            digits_on_info_refused(call);
        break;
    default:
        break;
    }
}

void call_on_event(SipDialog *dialog, const SipEvent *event, void *userdata) {
    SipCall *call = sip_call_ref(userdata);

    if (call->dialog == dialog && !sip_call_is_over(call)) {
        take_session(call, event);
        switch (event->kind) {
        case SIP_EVENT_REQUEST:
            on_request(call, event);
            break;
        case SIP_EVENT_RESPONSE:
            on_response(call, event);
            break;
        case SIP_EVENT_ANSWERED:
            if (!call->is_outgoing)
                offer_on_answered(call);
            break;
        case SIP_EVENT_READY:
            talk_update(call);
            break;
        case SIP_EVENT_MOVED:
            move_tell_peer(call);
            break;
        case SIP_EVENT_OVER:
            on_over(call, event);
            break;
        case SIP_EVENT_ERROR:
            break;
        }
    }
    sip_call_unref(call);
}
