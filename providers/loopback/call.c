/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: offered, answered, redirected, dropped. */
#include "providers/loopback/call.h"

#include "providers/loopback/completion.h"
#include "providers/loopback/conference.h"
#include "providers/loopback/hold.h"
#include "providers/loopback/talk.h"
#include "providers/loopback/way.h"

/* ---- From outside ---- */

Refusal *end_come_in(LoopLine *line, const char *from, char ret_call_id[CALL_ID_SIZE]) {
    Exchange *exchange = loop_line_exchange(line);
    Far caller = { .script = script_new_caller(exchange_network(exchange), from) };
    Destination to = { .script = SCRIPT_NONE };
    Offer offer = {
        .reason = REASON_DIRECT,
        .called = g_ref_string_acquire(loop_line_number(line)),
        .media_mode = MEDIA_INTERACTIVE_VOICE,
    };
    DisconnectCause cause;

    g_strlcpy(to.name, loop_line_number(line), sizeof(to.name));
    exchange_mint_call_id(exchange, ret_call_id);
    offer.call_id = g_ref_string_new(ret_call_id);
    cause = way_place(caller, &to, &offer, exchange);
    if (cause == CAUSE_BUSY)
        return refuse(REFUSAL_LINE_BUSY, "The line takes no more calls now; one of its calls would have to end first");
    if (cause != CAUSE_NONE || !offer.target)
        return refuse(REFUSAL_LINE_BUSY, "The line's rules lead the call to nobody here; they would have to be others");
    /* A rule may have led it to another line. */
    if (!loop_line_assigns_call_ids(offer.target))
        ret_call_id[0] = '\0';
    return NULL;
}

/* ---- Connected ---- */

/* Both sides talk from now on. */
static void connect_both(End *end) {
    Far far = far_of(end);

    far_enter_talk((Far) { .end = end });
    far_enter_talk(far);
    talk_join(end);
}

void end_far_answers(End *end) {
    connect_both(end);
}

void end_script_is_free(End *end) {
    end_far_rings(end);
}

void end_far_ends(End *end, DisconnectCause cause) {
    end_finish(end, cause, NULL);
}

/* ---- What owners do ---- */

Refusal *end_accept(End *end) {
    if (end->phase != END_OFFERED)
        return refuse_phase("offering");
    end_enter(end, END_ACCEPTED, CALL_EVENT_ACCEPTED);
    return NULL;
}

Refusal *end_answer(End *end) {
    if (!end_is_offered(end))
        return refuse_phase("offering or accepted");
    hold_for_answer(end);
    /* The caller may have been one of the calls that were dropped for it. */
    if (end_is_over(end))
        return refuse_phase("offering, but its caller was dropped by the answer");
    if (end->calls_back)
        completion_answered(end);
    else
        connect_both(end);
    return NULL;
}

Refusal *end_redirect(End *end, const char *address, RequestId request) {
    Destination to;
    const char *hint;

    if (end->phase != END_OFFERED)
        return refuse_phase("offering");
    /* In its state a call can be redirected: it is not that which is wrong. */
    if (end->calls_back)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody is at the other end of a callback yet; it would have to be answered");
    if (destination_parse(address, &to, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "The call can't be redirected there: %s", hint);
    way_send_on(end, &to, REASON_REDIRECT, request);
    return NULL;
}

void call_hang_up(End *end, DisconnectCause cause) {
    Far far = far_of(end);

    if (far.end)
        far_take(end);
    end_finish(end, cause, NULL);
    if (far.end)
        end_finish(far.end, end_is_offered(far.end) ? CAUSE_CANCELLED : CAUSE_NORMAL, NULL);
}

/* Turned away: what the caller learns of it. */
static void reject(End *end, RejectReason reason) {
    Far caller = far_of(end);

    if (caller.end)
        far_take(end);
    end_finish(end, CAUSE_NORMAL, NULL);
    if (caller.end && reason == REJECT_BUSY)
        end_far_busy(caller.end);
    else if (caller.end)
        end_finish(caller.end, CAUSE_REJECTED, NULL);
}

void end_drop(End *end, RejectReason reason) {
    End *held = end->consulted_for ? end_ref(end->consulted_for) : NULL;

    if (end->is_conference)
        conference_drop(end);
    else if (end_is_offered(end))
        reject(end, reason);
    else
        call_hang_up(end, CAUSE_NORMAL);
    hold_give_back(held);
    end_unref(held);
}

void end_mute(End *end, bool mute) {
    end->muted = mute;
    if (end->phase == END_CONNECTED || end->phase == END_HELD)
        talk_update(end);
}

Refusal *end_send_user_user_info(End *end, const uint8_t *data, size_t size) {
    if (!end_is_offered(end) && end->phase != END_RINGBACK && end->phase != END_CONNECTED)
        return refuse_phase("offering, accepted, ringback or connected");
    if (end->peer)
        provider_report_user_user_info(end->peer->call, data, size);
    return NULL;
}

Refusal *end_secure(End *end) {
    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    if (!end->secured)
        loop_line_secure(end->line, true);
    end->secured = true;
    return NULL;
}
