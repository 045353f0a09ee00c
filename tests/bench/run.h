/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work in flight: keeps a number of operations going on each connection, and times them. */
#pragma once

#include "tests/bench/load.h"

typedef struct Run Run;

/* One place for one operation at a time. A kind of work puts it first in a struct of its own. */
struct Flight {
    Run *run;
    Connection *connection;
    sd_bus_slot *slot; /* the call that is waited for */
    uint64_t order;    /* rises with every operation of the run */
    uint64_t began_ns;
    bool in_the_air, starting;
};

/* A kind of work. */
typedef struct Work {
    size_t flight_size;
    int (*start)(Flight *flight); /* begins one operation */
    /* Both may be NULL. */
    void (*on_signal)(Run *run, Connection *connection, sd_bus_message *m);
    void (*clear)(Flight *flight); /* forgets the operation */
} Work;

/* How much of it. Either a time or a count is given. */
typedef struct RunPlan {
    const Work *work;
    void *userdata;
    Connection **connections;
    unsigned n_connections;
    unsigned in_flight;   /* on each connection */
    uint64_t duration_ns; /* so long, new operations begin */
    uint64_t count;       /* so many for each flight */
} RunPlan;

struct Run {
    const RunPlan *plan;
    Flight **flights; /* in_flight of them for each connection, and a NULL after them */
    unsigned active;
    uint64_t orders, began_ns, last_ns, completed;
    GArray *latencies; /* uint64_t ns, in the order of completion */
    int error;
};

/* Runs until all that was begun is complete. `ret` is to be given to run_clear() in any case. */
int run_work(Load *load, const RunPlan *plan, Run *ret);
void run_clear(Run *run);

/* Sends a call of the flight's operation; `on_reply` gets the flight as userdata. */
int flight_call(Flight *flight, sd_bus_message *m, sd_bus_message_handler_t on_reply);

/* The operation is complete: the next one may begin. */
void flight_done(Flight *flight);

/* The reply is an error: ends the run, and says why. True if so. */
bool flight_failed(Flight *flight, sd_bus_message *reply);
void flight_fail(Flight *flight, int error);

/* The flight of this connection that waits longest among those for which `wants` is true. */
Flight *run_oldest(Run *run, Connection *connection, bool (*wants)(const Flight *flight, const void *key),
                   const void *key);

uint64_t now_ns(void);
