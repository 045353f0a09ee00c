/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations: what a message of the service asks of the provider. */
#pragma once

#include "providers/host/request.h"
#include "providers/wire/keep.h"

/* A message that is looked at: what is still to be read of it, and the request that it became. */
typedef struct Question {
    Provider *provider;
    sd_bus_message *m;
    HostRequest *request;
    WireKeep *keep; /* for what is read */
    char *why;      /* what is wrong with it */
} Question;

/* Begins the operation: NULL, and the request is completed some time; or a refusal. */
Refusal *host_operation_begin(Question *question);

/* Parts of a question, in their order. */
Refusal *host_read_line(Question *question, Line **ret);
Refusal *host_malformed(const Question *question);

/* What the function of the provider returned. */
Refusal *host_started(int r);

/* The same for what is asked of lines, and of the provider as a whole. */
Refusal *host_begin_start(Question *question);
Refusal *host_begin_stop(Question *question);
Refusal *host_begin_add_line(Question *question);
Refusal *host_begin_remove_line(Question *question);
Refusal *host_begin_adopted(Question *question);
