/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sip: start, stop, lines, and the table of its operations. */
#include "providers/sip/provider.h"

#include "providers/sip/arrival.h"
#include "providers/sip/certificate.h"
#include "providers/sip/errand.h"
#include "providers/sip/guests.h"
#include "providers/sip/line.h"
#include "providers/sip/operation.h"
#include "providers/sip/resolve.h"
#include "providers/sip/stack.h"
#include "providers/sip/tls-folder.h"
#include "providers/sip/wake.h"
#include "service/log.h"

struct Sip {
    Provider *provider; /* NULL before start() */
    SipPool *pool;
    Guests *guests;
    TlsFolders *tls_folders;
    Wake *wake;
    GPtrArray *lines;   /* of SipLine */
    RequestId stop;     /* 0: not stopping */
    guint idle;         /* what is to be completed in the next turn of the loop */
    GQueue done;        /* of Completion */
};

/* A line that is to be made: nothing is told of it either, before the operation has returned. */
typedef struct LineOrder {
    LineConfig config; /* its texts are ours; without the settings, which are in the account */
    SipAccount *account;
} LineOrder;

/* Operations are never completed inside of their own call. */
typedef struct Completion {
    RequestId request;
    Refusal *refusal;
    LineOrder *order; /* what is done before, or NULL */
} Completion;

static LineOrder *line_order_new(const LineConfig *config, SipAccount *account) {
    LineOrder *order = g_new0(LineOrder, 1);
    LineInfo *info = &order->config.info;

    order->account = account;
    order->config.source = g_strdup(config->source);
    *info = config->info;
    info->name = g_strdup(info->name);
    info->label = g_strdup(info->label);
    info->pickup_group = g_strdup(info->pickup_group);
    info->addresses = (const char *const *) g_strdupv((char **) info->addresses);
    info->emergency_numbers = (const char *const *) g_strdupv((char **) info->emergency_numbers);
    return order;
}

static void line_order_free(LineOrder *order) {
    LineInfo *info = &order->config.info;

    if (order->account)
        sip_account_free(order->account);
    g_free((char *) order->config.source);
    g_free((char *) info->name);
    g_free((char *) info->label);
    g_free((char *) info->pickup_group);
    g_strfreev((char **) info->addresses);
    g_strfreev((char **) info->emergency_numbers);
    g_free(order);
}

static Refusal *make_line(Sip *sip, LineOrder *order) {
    SipLine *line;
    Refusal *refusal;

    if (sip->stop != 0)
        return refuse(REFUSAL_PROVIDER_FAILED, "The provider is stopping");
    refusal = sip_line_new(sip, &order->config, order->account, &line);
    if (refusal)
        return refusal;
    order->account = NULL;
    g_ptr_array_add(sip->lines, line);
    return NULL;
}

static void completion_free(Completion *completion) {
    if (completion->order)
        line_order_free(completion->order);
    refusal_free(completion->refusal);
    g_free(completion);
}

static gboolean on_idle(gpointer userdata) {
    Sip *sip = userdata;
    Completion *completion;

    sip->idle = 0;
    while ((completion = g_queue_pop_head(&sip->done))) {
        if (completion->order)
            completion->refusal = make_line(sip, completion->order);
        provider_complete(sip->provider, completion->request, completion->refusal, NULL);
        completion->refusal = NULL;
        completion_free(completion);
    }
    return G_SOURCE_REMOVE;
}

static Completion *complete_later(Sip *sip, RequestId request, Refusal *refusal) {
    Completion *completion = g_new0(Completion, 1);

    completion->request = request;
    completion->refusal = refusal;
    g_queue_push_tail(&sip->done, completion);
    if (sip->idle == 0)
        sip->idle = g_idle_add_full(G_PRIORITY_DEFAULT, on_idle, sip, NULL);
    return completion;
}

static void on_wake(void *userdata) {
    const Sip *sip = userdata;

    for (guint i = 0; i < sip->lines->len; i++)
        sip_line_wake(g_ptr_array_index(sip->lines, i));
}

