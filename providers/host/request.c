/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HostRequest: what is under way, and the functions that complete it. Each message is answered once, whatever the provider does. */
#include "providers/host/request.h"

#include "bus/error-name.h"
#include "providers/host/call.h"
#include "providers/host/line.h"
#include "providers/host/provider.h"
#include "providers/wire/codec.h"
#include "providers/wire/error.h"
#include "service/cleanup.h"
#include "service/log.h"
#include "service/said.h"

/* ---- Life ---- */

HostRequest *host_request_new(Provider *provider, WireMethod method, sd_bus_message *m) {
    HostRequest *request = g_new0(HostRequest, 1);

    request->id = ++provider->last_request;
    request->method = method;
    request->provider = provider;
    request->m = sd_bus_message_ref(m);
    g_hash_table_insert(provider->requests, &request->id, request);
    return request;
}

HostRequest *host_request_find(const Provider *provider, RequestId id) {
    return g_hash_table_lookup(provider->requests, &id);
}

static void request_free(HostRequest *request) {
    g_hash_table_remove(request->provider->requests, &request->id);
    sd_bus_message_unref(request->m);
    sd_bus_message_unref(request->next);
    g_free(request->line);
    g_free(request->settings);
    g_free(request);
}

static void free_made(HostRequest *request) {
    for (unsigned i = 0; i < request->n_made; i++)
        if (request->made[i] && !request->made[i]->up)
            host_call_free(request->made[i]);
}

void host_requests_forget_call(Provider *provider, const Call *call) {
    GHashTableIter iter;
    HostRequest *request;

    g_hash_table_iter_init(&iter, provider->requests);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &request)) {
        if (request->call == call)
            request->call = NULL;
        if (request->other == call)
            request->other = NULL;
        for (unsigned i = 0; i < request->n_made; i++)
            if (request->made[i] == call)
                request->made[i] = NULL;
    }
}

void host_requests_forget_messages(Provider *provider) {
    GHashTableIter iter;
    HostRequest *request;

    g_hash_table_iter_init(&iter, provider->requests);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &request)) {
        request->m = sd_bus_message_unref(request->m);
        request->next = sd_bus_message_unref(request->next);
    }
}

/* ---- Answers ---- */

/* One that can't be written is one that failed: there is an answer in any case. */
static bool answer(HostRequest *request, sd_bus_message *reply, int r) {
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    if (r >= 0)
        return true;
    log_warning("event: not answered, member: %s, error: %s", wire_method_to_string(request->method), g_strerror(-r));
    sd_bus_reply_method_errorf(request->m, error_name(REFUSAL_PROVIDER_FAILED), "The provider's answer makes no sense");
    return false;
}

/* Has the answer of the method a cause before all else? */
static bool has_cause(WireMethod method) {
    return method != WIRE_DEBUG_INCOMING && wire_method_output(method)[0] == 's';
}

static bool has_text(WireMethod method) {
    return method == WIRE_PARK || method == WIRE_COMPLETE_CALL || method == WIRE_DEBUG_INCOMING;
}

static int append_result(const HostRequest *request, sd_bus_message *reply, const char *cause, const char *text) {
    int r = 0;

    if (has_cause(request->method))
        r = sd_bus_message_append_basic(reply, 's', cause);
    if (r >= 0 && has_text(request->method))
        r = wire_append_text(reply, text);
    if (r >= 0 && request->method == WIRE_COMPLETE_TRANSFER)
        r = wire_append_no_start(reply);
    return r;
}

static void answer_result(HostRequest *request, const char *cause, const char *text) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    if (!request->m)
        return;
    r = sd_bus_message_new_method_return(request->m, &reply);
    answer(request, reply, r < 0 ? r : append_result(request, reply, cause, text));
}

static void finish(HostRequest *request, const Refusal *refusal) {
    HostRequestDone done = request->done;

    g_hash_table_remove(request->provider->requests, &request->id);
    if (done)
        done(request, refusal);
    request_free(request);
}

