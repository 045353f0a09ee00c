/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Request: one operation that was asked of a provider and is answered exactly once. */
#include "service/request.h"

#include "service/call.h"
#include "service/client.h"
#include "service/crash-point.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/toll.h"

struct Request {
    RequestId id;
    Manager *manager;
    Provider *provider;
    Client *client;
    Call *call, *other;
    Placement *placement;
    GDestroyNotify destroy_placement;
    User *user;
    Operation operation;
    int64_t deadline_usec; /* monotonic */
    RequestEffect effect;
    Done done;
    void *data;
    GDestroyNotify destroy_data;
    GList client_link, call_link, deadline_link;
    bool waiting; /* in the queue of deadlines */
};

void request_set_other(Request *request, Call *other) {
    GSList **others;

    if (request->other) {
        others = call_other_requests(request->other);
        *others = g_slist_remove(*others, request);
    }
    request->other = other;
    if (other) {
        others = call_other_requests(other);
        *others = g_slist_prepend(*others, request);
    }
}

Call *request_other(const Request *request) {
    return request->other;
}

void request_forget_other(Call *other) {
    while (*call_other_requests(other))
        request_set_other((*call_other_requests(other))->data, NULL);
}

void request_set_placement(Request *request, Placement *placement, GDestroyNotify destroy) {
    request->placement = placement;
    request->destroy_placement = destroy;
}

Placement *request_placement(const Request *request) {
    return request->placement;
}

static void leave_client(Request *request) {
    if (!request->client)
        return;
    g_queue_unlink(client_requests(request->client), &request->client_link);
    request->client = NULL;
}

void request_detach_call(Request *request) {
    if (request->call)
        g_queue_unlink(call_requests(request->call), &request->call_link);
    request->call = NULL;
    request->effect = NULL; /* there is nothing left for it */
}

static void request_free(Request *request) {
    g_hash_table_remove(manager_requests(request->manager), &request->id);
    leave_client(request);
    request_detach_call(request);
    request_set_other(request, NULL);
    if (request->destroy_placement)
        request->destroy_placement(request->placement);
    if (request->waiting)
        g_queue_unlink(manager_deadlines(request->manager), &request->deadline_link);
    if (request->user) {
        (*user_requests(request->user))--;
        user_unref(request->user);
    }
    if (request->destroy_data)
        request->destroy_data(request->data);
    g_free(request);
}

/* Whatever is asked about an emergency call passes. */
static Refusal *refuse_more(Manager *manager, const Client *client, Limit limit, unsigned max) {
    const char *whose = limit == LIMIT_REQUESTS_PER_USER ? "Your user has" : "You have";

    toll_tell(manager, user_uid(client_user(client)), limit_table[limit].key, /* line= */ NULL);
    return refuse(REFUSAL_LIMITS_EXCEEDED, "%s %u requests pending: wait for a reply first", whose, max);
}

static Refusal *check_limits(Manager *manager, Client *client, const Call *call) {
    const Limits *limits = manager_limits(manager);

    if (call && call_emergency(call))
        return NULL;
    if (g_queue_get_length(client_requests(client)) >= limits->requests_per_client)
        return refuse_more(manager, client, LIMIT_REQUESTS_PER_CLIENT, limits->requests_per_client);
    if (*user_requests(client_user(client)) >= limits->requests_per_user)
        return refuse_more(manager, client, LIMIT_REQUESTS_PER_USER, limits->requests_per_user);
    return NULL;
}

Refusal *request_new(Provider *provider, Client *client, Call *call, Operation operation, Request **ret) {
    Manager *manager = provider_manager(provider);
    Refusal *refusal = client ? check_limits(manager, client, call) : NULL;
    Request *request;

    if (refusal)
        return refusal;

    request = g_new0(Request, 1);
    *request = (Request) {
        .id = manager_next_request(manager),
        .manager = manager,
        .provider = provider,
        .client = client,
        .call = call,
        .operation = operation,
        .client_link.data = request,
        .call_link.data = request,
        .deadline_link.data = request,
    };
    g_hash_table_insert(manager_requests(manager), &request->id, request);
    if (client) {
        g_queue_push_tail_link(client_requests(client), &request->client_link);
        request->user = user_ref_by_uid(manager, user_uid(client_user(client)));
        (*user_requests(request->user))++;
    }
    if (call)
        g_queue_push_tail_link(call_requests(call), &request->call_link);
    *ret = request;
    return NULL;
}

