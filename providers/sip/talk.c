/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talk: one negotiation at a time; one that crosses the peer's is tried again (RFC 3261, 14.1). */
#include "providers/sip/talk.h"

#include <errno.h>

#include "providers/sip/cause.h"
#include "providers/sip/digits.h"
#include "providers/sip/move.h"
#include "service/log.h"

/* An owner waits no longer for a peer that does not answer. One whose ACK was overtaken may want to be asked again after as many as ten
 * seconds (RFC 3261, 14.2). */
#define SETTLE_S 12

/* The stack's own: it did not ask, as something else is under way. */
#define STACK_BUSY 900

/* What the stream speaks to: the call that has it. */
struct Ear {
    SipCall *call;
};

static void on_digit(MediaStream *stream, char digit, void *userdata) {
    digits_on_heard(((struct Ear *) userdata)->call, digit);
}

static void on_digits_sent(MediaStream *stream, DigitsOutcome outcome, void *userdata) {
    digits_on_sent(((struct Ear *) userdata)->call, outcome);
}

static void on_tone_sent(MediaStream *stream, DigitsOutcome outcome, void *userdata) {
    digits_on_tone_sent(((struct Ear *) userdata)->call, outcome);
}

static void on_silence(MediaStream *stream, unsigned seconds, void *userdata) {
    const SipCall *call = ((struct Ear *) userdata)->call;

    log_info("sip: line %s: nothing was heard of a call for %u s", line_name(call->desk->token), seconds);
}

static void on_failed(MediaStream *stream, const char *why, void *userdata) {
    const SipCall *call = ((struct Ear *) userdata)->call;

    log_warning("sip: line %s: the sound of a call failed: %s", line_name(call->desk->token), why);
}

static const MediaObserver observer = {
    .on_digit = on_digit,
    .on_digits_sent = on_digits_sent,
    .on_tone_sent = on_tone_sent,
    .on_silence = on_silence,
    .on_failed = on_failed,
};

int talk_begin(SipCall *call) {
    g_autofree char *address = desk_media_address(call->desk, call->target ? call->target : call->contact);

    if (!call->desk->media)
        return -ENODEV;
    call->sdp = sdp_new();
    call->ear = g_new0(struct Ear, 1);
    call->ear->call = call;
    return media_stream_new(call->desk->media, address, &observer, call->ear, &call->stream);
}

void talk_own(SipCall *call) {
    if (!call->ear)
        return;
    call->ear->call = call;
    if (!call->stream)
        return;
    media_stream_mute(call->stream, call->is_muted);
    media_stream_set_volume(call->stream, call->volume);
}

void talk_end(SipCall *call) {
    if (call->stream)
        call->stream = media_stream_free(call->stream);
    if (call->sdp)
        call->sdp = sdp_free(call->sdp);
    g_free(call->ear);
    call->ear = NULL;
    call->has_agreed = false;
}

static bool is_held_here(const SipCall *call) {
    return call->phase == PHASE_HELD && !call->is_conference;
}

static void describe(const SipCall *call, const char *address, SdpLocal *ret) {
    const SipAccount *account = sip_line_account(call->desk->line);

    *ret = (SdpLocal) {
        .address = address,
        .port = media_stream_port(call->stream),
        .codecs = call->desk->codecs.codecs,
        .n_codecs = call->desk->codecs.n,
        .encryption = account->encryption,
        .sends = true,
        .receives = !is_held_here(call),
        .session = call->sdp_session,
    };
}

char *talk_offer(SipCall *call) {
    g_autofree char *address = desk_media_address(call->desk, call->target ? call->target : call->contact);
    SdpLocal local;

    describe(call, address, &local);
    call->offers = true;
    call->tells_held = !local.receives;
    return sdp_make_offer(call->sdp, &local);
}

static void keep(SipCall *call, const MediaAgreement *agreement) {
    call->agreed = *agreement;
    g_free(call->agreed_address);
    call->agreed_address = g_strdup(agreement->address);
    call->agreed.address = call->agreed_address;
    call->has_agreed = true;
}

int talk_answer(SipCall *call, const char *offer, char **ret_answer) {
    g_autofree char *address = desk_media_address(call->desk, call->target ? call->target : call->contact);
    MediaAgreement agreement = { 0 };
    SdpLocal local;
    int r;

    describe(call, address, &local);
    r = sdp_answer(call->sdp, &local, offer, ret_answer, &agreement);
    if (r < 0)
        return r;
    call->said_held = !local.receives;
    keep(call, &agreement);
    return 0;
}

