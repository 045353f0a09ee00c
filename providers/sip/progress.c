/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Progress: responses to the first INVITE of a call. */
#include "providers/sip/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "providers/sip/cause.h"
#include "providers/sip/conference.h"
#include "providers/sip/dial.h"
#include "providers/sip/farewell.h"
#include "providers/sip/number.h"
#include "providers/sip/refer.h"
#include "providers/sip/take.h"
#include "providers/sip/uui.h"
#include "providers/sip/talk.h"
#include "providers/sip/trust.h"

#define REDIRECTIONS_MAX 10

/* ---- Provisional ---- */

static gboolean on_impatient(void *userdata) {
    SipCall *call = userdata;

    call->patience = 0;
    call_leave_peer(call, CAUSE_NO_ANSWER);
    call_finish(call, CAUSE_NO_ANSWER, NULL);
    return G_SOURCE_REMOVE;
}

static void enter_ringback(SipCall *call) {
    call->rang = true;
    if (call->patience == 0 && call->patience_s > 0)
        call->patience = g_timeout_add_seconds(call->patience_s, on_impatient, call);
    if (call->phase == PHASE_DIALING || call->phase == PHASE_PROCEEDING)
        call_enter(call, PHASE_RINGBACK, CALL_EVENT_RINGBACK);
}

/* The answer may come early, to be heard before the call is answered. */
static void take_early_answer(SipCall *call, const SipEvent *event) {
    g_autofree char *sdp = sip_event_body(event, "application/sdp");

    if (!sdp || !call->offers)
        return;
    if (talk_take_answer(call, sdp) == 0)
        talk_sound(call, /* early= */ true);
    /* Another branch of a fork may answer otherwise, and it is that which counts. */
    call->offers = true;
}

/* Elsewhere on the way: 181, and what tells of it in later responses. */
static void tell_parties(SipCall *call, const SipEvent *event) {
    Party party = { 0 };
    CallReason reason;

    if (party_of_diversion(&party, &reason, event, call_domain(call)))
        call_tell_party(call, PARTY_REDIRECTING, &party);
    party_clear(&party);
}

static void on_provisional(SipCall *call, const SipEvent *event) {
    if (event->status == 180 || event->status == 182)
        enter_ringback(call);
    else if (call->phase == PHASE_DIALING && call->awaits.take == 0)
        call_enter(call, PHASE_PROCEEDING, CALL_EVENT_PROCEEDING);
    if (event->status > 100) {
        take_early_answer(call, event);
        tell_parties(call, event);
    }
}

/* ---- Answered ---- */

void progress_connect(SipCall *call) {
    dial_stop_patience(call);
    if (call->travels_for) {
        refer_arrived(call);
        return;
    }
    talk_tell_encrypted(call);
    if (call->awaits.take > 0)
        take_is_done(call);
    else if (call->conference)
        conference_mix(call);
    else
        call_enter_detail(call, PHASE_CONNECTED, CALL_EVENT_CONNECTED, talk_detail(call));
    talk_sound(call, /* early= */ false);
    call_tell_party(call, PARTY_CONNECTED, &call->peer);
    call_tell_network_ids(call);
    talk_update(call);
}

static void learn_peer(SipCall *call, const SipEvent *event) {
    party_of_sender(&call->peer, event, sip_account_has_network(sip_line_account(call->desk->line)), call_domain(call));
    if (call->peer.presentation != PRESENTATION_UNKNOWN)
        return;
    /* It does not say: then it is whoever was called last. */
    if (call->tried && call->tried->len > 0)
        party_from_address(&call->peer, g_ptr_array_index(call->tried, call->tried->len - 1), call_domain(call));
    else
        party_copy(&call->peer, &call->called);
}

static void on_answered(SipCall *call, const SipEvent *event) {
    g_autofree char *sdp = sip_event_body(event, "application/sdp");
    g_autoptr(GBytes) uui = uui_parse(sip_event_header(event, "User-to-User"));
    int r = 0;

    sip_dialog_ack(call->dialog, NULL);
    call->asks = false;
    g_free(call->contact);
    call->contact = sip_event_contact(event);
    call->is_up = true; /* what ends it from here on is a BYE */
    if (sdp)
        r = talk_take_answer(call, sdp);
    else if (!call->has_agreed)
        r = -EBADMSG;
    call->offers = false;
    if (r < 0) {
        call_leave_peer(call, CAUSE_INCOMPATIBLE);
        call_finish(call, CAUSE_INCOMPATIBLE, "SIP 488 Not Acceptable Here");
        return;
    }
    learn_peer(call, event);
    if (uui && call->call && call->awaits.take == 0)
        provider_report_user_user_info(call->call, g_bytes_get_data(uui, NULL), g_bytes_get_size(uui));
    progress_connect(call);
}

/* ---- Redirected ---- */

static bool was_tried(const SipCall *call, const char *uri) {
    for (guint i = 0; i < call->tried->len; i++) {
        if (number_same_uri(g_ptr_array_index(call->tried, i), uri))
            return true;
    }
    return false;
}

/* Whoever was called must not choose what the caller pays for. */
static bool is_allowed(const SipCall *call, const char *uri) {
    return sip_line_account(call->desk->line)->transfers == SIP_TRANSFERS_ACCEPT || !trust_sees_costs(uri);
}

