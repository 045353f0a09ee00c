/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loopback: start, stop, and the table of its operations. */
#include "providers/loopback/provider.h"

#include "providers/loopback/call.h"
#include "providers/loopback/destination.h"
#include "providers/loopback/errand.h"
#include "providers/loopback/line.h"
#include "providers/loopback/operation.h"
#include "providers/loopback/park.h"
#include "service/log.h"

struct Loopback {
    Exchange *exchange;
    GArray *config; /* LineInfo, whose texts are ours */
    GPtrArray *lines;
    NetworkEvent event; /* start or stop */
    RequestId request;
};

static const LineInfo default_lines[] = {
    { "loop0", "Loopback 0 (100)", (const char *const[]) { "100", NULL }, MEDIA_ALL, .call_id = true, .close_drop = true,
      .pickup_group = LOOPBACK_GROUP },
    { "loop1", "Loopback 1 (101)", (const char *const[]) { "101", NULL }, MEDIA_ALL, .call_id = true, .close_drop = true,
      .pickup_group = LOOPBACK_GROUP },
    { "loop2", "Loopback 2 (102)", (const char *const[]) { "102", NULL }, MEDIA_ALL, .call_id = true, .close_drop = true,
      .pickup_group = LOOPBACK_GROUP },
    { "mute0", "Loopback without Call ID", (const char *const[]) { "200", NULL }, MEDIA_ALL, .close_drop = true,
      .pickup_group = LOOPBACK_GROUP },
};

static LineInfo copy_info(const LineInfo *info) {
    LineInfo copy = *info;

    copy.name = g_strdup(info->name);
    copy.label = g_strdup(info->label);
    copy.pickup_group = g_strdup(info->pickup_group);
    copy.addresses = (const char *const *) g_strdupv((char **) info->addresses);
    copy.emergency_numbers = (const char *const *) g_strdupv((char **) info->emergency_numbers);
    return copy;
}

static void add_config(GArray *config, const LineInfo *info) {
    LineInfo copy = copy_info(info);

    g_array_append_val(config, copy);
}

static void clear_config(void *row) {
    LineInfo *info = row;

    g_free((char *) info->name);
    g_free((char *) info->label);
    g_free((char *) info->pickup_group);
    g_strfreev((char **) info->addresses);
    g_strfreev((char **) info->emergency_numbers);
}

void loopback_add_default_lines(Loopback *loopback) {
    for (size_t i = 0; i < G_N_ELEMENTS(default_lines); i++)
        add_config(loopback->config, &default_lines[i]);
}

Loopback *loopback_new(const LoopbackConfig *config) {
    Loopback *loopback = g_new0(Loopback, 1);

    loopback->exchange = exchange_new();
    loopback->lines = g_ptr_array_new();
    loopback->config = g_array_new(FALSE, TRUE, sizeof(LineInfo));
    g_array_set_clear_func(loopback->config, clear_config);
    if (config->default_lines)
        loopback_add_default_lines(loopback);
    for (size_t i = 0; i < config->n_lines; i++)
        add_config(loopback->config, &config->lines[i]);
    return loopback;
}

/* ---- Lines that come and go ---- */

/* A line that is to be made. */
typedef struct LineOrder {
    NetworkEvent event;
    Loopback *loopback;
    RequestId request;
    LineInfo info; /* its texts are ours */
    char *setting; /* one that is no setting of ours; or NULL */
} LineOrder;

static void line_order_free(LineOrder *order) {
    clear_config(&order->info);
    g_free(order->setting);
    g_free(order);
}

static Refusal *fill_order(const LineOrder *order) {
    LoopLine *line = NULL;
    Refusal *refusal;

    if (order->setting)
        return refuse(REFUSAL_INVALID_ARGS, "%s: loopback lines have no such setting: they have those of every line only",
                      order->setting);
    refusal = loop_line_new(order->loopback->exchange, &order->info, &line);
    if (line)
        g_ptr_array_add(order->loopback->lines, line);
    return refusal;
}

static void on_order(NetworkEvent *event) {
    LineOrder *order = NETWORK_EVENT_OWNER(event, LineOrder, event);

    provider_complete(exchange_provider(order->loopback->exchange), order->request, fill_order(order), NULL);
    line_order_free(order);
}

static int loopback_add_line(Provider *provider, const LineConfig *config, RequestId request) {
    Loopback *loopback = provider_data(provider);
    LineOrder *order;

    if (exchange_is_closed(loopback->exchange))
        return -ESHUTDOWN;
    order = g_new0(LineOrder, 1);
    order->loopback = loopback;
    order->request = request;
    order->info = copy_info(&config->info);
    order->setting = config->settings ? g_strdup(config->settings[0]) : NULL;
    network_after(exchange_network(loopback->exchange), &order->event, 0, on_order);
    return 0;
}

static Refusal *perform_remove_line(Errand *errand) {
    Loopback *loopback = provider_data(exchange_provider(errand->exchange));

    if (loop_line_state(errand->line) == LINE_REMOVED)
        return NULL;
    loop_line_set_state(errand->line, LINE_REMOVED, "It was removed");
    g_ptr_array_remove(loopback->lines, errand->line);
    loop_line_unref(errand->line);
    return NULL;
}

