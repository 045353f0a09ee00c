/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Request: one operation that was asked of a provider and is answered exactly once. */
#pragma once

#include <glib.h>

#include "service/provider.h"

/* What is asked of a provider but is no method: starting, stopping, help for tests. */
#define OPERATION_NONE _OPERATION_MAX

/* How a request ended. A refusal, or none; the results only where the operation has them. */
typedef struct Outcome {
    const Refusal *refusal;
    const char *text;
    Handle *handle; /* the handle that the client got by it */
    Handle *second; /* and the other one, where two calls were made */
} Outcome;

/* Called exactly once for each request that was not refused at once, maybe before the asking function returns. */
typedef struct Done {
    void (*func)(const Outcome *outcome, void *userdata);
    void *userdata;
} Done;

/* What an operation does to the call once the network has done it. */
typedef void (*RequestEffect)(Request *request);

/* A new request of a client (or of the service itself: NULL) about a call (or none). Refused at the client's or the
 * user's limit. */
Refusal *request_new(Provider *provider, Client *client, Call *call, Operation operation, Request **ret);

/* The request could not be started: it never was. */
void request_discard(Request *request);

/* The request was started: from now on `done` will be called. */
void request_arm(Request *request, RequestEffect effect, Done done);

RequestId request_id(const Request *request);
Provider *request_provider(const Request *request);
Client *request_client(const Request *request); /* NULL: gone, or the service itself */
Call *request_call(const Request *request);
Operation request_operation(const Request *request);
bool request_is_answered(const Request *request);
bool request_is_own(const Request *request); /* the service's itself */

/* A second call that the operation is about; NULL once that is forgotten. */
void request_set_other(Request *request, Call *other);
Call *request_other(const Request *request);

/* The request makes calls (see placement.h), of which its call is one: the end of that call is the end of the line. */
void request_set_placement(Request *request, Placement *placement, GDestroyNotify destroy);
Placement *request_placement(const Request *request);

/* One value of the operation's own, for its effect; freed with the request. */
void request_set_data(Request *request, void *data, GDestroyNotify destroy);
void *request_data(const Request *request);

/* The pending request with that id, or NULL. */
Request *request_find(Manager *manager, RequestId id);

/* Answers, once; a second time does nothing. */
void request_answer(Request *request, const Outcome *outcome);

/* Done with the network: answers (if nobody did) and frees. Takes the refusal. */
void request_finish(Request *request, Refusal *refusal, const char *text);

/* The call has ended: what is pending on it can't come any more. A drop has succeeded by it. */
void request_finish_call(Call *call);

/* The end of its call does not answer the request: it is the request's own doing. */
void request_detach_call(Request *request);

/* No request is about this as its other call any more. */
void request_forget_other(Call *other);

/* The client is gone: its requests go on without it. */
void request_forget_client(Client *client);

/* Answers every request that is still pending; the service ends. */
void request_finish_all(Manager *manager, RefusalCode code, const char *why);

/* Is such an operation pending on the call? */
Request *request_pending(Call *call, Operation operation);
