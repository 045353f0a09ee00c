/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* End: how calls are placed, offered, connected, held and ended between the lines. */
#include "providers/loopback/call.h"

#include "providers/loopback/digits.h"
#include "providers/loopback/media.h"
#include "providers/loopback/offer.h"

#define RING_USEC (5 * G_USEC_PER_SEC)

typedef enum EndPhase {
    END_DIALING,
    END_RINGBACK,
    END_TONE, /* busy, or the special information tone */
    END_OFFERED,
    END_ACCEPTED,
    END_CONNECTED,
    END_HELD,
    END_OVER,
} EndPhase;

struct End {
    unsigned refs;
    EndPhase phase;
    Call *call; /* NULL once it is over */
    LoopLine *line;
    End *peer;      /* the far end on a line of ours, */
    Script *script; /* or a scripted one, or neither */
    GList link;     /* among the ends of the line */
    NetworkEvent timer; /* the next ring of an offered call; the caller's patience */
    GRefString *called; /* the number first dialled, where the call came in */
    DigitSender *sender;
    GBytes *user_user_info; /* for the far end, until one answers */
    MediaEnd media;
    unsigned no_answer_s; /* 0: patient for ever */
    unsigned rings;
    MediaMode media_mode;
    bool hidden, muted, hears_digits;
};

/* ---- Life ---- */

static Network *network_of(const End *end) {
    return exchange_network(loop_line_exchange(end->line));
}

static End *end_new(LoopLine *line, Call *call, EndPhase phase, MediaMode media_mode) {
    End *end = g_new0(End, 1);

    end->refs = 1;
    end->phase = phase;
    end->call = call;
    end->line = line;
    end->media_mode = media_mode;
    end->link.data = end;
    g_queue_push_tail_link(loop_line_ends(line), &end->link);
    call_set_provider_data(call, end);
    return end;
}

End *end_ref(End *end) {
    end->refs++;
    return end;
}

End *end_unref(End *end) {
    if (end && --end->refs == 0)
        g_free(end);
    return NULL;
}

bool end_is_over(const End *end) {
    return end->phase == END_OVER;
}

Exchange *end_exchange(const End *end) {
    return loop_line_exchange(end->line);
}

/* Takes the end out of everything that it is part of. */
static void detach(End *end) {
    Network *network = network_of(end);

    if (end->peer)
        end->peer->peer = NULL;
    end->peer = NULL;
    end->script = script_free(end->script);
    end->sender = digit_sender_free(end->sender);
    network_cancel(network, &end->timer);
    media_end_clear(&end->media, network_now(network));
    g_clear_pointer(&end->user_user_info, g_bytes_unref);
    g_clear_pointer(&end->called, g_ref_string_release);
    g_queue_unlink(loop_line_ends(end->line), &end->link);
    end->phase = END_OVER;
    end->call = NULL;
    end->line = NULL;
}

static void cancel_digits(End *end) {
    if (!end->sender)
        return;
    end->sender = digit_sender_free(end->sender);
    provider_report_digits_sent(end->call, DIGITS_CANCEL);
}

void end_finish(End *end, DisconnectCause cause) {
    static const char *const words[_CAUSE_MAX] = {
        [CAUSE_BAD_ADDRESS] = "nobody has this number",
        [CAUSE_UNREACHABLE] = "the called line is out of service",
        [CAUSE_INCOMPATIBLE] = "the called line lacks the media mode",
        [CAUSE_OUT_OF_ORDER] = "the line at the other end went out of service",
        [CAUSE_PROVIDER_FAILED] = "the line went out of service",
    };
    Call *call = end->call;

    cancel_digits(end);
    detach(end);
    provider_report_ended(call, cause, words[cause]);
    end_unref(end);
}

/* The call ends by an operation that has succeeded. */
static void end_leave(End *end, RequestId request, DisconnectCause cause) {
    Call *call = end->call;

    cancel_digits(end);
    detach(end);
    provider_complete_by_end(call, /* consultation= */ NULL, request, cause, NULL);
    end_unref(end);
}

/* What the far end of this one learns when the line or the network fails here. */
static DisconnectCause cause_at_peer(const End *end, DisconnectCause cause) {
    if (cause == CAUSE_SERVICE_RESTARTED)
        return cause;
    switch (end->phase) {
    case END_OFFERED:
    case END_ACCEPTED:
        return CAUSE_UNREACHABLE;
    case END_DIALING:
    case END_RINGBACK:
    case END_TONE:
        return CAUSE_CANCELLED;
    case END_CONNECTED:
    case END_HELD:
    case END_OVER:
        return CAUSE_OUT_OF_ORDER;
    }
    g_return_val_if_reached(CAUSE_UNKNOWN);
}

