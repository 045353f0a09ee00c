/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takeover: a call comes to a line from where it rang or was parked. */
#include "providers/loopback/takeover.h"

#include "providers/loopback/offer.h"
#include "providers/loopback/talk.h"

End *takeover(LoopLine *line, Call *call, Far far, const Takeover *how, RequestId request) {
    Exchange *exchange = loop_line_exchange(line);
    End *end = end_new(line, call, how->id, how->media_mode, END_CONNECTED);
    PartyInfo own, other, called;
    CallStart start = {
        .event = CALL_EVENT_CONNECTED,
        .reason = how->reason,
        .media_mode = how->media_mode,
        .caller = &other,
        .called = &called,
        .connected = &other,
        .redirecting = &how->from,
        .redirection = &own,
    };

    end->origin = how->origin;
    far_give(far, end);
    end->talks = true;
    loop_line_party(line, &own);
    far_party(far, &other);
    number_party(exchange_find(exchange, how->called), how->called, &called);
    start.detail = end->detail = end_connected_detail(end);
    start.address = other.number;
    if (loop_line_assigns_call_ids(line)) {
        start.call_id = end_shown_id(end);
        start.related_call_id = start.call_id == end->id ? NULL : end->id;
    }
    provider_complete_calls(exchange_provider(exchange), request, &start);
    provider_report_reason(call, how->origin, how->reason);
    far_tell_moved(far, REASON_DIRECT, &how->from, &own);
    far_enter_talk(far);
    talk_join(end);
    return end;
}
