/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offer: INVITEs of others. */
#include "providers/sip/offer.h"

#include <errno.h>

#include "providers/sip/cause.h"
#include "providers/sip/farewell.h"
#include "providers/sip/guests.h"
#include "providers/sip/hold.h"
#include "providers/sip/number.h"
#include "providers/sip/take.h"
#include "providers/sip/talk.h"
#include "providers/sip/uui.h"

#define RING_S 5
#define RINGS_USUAL 3

/* Nobody lets it ring for longer, but whoever vanished without a word: three minutes (RFC 3261, 16.6, timer C). */
#define RINGS_MAX 36

/* At one time, on one line; the others hear that it is busy. A machine may have most of them, see guests.c. */
#define OFFERS_MAX 160

/* Who called too often may come again. */
#define TOO_OFTEN_S 10

/* ---- The bell ---- */

static bool rings_here(const Desk *desk) {
    for (const GList *link = desk->calls.head; link; link = link->next) {
        if (((const SipCall *) link->data)->rings > 0)
            return true;
    }
    return false;
}

void bell_stop(SipCall *call) {
    bool rang = call->rings > 0;

    if (call->bell > 0)
        g_source_remove(call->bell);
    call->bell = 0;
    call->rings = 0;
    call->guest = guest_leave(call->guest, /* in_vain= */ false, g_get_monotonic_time());
    if (rang && call->desk->media && !rings_here(call->desk))
        media_ring(call->desk->media, false);
}

/* 302: somebody else takes it. */
static void send_on(SipCall *call, const char *target, const char *diversion) {
    g_autofree char *headers = g_strdup_printf("Contact: <%s>\nDiversion: <%s>;reason=%s\n", target,
                                               sip_line_address(call->desk->line), diversion);

    sip_dialog_respond(call->dialog, 302, NULL, NULL, headers);
    farewell_end(TAKE_PTR(call->dialog));
}

static void ring_in_vain(SipCall *call) {
    call->guest = guest_leave(call->guest, /* in_vain= */ true, g_get_monotonic_time());
}

static bool is_inside(const SipCall *call) {
    return call->twin || (call->peer.number && !g_str_has_prefix(call->peer.number, "sip"));
}

/* Nobody has answered for so long: a rule may know better. */
static bool forward_unanswered(SipCall *call) {
    const ForwardRule *rule = rules_find(&call->desk->rules, RULE_NO_ANSWER, call->peer.number, is_inside(call));
    g_autofree char *target = NULL;

    if (!rule || call->rings <= (rule->rings > 0 ? rule->rings : RINGS_USUAL) || call->awaits.answer > 0)
        return false;
    target = number_to_uri(rule->destination, call_domain(call));
    if (target)
        send_on(call, target, rule_diversion(RULE_NO_ANSWER));
    else {
        sip_dialog_respond(call->dialog, 480, NULL, NULL, NULL);
        farewell_end(TAKE_PTR(call->dialog));
    }
    call_finish(call, CAUSE_FORWARDED, NULL);
    return true;
}

static bool give_up(SipCall *call) {
    if (call->rings <= RINGS_MAX || call->awaits.answer > 0)
        return false;
    ring_in_vain(call);
    call_hang_up(call, CAUSE_NO_ANSWER, NULL);
    return true;
}

static gboolean on_bell(void *userdata) {
    SipCall *call = userdata;

    call->rings++;
    /* What ends the call ends the bell, too. */
    if (forward_unanswered(call) || give_up(call))
        return G_SOURCE_CONTINUE;
    provider_report_ring(call->desk->token, "normal", call->rings);
    return G_SOURCE_CONTINUE;
}

static void ring(SipCall *call) {
    call->rings = 1;
    call->bell = g_timeout_add_seconds(RING_S, on_bell, call);
    if (call->desk->media)
        media_ring(call->desk->media, true);
    provider_report_ring(call->desk->token, "normal", 1);
}

