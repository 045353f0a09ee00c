/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages of one cycle, and the same messages exchanged with the bare service. */
#pragma once

#include "tests/bench/calls.h"
#include "tests/bench/stage.h"
#include "tests/bench/tap.h"

/* One step of a cycle: a call of the client and all that followed from it. Sizes are bytes on the wire. */
typedef struct TraceStep {
    uint32_t call, reply;
    GArray *before, *after; /* uint32_t sizes of signals; BARE_AWAITED marks one that is waited for */
    bool awaits;            /* there is such a one */
    uint32_t call_payload, reply_payload; /* of the bare service's messages; the latter may be BARE_EMPTY */
} TraceStep;

typedef struct Trace {
    TraceStep steps[_CYCLE_STEP_MAX];
    unsigned messages;
    uint64_t bytes;
} Trace;

/* Makes a cycle on a connection of its own, step by step. With `verbose` each message is printed. */
int trace_cycle(Stage *stage, Trace *ret);
void trace_clear(Trace *trace);

/* Tells the bare service to do the like. */
int replay_prepare(Stage *stage, Trace *trace);

/* A RunPlan's userdata is the Trace. */
extern const Work replay_work;

/* What the bare service's messages have besides their payload. */
typedef struct Overhead {
    uint32_t call, reply, signal;
} Overhead;

int bare_overhead(Stage *stage, Overhead *ret);

/* A client whose messages can be measured. Close the tap after load_disconnect(). */
int replay_open_tapped(Stage *stage, Tap **ret_tap, Connection **ret);
