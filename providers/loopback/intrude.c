/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intrude: a caller breaks into the conversation of the line that is busy. */
#include "providers/loopback/intrude.h"

#include "providers/loopback/call.h"
#include "providers/loopback/conference.h"
#include "providers/loopback/offer.h"
#include "providers/loopback/talk.h"

/* Whether somebody with whom it talks has protected its call. */
static bool is_secured(const End *victim) {
    for (const GList *link = end_joined(victim)->head; link; link = link->next) {
        const End *joined = link->data;

        if (joined->peer && joined->peer->secured)
            return true;
    }
    return victim->peer && victim->peer->secured;
}

/* What is said on the line now. */
static Refusal *find_conversation(LoopLine *at, End **ret) {
    End *victim = at ? g_queue_peek_head(loop_line_active(at)) : NULL;

    if (!victim || !(victim->talks || victim->is_conference))
        return refuse(REFUSAL_INVALID_STATE, "There is no conversation at the far end to break into");
    if (loop_line_is_secured(at) || is_secured(victim))
        return refuse(REFUSAL_INVALID_STATE, "The conversation at the far end is secured; it would have to end first");
    *ret = victim;
    return victim->is_conference ? conference_check_size(at, end_joined(victim)->length + 1) : NULL;
}

/* The call that the line gets: the one that rings there already, or a new one. */
static End *make_call(End *end, LoopLine *at) {
    Offer offer = { .from = end->line, .target = at, .reason = REASON_INTRUDE, .media_mode = end->media_mode };
    Call *call;
    End *other;

    if (end->peer) {
        provider_report_reason(end->peer->call, end->peer->origin, REASON_INTRUDE);
        return end->peer;
    }
    end_own_party(end, &offer.caller);
    offer.call_id = end->id;
    offer.called = loop_line_number(at);
    call = offer_report(&offer);
    if (!call)
        return NULL;
    other = end_new(at, call, end->id, end->media_mode, END_OFFERED);
    other->called = g_ref_string_acquire(loop_line_number(at));
    other->origin = ORIGIN_INTERNAL;
    far_give((Far) { .end = end }, other);
    return other;
}

Refusal *intrude(End *end, LoopLine *at, RequestId request) {
    char id[CALL_ID_SIZE];
    End *victim = NULL, *other;
    Refusal *refusal = find_conversation(at, &victim);

    if (refusal)
        return refusal;
    other = make_call(end, at);
    if (!other)
        return refuse(REFUSAL_LINE_BUSY, "The line at the far end takes no more calls; one of its calls would have to end first");
    far_enter_talk((Far) { .end = other });
    far_enter_talk((Far) { .end = end });
    if (victim->is_conference) {
        conference_join(victim, other);
    } else {
        talk_through(other, victim);
        talk_join(victim);
    }
    exchange_mint_call_id(end_exchange(end), id);
    provider_complete(exchange_provider(end_exchange(end)), request, NULL, id);
    return NULL;
}