void end_fail(End *end, DisconnectCause cause) {
    End *peer = end->peer;
    DisconnectCause peer_cause = cause_at_peer(end, cause);

    end_finish(end, cause);
    if (peer)
        end_finish(peer, peer_cause);
}

void end_void(End *end) {
    End *peer = end->peer;
    DisconnectCause peer_cause = cause_at_peer(end, CAUSE_PROVIDER_FAILED);

    call_set_provider_data(end->call, NULL);
    detach(end);
    end_unref(end);
    if (peer)
        end_finish(peer, peer_cause);
}

void end_discard(End *end) {
    detach(end);
    end_unref(end);
}

/* ---- Who is who ---- */

/* How this end looks from the far end. */
static void own_party(const End *end, PartyInfo *ret) {
    if (end->hidden)
        *ret = (PartyInfo) { .presentation = PRESENTATION_WITHHELD };
    else
        loop_line_party(end->line, ret);
}

static void far_party(const End *end, PartyInfo *ret) {
    if (end->peer)
        own_party(end->peer, ret);
    else
        script_party(end->script, ret);
}

/* ---- On the way to the far end ---- */

static void on_ring(NetworkEvent *event) {
    End *end = NETWORK_EVENT_OWNER(event, End, timer);

    network_after(network_of(end), event, RING_USEC, on_ring);
    provider_report_ring(loop_line_token(end->line), "normal", ++end->rings);
}

static void on_patience_over(NetworkEvent *event) {
    End *end = NETWORK_EVENT_OWNER(event, End, timer), *peer = end->peer;

    end_finish(end, CAUSE_NO_ANSWER);
    if (peer)
        end_finish(peer, CAUSE_CANCELLED);
}

void end_far_proceeds(End *end) {
    if (end->phase == END_DIALING)
        provider_report_event(end->call, CALL_EVENT_PROCEEDING, STATE_DETAIL_NONE);
}

/* A call that is sent on while it rings just rings on. */
void end_far_rings(End *end) {
    if (end->phase == END_RINGBACK)
        return;
    end->phase = END_RINGBACK;
    if (end->no_answer_s > 0)
        network_after(network_of(end), &end->timer, end->no_answer_s * (uint64_t) G_USEC_PER_SEC, on_patience_over);
    provider_report_event(end->call, CALL_EVENT_RINGBACK, STATE_DETAIL_NONE);
}

void end_far_busy(End *end) {
    network_cancel(network_of(end), &end->timer);
    end->phase = END_TONE;
    provider_report_event(end->call, CALL_EVENT_BUSY, STATE_DETAIL_STATION);
}

void end_far_congested(End *end) {
    network_cancel(network_of(end), &end->timer);
    end->phase = END_TONE;
    provider_report_event(end->call, CALL_EVENT_SPECIAL_INFO, STATE_DETAIL_NO_CIRCUIT);
}

/* Lets the target of the offer ring: an end that belongs to nobody yet. */
static End *offer_call(const Offer *offer) {
    Call *call = offer_report(offer);
    GRefString *number = loop_line_number(offer->target);
    End *end;

    if (!call)
        return NULL;
    end = end_new(offer->target, call, END_OFFERED, offer->media_mode);
    end->called = g_str_equal(offer->called, number) ? g_ref_string_acquire(number) : g_ref_string_new(offer->called);
    on_ring(&end->timer);
    return end;
}

static bool offer_from_peer(End *caller, Offer *offer) {
    gsize size = 0;
    End *end;

    own_party(caller, &offer->caller);
    if (caller->user_user_info)
        offer->user_user_info = g_bytes_get_data(caller->user_user_info, &size);
    offer->user_user_info_size = size;
    end = offer_call(offer);
    if (!end)
        return false;
    end->peer = caller;
    caller->peer = end;
    return true;
}

static bool offer_from_outside(Script *caller, Offer *offer) {
    End *end;

    script_party(caller, &offer->caller);
    end = offer_call(offer);
    if (!end)
        return false;
    end->script = caller;
    script_set_end(caller, end);
    return true;
}

/* Sends the call of an end to its destination. */
static void place(End *end, const Destination *to, Offer *offer) {
    DisconnectCause cause;

    offer->from = end->line;
    offer->media_mode = end->media_mode;
    cause = offer_find_way(offer, to);
    if (cause == CAUSE_BUSY)
        end_far_busy(end);
    else if (cause != CAUSE_NONE)
        end_finish(end, cause);
    else if (!offer->target)
        end->script = script_new(network_of(end), end, to, end->no_answer_s > 0);
    else if (offer_from_peer(end, offer))
        end_far_rings(end);
    else
        end_far_busy(end);
}