int talk_take_answer(SipCall *call, const char *answer) {
    MediaAgreement agreement = { 0 };
    int r = sdp_take_answer(call->sdp, answer, &agreement);

    call->offers = false;
    if (r < 0)
        return r;
    call->said_held = call->tells_held;
    keep(call, &agreement);
    return 0;
}

void talk_tell_encrypted(const SipCall *call) {
    if (call->call && call->has_agreed && call->awaits.take == 0)
        provider_report_encrypted(call->call, call->agreed.local.suite != SRTP_NONE);
}

void talk_sound(SipCall *call, bool early) {
    MediaAgreement agreement = call->agreed;
    int r;

    if (!call->stream || !call->has_agreed)
        return;
    if (is_held_here(call))
        agreement.sends = agreement.receives = false;
    media_stream_set_early(call->stream, early);
    r = media_stream_agree(call->stream, &agreement);
    if (r < 0)
        log_warning("sip: line %s: a call has no sound: %s", line_name(call->desk->token), g_strerror(-r));
    if (!early)
        talk_tell_encrypted(call);
}

StateDetail talk_detail(const SipCall *call) {
    return call->sdp && sdp_is_held_by_peer(call->sdp) ? STATE_DETAIL_ACTIVE_HELD : STATE_DETAIL_ACTIVE;
}

void talk_tell_detail(SipCall *call) {
    StateDetail detail = talk_detail(call);

    if (call->phase == PHASE_CONNECTED && call->call && call->detail != (int) detail)
        call_enter_detail(call, PHASE_CONNECTED, CALL_EVENT_CONNECTED, detail);
}

int talk_status(int error) {
    return error == -EBADMSG ? 400 : 488;
}

/* ---- What waits for the peer ---- */

typedef struct Settlement {
    Provider *provider;
    RequestId request;
    unsigned open; /* calls that are not settled */
    bool is_done;
    guint timer;
    unsigned refs;
} Settlement;

static void settlement_unref(Settlement *settlement) {
    if (--settlement->refs > 0)
        return;
    if (settlement->timer > 0)
        g_source_remove(settlement->timer);
    g_free(settlement);
}

static void settlement_finish(Settlement *settlement) {
    if (settlement->is_done)
        return;
    settlement->is_done = true;
    provider_complete(settlement->provider, settlement->request, /* refusal= */ NULL, /* text= */ NULL);
}

static gboolean on_unsettled(void *userdata) {
    Settlement *settlement = userdata;

    settlement->timer = 0;
    settlement_finish(settlement);
    return G_SOURCE_REMOVE;
}

static bool is_settled(const SipCall *call) {
    if (!call->is_up || !call->dialog || !call->stream)
        return true;
    return !call->asks && call->retry == 0 && is_held_here(call) == call->said_held;
}

static void settle(SipCall *call) {
    GSList *settlements = call->settlements;

    call->settlements = NULL;
    for (GSList *link = settlements; link; link = link->next) {
        Settlement *settlement = link->data;

        if (--settlement->open == 0)
            settlement_finish(settlement);
        settlement_unref(settlement);
    }
    g_slist_free(settlements);
}

static void wait_for(Settlement *settlement, SipCall *call) {
    if (!call || is_settled(call))
        return;
    settlement->open++;
    settlement->refs++;
    call->settlements = g_slist_append(call->settlements, settlement);
}

void talk_end_settlements(SipCall *call) {
    settle(call);
}

void talk_settle(SipCall *call, SipCall *other, RequestId request) {
    Settlement *settlement = g_new0(Settlement, 1);

    settlement->provider = call_provider(call);
    settlement->request = request;
    settlement->refs = 1;
    wait_for(settlement, call);
    wait_for(settlement, other);
    if (settlement->open == 0)
        settlement_finish(settlement);
    else
        settlement->timer = g_timeout_add_seconds(SETTLE_S, on_unsettled, settlement);
    settlement_unref(settlement);
}

/* ---- We ask ---- */

void talk_update(SipCall *call) {
    unsigned session_expires_s = sip_line_account(call->desk->line)->session_expires_s;
    g_autofree char *offer = NULL, *headers = NULL;

    if (!call->is_up || !call->dialog || call->asks || call->retry > 0 || call->journey || !call->stream)
        return;
    if (is_held_here(call) == call->said_held && !call->has_moved)
        return;
    offer = talk_offer(call);
    headers = call_headers(call);
    sip_dialog_set_headers(call->dialog, headers);
    call->asks = true;
    sip_dialog_invite(call->dialog, &(SipInvite) { .sdp = offer, .session_expires_s = call->has_moved ? session_expires_s : 0 });
}

