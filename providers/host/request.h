/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HostRequest: one operation that the provider has under way, and the message that its completion answers. */
#pragma once

#include <systemd/sd-bus.h>

#include "providers/wire/method.h"
#include "service/provider.h"

typedef struct HostRequest HostRequest;

/* What comes after an operation of the library's own, or after what was asked. */
typedef void (*HostRequestDone)(HostRequest *request, const Refusal *refusal);

struct HostRequest {
    RequestId id;
    WireMethod method;
    Provider *provider;
    sd_bus_message *m; /* NULL: there is nobody to be answered */
    Call *call, *other; /* what it is about; NULL once that is forgotten */
    Call *made[2];
    unsigned n_made;
    bool enable;    /* of Mute */
    char *line;     /* of AddLine: its name, and all of its settings */
    char *settings;
    sd_bus_message *next; /* what is to be done when this is; may be NULL */
    HostRequestDone done;
};

/* `m` is answered by its completion; NULL: it is the library's own. */
HostRequest *host_request_new(Provider *provider, WireMethod method, sd_bus_message *m);
HostRequest *host_request_find(const Provider *provider, RequestId id);

/* Answers with a refusal (which is taken), and frees. What it was to make is void. */
void host_request_refuse(HostRequest *request, Refusal *refusal);

/* Answers as its method has it, without a cause. */
void host_request_succeed(HostRequest *request, const char *text);

/* Nobody waits for an answer any more. */
void host_requests_forget_messages(Provider *provider);
