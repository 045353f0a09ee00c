/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Way: how calls find whom they are for. */
#include "providers/loopback/way.h"

#include "providers/loopback/call.h"
#include "providers/loopback/completion.h"

#define RING_USEC (5 * G_USEC_PER_SEC)
#define CALLBACK_RINGS 12 /* then it is given up */

static const CallReason reasons[_FORWARD_WHEN_MAX] = {
    [FORWARD_ALWAYS] = REASON_FWD_UNCOND,
    [FORWARD_WHEN_BUSY] = REASON_FWD_BUSY,
    [FORWARD_WHEN_UNANSWERED] = REASON_FWD_NO_ANSWER,
};

/* ---- What the caller sees ---- */

static void on_patience_over(End *end) {
    End *peer = end->peer;

    end_finish(end, CAUSE_NO_ANSWER, NULL);
    if (peer)
        end_finish(peer, CAUSE_CANCELLED, NULL);
}

void end_far_proceeds(End *end) {
    if (end->phase == END_DIALING)
        end_enter(end, END_PROCEEDING, CALL_EVENT_PROCEEDING);
}

/* A call that is sent on while it rings just rings on. */
void end_far_rings(End *end) {
    if (end->phase != END_DIALING && end->phase != END_PROCEEDING)
        return;
    if (end->no_answer_s > 0)
        end_wait(end, end->no_answer_s * (uint64_t) G_USEC_PER_SEC, on_patience_over);
    end_enter(end, END_RINGBACK, CALL_EVENT_RINGBACK);
}

/* A tone is heard by those who dialled; others just lose the call. */
static void hear_tone(End *end, CallEvent event, StateDetail detail, DisconnectCause cause) {
    if (end->phase >= END_OFFERED) {
        end_finish(end, cause, NULL);
        return;
    }
    end_stop_waiting(end);
    completion_end_left(end);
    end_set_phase(end, END_TONE);
    provider_report_event(end->call, event, detail);
}

void end_far_busy(End *end) {
    hear_tone(end, CALL_EVENT_BUSY, STATE_DETAIL_STATION, CAUSE_BUSY);
}

bool end_far_congested(End *end) {
    bool hears = end->phase < END_OFFERED;

    hear_tone(end, CALL_EVENT_SPECIAL_INFO, STATE_DETAIL_NO_CIRCUIT, CAUSE_CONGESTION);
    return hears;
}

static void tell_failed(Far caller, DisconnectCause cause, const char *text) {
    if (cause == CAUSE_BUSY && caller.end)
        end_far_busy(caller.end);
    else
        far_finish(caller, cause, text);
}

static void meet_script(Far caller, const Destination *to) {
    End *end = caller.end;

    script_free(caller.script);
    if (end)
        end->script = script_new(end_network(end), end, to, end->no_answer_s > 0);
}

/* ---- Ringing ---- */

/* Unanswered for as long as a rule allows, it goes elsewhere, or nowhere. */
static bool forward_unanswered(End *end) {
    Far caller = far_of(end);
    const ForwardRule *rule;
    PartyInfo party;
    Destination to;
    const char *hint;

    if (far_is_nobody(caller))
        return false;
    far_party(caller, &party);
    rule = rules_find(loop_line_rules(end->line), FORWARD_WHEN_UNANSWERED, party.number, caller.end);
    if (!rule || end->rings < rule_rings(rule) || trail_is_full(end->trail))
        return false;
    if (rule->destination[0] != '\0' && destination_parse(rule->destination, &to, &hint) >= 0) {
        way_send_on(end, &to, REASON_FWD_NO_ANSWER, 0);
        return true;
    }
    far_take(end);
    end_finish(end, CAUSE_NO_ANSWER, NULL);
    far_finish(caller, CAUSE_DO_NOT_DISTURB, NULL);
    return true;
}

void end_ring(End *end) {
    if (forward_unanswered(end))
        return;
    if (end->calls_back && end->rings == CALLBACK_RINGS) {
        end_finish(end, CAUSE_NO_ANSWER, NULL);
        return;
    }
    end_wait(end, RING_USEC, end_ring);
    provider_report_ring(loop_line_token(end->line), "normal", ++end->rings);
}

static void fill_in_caller(Far caller, Offer *offer) {
    gsize size = 0;

    offer->from = far_line(caller);
    far_party(caller, &offer->caller);
    if (caller.end && caller.end->user_user_info)
        offer->user_user_info = g_bytes_get_data(caller.end->user_user_info, &size);
    offer->user_user_info_size = size;
}

static void note_reached(End *end, GRefString *number) {
    g_clear_pointer(&end->reached, g_ref_string_release);
    end->reached = g_ref_string_acquire(number);
}

