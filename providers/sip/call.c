/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipCall: life, ids, what is told, and the end. */
#include "providers/sip/call.h"

#include "providers/sip/cause.h"
#include "providers/sip/conference.h"
#include "providers/sip/digits.h"
#include "providers/sip/farewell.h"
#include "providers/sip/hold.h"
#include "providers/sip/offer.h"
#include "providers/sip/refer.h"
#include "providers/sip/talk.h"

/* ---- Life ---- */

SipCall *sip_call_new(Desk *desk, Call *token, CallPhase phase) {
    SipCall *call = g_new0(SipCall, 1);

    call->refs = 1;
    call->phase = phase;
    call->call = token;
    call->desk = desk_ref(desk);
    call->link.data = call;
    call->volume = VOLUME_USUAL;
    call->own.presentation = call->peer.presentation = call->called.presentation = PRESENTATION_UNKNOWN;
    call->sdp_session = (uint64_t) g_random_int() << 16 | (g_random_int() & 0xffff);
    g_queue_init(&call->members);
    session_id_begin(&call->session);
    session_uuid_mint(call->id);
    g_queue_push_tail_link(&desk->calls, &call->link);
    if (token)
        call_set_provider_data(token, call);
    return call;
}

SipCall *sip_call_ref(SipCall *call) {
    call->refs++;
    return call;
}

SipCall *sip_call_unref(SipCall *call) {
    if (--call->refs > 0)
        return NULL;
    party_clear(&call->own);
    party_clear(&call->peer);
    party_clear(&call->called);
    party_clear(&call->referrer);
    g_free(call->dialled);
    g_free(call->target);
    g_free(call->contact);
    g_free(call->uui);
    g_free(call->answer);
    g_free(call->agreed_address);
    g_free(call->failed_text);
    g_free(call->refer_text);
    g_free(call->refer_event);
    if (call->caller_here)
        sip_call_unref(call->caller_here);
    if (call->tried)
        g_ptr_array_unref(call->tried);
    desk_unref(call->desk);
    g_free(call);
    return NULL;
}

bool sip_call_is_over(const SipCall *call) {
    return call->phase == PHASE_OVER;
}

Provider *call_provider(const SipCall *call) {
    return sip_provider(call->desk->sip);
}

const char *call_domain(const SipCall *call) {
    return desk_domain(call->desk);
}

Refusal *refuse_phase(const char *right) {
    return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call has changed its state; it would have to be %s", right);
}

/* ---- Ids ---- */

const char *call_shown_id(const SipCall *call) {
    return call->desk->assigns_call_ids ? call->id : NULL;
}

const char *call_shown_related(const SipCall *call) {
    return call->desk->assigns_call_ids && call->related[0] ? call->related : NULL;
}

static void set_id(SipCall *call, const char *id, const char *related) {
    bool is_new = g_strcmp0(call->id, id) != 0 || g_strcmp0(call->related, related ? related : "") != 0;

    g_strlcpy(call->related, related ? related : "", sizeof(call->related));
    g_strlcpy(call->id, id, sizeof(call->id));
    if (call->call && is_new && call->desk->assigns_call_ids && call->awaits.take == 0)
        provider_report_call_id(call->call, call->id, call->related);
}

void call_set_id(SipCall *call, const char *id, const char *related) {
    char new_id[CALL_ID_SIZE], new_related[CALL_ID_SIZE];

    g_strlcpy(new_id, id, sizeof(new_id));
    g_strlcpy(new_related, related ? related : "", sizeof(new_related));
    set_id(call, new_id, new_related);
    if (call->twin)
        set_id(call->twin, new_id, new_related);
}

static void unlink_twin(SipCall *call) {
    if (call->twin && call->twin->twin == call)
        call->twin->twin = NULL;
    call->twin = NULL;
}

void call_link_twin(SipCall *call, SipCall *twin) {
    if (call->twin == twin)
        return;
    unlink_twin(call);
    call->twin = twin;
    if (!twin)
        return;
    unlink_twin(twin);
    twin->twin = call;
}

static SipCall *find_at_desk(const Desk *desk, const char *uuid) {
    for (GList *link = desk->calls.head; link; link = link->next) {
        SipCall *call = link->data;
        bool calls = call->is_outgoing && !call->is_up && call->dialog;

        if (call->call && (calls || call->journey) && g_strcmp0(call->session.local, uuid) == 0)
            return call;
    }
    return NULL;
}