void end_dial(LoopLine *line, Call *call, const DialParams *params, RequestId request) {
    End *end = end_new(line, call, END_DIALING, params->media_mode);
    Exchange *exchange = loop_line_exchange(line);
    char call_id[CALL_ID_SIZE];
    PartyInfo caller, called;
    Destination to;
    Offer offer = { .call_id = call_id, .called = to.name };
    const char *hint;

    end->hidden = params->hide_caller_id;
    end->no_answer_s = params->no_answer_timeout_s;
    if (params->user_user_info_size > 0)
        end->user_user_info = g_bytes_new(params->user_user_info, params->user_user_info_size);
    exchange_mint_call_id(exchange, call_id);
    loop_line_party(line, &caller);
    g_warn_if_fail(destination_parse(params->address, &to, &hint) == 0);
    number_party(exchange_find(exchange, to.name), to.name, &called);
    provider_complete_calls(exchange_provider(exchange), request,
                            &(CallStart) {
                                .event = CALL_EVENT_DIALING,
                                .call_id = loop_line_assigns_call_ids(line) ? call_id : NULL,
                                .caller = &caller,
                                .called = &called,
                            });
    place(end, &to, &offer);
}

Refusal *end_come_in(LoopLine *line, const char *from, char ret_call_id[CALL_ID_SIZE]) {
    Exchange *exchange = loop_line_exchange(line);
    Script *caller = script_new_caller(exchange_network(exchange), from);
    Offer offer = { .target = line, .call_id = ret_call_id, .called = loop_line_number(line) };

    exchange_mint_call_id(exchange, ret_call_id);
    if (!offer_from_outside(caller, &offer)) {
        script_free(caller);
        return refuse(REFUSAL_LINE_BUSY, "The line takes no more calls now; one of its calls would have to end first");
    }
    if (!loop_line_assigns_call_ids(line))
        ret_call_id[0] = '\0';
    return NULL;
}

/* ---- Connected ---- */

static void join(End *end, MediaBridge *bridge) {
    int64_t now = network_now(network_of(end));

    end->media.name = end->hidden ? g_ref_string_new("") : g_ref_string_acquire(loop_line_number(end->line));
    end->media.echoed = end->script && script_echoes(end->script);
    media_set(&end->media, !end->muted, true, now);
    media_join(bridge, &end->media, now);
}

static void enter_connected(End *end) {
    PartyInfo party;

    network_cancel(network_of(end), &end->timer);
    g_clear_pointer(&end->user_user_info, g_bytes_unref);
    end->phase = END_CONNECTED;
    far_party(end, &party);
    provider_report_party(end->call, PARTY_CONNECTED, &party);
    provider_report_event(end->call, CALL_EVENT_CONNECTED, STATE_DETAIL_ACTIVE);
}

static void connect_far(End *end) {
    Network *network = network_of(end);
    MediaBridge *bridge = media_bridge_new(network_now(network));

    join(end, bridge);
    if (end->peer)
        join(end->peer, bridge);
    else
        media_join(bridge, script_media(end->script), network_now(network));
    enter_connected(end);
    if (end->peer)
        enter_connected(end->peer);
    else
        script_connected(end->script);
}

void end_far_answers(End *end) {
    connect_far(end);
}

void end_hear_digit(End *end, char digit) {
    if (end->phase == END_CONNECTED && end->hears_digits)
        provider_report_digit(end->call, digit);
}

static void update_media(End *end) {
    bool up = end->phase == END_CONNECTED;

    media_set(&end->media, up && !end->muted, up, network_now(network_of(end)));
}

/* Whether the far end holds, as far as this end can tell. */
static StateDetail connected_detail(const End *end) {
    return end->peer && end->peer->phase == END_HELD ? STATE_DETAIL_ACTIVE_HELD : STATE_DETAIL_ACTIVE;
}