bool way_ring(Far caller, Offer *offer) {
    Call *call;
    End *end;

    fill_in_caller(caller, offer);
    if (caller.end)
        note_reached(caller.end, loop_line_number(offer->target));
    call = offer_report(offer);
    if (!call)
        return false;
    end = end_new(offer->target, call, offer->call_id, offer->media_mode, END_OFFERED);
    end->called = g_ref_string_acquire(offer->called);
    end->origin = offer_origin(offer);
    end->trail = g_steal_pointer(&offer->trail);
    far_give(caller, end);
    end_tell_ids(end);
    end_ring(end);
    if (caller.end)
        end_far_rings(caller.end);
    return true;
}

/* ---- The way ---- */

static const ForwardRule *find_rule(Far caller, const Offer *offer, ForwardWhen when) {
    PartyInfo party;

    far_party(caller, &party);
    return rules_find(loop_line_rules(offer->target), when, party.number, caller.end);
}

/* The target sends the call on: `to` is where, unless it goes nowhere. */
static DisconnectCause follow_rule(Far caller, Offer *offer, const ForwardRule *rule, Destination *to, const char **ret_text) {
    Exchange *exchange = loop_line_exchange(offer->target);
    GRefString *number = loop_line_number(offer->target);
    PartyInfo party;

    if (rule->destination[0] == '\0')
        return CAUSE_DO_NOT_DISTURB;
    *ret_text = "too many lines on the way send the call on";
    if (!trail_add(&offer->trail, number))
        return CAUSE_UNREACHABLE;
    if (destination_parse(rule->destination, to, ret_text) < 0)
        return CAUSE_BAD_ADDRESS;
    *ret_text = NULL;
    offer->redirecting = offer->target;
    loop_line_party(offer->redirecting, &offer->by);
    number_party(exchange_find(exchange, to->name), to->name, &party);
    far_tell_moved(caller, REASON_DIRECT, &offer->by, &party);
    return CAUSE_NONE;
}

/* From line to line until one rings (it is then the target), a script is met (no target), or the call has failed. */
static DisconnectCause follow(Far caller, Destination *to, Offer *offer, Exchange *exchange, const char **ret_text) {
    while (true) {
        DisconnectCause cause = offer_find_way(offer, exchange, to);
        ForwardWhen when = FORWARD_ALWAYS;
        const ForwardRule *rule;

        if (cause != CAUSE_NONE || !offer->target)
            return cause;
        if (trail_has(offer->trail, loop_line_number(offer->target))) {
            *ret_text = "the lines on the way send the call on to each other for ever";
            return CAUSE_UNREACHABLE;
        }
        rule = find_rule(caller, offer, when);
        if (!rule && !loop_line_is_secured(offer->target) && way_ring(caller, offer))
            return CAUSE_NONE;
        if (!rule)
            rule = find_rule(caller, offer, when = FORWARD_WHEN_BUSY);
        if (!rule && caller.end)
            note_reached(caller.end, loop_line_number(offer->target));
        if (!rule)
            return CAUSE_BUSY;
        offer->reason = reasons[when];
        cause = follow_rule(caller, offer, rule, to, ret_text);
        if (cause != CAUSE_NONE)
            return cause;
    }
}

DisconnectCause way_place(Far caller, const Destination *to, Offer *offer, Exchange *exchange) {
    Destination next = *to;
    const char *text = NULL;
    DisconnectCause cause;

    fill_in_caller(caller, offer);
    if (caller.end)
        g_clear_pointer(&caller.end->reached, g_ref_string_release);
    cause = follow(caller, &next, offer, exchange, &text);
    if (cause != CAUSE_NONE)
        tell_failed(caller, cause, text);
    else if (!offer->target)
        meet_script(caller, &next);
    offer_clear(offer);
    return cause;
}

void way_send_on(End *end, const Destination *to, CallReason reason, RequestId request) {
    Exchange *exchange = loop_line_exchange(end->line);
    Far caller = far_take(end);
    Offer offer = {
        .redirecting = end->line,
        .reason = reason,
        .call_id = g_ref_string_acquire(end->id),
        .called = g_ref_string_acquire(end->called),
        .media_mode = end->media_mode,
    };
    PartyInfo party;

    if (request == 0) {
        offer.trail = g_steal_pointer(&end->trail);
        trail_add(&offer.trail, loop_line_number(end->line));
        end_finish(end, CAUSE_FORWARDED, NULL);
    } else {
        end_complete(end, NULL, request, CAUSE_FORWARDED, NULL);
    }
    loop_line_party(offer.redirecting, &offer.by);
    number_party(exchange_find(exchange, to->name), to->name, &party);
    far_tell_moved(caller, REASON_DIRECT, &offer.by, &party);
    way_place(caller, to, &offer, exchange);
}
