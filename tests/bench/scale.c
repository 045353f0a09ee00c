/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Latency with few and with very many live calls. Three services, each on a bus of its own, so that the sizes
 * can be measured in turns. */
#include <errno.h>

#include "tests/bench/reads.h"
#include "tests/bench/replay.h"

#define SIZES 3
#define HOLDERS 50 /* a client may have 4,096 handles */
#define SCALE_GOAL AT_MOST(1.2)

/* Many short rounds: the sizes are compared with each other, not with a neighbour in the same round. */
#define MORE_ROUNDS 2
#define IDLE_US (2 * G_USEC_PER_SEC)
#define SHORTER 2

static const unsigned sizes[SIZES] = { 10, 1000, 100000 };
static const unsigned quick_sizes[SIZES] = { 10, 1000, 10000 };

typedef struct Scene {
    Stage *stage;
    Connection *holders[HOLDERS]; /* the live calls are theirs */
    Connection *caller;           /* makes whole cycles */
} Scene;

typedef struct Figures {
    Series p50[SIZES], p99[SIZES], cpu[SIZES];
} Figures;

static int prepare(const Settings *settings, unsigned size, Trace *trace, Scene *ret) {
    int r = stage_new(settings, &ret->stage);
    if (r < 0)
        return r;
    r = trace_cycle(ret->stage, trace);
    if (r >= 0)
        r = replay_prepare(ret->stage, trace);
    if (r >= 0)
        r = stage_connect(ret->stage, HOLDERS, ret->holders);
    if (r >= 0)
        r = stage_connect(ret->stage, 1, &ret->caller);
    if (r >= 0)
        r = calls_take_lane(ret->caller, 0);
    if (r < 0)
        return r;
    unsigned holders = MIN(size, HOLDERS);
    return calls_dial(ret->stage->load, ret->holders, holders, size / holders);
}

static int measure(const Scene *scene, const RunPlan *what, bool bare, unsigned size, Figures *figures) {
    Stage *stage = scene->stage;
    Sample sample;
    RunPlan plan = *what;
    plan.n_connections = plan.in_flight = 1;
    plan.duration_ns = stage->settings->duration_ns / SHORTER;
    int r = stage_measure(stage, bare ? stage->bare : stage->callbusd, &plan, &sample);
    if (r < 0)
        return r;
    series_add(&figures->p50[size], sample.p50_us);
    series_add(&figures->p99[size], sample.p99_us);
    series_add(&figures->cpu[size], sample.service_us);
    return 0;
}

/* What is measured at each size. */
typedef enum Kind {
    READ,
    CYCLE,
    BARE_READ,
    BARE_CYCLE,
    _KIND_MAX,
} Kind;

static const char *const kind_names[_KIND_MAX] = {
    [READ] = "property read",
    [CYCLE] = "cycle",
    [BARE_READ] = "bare read",
    [BARE_CYCLE] = "bare cycle",
};

static int measure_kind(Scene *scene, Trace *trace, Kind kind, unsigned size, Figures *figures) {
    const RunPlan plans[_KIND_MAX] = {
        [READ] = { .work = &read_sync_work,
                   .userdata = (void *) &read_callbusd,
                   .connections = scene->holders },
        [CYCLE] = { .work = &cycle_work, .connections = &scene->caller },
        [BARE_READ] = { .work = &read_sync_work,
                        .userdata = (void *) &read_bare,
                        .connections = scene->holders },
        [BARE_CYCLE] = { .work = &replay_work, .userdata = trace, .connections = &scene->caller },
    };
    return measure(scene, &plans[kind], kind >= BARE_READ, size, figures);
}

static void report(const unsigned *counts, const Figures *figures, const Series *idle) {
    char columns[SIZES][32];
    for (unsigned i = 0; i < SIZES; i++)
        g_snprintf(columns[i], sizeof(columns[i]), "%u", counts[i]);
    report_heading("Latency with so many live calls, us", columns[0], columns[1], columns[2]);
    for (Kind kind = 0; kind < _KIND_MAX; kind++) {
        g_autofree char *median = g_strdup_printf("%s, p50", kind_names[kind]);
        g_autofree char *tail = g_strdup_printf("%s, p99", kind_names[kind]);
        report_scale(median, figures[kind].p50, 1, kind >= BARE_READ ? NO_GOAL : SCALE_GOAL);
        report_scale(tail, figures[kind].p99, 1, kind >= BARE_READ ? NO_GOAL : SCALE_GOAL);
        report_scale("  its service CPU", figures[kind].cpu, 1, NO_GOAL);
    }
    report_scale("idle service CPU in one second", idle, 1, NO_GOAL);
    report_note(
        "Connected calls with one handle each, spread over %d clients; read are all handles of one of them.",
        HOLDERS);
}

/* A service with live calls and nothing to do has to do nothing. */
static int measure_idle(const Scene *scenes, Series *ret) {
    uint64_t before[SIZES], after[SIZES];
    for (unsigned i = 0; i < SIZES; i++) {
        int r = process_cpu_ns(scenes[i].stage->callbusd, &before[i]);
        if (r < 0)
            return r;
    }
    g_usleep(IDLE_US);
    for (unsigned i = 0; i < SIZES; i++) {
        int r = process_cpu_ns(scenes[i].stage->callbusd, &after[i]);
        if (r < 0)
            return r;
        series_add(&ret[i], (double) (after[i] - before[i]) / 1000 * G_USEC_PER_SEC / IDLE_US);
    }
    return 0;
}

static int play(const Settings *settings, Scene *scenes, Trace *traces) {
    const unsigned *counts = settings->quick ? quick_sizes : sizes;
    Figures figures[_KIND_MAX] = {};
    Series idle[SIZES] = {};
    for (unsigned i = 0; i < SIZES; i++) {
        int r = prepare(settings, counts[i], &traces[i], &scenes[i]);
        if (r < 0)
            return r;
    }
    for (unsigned round = 0; round < settings->rounds * MORE_ROUNDS; round++)
        for (Kind kind = 0; kind < _KIND_MAX; kind++)
            for (unsigned i = 0; i < SIZES; i++) {
                int r = measure_kind(&scenes[i], &traces[i], kind, i, &figures[kind]);
                if (r < 0)
                    return r;
            }
    int r = measure_idle(scenes, idle);
    if (r < 0)
        return r;
    report(counts, figures, idle);
    return 0;
}

int bench_scale(const Settings *settings) {
    Scene scenes[SIZES] = {};
    Trace traces[SIZES] = {};
    int r = play(settings, scenes, traces);
    for (unsigned i = 0; i < SIZES; i++) {
        trace_clear(&traces[i]);
        if (scenes[i].stage)
            stage_free(scenes[i].stage);
    }
    return r;
}
