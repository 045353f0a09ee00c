/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: calls that begin here. */
#include "providers/loopback/dial.h"

#include <string.h>

#include "providers/loopback/call.h"
#include "providers/loopback/completion.h"
#include "providers/loopback/way.h"

static void begin_dialled(const char *address, Exchange *exchange, Beginning *ret) {
    const char *hint;

    ret->dialled = true;
    g_warn_if_fail(destination_parse(address, &ret->to, &hint) == 0);
    number_party(exchange_find(exchange, ret->to.name), ret->to.name, &ret->called);
    ret->start.called = &ret->called;
}

void dial_begin(LoopLine *line, Call *call, const DialParams *params, GRefString *related, Beginning *ret) {
    Exchange *exchange = loop_line_exchange(line);
    bool dialled = params->address[0] != '\0';
    GRefString *id = exchange_new_call_id(exchange);
    End *end = end_new(line, call, id, params->media_mode, dialled ? END_DIALING : END_DIAL_TONE);

    g_ref_string_release(id);
    end->related = related ? g_ref_string_acquire(related) : NULL;
    end->hidden = params->hide_caller_id;
    end->no_answer_s = params->no_answer_timeout_s;
    if (params->user_user_info_size > 0)
        end->user_user_info = g_bytes_new(params->user_user_info, params->user_user_info_size);
    *ret = (Beginning) { .end = end };
    loop_line_party(line, &ret->caller);
    ret->start.event = dialled ? CALL_EVENT_DIALING : CALL_EVENT_DIAL_TONE;
    ret->start.detail = dialled ? STATE_DETAIL_NONE : STATE_DETAIL_NORMAL;
    ret->start.reason = REASON_DIRECT;
    ret->start.caller = &ret->caller;
    if (loop_line_assigns_call_ids(line)) {
        ret->start.call_id = end->id;
        ret->start.related_call_id = related;
    }
    if (dialled)
        begin_dialled(params->address, exchange, ret);
}

static void go(End *end, const Destination *to) {
    Exchange *exchange = loop_line_exchange(end->line);
    Offer offer = {
        .reason = REASON_DIRECT,
        .call_id = g_ref_string_acquire(end->id),
        .called = g_ref_string_new(to->name),
        .media_mode = end->media_mode,
    };

    completion_calls_back(end->line, exchange_find(exchange, to->name));
    way_place((Far) { .end = end }, to, &offer, exchange);
}

void dial_go(const Beginning *beginning) {
    if (beginning->dialled)
        go(beginning->end, &beginning->to);
    else
        beginning->end->dialled = g_string_new(NULL);
}

void end_dial(LoopLine *line, Call *call, const DialParams *params, RequestId request) {
    Beginning beginning;

    dial_begin(line, call, params, NULL, &beginning);
    provider_complete_calls(exchange_provider(loop_line_exchange(line)), request, &beginning.start);
    dial_go(&beginning);
}

/* ---- Digit by digit ---- */

static Provider *provider_of(const End *end) {
    return exchange_provider(end_exchange(end));
}

/* The number was taken, whatever the network says of it then. */
static void finish_dialling(End *end, const Destination *to, RequestId request) {
    PartyInfo called;

    g_string_free(end->dialled, TRUE);
    end->dialled = NULL;
    number_party(exchange_find(loop_line_exchange(end->line), to->name), to->name, &called);
    provider_report_party(end->call, PARTY_CALLED, &called);
    provider_complete(provider_of(end), request, /* refusal= */ NULL, /* text= */ NULL);
    go(end, to);
}

Refusal *end_dial_digits(End *end, const char *digits, bool more, RequestId request) {
    g_autofree char *number = NULL;
    Destination to;
    const char *hint;

    if (!end->dialled)
        return refuse_phase("dial-tone or dialing, its number not yet complete");
    number = g_strconcat(end->dialled->str, digits, NULL);
    if (strlen(number) > ADDRESS_MAX)
        return refuse(REFUSAL_TOO_BIG, "A number has at most %d characters", ADDRESS_MAX);
    if (!more && destination_parse(number, &to, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "The number \"%s\" can't be dialled: %s", number, hint);
    g_string_append(end->dialled, digits);
    if (end->phase == END_DIAL_TONE && end->dialled->len > 0)
        end_enter(end, END_DIALING, CALL_EVENT_DIALING);
    if (more)
        provider_complete(provider_of(end), request, /* refusal= */ NULL, /* text= */ NULL);
    else
        finish_dialling(end, &to, request);
    return NULL;
}