SipCall *call_find_by_session(Sip *sip, const char *uuid) {
    GPtrArray *lines = sip_lines(sip);

    for (guint i = 0; i < lines->len; i++) {
        SipCall *call = find_at_desk(sip_line_desk(g_ptr_array_index(lines, i)), uuid);

        if (call)
            return call;
    }
    return NULL;
}

/* ---- What is told ---- */

void call_enter_detail(SipCall *call, CallPhase phase, CallEvent event, StateDetail detail) {
    call->phase = phase;
    call->detail = detail;
    /* What stands in for another one, or is to be told as a whole, is not told by itself. */
    if (call->call && call->awaits.take == 0)
        provider_report_event(call->call, event, detail);
}

void call_enter(SipCall *call, CallPhase phase, CallEvent event) {
    call_enter_detail(call, phase, event, STATE_DETAIL_NONE);
}

void call_tell_network_ids(SipCall *call) {
    g_autofree char *session = session_id_name(&call->session);
    const char *sip_id = call->dialog ? sip_dialog_call_id(call->dialog) : NULL;

    if (!call->call || call->awaits.take > 0)
        return;
    if (sip_id)
        provider_report_network_id(call->call, "sip-call-id", sip_id);
    if (session)
        provider_report_network_id(call->call, "session-id", session);
}

void call_tell_party(SipCall *call, PartyRole role, const Party *party) {
    PartyInfo info = party_as_info(party);

    if (call->call && call->awaits.take == 0)
        provider_report_party(call->call, role, &info);
}

void call_tell_redirection(SipCall *call, const Party *party) {
    const Party nobody = { .presentation = PRESENTATION_UNKNOWN };

    call_tell_party(call, PARTY_REDIRECTION, &nobody);
    call_tell_party(call, PARTY_REDIRECTION, party);
}

char *call_headers(SipCall *call) {
    g_autofree char *session = session_id_format(&call->session);

    return g_strdup_printf("Session-ID: %s\n", session);
}

/* ---- Consultations ---- */

void consultation_link(SipCall *call, SipCall *consultation) {
    consultation_forget(call);
    call->consultation = consultation;
    consultation->consulted_for = call;
}

void consultation_forget(SipCall *call) {
    if (call->consultation)
        call->consultation->consulted_for = NULL;
    call->consultation = NULL;
}

void consultation_unlink(SipCall *call) {
    consultation_forget(call);
    if (call->consulted_for)
        call->consulted_for->consultation = NULL;
    call->consulted_for = NULL;
}

/* ---- The end ---- */

static void stop_timer(guint *timer) {
    if (*timer > 0)
        g_source_remove(*timer);
    *timer = 0;
}

static void complete_refused(SipCall *call, RequestId *request, RefusalCode code, const char *text) {
    RequestId id = *request;

    *request = 0;
    if (id > 0)
        provider_complete(call_provider(call), id, refuse(code, "%s", text), NULL);
}

static void answer_requests(SipCall *call, const char *text) {
    g_autofree char *why = g_strdup_printf("Nobody is there (%s)", text ? text : "the call is over");

    complete_refused(call, &call->awaits.answer, REFUSAL_INVALID_STATE, "The call ended before it was answered");
    complete_refused(call, &call->awaits.refer, REFUSAL_INVALID_STATE, "The call ended before the far end had agreed");
    complete_refused(call, &call->awaits.take, REFUSAL_TARGET_NOT_FOUND, why);
}

/* What it has of the network's; the dialog went before. */
static void let_go(SipCall *call) {
    stop_timer(&call->patience);
    stop_timer(&call->retry);
    bell_stop(call);
    talk_end(call);
    refer_abandon(call);
    unlink_twin(call);
    if (call->refer_other)
        call->refer_other = sip_call_unref(call->refer_other);
    if (call->mixer)
        call->mixer = mixer_free(call->mixer);
}

/* Until here it is what it was; after this it is nothing. Returns the conference that it leaves. */
static SipCall *prepare_end(SipCall *call) {
    SipCall *conference = call->conference;

    digits_stop(call);
    if (conference)
        conference_part(call);
    let_go(call);
    call->phase = PHASE_OVER;
    g_queue_unlink(&call->desk->calls, &call->link);
    return conference;
}