void host_request_refuse(HostRequest *request, Refusal *refusal) {
    _cleanup_(refusal_freep) Refusal *why = refusal;

    if (request->m)
        wire_reply_refusal(request->m, why);
    free_made(request);
    finish(request, why);
}

void host_request_succeed(HostRequest *request, const char *text) {
    if (request->method == WIRE_MUTE && request->call)
        request->call->muted = request->enable;
    answer_result(request, "", text);
    finish(request, NULL);
}

/* ---- Completions, as the contract has them ---- */

static HostRequest *find_pending(const Provider *provider, RequestId id) {
    HostRequest *request = host_request_find(provider, id);

    if (!request)
        log_warning("event: ignored, provider: %s, why: completion of a request that is not pending", provider->ops->name);
    return request;
}

void provider_complete(Provider *provider, RequestId id, Refusal *refusal, const char *text) {
    HostRequest *request = find_pending(provider, id);

    if (!request)
        refusal_free(refusal);
    else if (refusal)
        host_request_refuse(request, refusal);
    else if (request->n_made > 0)
        host_request_refuse(request, refuse(REFUSAL_PROVIDER_FAILED, "The provider said nothing of the call"));
    else
        host_request_succeed(request, said_result(provider, text));
}

static int append_starts(const HostRequest *request, sd_bus_message *reply, const CallStart *starts) {
    int r = 0;

    if (has_cause(request->method))
        r = sd_bus_message_append_basic(reply, 's', "");
    for (unsigned i = 0; i < request->n_made && r >= 0; i++)
        r = wire_append_start(reply, &starts[i]);
    return r;
}

/* Nobody has it: the service that asked is gone, or was told nonsense. The next one is told, unless Hello was said already. */
static void begin_unasked(Call *call) {
    if (connection_phase(call->line->provider->manager->connection) == CONNECTION_OFF)
        call->told = true;
    else
        host_drop(call, REJECT_NONE);
}

void provider_complete_calls(Provider *provider, RequestId id, const CallStart *starts) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    HostRequest *request = find_pending(provider, id);
    Call *made[2];
    bool asked = false;
    int r;

    if (!request)
        return;
    if (request->n_made == 0) {
        host_request_refuse(request, refuse(REFUSAL_PROVIDER_FAILED, "The provider told of calls that it was not asked for"));
        return;
    }
    for (unsigned i = 0; i < request->n_made; i++) {
        made[i] = request->made[i];
        if (made[i])
            host_call_begin(made[i], &starts[i]);
    }
    if (request->m) {
        r = sd_bus_message_new_method_return(request->m, &reply);
        asked = answer(request, reply, r < 0 ? r : append_starts(request, reply, starts));
    }
    for (unsigned i = 0; i < request->n_made; i++)
        if (made[i] && asked)
            made[i]->told = true;
        else if (made[i])
            begin_unasked(made[i]);
    finish(request, NULL);
}

/* What is not under way ends the calls all the same. */
static void end_late(Call *call, Call *consultation, DisconnectCause cause) {
    log_warning("event: late, line: %s, why: an operation that is not under way ends a call", call->line->name);
    if (consultation)
        provider_report_ended(consultation, cause, NULL);
    provider_report_ended(call, cause, NULL);
}

void provider_complete_by_end(Call *call, Call *consultation, RequestId id, DisconnectCause cause, const char *text) {
    HostRequest *request = host_request_find(call->line->provider, id);
    const char *word = disconnect_cause_to_string(cause);

    if (!request || request->call != call || request->n_made > 0 || !has_cause(request->method)) {
        end_late(call, consultation, cause);
        return;
    }
    if (!request->m) {
        if (consultation)
            provider_report_ended(consultation, cause, NULL);
        provider_report_ended(call, cause, NULL);
        finish(request, NULL);
        return;
    }
    /* The text may be the call's, so first of all. */
    answer_result(request, word && *word ? word : "unknown", said_result(call->line->provider, text));
    if (consultation)
        host_call_end(consultation, cause, NULL);
    host_call_end(call, cause, NULL);
    finish(request, NULL);
}