static int loopback_remove_line(Line *line, RequestId request) {
    Errand *errand;

    return errand_new_for_line(line, perform_remove_line, request, "", &errand);
}

static void discard_event(NetworkEvent *event) {
    if (!errand_discard(event) && event->fire == on_order)
        line_order_free(NETWORK_EVENT_OWNER(event, LineOrder, event));
}

/* Operations that never happened hold lines and ends, so they go first. */
Loopback *loopback_free(Loopback *loopback) {
    NetworkEvent *event;

    if (!loopback)
        return NULL;
    while ((event = network_take(exchange_network(loopback->exchange))))
        discard_event(event);
    for (guint i = 0; i < loopback->lines->len; i++)
        loop_line_discard(g_ptr_array_index(loopback->lines, i));
    park_clear(loopback->exchange);
    g_ptr_array_unref(loopback->lines);
    g_array_unref(loopback->config);
    exchange_free(loopback->exchange);
    g_free(loopback);
    return NULL;
}

/* A line that can't be made is a fault of the configuration: the others are made, but the start is told as failed. */
static void on_start(NetworkEvent *event) {
    Loopback *loopback = NETWORK_EVENT_OWNER(event, Loopback, event);
    Refusal *first = NULL;

    for (guint i = 0; i < loopback->config->len; i++) {
        LoopLine *line = NULL;
        Refusal *refusal = loop_line_new(loopback->exchange, &g_array_index(loopback->config, LineInfo, i), &line);

        if (line)
            g_ptr_array_add(loopback->lines, line);
        else if (!first)
            first = refusal;
        else {
            log_error("%s", refusal_text(refusal));
            refusal_free(refusal);
        }
    }
    provider_complete(exchange_provider(loopback->exchange), loopback->request, first, NULL);
}

static int loopback_start(Provider *provider, RequestId request) {
    Loopback *loopback = provider_data(provider);

    exchange_set_provider(loopback->exchange, provider);
    loopback->request = request;
    network_after(exchange_network(loopback->exchange), &loopback->event, 0, on_start);
    return 0;
}

static void on_stopped(NetworkEvent *event) {
    const Loopback *loopback = NETWORK_EVENT_OWNER(event, Loopback, event);

    provider_complete(exchange_provider(loopback->exchange), loopback->request, NULL, NULL);
}

/* What was asked of the calls meanwhile is on its way and comes before the stop is complete; then there is nothing left to
 * ask of. */
static void on_stop(NetworkEvent *event) {
    Loopback *loopback = NETWORK_EVENT_OWNER(event, Loopback, event);

    for (guint i = 0; i < loopback->lines->len; i++)
        loop_line_end_calls(g_ptr_array_index(loopback->lines, i), CAUSE_SERVICE_RESTARTED);
    network_after(exchange_network(loopback->exchange), event, 0, on_stopped);
}

static int loopback_stop(Provider *provider, RequestId request) {
    Loopback *loopback = provider_data(provider);

    exchange_close(loopback->exchange);
    loopback->request = request;
    network_after(exchange_network(loopback->exchange), &loopback->event, 0, on_stop);
    return 0;
}

static int check_address(Line *line, const char *address, const char **ret_hint) {
    Destination destination;

    return destination_parse(address, &destination, ret_hint);
}

static GVariant *call_media_stats(Call *call) {
    End *end = call_provider_data(call);

    return end ? end_media_stats(end) : NULL;
}

const ProviderOps loopback_ops = {
    .name = "loopback",
    .is_local = true,
    .start = loopback_start,
    .stop = loopback_stop,
    .add_line = loopback_add_line,
    .remove_line = loopback_remove_line,
    .check_address = check_address,
    .dial = operation_dial,
    .accept = operation_accept,
    .answer = operation_answer,
    .redirect = operation_redirect,
    .drop = operation_drop,
    .hold = operation_hold,
    .unhold = operation_unhold,
    .swap_hold = operation_swap_hold,
    .blind_transfer = operation_blind_transfer,
    .setup_transfer = operation_setup_transfer,
    .complete_transfer = operation_complete_transfer,
    .setup_conference = operation_setup_conference,
    .prepare_add_to_conference = operation_prepare_add_to_conference,
    .add_to_conference = operation_add_to_conference,
    .remove_from_conference = operation_remove_from_conference,
    .park = operation_park,
    .unpark = operation_unpark,
    .pickup = operation_pickup,
    .forward = operation_forward,
    .complete_call = operation_complete_call,
    .cancel_completion = operation_cancel_completion,
    .dial_digits = operation_dial_digits,
    .send_digits = operation_send_digits,
    .send_tone = operation_send_tone,
    .monitor_digits = operation_monitor_digits,
    .mute = operation_mute,
    .set_audio = operation_set_audio,
    .send_user_user_info = operation_send_user_user_info,
    .secure = operation_secure,
    .media_stats = call_media_stats,
    .debug_incoming = operation_debug_incoming,
    .debug_line_state = operation_debug_line_state,
};