/* The best of those that were not tried; NULL: none is left. */
static char *pick_contact(SipCall *call, const sip_t *sip) {
    char *best = NULL;
    double best_q = -1;

    for (const sip_contact_t *contact = sip->sip_contact; contact; contact = contact->m_next) {
        su_home_t *home = su_home_new(sizeof(su_home_t));
        const char *uri = url_as_string(home, contact->m_url);
        double q = contact->m_q ? g_ascii_strtod(contact->m_q, NULL) : 1;
        const char *hint;

        if (uri && q > best_q && number_check(uri, &hint) == 0 && is_allowed(call, uri) && !was_tried(call, uri)) {
            g_free(best);
            best = number_to_uri(uri, call_domain(call)); /* "tel:" leads nowhere by itself */
            best_q = q;
        }
        su_home_unref(home);
    }
    return best;
}

/* Is there one that was tried before? */
static bool leads_back(const SipCall *call, const sip_t *sip) {
    bool does = false;

    for (const sip_contact_t *contact = sip->sip_contact; contact && !does; contact = contact->m_next) {
        su_home_t *home = su_home_new(sizeof(su_home_t));
        const char *uri = url_as_string(home, contact->m_url);

        does = uri && was_tried(call, uri);
        su_home_unref(home);
    }
    return does;
}

static void tell_redirection(SipCall *call, const SipEvent *event, const char *from, const char *to) {
    Party party = { 0 };
    CallReason reason;

    if (!party_of_diversion(&party, &reason, event, call_domain(call)))
        party_from_address(&party, from, call_domain(call));
    call_tell_party(call, PARTY_REDIRECTING, &party);
    party_from_address(&party, to, call_domain(call));
    call_tell_redirection(call, &party);
    party_clear(&party);
}

static bool follow(SipCall *call, const SipEvent *event) {
    const char *diversion = sip_event_header(event, "Diversion");
    g_autofree char *target = NULL, *headers = NULL, *from = NULL;

    if (!call->tried) {
        call->tried = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(call->tried, g_strdup(call->target));
    }
    from = g_strdup(g_ptr_array_index(call->tried, call->tried->len - 1));
    target = event->sip ? pick_contact(call, event->sip) : NULL;
    if (!target || call->tried->len > REDIRECTIONS_MAX)
        return false;
    tell_redirection(call, event, from, target);
    g_ptr_array_add(call->tried, g_strdup(target));
    headers = diversion ? g_strdup_printf("Diversion: %s\n", diversion)
                        : g_strdup_printf("Diversion: <%s>;reason=unknown\n", from);
    farewell_end(TAKE_PTR(call->dialog));
    call->dialog = dial_dialog(call, target);
    if (!call->dialog)
        return false;
    dial_invite(call, target, headers);
    return true;
}

/* ---- Refused ---- */

/* Whoever set up the line may know that this is its network. */
static void complain_of_challenge(const SipCall *call, const SipEvent *event) {
    const SipLine *line = call->desk->line;
    g_autofree char *realm = sip_event_realm(event), *shown = realm ? g_strescape(realm, NULL) : NULL;

    if (shown && sip_account_has_password(sip_line_account(line)) && !sip_line_owns_realm(line, realm))
        sip_stack_complain(sip_dialog_stack(call->dialog), "line %s: '%.64s' asks for a password and does not get an answer: if that is the "
                           "line's network, set Realm=%.64s", line_name(call->desk->token), shown, shown);
}

static void on_refused(SipCall *call, const SipEvent *event) {
    g_autofree char *reason = sip_event_reason(event), *text = cause_text(event->status, event->phrase, reason);
    DisconnectCause cause = cause_from_status(event->status, call->rang), more = cause_from_reason(reason);
    StateDetail detail = STATE_DETAIL_NONE;
    CallEvent tone = cause_tone(event->status, &detail);

    complain_of_challenge(call, event);
    farewell_end(TAKE_PTR(call->dialog));
    dial_stop_patience(call);
    if (g_ascii_strcasecmp(event->phrase, "Do Not Disturb") == 0)
        cause = CAUSE_DO_NOT_DISTURB;
    if (more != CAUSE_NONE && more != CAUSE_NORMAL)
        cause = more;
    if (!call->call || call->awaits.take > 0 || call->conference || tone == CALL_EVENT_ENDED || cause == CAUSE_DO_NOT_DISTURB) {
        call_finish(call, cause, text);
        return;
    }
    call_enter_detail(call, PHASE_TONE, tone, detail);
    if (tone != CALL_EVENT_BUSY)
        call_finish(call, cause, text);
}

static void on_redirected(SipCall *call, const SipEvent *event) {
    bool loops, is_itself;

    if (follow(call, event))
        return;
    loops = call->tried->len > 1;
    is_itself = !loops && event->sip && leads_back(call, event->sip);
    if (call->dialog)
        farewell_end(TAKE_PTR(call->dialog));
    /* To itself, with us in it. */
    if (is_itself && call->call && call->awaits.take == 0 && !call->conference) {
        call_enter_detail(call, PHASE_TONE, CALL_EVENT_BUSY, STATE_DETAIL_STATION);
        return;
    }
    call_finish(call, loops ? CAUSE_UNREACHABLE : CAUSE_FORWARDED, loops ? "SIP 482 Loop Detected" : "SIP 302 Moved Temporarily");
}

void progress_on_response(SipCall *call, const SipEvent *event) {
    if (event->status < 200)
        on_provisional(call, event);
    else if (event->status < 300)
        on_answered(call, event);
    else if (event->status < 400) {
        call->asks = false;
        on_redirected(call, event);
    } else {
        call->asks = false;
        on_refused(call, event);
    }
}