static void set_held(End *end, bool held) {
    cancel_digits(end);
    end->phase = held ? END_HELD : END_CONNECTED;
    update_media(end);
    if (held)
        provider_report_event(end->call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    else
        provider_report_event(end->call, CALL_EVENT_RESUMED, connected_detail(end));
}

/* The far end learns whether it is held; one that holds itself learns it when it comes back. */
static void tell_held(const End *end) {
    if (end->peer && end->peer->phase == END_CONNECTED)
        provider_report_event(end->peer->call, CALL_EVENT_CONNECTED, connected_detail(end->peer));
}

/* ---- What owners do ---- */

static Refusal *refuse_phase(const char *needed) {
    return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call has changed its state; it would have to be %s", needed);
}

static bool is_offered(const End *end) {
    return end->phase == END_OFFERED || end->phase == END_ACCEPTED;
}

Refusal *end_accept(End *end) {
    if (end->phase != END_OFFERED)
        return refuse_phase("offering");
    end->phase = END_ACCEPTED;
    provider_report_event(end->call, CALL_EVENT_ACCEPTED, STATE_DETAIL_NONE);
    return NULL;
}

Refusal *end_answer(End *end) {
    if (!is_offered(end))
        return refuse_phase("offering or accepted");
    connect_far(end);
    return NULL;
}

static void send_on(End *caller, const Destination *to, Offer *offer) {
    LoopLine *line = exchange_find(loop_line_exchange(caller->line), to->name);
    PartyInfo party;

    number_party(line, to->name, &party);
    provider_report_party(caller->call, PARTY_REDIRECTION, &party);
    loop_line_party(offer->redirecting, &party);
    provider_report_party(caller->call, PARTY_REDIRECTING, &party);
    place(caller, to, offer);
}

/* A caller from outside just goes away, unless the call leads to one of our lines. */
static void send_on_outside(Script *caller, const Destination *to, Offer *offer) {
    if (offer_find_way(offer, to) != CAUSE_NONE || !offer->target || !offer_from_outside(caller, offer))
        script_free(caller);
}

/* The Call ID of the conversation: that of the caller, else the one that the redirecting end had, else a new one. */
static char *conversation_id(const End *end) {
    char *id = g_strdup(end->peer ? call_call_id(end->peer->call) : NULL);

    if (!id || id[0] == '\0') {
        g_free(id);
        id = g_strdup(call_call_id(end->call));
    }
    if (id && id[0] != '\0')
        return id;
    g_free(id);
    id = g_malloc(CALL_ID_SIZE);
    exchange_mint_call_id(loop_line_exchange(end->line), id);
    return id;
}

Refusal *end_redirect(End *end, const char *address, RequestId request) {
    End *caller = end->peer;
    Script *outside = end->script;
    Offer offer = { .redirecting = end->line, .media_mode = end->media_mode };
    g_autofree char *call_id = NULL, *called = NULL;
    Destination to;
    const char *hint;

    if (end->phase != END_OFFERED)
        return refuse_phase("offering");
    if (destination_parse(address, &to, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "The call can't be redirected there: %s", hint);
    offer.call_id = call_id = conversation_id(end);
    offer.called = called = g_strdup(end->called);
    end->script = NULL;
    end_leave(end, request, CAUSE_FORWARDED);
    if (caller)
        send_on(caller, &to, &offer);
    else
        send_on_outside(outside, &to, &offer);
    return NULL;
}

void end_drop(End *end, RejectReason reason) {
    End *peer = end->peer;
    bool rejects = is_offered(end);

    end_finish(end, CAUSE_NORMAL);
    if (!peer)
        return;
    if (rejects && reason == REJECT_BUSY)
        end_far_busy(peer);
    else if (rejects)
        end_finish(peer, CAUSE_REJECTED);
    else
        end_finish(peer, is_offered(peer) ? CAUSE_CANCELLED : CAUSE_NORMAL);
}

Refusal *end_hold(End *end) {
    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    set_held(end, true);
    tell_held(end);
    return NULL;
}

Refusal *end_unhold(End *end) {
    if (end->phase != END_HELD)
        return refuse_phase("on-hold");
    set_held(end, false);
    tell_held(end);
    return NULL;
}

Refusal *end_swap_hold(End *end, End *held) {
    if (end->phase != END_CONNECTED || held->phase != END_HELD)
        return refuse_phase("connected, and the other one on-hold");
    if (end->line != held->line)
        return refuse(REFUSAL_INVALID_STATE, "Only two calls of one line can be swapped");
    set_held(end, true);
    set_held(held, false);
    tell_held(end);
    tell_held(held);
    return NULL;
}

static void on_digit_sent(void *owner, char digit) {
    const End *end = owner;

    if (end->peer)
        end_hear_digit(end->peer, digit);
    else
        script_hear_digit(end->script, digit);
}

static void on_digits_done(void *owner) {
    End *end = owner;

    end->sender = digit_sender_free(end->sender);
    provider_report_digits_sent(end->call, DIGITS_DONE);
}

Refusal *end_send_digits(End *end, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    static const DigitSenderOps ops = { .heard = on_digit_sent, .done = on_digits_done };

    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    cancel_digits(end);
    if (digits[0] == '\0')
        return NULL;
    end->sender = digit_sender_new(network_of(end), duration_ms, gap_ms, &ops, end);
    digit_sender_add(end->sender, digits);
    return NULL;
}

void end_monitor_digits(End *end, bool enable) {
    end->hears_digits = enable;
}

void end_mute(End *end, bool mute) {
    end->muted = mute;
    update_media(end);
}

GVariant *end_media_stats(End *end) {
    return media_stats(&end->media, network_now(network_of(end)));
}
