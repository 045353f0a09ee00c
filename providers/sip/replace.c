/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replace: the call keeps its owners and its state, and gets another peer. */
#include "providers/sip/replace.h"

#include "providers/sip/conference.h"
#include "providers/sip/farewell.h"
#include "providers/sip/offer.h"
#include "providers/sip/progress.h"
#include "providers/sip/talk.h"

SipCall *replace_find(const Desk *desk, const sip_replaces_t *replaces) {
    for (GList *link = desk->calls.head; link; link = link->next) {
        SipCall *call = link->data;
        const SipDialog *dialog = call->dialog;

        if (dialog && call->call && g_strcmp0(sip_dialog_call_id(dialog), replaces->rp_call_id) == 0 &&
            g_strcmp0(sip_dialog_local_tag(dialog), replaces->rp_to_tag) == 0 &&
            g_strcmp0(sip_dialog_remote_tag(dialog), replaces->rp_from_tag) == 0)
            return call;
    }
    return NULL;
}

/* RFC 3891, 3. */
static int judge(const SipCall *call, const sip_replaces_t *replaces) {
    if (!call)
        return 481;
    if (call->awaits.answer > 0 || call->journey || call->awaits.take > 0)
        return 491;
    if (call->is_up)
        return replaces->rp_early_only ? 486 : 0;
    return call->is_outgoing ? 0 : 481;
}

static void leave_old_peer(SipCall *fresh) {
    if (fresh->dialog && fresh->is_up)
        farewell_bye(TAKE_PTR(fresh->dialog), NULL);
    else if (fresh->dialog)
        farewell_cancel(TAKE_PTR(fresh->dialog), NULL);
}

/* The other end of the conversation is another one of ours, or none. */
static void follow_ids(SipCall *call, SipCall *fresh) {
    char former[CALL_ID_SIZE];

    g_strlcpy(former, call->id, sizeof(former));
    call_link_twin(call, NULL);
    if (!fresh->caller_here || g_strcmp0(fresh->id, call->id) == 0)
        return;
    call_set_id(call, fresh->id, former);
    call_link_twin(call, fresh->caller_here->travels_for ? fresh->caller_here->travels_for : fresh->caller_here);
}

static void tell(SipCall *call, const SipEvent *event) {
    Party by = { 0 };

    if (!party_of_referrer(&by, event, call_domain(call)))
        party_copy(&by, &call->referrer);
    provider_report_reason(call->call, call->was_dialled ? ORIGIN_OUTBOUND : ORIGIN_UNAVAIL, REASON_TRANSFER);
    call_tell_party(call, PARTY_REDIRECTING, &by);
    call_tell_party(call, PARTY_CONNECTED, &call->peer);
    call_tell_network_ids(call);
    party_clear(&by);
}

static void replace(SipCall *call, SipCall *fresh, const SipEvent *event) {
    SipCall *conference = call->conference;
    g_autofree char *headers = NULL;
    bool was_up = call->is_up;

    if (conference)
        session_id_join(&fresh->session, conference->session.local);
    headers = call_headers(fresh);
    sip_dialog_set_headers(fresh->dialog, headers);
    offer_say_yes(fresh);
    fresh->is_up = true;
    party_copy(&call->referrer, &call->peer);
    party_copy(&call->peer, &fresh->peer);
    if (conference && call->stream && was_up)
        mixer_remove(conference->mixer, call->stream);
    call_change_peers(call, fresh);
    leave_old_peer(fresh);
    follow_ids(call, fresh);
    call_finish(fresh, CAUSE_NORMAL, NULL);
    if (!was_up)
        progress_connect(call);
    else if (conference)
        conference_mix(call);
    tell(call, event);
    talk_sound(call, /* early= */ false);
    talk_tell_detail(call);
}

int replace_arrives(Desk *desk, SipDialog *dialog, const SipEvent *event) {
    SipDialogConfig config = {
        .contact_user = sip_line_contact(desk->line),
        .session_expires_s = sip_line_account(desk->line)->session_expires_s,
    };
    SipCall *call = replace_find(desk, event->sip->sip_replaces), *fresh;
    int status = judge(call, event->sip->sip_replaces);

    if (status > 0)
        return status;
    fresh = sip_call_new(desk, NULL, PHASE_OFFERED);
    fresh->dialog = dialog;
    sip_dialog_take(dialog, &config, call_on_event, fresh);
    sip_line_give_credentials_to(desk->line, dialog, event);
    status = offer_read(fresh, event);
    if (status > 0) {
        fresh->dialog = NULL;
        call_finish(fresh, CAUSE_INCOMPATIBLE, NULL);
        return status;
    }
    replace(call, fresh, event);
    return 0;
}
