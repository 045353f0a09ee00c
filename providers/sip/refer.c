/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refer: the new call is one without a token, until it is there and takes the place of the old one's peer. */
#include "providers/sip/refer.h"

#include <sofia-sip/sip_status.h>
#include <string.h>

#include "providers/sip/cause.h"
#include "providers/sip/conference.h"
#include "providers/sip/dial.h"
#include "providers/sip/farewell.h"
#include "providers/sip/number.h"
#include "providers/sip/replace.h"
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

static void tell(SipCall *call, const char *name, int status) {
    const char *phrase = sip_status_phrase(status);
    g_autofree char *fragment = g_strdup_printf("SIP/2.0 %d %s\r\n", status, phrase ? phrase : "Failed");

    if (call->dialog)
        sip_dialog_notify(call->dialog, name, status < 200 ? "active;expires=60" : "terminated;reason=noresource",
                          &(SipBody) { "message/sipfrag", fragment });
}

static void notify(SipCall *call, int status) {
    tell(call, call->refer_event, status);
}

/* All but the first REFER of a dialog have their number in the name of what is told of them (RFC 3515, 2.4.6). */
static char *name_event(SipCall *call, const SipEvent *event) {
    if (call->refers++ == 0)
        return g_strdup("refer");
    return g_strdup_printf("refer;id=%u", event->sip->sip_cseq->cs_seq);
}

/* ---- The journey ---- */

typedef struct Goal {
    char *uri, *replaces;
    bool is_inside; /* the call that it is to replace is one of ours */
    bool is_strict; /* nothing but such a call may answer there */
} Goal;

/* "tel:" leads nowhere by itself. */
static void make_reachable(Goal *goal, const char *domain) {
    char *uri = number_to_uri(goal->uri, domain);

    g_free(goal->uri);
    goal->uri = uri;
}

static void goal_clear(Goal *goal) {
    g_free(goal->uri);
    g_free(goal->replaces);
}

static void set_out(SipCall *call, const Goal *goal, const SipEvent *event) {
    const char *target = goal->uri, *replaces = goal->replaces;
    const sip_referred_by_t *by = event->sip->sip_referred_by;
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const char *by_text = by ? sip_header_as_string(home, (const sip_header_t *) by) : NULL;
    SipCall *journey = sip_call_new(call->desk, NULL, PHASE_DIALING);
    GString *headers = g_string_new(NULL);

    if (replaces)
        g_string_append_printf(headers, "Replaces: %s\n%s", replaces, goal->is_strict ? "Require: replaces\n" : "");
    if (by_text && !strpbrk(by_text, "\r\n"))
        g_string_append_printf(headers, "Referred-By: %s\n", by_text);
    journey->is_outgoing = true;
    journey->is_inside = goal->is_inside;
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
    call_tell_redirection(call, &journey->called);
    if (talk_begin(journey) == 0 && (journey->dialog = dial_dialog(journey, target)))
        dial_invite(journey, target, headers->str);
    else
        call_finish(journey, CAUSE_BAD_ADDRESS, NULL);
    g_string_free(headers, TRUE);
    su_home_unref(home);
}

/* Of the lines' calls the one that is to be replaced; NULL: it is somebody else's. */
static SipCall *find_replaced(Sip *sip, const char *replaces) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const sip_replaces_t *header = replaces ? sip_replaces_make(home, replaces) : NULL;
    GPtrArray *lines = sip_lines(sip);
    SipCall *found = NULL;

    for (guint i = 0; header && i < lines->len && !found; i++)
        found = replace_find(sip_line_desk(g_ptr_array_index(lines, i)), header);
    su_home_unref(home);
    return found;
}

/* Telephones behind a proxy say where a machine is that nobody knows; it is this one. */
static void go_inside(Goal *goal, const SipCall *replaced) {
    const SipLine *line = replaced->desk->line;
    g_autofree char *address = desk_media_address(replaced->desk, NULL);
    bool is_ipv6 = strchr(address, ':');

    g_free(goal->uri);
    goal->uri = g_strdup_printf("sip:%s@%s%s%s:%u;transport=%s", sip_line_contact(line), is_ipv6 ? "[" : "", address,
                                is_ipv6 ? "]" : "", sip_stack_port(sip_line_stack(line)),
                                sip_line_account(line)->transport == SIP_TRANSPORT_TCP ? "tcp" : "udp");
    goal->is_inside = true;
}

/* At the place of the peer that its Contact tells, which may be anybody's, there may be who has a call with it, and nobody else. */
static bool is_with_peer(const SipCall *call, const Goal *goal) {
    const SipLine *line = call->desk->line;
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const url_t *url = call->contact ? url_make(home, call->contact) : NULL;
    bool is = goal->replaces && url && url->url_host &&
              trust_allows(sip_line_account(line), sip_line_address(line), url->url_host, goal->uri);

    su_home_unref(home);
    return is;
}

/* Each call of somebody else that we make for the peer may be one too many. */
static bool is_allowed(const SipCall *call, const SipEvent *event, Goal *goal) {
    const SipLine *line = call->desk->line;
    const SipAccount *account = sip_line_account(line);
    SipCall *replaced = find_replaced(call->desk->sip, goal->replaces);

    if (call->journeys >= JOURNEYS_MAX || account->transfers == SIP_TRANSFERS_REFUSE)
        return false;
    if (replaced && sip_line_stack(replaced->desk->line)) {
        go_inside(goal, replaced);
        return true;
    }
    if (trust_allows(account, sip_line_address(line), sip_event_source(event), goal->uri))
        return true;
    goal->is_strict = is_with_peer(call, goal);
    return goal->is_strict;
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
    _cleanup_(goal_clear) Goal goal = { 0 };
    g_autofree char *name = NULL;
    int status = judge(call, event);

    if (event->status != 100)
        return;
    name = name_event(call, event);
    if (status == 0) {
        goal.uri = read_target(event->sip->sip_refer_to, &goal.replaces);
        status = !goal.uri ? 416 : is_allowed(call, event, &goal) ? 0 : 603;
        if (status == 603)
            sip_stack_complain(sip_dialog_stack(call->dialog), "line %s: the far end of a call may not send it there, see Transfers=",
                               line_name(call->desk->token));
    }
    /* The stack trips over a refusal, so that is told by NOTIFY. */
    sip_dialog_respond(call->dialog, 202, NULL, NULL, NULL);
    if (status > 0) {
        tell(call, name, status);
        return;
    }
    g_free(call->refer_event);
    call->refer_event = TAKE_PTR(name);
    log_info("sip: line %s: the far end of a call sends it elsewhere", line_name(call->desk->token));
    notify(call, 100);
    make_reachable(&goal, call_domain(call));
    set_out(call, &goal, event);
}

void refer_arrived(SipCall *journey) {
    SipCall *call = journey->travels_for;
    SipDialog *old;

    journey->travels_for = NULL;
    call->journey = NULL;
    notify(call, 200);
    old = TAKE_PTR(call->dialog);
    call_change_peers(call, journey);
    if (old)
        farewell_referred_us(old);
    /* It may have become one of a conference meanwhile. */
    if (call->conference)
        session_id_join(&call->session, call->conference->session.local);
    conference_mix(call);
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
    if (call->call)
        provider_report_party(call->call, PARTY_REDIRECTION, NULL);
    if (!call->dialog) {
        call_finish(call, cause, text);
        return;
    }
    /* Still with whoever sent us away, who decides what becomes of it. */
    notify(call, cause == CAUSE_BUSY ? 486 : cause == CAUSE_BAD_ADDRESS ? 404 : cause == CAUSE_REJECTED ? 603 : 503);
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
