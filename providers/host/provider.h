/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Provider: the lines, the calls, and what is pending; and what is told to the service of them. */
#pragma once

#include <systemd/sd-bus.h>

#include "providers/host/manager.h"
#include "providers/wire/method.h"
#include "service/provider.h"

struct Provider {
    Manager *manager;
    const ProviderOps *ops;
    void *data;
    Operations able;      /* by its functions */
    Operations abilities; /* of these, what it can do now */
    WireMethods methods;  /* by its functions */
    GQueue lines;
    GHashTable *calls;    /* number -> Call */
    GHashTable *requests; /* id -> HostRequest */
    GQueue ended;         /* of Call: they ended while nobody was there to be told */
    RequestId last_request;
    RequestId starting;   /* the request, or 0 */
    bool started;
    guint stats_timer;
};

/* Does the service hear what is reported? Not while the connection is broken, or at its beginning. */
bool host_provider_is_heard(const Provider *provider);

/* Calls that are up. */
bool host_provider_has_calls(const Provider *provider);

/* A number that no call ever had. */
uint64_t host_mint_number(const Provider *provider);

/* What a message of the service asks; answered at once or later. 1, or a negative errno. */
int host_provider_called(Provider *provider, sd_bus_message *m);

/* It is to end all calls, and to say when it is done: connection or not. */
void host_provider_stop(Provider *provider);

/* What Hello says; it was answered; the service has found its calls; the connection broke. */
int host_provider_hello(Provider *provider, sd_bus_message *m);
void host_provider_greeted(Provider *provider);
void host_provider_opened(Provider *provider);
void host_provider_lost(Provider *provider);

/* The service knows nothing of the call: it is to end. */
void host_drop(Call *call, RejectReason reason);

void host_requests_forget_call(Provider *provider, const Call *call);
void host_ended_forget_line(Provider *provider, const Line *line);
void host_ended_free(void *ended);

/* ---- To the service ---- */

void host_send_line_added(Provider *provider, const char *line, const LineInfo *info);
void host_send_line_state(Provider *provider, const char *line, LineState state, const char *reason);
void host_send_ring(Provider *provider, const char *line, const char *mode, unsigned count);
void host_send_forwarding(Provider *provider, const char *line, const ForwardRule *rules, size_t n_rules);
void host_send_messages_waiting(Provider *provider, const char *line, unsigned count);

/* A call that came in. */
void host_send_incoming(Call *call);

/* What is known of the media of a call; and that of all, from time to time, as long as there are any. */
void host_send_media_stats(Call *call);
void host_watch_media(Provider *provider);