/* ---- What the INVITE says ---- */

static void read_session(SipCall *call, const SipEvent *event) {
    const char *value = sip_event_header(event, "Session-ID");
    SipCall *out;

    if (!value || session_id_take_request(&call->session, value) < 0)
        return;
    out = call_find_by_session(call->desk->sip, call->session.remote);
    if (!out)
        return;
    g_strlcpy(call->id, out->id, sizeof(call->id));
    call->caller_here = sip_call_ref(out);
}

static int read_description(SipCall *call, const SipEvent *event) {
    g_autofree char *offer = sip_event_body(event, "application/sdp");
    int r = talk_begin(call);

    if (r < 0)
        return 500;
    if (!offer)
        return event->sip->sip_payload && event->sip->sip_content_type ? 415 : 0;
    r = talk_answer(call, offer, &call->answer);
    return r < 0 ? talk_status(r) : 0;
}

int offer_read(SipCall *call, const SipEvent *event) {
    int status;

    call->contact = sip_event_contact(event);
    party_of_sender(&call->peer, event, sip_line_is_from_network(call->desk->line, event), call_domain(call));
    party_of_called(&call->called, event, call_domain(call));
    party_from_address(&call->own, sip_line_address(call->desk->line), call_domain(call));
    read_session(call, event);
    status = read_description(call, event);
    if (status > 0)
        sip_stack_complain(sip_dialog_stack(call->dialog), "line %s: a call came with a description that does not do: %d",
                           line_name(call->desk->token), status);
    return status;
}

/* ---- Rules ---- */

static bool is_secured(const Desk *desk) {
    for (const GList *link = desk->calls.head; link; link = link->next) {
        if (((const SipCall *) link->data)->is_secured)
            return true;
    }
    return false;
}

/* Sent elsewhere, or nowhere: 0 if no rule is for it. */
static int forward(SipCall *call, RuleMoment moment) {
    const ForwardRule *rule = rules_find(&call->desk->rules, moment, call->peer.number, is_inside(call) || call->caller_here);
    g_autofree char *target = NULL;

    if (!rule)
        return 0;
    if (!rule->destination[0]) {
        sip_dialog_respond(call->dialog, 480, "Do Not Disturb", NULL, NULL);
        return 480;
    }
    target = number_to_uri(rule->destination, call_domain(call));
    if (!target)
        return 0;
    send_on(call, target, rule_diversion(moment));
    return 302;
}

static bool is_beleaguered(const Desk *desk) {
    unsigned n = 0;

    for (const GList *link = desk->calls.head; link; link = link->next)
        n += ((const SipCall *) link->data)->rings > 0;
    return n >= OFFERS_MAX;
}

/* ---- It comes in ---- */

static Call *report(SipCall *call, const SipEvent *event) {
    Party redirecting = { .presentation = PRESENTATION_UNKNOWN };
    g_autoptr(GBytes) uui = uui_parse(sip_event_header(event, "User-to-User"));
    gsize size = 0;
    IncomingInfo info = {
        .number = CALL_NUMBER_OF_PROVIDER | ((uint64_t) g_random_int() << 29 ^ g_random_int()),
        .call_id = call_shown_id(call),
        .media_mode = MEDIA_INTERACTIVE_VOICE,
        .origin = is_inside(call) || call->caller_here ? ORIGIN_INTERNAL : ORIGIN_EXTERNAL,
        .reason = REASON_DIRECT,
    };
    Call *token;

    if (!party_of_diversion(&redirecting, &info.reason, event, call_domain(call)) &&
        party_of_referrer(&redirecting, event, call_domain(call)))
        info.reason = REASON_TRANSFER;
    info.redirecting = party_as_info(&redirecting);
    info.caller = party_as_info(&call->peer);
    info.called = party_as_info(&call->called);
    info.redirection = (PartyInfo) { "", "", PRESENTATION_UNKNOWN };
    if (uui)
        info.user_user_info = g_bytes_get_data(uui, &size);
    info.user_user_info_size = size;
    token = provider_report_incoming(call->desk->token, &info);
    party_clear(&redirecting);
    return token;
}