static gboolean on_retry(void *userdata) {
    SipCall *call = userdata;

    call->retry = 0;
    talk_update(call);
    return G_SOURCE_REMOVE;
}

/* Who began the dialog waits longer, so that the two do not cross again. */
static void try_again(SipCall *call) {
    guint ms = call->is_outgoing ? (guint) g_random_int_range(210, 400) * 10 : (guint) g_random_int_range(0, 200) * 10;

    call->retry = g_timeout_add(ms, on_retry, call);
}

static void on_agreed(SipCall *call, const SipEvent *event) {
    g_autofree char *sdp = sip_event_body(event, "application/sdp");
    int r = 0;

    sip_dialog_ack(call->dialog, NULL);
    call->has_moved = false;
    if (sdp && call->offers)
        r = talk_take_answer(call, sdp);
    else
        call->said_held = call->tells_held;
    if (r < 0)
        sip_stack_complain(sip_dialog_stack(call->dialog), "a peer's answer to a new offer makes no sense: %s", g_strerror(-r));
    talk_sound(call, /* early= */ false);
    talk_tell_detail(call);
}

void talk_on_response(SipCall *call, const SipEvent *event) {
    if (event->status < 200)
        return;
    call->asks = false;
    if (event->status < 300)
        on_agreed(call, event);
    else if (event->status == 491 || event->status == 500 || event->status == STACK_BUSY)
        try_again(call);
    else if (call->has_moved) {
        move_failed(call, event);
        return;
    } else
        call->said_held = call->tells_held; /* it does not want to know */
    call->offers = false;
    talk_update(call);
    if (is_settled(call))
        settle(call);
}

/* ---- The peer asks ---- */

static void answer_offer(SipCall *call, const char *offer) {
    g_autofree char *answer = NULL;
    int r = talk_answer(call, offer, &answer);

    if (r < 0) {
        sip_dialog_respond(call->dialog, talk_status(r), NULL, NULL, NULL);
        return;
    }
    sip_dialog_respond(call->dialog, 200, NULL, &(SipBody) { "application/sdp", answer }, NULL);
    talk_sound(call, /* early= */ false);
    talk_tell_detail(call);
}

/* It has none: ours goes with the answer, and its answer comes with the ACK. */
static void offer_instead(SipCall *call) {
    g_autofree char *offer = talk_offer(call);

    sip_dialog_respond(call->dialog, 200, NULL, &(SipBody) { "application/sdp", offer }, NULL);
}

/* The first one is not answered yet (RFC 3311, 5.2). */
static void refuse_early_offer(SipCall *call) {
    if (call->offers)
        sip_dialog_respond(call->dialog, 491, NULL, NULL, NULL);
    else
        sip_dialog_respond(call->dialog, 500, NULL, NULL, "Retry-After: 2\n");
}

/* The peer may be elsewhere from now on (RFC 3261, 12.2). */
static void learn_contact(SipCall *call, const SipEvent *event) {
    char *contact = sip_event_contact(event);

    if (!contact)
        return;
    g_free(call->contact);
    call->contact = contact;
}

void talk_on_offer(SipCall *call, const SipEvent *event) {
    g_autofree char *offer = sip_event_body(event, "application/sdp"), *headers = call_headers(call);

    if (event->status != 100)
        return;
    learn_contact(call, event);
    sip_dialog_set_headers(call->dialog, headers);
    if (call->asks && offer)
        sip_dialog_respond(call->dialog, 491, NULL, NULL, NULL);
    else if (offer && !call->is_up)
        refuse_early_offer(call);
    else if (!call->stream || !call->is_up)
        sip_dialog_respond(call->dialog, offer ? 488 : 200, NULL, NULL, NULL);
    else if (offer)
        answer_offer(call, offer);
    else if (event->method == sip_method_invite)
        offer_instead(call);
    else
        sip_dialog_respond(call->dialog, 200, NULL, NULL, NULL);
}

void talk_on_ack(SipCall *call, const SipEvent *event) {
    g_autofree char *answer = sip_event_body(event, "application/sdp");
    int r;

    if (!call->offers || call->asks || !call->sdp)
        return;
    r = answer ? talk_take_answer(call, answer) : -EBADMSG;
    call->offers = false;
    if (r == 0) {
        talk_sound(call, /* early= */ false);
        talk_tell_detail(call);
    } else if (!call->has_agreed)
        call_hang_up(call, CAUSE_INCOMPATIBLE, "SIP 488 Not Acceptable Here");
}
