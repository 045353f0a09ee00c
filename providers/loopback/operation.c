/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Operations on their way. Each holds what it is about, so that a call or a line that goes first leaves it something to look
 * at, and completes its request whatever it finds.
 */
#include "providers/loopback/operation.h"

#include <string.h>

#include "providers/loopback/call.h"

typedef struct Errand Errand;

/* Does it; a refusal if it can't be done. One that completes its request by itself sets it to 0. */
typedef Refusal *(*Perform)(Errand *errand);

struct Errand {
    NetworkEvent event;
    Perform perform;
    RequestId request;
    Exchange *exchange;
    LoopLine *line; /* what it is about: a line, */
    End *end;       /* or a call, */
    End *other;     /* or two */
    Call *call;     /* the one to be dialled: valid unless the line was taken away */
    DialParams dial;
    union {
        RejectReason reason;
        LineState state;
        bool enable;
        unsigned ms[2];
    };
    char text[]; /* address, digits, reason; for dial the user-user information behind it */
};

static void errand_free(Errand *errand) {
    end_unref(errand->end);
    end_unref(errand->other);
    loop_line_unref(errand->line);
    g_free(errand);
}

static void on_errand(NetworkEvent *event) {
    Errand *errand = NETWORK_EVENT_OWNER(event, Errand, event);
    Refusal *refusal = errand->perform(errand);

    if (errand->request != 0)
        provider_complete(exchange_provider(errand->exchange), errand->request, refusal, NULL);
    errand_free(errand);
}

bool operation_discard(NetworkEvent *event) {
    if (event->fire != on_errand)
        return false;
    errand_free(NETWORK_EVENT_OWNER(event, Errand, event));
    return true;
}

static Errand *errand_new(Exchange *exchange, Perform perform, RequestId request, const char *text, size_t extra) {
    size_t size = strlen(text) + 1;
    Errand *errand = g_malloc0(sizeof(Errand) + size + extra);

    errand->perform = perform;
    errand->request = request;
    errand->exchange = exchange;
    memcpy(errand->text, text, size);
    network_after(exchange_network(exchange), &errand->event, 0, on_errand);
    return errand;
}

/* ---- About a call ---- */

static int call_errand_new(Call *call, Perform perform, RequestId request, const char *text, Errand **ret) {
    End *end = call_provider_data(call);

    if (!end)
        return -ENOENT;
    *ret = errand_new(end_exchange(end), perform, request, text, 0);
    (*ret)->end = end_ref(end);
    return 0;
}

static Refusal *refuse_over(void) {
    return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call has ended");
}

static Refusal *perform_accept(Errand *errand) {
    return end_is_over(errand->end) ? refuse_over() : end_accept(errand->end);
}

int operation_accept(Call *call, RequestId request) {
    Errand *errand;

    return call_errand_new(call, perform_accept, request, "", &errand);
}

static Refusal *perform_answer(Errand *errand) {
    return end_is_over(errand->end) ? refuse_over() : end_answer(errand->end);
}

int operation_answer(Call *call, RequestId request) {
    Errand *errand;

    return call_errand_new(call, perform_answer, request, "", &errand);
}

static Refusal *perform_redirect(Errand *errand) {
    Refusal *refusal = end_is_over(errand->end) ? refuse_over() : end_redirect(errand->end, errand->text, errand->request);

    if (!refusal)
        errand->request = 0;
    return refusal;
}

int operation_redirect(Call *call, const char *address, RequestId request) {
    Errand *errand;

    return call_errand_new(call, perform_redirect, request, address, &errand);
}

/* A call that is over is what was asked for. */
static Refusal *perform_drop(Errand *errand) {
    if (!end_is_over(errand->end))
        end_drop(errand->end, errand->reason);
    return NULL;
}

int operation_drop(Call *call, RejectReason reason, RequestId request) {
    Errand *errand;
    int r = call_errand_new(call, perform_drop, request, "", &errand);

    if (r == 0)
        errand->reason = reason;
    return r;
}

static Refusal *perform_hold(Errand *errand) {
    return end_is_over(errand->end) ? refuse_over() : end_hold(errand->end);
}

int operation_hold(Call *call, RequestId request) {
    Errand *errand;

    return call_errand_new(call, perform_hold, request, "", &errand);
}

static Refusal *perform_unhold(Errand *errand) {
    return end_is_over(errand->end) ? refuse_over() : end_unhold(errand->end);
}

int operation_unhold(Call *call, RequestId request) {
    Errand *errand;

    return call_errand_new(call, perform_unhold, request, "", &errand);
}