/* Nobody was told of it. */
static int turn_away(SipCall *call, int status) {
    if (status == 415)
        sip_dialog_set_headers(call->dialog, "Accept: application/sdp\n");
    call->dialog = NULL;
    call_finish(call, CAUSE_UNAVAILABLE, NULL);
    return status;
}

/* One that answered already is not told again. */
static int sent_on(SipCall *call) {
    SipDialog *dialog = TAKE_PTR(call->dialog);

    call_finish(call, CAUSE_FORWARDED, NULL);
    if (dialog)
        sip_dialog_free(dialog);
    return 0;
}

static void take(SipCall *call, Call *token) {
    g_autofree char *headers = call_headers(call);

    call->call = token;
    call_set_provider_data(token, call);
    sip_dialog_set_headers(call->dialog, headers);
    if (call->caller_here && !call->caller_here->twin)
        call_link_twin(call, call->caller_here);
    sip_dialog_respond(call->dialog, 180, NULL, NULL, NULL);
    call_tell_network_ids(call);
    ring(call);
}

static bool is_welcome(const Desk *desk, const SipDialog *dialog, const SipEvent *event) {
    if (sip_line_account(desk->line)->callers == SIP_CALLERS_ANYBODY || sip_line_is_from_network(desk->line, event))
        return true;
    sip_stack_complain(sip_dialog_stack(dialog), "line %s: somebody calls past its network, see Callers=", line_name(desk->token));
    return false;
}

static bool is_ours(const Desk *desk, const SipEvent *event) {
    const char *value = sip_event_header(event, "Session-ID");
    SessionId session = { 0 };

    return value && session_id_take_request(&session, value) >= 0 && call_find_by_session(desk->sip, session.remote);
}

/* The network looks after its calls itself, and we after ours. A status that refuses it, or 0. */
static int let_in(const Desk *desk, SipDialog *dialog, const SipEvent *event, Guest **ret) {
    int r;

    if (sip_line_is_from_network(desk->line, event) || is_ours(desk, event))
        return 0;
    r = guests_let_in(sip_guests(desk->sip), sip_event_source(event), g_get_monotonic_time(), ret);
    if (r != -EAGAIN)
        return r == 0 ? 0 : 486;
    sip_stack_complain(sip_dialog_stack(dialog), "line %s: one machine calls and gives up too often, and has to wait", line_name(desk->token));
    sip_dialog_set_headers(dialog, "Retry-After: " G_STRINGIFY(TOO_OFTEN_S) "\n");
    return 503;
}

int offer_arrives(Desk *desk, SipDialog *dialog, const SipEvent *event) {
    SipDialogConfig config = {
        .contact_user = sip_line_contact(desk->line),
        .session_expires_s = sip_line_account(desk->line)->session_expires_s,
    };
    Guest *guest = NULL;
    SipCall *call;
    Call *token;
    int status;

    if (!sip_line_is_in_service(desk->line))
        return 480;
    if (!is_welcome(desk, dialog, event))
        return 403;
    if (is_beleaguered(desk))
        return 486;
    status = let_in(desk, dialog, event, &guest);
    if (status > 0)
        return status;
    call = sip_call_new(desk, NULL, PHASE_OFFERED);
    call->guest = guest;
    call->dialog = dialog;
    sip_dialog_take(dialog, &config, call_on_event, call);
    sip_line_give_credentials_to(desk->line, dialog, event);
    status = offer_read(call, event);
    if (status > 0)
        return turn_away(call, status);
    /* Our own number is busy with the call itself. */
    if ((call->caller_here && call->caller_here->desk == desk) || is_secured(desk))
        return forward(call, RULE_BUSY) > 0 ? sent_on(call) : turn_away(call, 486);
    if (forward(call, RULE_AT_ONCE) > 0)
        return sent_on(call);
    token = report(call, event);
    if (!token)
        return forward(call, RULE_BUSY) > 0 ? sent_on(call) : turn_away(call, 486);
    take(call, token);
    return 0;
}