Sip *sip_new(void) {
    Sip *sip = g_new0(Sip, 1);

    certificate_begin();
    if (!resolve_is_guarded())
        log_warning("sip: a stranger's packet can make this program wait for a name server");
    sip->pool = sip_pool_new(arrival, sip);
    sip->guests = guests_new();
    sip->tls_folders = tls_folders_new();
    sip->wake = wake_new(on_wake, sip);
    sip->lines = g_ptr_array_new();
    g_queue_init(&sip->done);
    return sip;
}

Sip *sip_free(Sip *sip) {
    Completion *completion;

    if (!sip)
        return NULL;
    if (sip->idle != 0)
        g_source_remove(sip->idle);
    while ((completion = g_queue_pop_head(&sip->done)))
        completion_free(completion);
    errands_discard();
    while (sip->lines->len > 0)
        sip_line_free(g_ptr_array_steal_index(sip->lines, 0));
    g_ptr_array_unref(sip->lines);
    sip_pool_free(sip->pool);
    guests_free(sip->guests);
    tls_folders_free(sip->tls_folders);
    wake_free(sip->wake);
    g_free(sip);
    return NULL;
}

Provider *sip_provider(const Sip *sip) {
    return sip->provider;
}

TlsFolders *sip_tls_folders(const Sip *sip) {
    return sip->tls_folders;
}

SipPool *sip_pool(const Sip *sip) {
    return sip->pool;
}

Guests *sip_guests(const Sip *sip) {
    return sip->guests;
}

GPtrArray *sip_lines(const Sip *sip) {
    return sip->lines;
}

static int sip_start(Provider *provider, RequestId request) {
    Sip *sip = provider_data(provider);

    sip->provider = provider;
    complete_later(sip, request, NULL);
    return 0;
}

static void on_closed_for_stop(SipLine *line, void *userdata) {
    Sip *sip = userdata;

    g_ptr_array_remove(sip->lines, line);
    sip_line_free(line);
    if (sip->lines->len == 0)
        complete_later(sip, sip->stop, NULL);
}

static int sip_stop(Provider *provider, RequestId request) {
    Sip *sip = provider_data(provider);
    g_autoptr(GPtrArray) lines = g_ptr_array_copy(sip->lines, NULL, NULL);

    sip->stop = request;
    if (lines->len == 0)
        complete_later(sip, request, NULL);
    for (guint i = 0; i < lines->len; i++)
        sip_line_close(g_ptr_array_index(lines, i), on_closed_for_stop, sip);
    return 0;
}

static int sip_add_line(Provider *provider, const LineConfig *config, RequestId request) {
    Sip *sip = provider_data(provider);
    SipAccount *account;
    g_autofree char *why = NULL;

    if (sip_account_new(config->settings, &account, &why) < 0)
        complete_later(sip, request, refuse(REFUSAL_INVALID_ARGS, "%s", why));
    else
        complete_later(sip, request, NULL)->order = line_order_new(config, account);
    return 0;
}

static void on_closed_for_good(SipLine *line, void *userdata) {
    Sip *sip = sip_line_sip(line);
    RequestId *request = userdata;
    Line *token = sip_line_token(line);

    g_ptr_array_remove(sip->lines, line);
    sip_line_free(line);
    provider_report_line_state(token, LINE_REMOVED, "it was taken away");
    complete_later(sip, *request, NULL);
    g_free(request);
}

static int sip_remove_line(Line *line, RequestId request) {
    sip_line_close(line_provider_data(line), on_closed_for_good, g_memdup2(&request, sizeof(request)));
    return 0;
}

const ProviderOps sip_ops = {
    .name = "sip",
    .start = sip_start,
    .stop = sip_stop,
    .add_line = sip_add_line,
    .remove_line = sip_remove_line,
    .check_address = operation_check_address,
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
    .dial_digits = operation_dial_digits,
    .send_digits = operation_send_digits,
    .send_tone = operation_send_tone,
    .monitor_digits = operation_monitor_digits,
    .mute = operation_mute,
    .set_audio = operation_set_audio,
    .send_user_user_info = operation_send_user_user_info,
    .secure = operation_secure,
    .media_stats = operation_media_stats,
};
