/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errand: a queue for all lines of the process. */
#include "providers/sip/errand.h"

#include <errno.h>

static GQueue waiting = G_QUEUE_INIT;
static guint source;

static void errand_free(Errand *errand) {
    if (errand->call)
        sip_call_unref(errand->call);
    if (errand->other)
        sip_call_unref(errand->other);
    desk_unref(errand->desk);
    g_free((char *) errand->dial.address);
    g_free((uint8_t *) errand->dial.user_user_info);
    g_free(errand->text);
    g_free(errand->text2);
    if (errand->bytes)
        g_bytes_unref(errand->bytes);
    rules_clear(&errand->rules);
    g_free(errand);
}

static void perform(Errand *errand) {
    Provider *provider = sip_provider(errand->desk->sip);
    Refusal *refusal = errand->perform(errand);

    if (refusal || !errand->took)
        provider_complete(provider, errand->request, refusal, NULL);
    errand_free(errand);
}

static gboolean on_idle(void *userdata) {
    Errand *errand = g_queue_pop_head(&waiting);

    if (errand)
        perform(errand);
    if (!g_queue_is_empty(&waiting))
        return G_SOURCE_CONTINUE;
    source = 0;
    return G_SOURCE_REMOVE;
}

static Errand *errand_new(Desk *desk, Perform function, RequestId request) {
    Errand *errand = g_new0(Errand, 1);

    errand->desk = desk_ref(desk);
    errand->perform = function;
    errand->request = request;
    g_queue_push_tail(&waiting, errand);
    if (source == 0)
        source = g_idle_add_full(G_PRIORITY_DEFAULT, on_idle, NULL, NULL);
    return errand;
}

int errand_for_call(Call *token, Perform function, RequestId request, Errand **ret) {
    SipCall *call = call_provider_data(token);

    if (!call)
        return -ENOENT;
    *ret = errand_new(call->desk, function, request);
    (*ret)->call = sip_call_ref(call);
    return 0;
}

int errand_for_line(Line *token, Perform function, RequestId request, Errand **ret) {
    const SipLine *line = line_provider_data(token);

    if (!line)
        return -ENOENT;
    *ret = errand_new(sip_line_desk(line), function, request);
    return 0;
}

void errand_set_dial(Errand *errand, const DialParams *params) {
    errand->dial = *params;
    errand->dial.address = g_strdup(params->address);
    errand->dial.user_user_info = g_memdup2(params->user_user_info, params->user_user_info_size);
}

Refusal *errand_took(Errand *errand, Refusal *refusal) {
    errand->took = !refusal;
    return refusal;
}

Refusal *errand_check_line(const Errand *errand) {
    const SipLine *line = errand->desk->line;

    if (line && sip_line_stack(line) && sip_line_is_in_service(line))
        return NULL;
    return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "The line is out of service; it would have to be registered");
}

void errands_perform(void) {
    Errand *errand;

    while ((errand = g_queue_pop_head(&waiting)))
        perform(errand);
}

void errands_discard(void) {
    Errand *errand;

    while ((errand = g_queue_pop_head(&waiting)))
        errand_free(errand);
    if (source > 0)
        g_source_remove(source);
    source = 0;
}
