/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offer: the way of a call through the exchange. */
#include "providers/loopback/offer.h"

void number_party(const LoopLine *line, const char *number, PartyInfo *ret) {
    *ret = (PartyInfo) { .presentation = PRESENTATION_ALLOWED };
    if (line)
        loop_line_party(line, ret);
    ret->number = number;
}

void offer_clear(Offer *offer) {
    offer->trail = trail_free(offer->trail);
    g_clear_pointer(&offer->call_id, g_ref_string_release);
    g_clear_pointer(&offer->called, g_ref_string_release);
}

/* One's own number is busy, and so is the line that has just sent the call on: else it would go round for ever. */
DisconnectCause offer_find_way(Offer *offer, const Exchange *exchange, const Destination *to) {
    LoopLine *target;

    offer->target = NULL;
    if (to->script != SCRIPT_NONE)
        return CAUSE_NONE;
    target = exchange_find(exchange, to->name);
    if (!target)
        return CAUSE_BAD_ADDRESS;
    if (target == offer->from || target == offer->redirecting)
        return CAUSE_BUSY;
    if (loop_line_state(target) != LINE_IN_SERVICE)
        return CAUSE_UNREACHABLE;
    if (!loop_line_has_media(target, offer->media_mode))
        return CAUSE_INCOMPATIBLE;
    offer->target = target;
    return CAUSE_NONE;
}

CallOrigin offer_origin(const Offer *offer) {
    return offer->from ? ORIGIN_INTERNAL : ORIGIN_EXTERNAL;
}

Call *offer_report(const Offer *offer) {
    const LoopLine *first = exchange_find(loop_line_exchange(offer->target), offer->called);
    IncomingInfo info = {
        .call_id = loop_line_assigns_call_ids(offer->target) ? offer->call_id : NULL,
        .media_mode = offer->media_mode,
        .origin = offer_origin(offer),
        .reason = offer->reason,
        .caller = offer->caller,
        .user_user_info = offer->user_user_info,
        .user_user_info_size = offer->user_user_info_size,
    };

    if (offer->redirecting) {
        info.redirecting = offer->by;
        loop_line_party(offer->target, &info.redirection);
    }
    number_party(first, offer->called, &info.called);
    return provider_report_incoming(loop_line_token(offer->target), &info);
}