void request_discard(Request *request) {
    request_free(request);
}

static int64_t on_deadline(Manager *manager) {
    GQueue *deadlines = manager_deadlines(manager);
    int64_t now = g_get_monotonic_time();
    Request *request;

    while ((request = g_queue_peek_head(deadlines)) && request->deadline_usec <= now) {
        _cleanup_(refusal_freep) Refusal *refusal =
            refuse(REFUSAL_TIMEOUT, "The network did not answer in time: the state of the call tells what became of it");

        /* It stays known, so that a late completion still finds it. */
        g_queue_unlink(deadlines, &request->deadline_link);
        request->waiting = false;
        log_warning("event: request-timeout, operation: %s", operation_to_string(request->operation) ?: "start or stop");
        request_answer(request, &(Outcome) { .refusal = refusal });
    }
    return request ? request->deadline_usec : -1;
}

void request_arm(Request *request, RequestEffect effect, Done done) {
    Manager *manager = request->manager;

    crash_point("provider:asked");
    request->effect = effect;
    request->done = done;
    request->waiting = true;
    request->deadline_usec = g_get_monotonic_time() + manager_limits(manager)->request_timeout_s * G_USEC_PER_SEC;
    g_queue_push_tail_link(manager_deadlines(manager), &request->deadline_link);
    manager_arm_deadline(manager, on_deadline, request->deadline_usec);
}

RequestId request_id(const Request *request) {
    return request->id;
}

Provider *request_provider(const Request *request) {
    return request->provider;
}

Client *request_client(const Request *request) {
    return request->client;
}

Call *request_call(const Request *request) {
    return request->call;
}

Operation request_operation(const Request *request) {
    return request->operation;
}

bool request_is_answered(const Request *request) {
    return !request->done.func;
}

bool request_is_own(const Request *request) {
    return !request->user;
}

void request_set_data(Request *request, void *data, GDestroyNotify destroy) {
    request->data = data;
    request->destroy_data = destroy;
}

void *request_data(const Request *request) {
    return request->data;
}

Request *request_find(Manager *manager, RequestId id) {
    return g_hash_table_lookup(manager_requests(manager), &id);
}

void request_answer(Request *request, const Outcome *outcome) {
    Done done = request->done;

    request->done = (Done) {};
    if (done.func)
        done.func(outcome, done.userdata);
}

void request_finish(Request *request, Refusal *refusal, const char *text) {
    _cleanup_(refusal_freep) Refusal *why = refusal;

    crash_point("provider:done");
    if (!why && request->effect)
        request->effect(request);
    crash_point("provider:effect");
    request_answer(request, &(Outcome) { .refusal = why, .text = text });
    request_free(request);
}

void request_finish_call(Call *call) {
    Request *request;

    while ((request = g_queue_peek_head(call_requests(call)))) {
        Refusal *refusal = NULL;

        request->effect = NULL;
        if (request->placement)
            refusal = refuse(REFUSAL_LINE_OUT_OF_SERVICE, "The line was taken away before it could make the call");
        else if (request->operation != OPERATION_DROP)
            refusal = refuse(REFUSAL_INVALID_STATE, "The call ended before the network could do it");
        request_finish(request, refusal, NULL);
    }
}

void request_forget_client(Client *client) {
    Request *request;

    while ((request = g_queue_peek_head(client_requests(client)))) {
        _cleanup_(refusal_freep) Refusal *refusal = refuse(REFUSAL_CLIENT_GONE, "The client is gone");

        leave_client(request);
        request_answer(request, &(Outcome) { .refusal = refusal });
    }
}

void request_finish_all(Manager *manager, RefusalCode code, const char *why) {
    g_autoptr(GList) requests = g_hash_table_get_values(manager_requests(manager));

    for (GList *i = requests; i; i = i->next) {
        _cleanup_(refusal_freep) Refusal *refusal = refuse(code, "%s", why);

        request_answer(i->data, &(Outcome) { .refusal = refusal });
    }
}

Request *request_pending(Call *call, Operation operation) {
    for (GList *i = call_requests(call)->head; i; i = i->next)
        if (((Request *) i->data)->operation == operation)
            return i->data;
    return NULL;
}
