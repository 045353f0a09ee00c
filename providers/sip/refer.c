/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refer: the new call is one without a token, until it is there and takes the place of the old one's peer. */
#include "providers/sip/refer.h"

#include <string.h>

#include "providers/sip/cause.h"
#include "providers/sip/conference.h"
#include "providers/sip/dial.h"
#include "providers/sip/farewell.h"
#include "providers/sip/number.h"
#include "providers/sip/talk.h"
#include "providers/sip/trust.h"
#include "service/log.h"

/* A call is sent on that often at most. */
#define JOURNEYS_MAX 8

/* ---- Where to ---- */

/* Refer-To as a URI without its headers, and what those say of Replaces. NULL: nowhere. */
static char *read_target(const sip_refer_to_t *refer_to, char **ret_replaces) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    url_t *url = url_hdup(home, refer_to->r_url);
    char *headers = url->url_headers ? g_strdup(url->url_headers) : NULL, *target;
    const char *hint;

    *ret_replaces = NULL;
    for (char *header = headers; header && *header;) {
        char *end = header + strcspn(header, "&");
        bool last = *end == '\0';

        *end = '\0';
        if (g_ascii_strncasecmp(header, "Replaces=", strlen("Replaces=")) == 0 && !*ret_replaces)
            *ret_replaces = g_uri_unescape_string(header + strlen("Replaces="), NULL);
        header = last ? end : end + 1;
    }
    g_free(headers);
    url->url_headers = NULL;
    if (url->url_params)
        url->url_params = url_strip_param_string((char *) url->url_params, "method");
    target = g_strdup(url_as_string(home, url));
    su_home_unref(home);
    if (target && number_check(target, &hint) < 0)
        g_clear_pointer(&target, g_free);
    /* What would become headers of our own. */
    if (*ret_replaces && strpbrk(*ret_replaces, "\r\n"))
        g_clear_pointer(&target, g_free);
    if (!target)
        g_clear_pointer(ret_replaces, g_free);
    return target;
}

/* ---- What the referrer hears ---- */

static void notify(SipCall *call, int status, const char *phrase) {
    g_autofree char *fragment = g_strdup_printf("SIP/2.0 %d %s\r\n", status, phrase);

    if (call->dialog)
        sip_dialog_notify(call->dialog, "refer", status < 200 ? "active;expires=60" : "terminated;reason=noresource",
                          &(SipBody) { "message/sipfrag", fragment });
}

/* ---- The journey ---- */

static void set_out(SipCall *call, const char *target, const char *replaces, const SipEvent *event) {
    const sip_referred_by_t *by = event->sip->sip_referred_by;
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const char *by_text = by ? sip_header_as_string(home, (const sip_header_t *) by) : NULL;
    SipCall *journey = sip_call_new(call->desk, NULL, PHASE_DIALING);
    GString *headers = g_string_new(NULL);

    if (replaces)
        g_string_append_printf(headers, "Replaces: %s\n", replaces);
    if (by_text && !strpbrk(by_text, "\r\n"))
        g_string_append_printf(headers, "Referred-By: %s\n", by_text);
    journey->is_outgoing = true;
    journey->is_hidden = call->is_hidden && call->was_dialled;
    journey->target = g_strdup(target);
    party_from_address(&journey->called, target, call_domain(call));
    party_copy(&journey->own, &call->own);
    session_id_continue(&journey->session, &call->session);
    g_strlcpy(journey->id, call->id, sizeof(journey->id));
    journey->travels_for = call;
    call->journey = journey;
    call->journeys++;
    call->failed_journey = CAUSE_NONE;
    if (!by || !party_of_referrer(&call->referrer, event, call_domain(call)))
        party_copy(&call->referrer, &call->peer);
    if (talk_begin(journey) == 0 && (journey->dialog = dial_dialog(journey, target)))
        dial_invite(journey, target, headers->str);
    else
        call_finish(journey, CAUSE_BAD_ADDRESS, NULL);
    g_string_free(headers, TRUE);
    su_home_unref(home);
}

