/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a telephone does: open a line, dial, and the whole life of a call. */
#pragma once

#include "tests/bench/run.h"

/* Dials on one line a number that rings on the other. */
typedef struct Lane {
    const char *out, *address, *in;
} Lane;

/* Clients that make whole cycles at the same time need a lane each: who opened a line first is offered its
 * calls. */
#define LANES 8
extern const Lane lanes[LANES];

/* A far end that answers at once and stays. */
#define ANSWERED_ADDRESS "answer?ring=0"
#define QUIET_LINE "loop0"

typedef enum CycleStep {
    CYCLE_DIAL,
    CYCLE_ANSWER,
    CYCLE_DROP,
    CYCLE_RELEASE_OUT,
    CYCLE_RELEASE_IN,
    _CYCLE_STEP_MAX,
} CycleStep;

const char *cycle_step_to_string(CycleStep step);

/* Writes the configuration with the lines of the lanes. */
int calls_write_config(const char *folder);

int calls_open(Connection *connection, const char *line, const char *privilege);
int calls_close(Connection *connection, const char *line);

/* Gives the connection a lane of its own and opens its line for incoming calls. */
int calls_take_lane(Connection *connection, unsigned number);

/* The call of one step; `out` and `in` are the two handles as far as there are any. */
int cycle_message(Connection *connection, CycleStep step, const char *out, const char *in,
                  sd_bus_message **ret);

/* The path in an InterfacesAdded, else NULL. */
const char *added_path(sd_bus_message *m);

/* Dials `count` calls that stay, on each connection; their paths go to its handles. */
int calls_dial(Load *load, Connection **connections, unsigned n_connections, uint64_t count);

/* Makes `count` calls on the connection's lane and answers them; both ends' paths go to its handles. */
int calls_connect(Load *load, Connection *connection, uint64_t count);

/* Whole cycles, each client on its lane. */
extern const Work cycle_work;