static void after_end(SipCall *call, SipCall *conference, const char *text) {
    consultation_unlink(call);
    answer_requests(call, text);
    talk_end_settlements(call);
    if (conference)
        conference_lost_one(conference);
    sip_call_unref(call);
}

void call_finish(SipCall *call, DisconnectCause cause, const char *text) {
    SipCall *conference, *traveller = call->travels_for;
    Call *token = call->call;
    bool is_known = call->awaits.take == 0;

    if (sip_call_is_over(call))
        return;
    conference = prepare_end(call);
    call->call = NULL;
    if (token && is_known)
        provider_report_ended(token, cause, text);
    if (traveller)
        refer_failed(traveller, cause, text);
    after_end(call, conference, text);
}

void call_complete(SipCall *call, SipCall *other, RequestId request, DisconnectCause cause, const char *text) {
    Call *tokens[2] = { call->call, other ? other->call : NULL };

    prepare_end(call);
    call->call = NULL;
    if (other) {
        prepare_end(other);
        other->call = NULL;
    }
    provider_complete_by_end(tokens[0], tokens[1], request, cause, text);
    if (other)
        after_end(other, NULL, NULL);
    after_end(call, NULL, NULL);
}

static void refuse_caller(SipCall *call, DisconnectCause cause) {
    int status = cause == CAUSE_BUSY ? 486 : cause == CAUSE_REJECTED || cause == CAUSE_NORMAL ? 603 : 480;

    sip_dialog_respond(call->dialog, status, NULL, NULL, NULL);
    farewell_end(TAKE_PTR(call->dialog));
}

void call_leave_peer(SipCall *call, DisconnectCause cause) {
    SipDialog *dialog = call->dialog;

    if (!dialog)
        return;
    if (call->is_up || call->awaits.answer > 0) {
        call->dialog = NULL;
        farewell_bye(dialog, cause_to_reason(cause));
    } else if (call->is_outgoing) {
        call->dialog = NULL;
        farewell_cancel(dialog, NULL);
    } else
        refuse_caller(call, cause);
}

void call_hang_up(SipCall *call, DisconnectCause cause, const char *text) {
    if (call->is_conference)
        conference_end(call, cause);
    else {
        call_leave_peer(call, cause);
        call_finish(call, cause, text);
    }
}

#define CHANGE(field)                              \
    do {                                           \
        typeof(call->field) _mine = call->field;   \
        call->field = other->field;                \
        other->field = _mine;                      \
    } while (0)

static void listen_to(SipCall *call) {
    if (call->dialog)
        sip_dialog_take(call->dialog, NULL, call_on_event, call);
    talk_own(call);
}

void call_change_peers(SipCall *call, SipCall *other) {
    stop_timer(&call->retry);
    stop_timer(&other->retry);
    CHANGE(dialog);
    CHANGE(is_outgoing);
    CHANGE(is_up);
    CHANGE(session);
    CHANGE(target);
    CHANGE(contact);
    CHANGE(refers);
    CHANGE(sdp);
    CHANGE(stream);
    CHANGE(ear);
    CHANGE(sdp_session);
    CHANGE(answer);
    CHANGE(offers);
    CHANGE(asks);
    CHANGE(said_held);
    CHANGE(tells_held);
    CHANGE(has_moved);
    CHANGE(has_agreed);
    CHANGE(agreed);
    CHANGE(agreed_address);
    listen_to(call);
    listen_to(other);
}

static void reject(SipCall *call, RejectReason reason) {
    const char *phrase;
    int status = cause_reject_status(reason, &phrase);

    sip_dialog_respond(call->dialog, status, phrase, NULL, NULL);
    farewell_end(TAKE_PTR(call->dialog));
    call_finish(call, CAUSE_NORMAL, NULL);
}

void call_drop(SipCall *call, RejectReason reason) {
    SipCall *held = call->consulted_for ? sip_call_ref(call->consulted_for) : NULL;

    if ((call->phase == PHASE_OFFERED || call->phase == PHASE_ACCEPTED) && call->awaits.answer == 0 && call->dialog)
        reject(call, reason);
    else
        call_hang_up(call, CAUSE_NORMAL, NULL);
    if (!held)
        return;
    hold_give_back(held);
    sip_call_unref(held);
}
