/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many clients in one process: connections to a bus, and one loop that serves them all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <systemd/sd-bus.h>

#include "service/cleanup.h"

typedef struct Connection Connection;
typedef struct Flight Flight;
typedef struct Load Load;

/* One client. */
struct Connection {
    Load *load;
    sd_bus *bus;
    const char *name;   /* unique name */
    GPtrArray *handles; /* paths of calls that it keeps */
    const void *lane;   /* the lines that it uses, calls.h */
    Flight **flights;   /* its work in flight during a run, run.h */
    bool writing;       /* waits for room to write */
    uint64_t signals;   /* received */
    uint64_t pings;     /* received of the service's flow control */
};

/* Told of each signal that a connection receives. */
typedef void (*SignalHook)(Connection *connection, sd_bus_message *m, void *userdata);

Load *load_new(void);
Load *load_free(Load *load);
DEFINE_CLEANUP(Load *, load_free)

/* Connects, and waits until the bus gave it a name. It belongs to the load. */
int load_connect(Load *load, const char *address, Connection **ret);
int load_connect_fd(Load *load, int fd, Connection **ret);
int load_connect_many(Load *load, const char *address, unsigned count, Connection **ret);

void load_disconnect(Connection *connection);

void load_set_signal_hook(Load *load, SignalHook hook, void *userdata);

/* Answers and dispatches what has arrived; waits for something if nothing has. Returns how much was done, 0
 * after the timeout. */
int load_turn(Load *load, int timeout_ms);

/* Returns once nothing has arrived for so long. */
int load_settle_for(Load *load, int quiet_ms);
int load_settle(Load *load);

/* A blocking call with an answer of interest or none; says what failed. What else arrived is dispatched after
 * it. */
int connection_call(Connection *connection, const char *destination, const char *path, const char *interface,
                    const char *member, sd_bus_message **ret_reply, const char *types, ...);
int connection_send(Connection *connection, sd_bus_message *m, sd_bus_message **ret_reply);