/* Each call of somebody else that we make for the peer may be one too many. */
static bool is_allowed(const SipCall *call, const SipEvent *event, const char *target) {
    const SipLine *line = call->desk->line;

    return call->journeys < JOURNEYS_MAX && trust_allows(sip_line_account(line), sip_line_address(line), sip_event_source(event), target);
}

static int judge(const SipCall *call, const SipEvent *event) {
    if (!call->is_up || !call->call || call->travels_for)
        return 481;
    if (call->journey || call->awaits.refer > 0 || call->asks)
        return 491;
    if (call->phase != PHASE_CONNECTED && call->phase != PHASE_HELD)
        return 603;
    if (!event->sip->sip_refer_to)
        return 400;
    return 0;
}

void refer_on_request(SipCall *call, const SipEvent *event) {
    g_autofree char *target = NULL, *replaces = NULL;
    int status = judge(call, event);

    if (event->status != 100)
        return;
    if (status == 0) {
        target = read_target(event->sip->sip_refer_to, &replaces);
        status = !target ? 416 : is_allowed(call, event, target) ? 0 : 603;
        if (status == 603)
            sip_stack_complain(sip_dialog_stack(call->dialog), "line %s: the far end of a call may not send it there, see Transfers=",
                               line_name(call->desk->token));
    }
    /* The stack trips over a refusal, so that is told by NOTIFY. */
    sip_dialog_respond(call->dialog, 202, NULL, NULL, NULL);
    if (status > 0) {
        notify(call, status, status == 603 ? "Declined" : "Not Now");
        return;
    }
    log_info("sip: line %s: the far end of a call sends it elsewhere", line_name(call->desk->token));
    notify(call, 100, "Trying");
    set_out(call, target, replaces, event);
}

void refer_arrived(SipCall *journey) {
    SipCall *call = journey->travels_for;
    SipDialog *old;

    journey->travels_for = NULL;
    call->journey = NULL;
    notify(call, 200, "OK");
    old = TAKE_PTR(call->dialog);
    call_change_peers(call, journey);
    if (old)
        farewell_referred_us(old);
    party_copy(&call->peer, &journey->peer);
    call_finish(journey, CAUSE_NORMAL, NULL);
    if (call->call) {
        provider_report_reason(call->call, call->was_dialled ? ORIGIN_OUTBOUND : ORIGIN_UNAVAIL, REASON_TRANSFER);
        call_tell_party(call, PARTY_REDIRECTING, &call->referrer);
        call_tell_party(call, PARTY_REDIRECTION, &call->peer);
        call_tell_party(call, PARTY_CONNECTED, &call->peer);
    }
    call_tell_network_ids(call);
    talk_sound(call, /* early= */ false);
    talk_tell_detail(call);
    talk_update(call);
}

void refer_failed(SipCall *call, DisconnectCause cause, const char *text) {
    call->journey = NULL;
    if (sip_call_is_over(call))
        return;
    call->failed_journey = cause;
    g_free(call->failed_text);
    call->failed_text = g_strdup(text);
    if (!call->dialog) {
        call_finish(call, cause, text);
        return;
    }
    /* Still with whoever sent us away, who decides what becomes of it. */
    notify(call, cause == CAUSE_BUSY ? 486 : cause == CAUSE_BAD_ADDRESS ? 404 : cause == CAUSE_REJECTED ? 603 : 503, "Failed");
    talk_update(call);
}

void refer_abandon(SipCall *call) {
    SipCall *journey = call->journey;

    call->journey = NULL;
    if (!journey)
        return;
    journey->travels_for = NULL;
    call_leave_peer(journey, CAUSE_NORMAL);
    call_finish(journey, CAUSE_NORMAL, NULL);
}

bool refer_survives(SipCall *call) {
    SipDialog *dialog = call->dialog;

    if (!call->journey)
        return false;
    call->dialog = NULL;
    sip_dialog_free(dialog);
    return true;
}
