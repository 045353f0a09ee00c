/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errand: an operation on its way. */
#include "providers/loopback/errand.h"

#include <string.h>

static void errand_free(Errand *errand) {
    end_unref(errand->end);
    end_unref(errand->other);
    loop_line_unref(errand->line);
    g_clear_pointer(&errand->user_user_info, g_bytes_unref);
    rules_free(errand->rules);
    g_free(errand->group);
    g_free(errand);
}

static void on_errand(NetworkEvent *event) {
    Errand *errand = NETWORK_EVENT_OWNER(event, Errand, event);
    Refusal *refusal = errand->perform(errand);

    if (errand->request != 0)
        provider_complete(exchange_provider(errand->exchange), errand->request, refusal, NULL);
    errand_free(errand);
}

bool errand_discard(NetworkEvent *event) {
    if (event->fire != on_errand)
        return false;
    errand_free(NETWORK_EVENT_OWNER(event, Errand, event));
    return true;
}

static Errand *errand_new(Exchange *exchange, Perform perform, RequestId request, const char *text) {
    size_t size = strlen(text) + 1;
    Errand *errand = g_malloc0(sizeof(Errand) + size);

    errand->perform = perform;
    errand->request = request;
    errand->exchange = exchange;
    memcpy(errand->text, text, size);
    network_after(exchange_network(exchange), &errand->event, 0, on_errand);
    return errand;
}

int errand_new_for_call(Call *call, Perform perform, RequestId request, const char *text, Errand **ret) {
    End *end = call_provider_data(call);

    if (!end)
        return -ENOENT;
    *ret = errand_new(end_exchange(end), perform, request, text);
    (*ret)->end = end_ref(end);
    (*ret)->line = loop_line_ref(end_line(end));
    return 0;
}

int errand_new_for_line(Line *token, Perform perform, RequestId request, const char *text, Errand **ret) {
    LoopLine *line = line_provider_data(token);

    if (!line)
        return -ENODEV;
    if (exchange_is_closed(loop_line_exchange(line)))
        return -ESHUTDOWN;
    *ret = errand_new(loop_line_exchange(line), perform, request, text);
    (*ret)->line = loop_line_ref(line);
    return 0;
}

void errand_set_other(Errand *errand, End *other) {
    errand->other = end_ref(other);
}

void errand_set_dial(Errand *errand, const DialParams *params) {
    errand->dial = *params;
    errand->dial.address = errand->text;
    if (params->user_user_info_size > 0)
        errand->user_user_info = g_bytes_new(params->user_user_info, params->user_user_info_size);
    errand->dial.user_user_info = errand->user_user_info ? g_bytes_get_data(errand->user_user_info, NULL) : NULL;
}

Refusal *errand_check_line(const Errand *errand) {
    if (loop_line_state(errand->line) == LINE_IN_SERVICE && !exchange_is_closed(errand->exchange))
        return NULL;
    return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "Meanwhile the line went out of service");
}

Refusal *errand_check_call(const Errand *errand) {
    if (!end_is_over(errand->end) && !(errand->other && end_is_over(errand->other)))
        return NULL;
    return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call has ended");
}

Refusal *errand_took(Errand *errand, Refusal *refusal) {
    if (!refusal)
        errand->request = 0;
    return refusal;
}