/* ---- What owners do ---- */

SipCall *offer_find(const Desk *desk) {
    for (const GList *link = desk->calls.head; link; link = link->next) {
        SipCall *call = link->data;

        if ((call->phase == PHASE_OFFERED || call->phase == PHASE_ACCEPTED) && call->call)
            return call;
    }
    return NULL;
}

Refusal *offer_accept(SipCall *call) {
    if (call->phase != PHASE_OFFERED || call->awaits.answer > 0)
        return refuse_phase("offering");
    call_enter(call, PHASE_ACCEPTED, CALL_EVENT_ACCEPTED);
    return NULL;
}

void offer_say_yes(SipCall *call) {
    g_autofree char *offer = call->answer ? NULL : talk_offer(call);
    g_autofree char *name = call->is_hidden ? NULL : g_strdup_printf("Remote-Party-ID: <%s>;party=called;privacy=off\n",
                                                                     sip_line_address(call->desk->line));
    SipBody body = { "application/sdp", call->answer ? call->answer : offer };

    sip_dialog_respond(call->dialog, 200, NULL, &body, name);
}

Refusal *offer_answer(SipCall *call, RequestId request) {
    if ((call->phase != PHASE_OFFERED && call->phase != PHASE_ACCEPTED) || !call->dialog)
        return refuse_phase("offering or accepted");
    if (call->awaits.answer > 0)
        return refuse(REFUSAL_CONFLICT, "The call is being answered already");
    call->awaits.answer = request;
    bell_stop(call);
    hold_for_answer(call);
    offer_say_yes(call);
    return NULL;
}

/* The 200 is on its way: a CANCEL comes too late now. */
void offer_on_answered(SipCall *call) {
    RequestId request = call->awaits.answer;

    call->is_up = true;
    if (call->phase != PHASE_OFFERED && call->phase != PHASE_ACCEPTED)
        return;
    talk_tell_encrypted(call);
    if (call->awaits.take > 0)
        take_is_done(call);
    call->awaits.answer = 0;
    bell_stop(call);
    if (call->phase != PHASE_CONNECTED)
        call_enter_detail(call, PHASE_CONNECTED, CALL_EVENT_CONNECTED, talk_detail(call));
    if (call->caller_here && !sip_call_is_over(call->caller_here))
        call_link_twin(call, call->caller_here);
    call_tell_party(call, PARTY_CONNECTED, &call->peer);
    talk_sound(call, /* early= */ false);
    if (request > 0)
        provider_complete(call_provider(call), request, /* refusal= */ NULL, /* text= */ NULL);
}

Refusal *offer_redirect(SipCall *call, const char *address, RequestId request) {
    g_autofree char *target = number_to_uri(address, call_domain(call));

    if (call->phase != PHASE_OFFERED || call->awaits.answer > 0 || !call->dialog)
        return refuse_phase("offering");
    if (!target)
        return refuse(REFUSAL_INVALID_ADDRESS, "The call can't be redirected there: it would have to be a number or a URI");
    send_on(call, target, "deflection");
    call_complete(call, /* other= */ NULL, request, CAUSE_FORWARDED, NULL);
    return NULL;
}

/* ---- The caller gives up ---- */

void offer_on_cancel(SipCall *call, const SipEvent *event) {
    g_autofree char *reason = sip_event_reason(event), *text = cause_text(0, NULL, reason);
    DisconnectCause cause = cause_from_reason(reason);

    if (call->is_up)
        return;
    ring_in_vain(call);
    farewell_end(TAKE_PTR(call->dialog));
    call_finish(call, cause == CAUSE_ANSWERED_ELSEWHERE ? cause : CAUSE_CANCELLED, text);
}
