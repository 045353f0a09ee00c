/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manager: what the provider takes for the service: its connection, and how it all ends. */
#pragma once

#include "providers/host/connection.h"
#include "service/provider.h"

struct Manager {
    Provider *provider;
    Connection *connection;
    uint64_t epoch;     /* the service's; 0: it has not begun yet */
    bool default_lines; /* are wanted */
    bool stopping;
    bool stopped; /* nothing is done any more */
    guint timer;  /* the service has to hang up until then */

    /* It is over: for good, with an exit status. */
    void (*on_over)(int status, void *userdata);
    void *userdata;
};

/* What leads the connection to the provider; the userdata is the Manager. */
extern const ConnectionEvents host_connection_events;
