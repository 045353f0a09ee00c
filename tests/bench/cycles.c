/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole calls: dial, answer, drop, release both ends; and the same messages with nothing behind them. */
#include "tests/bench/replay.h"

#define CYCLE_GOAL AT_LEAST(0.7)

typedef struct Mode {
    const char *name;
    unsigned clients, in_flight;
} Mode;

static const Mode modes[] = {
    { "one client", 1, 1 },
    { "one client, 16 in flight", 1, 16 },
    { "8 clients, one in flight each", LANES, 1 },
};

typedef struct Figures {
    Throughput modes[G_N_ELEMENTS(modes)];
    Series signals[G_N_ELEMENTS(modes)];
} Figures;

static int measure_round(Stage *stage, unsigned number, Connection **clients, Trace *trace,
                         Figures *figures) {
    const Mode *mode = &modes[number];
    Sample ours, bare;
    RunPlan plan = {
        .work = &cycle_work,
        .connections = clients,
        .n_connections = mode->clients,
        .in_flight = mode->in_flight,
        .duration_ns = stage->settings->duration_ns,
    };
    int r = stage_measure(stage, stage->callbusd, &plan, &ours);
    if (r < 0)
        return r;
    plan.work = &replay_work;
    plan.userdata = trace;
    r = stage_measure(stage, stage->bare, &plan, &bare);
    if (r < 0)
        return r;
    figures->modes[number].name = mode->name;
    throughput_add(&figures->modes[number], &ours, &bare);
    series_add(&figures->signals[number], ours.signals);
    return 0;
}

static void report(const Trace *trace, const Figures *figures) {
    report_throughput("Whole cycles", "cycle", figures->modes, G_N_ELEMENTS(modes), CYCLE_GOAL, NO_GOAL);
    report_note("A cycle is %u messages of %" G_GUINT64_FORMAT " bytes: %d calls, %d replies, %u signals "
                "(%.1f, %.1f and %.1f when timed).",
                trace->messages, trace->bytes, _CYCLE_STEP_MAX, _CYCLE_STEP_MAX,
                trace->messages - 2 * _CYCLE_STEP_MAX, series_median(&figures->signals[0]),
                series_median(&figures->signals[1]), series_median(&figures->signals[2]));
}

static int measure(Stage *stage, Trace *trace) {
    Connection *clients[LANES];
    Figures figures = {};
    int r = trace_cycle(stage, trace);
    if (r < 0)
        return r;
    r = replay_prepare(stage, trace);
    if (r < 0)
        return r;
    r = stage_connect(stage, LANES, clients);
    for (unsigned i = 0; i < LANES && r >= 0; i++)
        r = calls_take_lane(clients[i], i);
    for (unsigned i = 0; i < stage->settings->rounds && r >= 0; i++)
        for (unsigned mode = 0; mode < G_N_ELEMENTS(modes) && r >= 0; mode++)
            r = measure_round(stage, mode, clients, trace, &figures);
    if (r < 0)
        return r;
    report(trace, &figures);
    return 0;
}

int bench_cycles(Stage *stage) {
    _cleanup_(trace_clear) Trace trace = {};
    return measure(stage, &trace);
}