static Refusal *perform_swap_hold(Errand *errand) {
    if (end_is_over(errand->end) || end_is_over(errand->other))
        return refuse_over();
    return end_swap_hold(errand->end, errand->other);
}

int operation_swap_hold(Call *call, Call *held, RequestId request) {
    End *other = call_provider_data(held);
    Errand *errand;
    int r;

    if (!other)
        return -ENOENT;
    r = call_errand_new(call, perform_swap_hold, request, "", &errand);
    if (r == 0)
        errand->other = end_ref(other);
    return r;
}

static Refusal *perform_send_digits(Errand *errand) {
    if (end_is_over(errand->end))
        return refuse_over();
    return end_send_digits(errand->end, errand->text, errand->ms[0], errand->ms[1]);
}

int operation_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    Errand *errand;
    int r = call_errand_new(call, perform_send_digits, request, digits, &errand);

    if (r < 0)
        return r;
    errand->ms[0] = duration_ms;
    errand->ms[1] = gap_ms;
    return 0;
}

static Refusal *perform_monitor_digits(Errand *errand) {
    if (end_is_over(errand->end))
        return refuse_over();
    end_monitor_digits(errand->end, errand->enable);
    return NULL;
}

int operation_monitor_digits(Call *call, bool enable, RequestId request) {
    Errand *errand;
    int r = call_errand_new(call, perform_monitor_digits, request, "", &errand);

    if (r == 0)
        errand->enable = enable;
    return r;
}

static Refusal *perform_mute(Errand *errand) {
    if (end_is_over(errand->end))
        return refuse_over();
    end_mute(errand->end, errand->enable);
    return NULL;
}

int operation_mute(Call *call, bool mute, RequestId request) {
    Errand *errand;
    int r = call_errand_new(call, perform_mute, request, "", &errand);

    if (r == 0)
        errand->enable = mute;
    return r;
}

/* ---- About a line ---- */

static int line_errand_new(Line *token, Perform perform, RequestId request, const char *text, size_t extra, Errand **ret) {
    LoopLine *line = line_provider_data(token);

    if (!line)
        return -ENODEV;
    if (exchange_is_closed(loop_line_exchange(line)))
        return -ESHUTDOWN;
    *ret = errand_new(loop_line_exchange(line), perform, request, text, extra);
    (*ret)->line = loop_line_ref(line);
    return 0;
}

/* It may have failed, or the stop may have begun, since the operation was started. */
static bool takes_calls(const Errand *errand) {
    return loop_line_state(errand->line) == LINE_IN_SERVICE && !exchange_is_closed(errand->exchange);
}

static Refusal *perform_dial(Errand *errand) {
    if (!takes_calls(errand))
        return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "Meanwhile the line went out of service");
    end_dial(errand->line, errand->call, &errand->dial, errand->request);
    errand->request = 0;
    return NULL;
}

int operation_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    size_t extra = params->user_user_info_size;
    uint8_t *user_user_info;
    Errand *errand;
    int r = line_errand_new(line, perform_dial, request, params->address, extra, &errand);

    if (r < 0)
        return r;
    user_user_info = (uint8_t *) errand->text + strlen(errand->text) + 1;
    if (extra > 0)
        memcpy(user_user_info, params->user_user_info, extra);
    errand->call = call;
    errand->dial = *params;
    errand->dial.address = errand->text;
    errand->dial.user_user_info = user_user_info;
    return 0;
}

static Refusal *perform_debug_incoming(Errand *errand) {
    char call_id[CALL_ID_SIZE];
    Refusal *refusal;

    if (!takes_calls(errand))
        return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "No call can come in on a line that is not in service");
    refusal = end_come_in(errand->line, errand->text, call_id);
    if (refusal)
        return refusal;
    provider_complete(exchange_provider(errand->exchange), errand->request, NULL, call_id);
    errand->request = 0;
    return NULL;
}

int operation_debug_incoming(Line *line, const char *from, RequestId request) {
    Errand *errand;

    return line_errand_new(line, perform_debug_incoming, request, from, 0, &errand);
}

static Refusal *perform_debug_line_state(Errand *errand) {
    if (loop_line_state(errand->line) == LINE_REMOVED)
        return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "Meanwhile the line was taken away");
    loop_line_set_state(errand->line, errand->state, errand->text);
    return NULL;
}

int operation_debug_line_state(Line *line, LineState state, const char *reason, RequestId request) {
    Errand *errand;
    int r = line_errand_new(line, perform_debug_line_state, request, reason, 0, &errand);

    if (r == 0)
        errand->state = state;
    return r;
}
