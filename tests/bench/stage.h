/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private bus with callbusd, the bare service and a set of clients on it. */
#pragma once

#include "tests/bench/bus.h"
#include "tests/bench/report.h"
#include "tests/bench/run.h"

typedef struct Settings {
    const char *callbusd, *bare; /* programs */
    BusKind kind;
    bool quick, verbose;
    unsigned rounds;      /* how often a figure is taken */
    uint64_t duration_ns; /* of one round of one figure */
} Settings;

typedef struct Stage {
    const Settings *settings;
    char *folder;
    Bus *bus;
    Process *callbusd, *bare;
    Load *load;
} Stage;

/* One round of one figure. */
typedef struct Sample {
    double rate;               /* operations per second */
    double cpu_rate;           /* per second of processor time of clients, bus and service together */
    double service_us, bus_us; /* processor time per operation */
    double p50_us, p99_us;     /* latency */
    double signals;            /* received per operation */
} Sample;

int stage_new(const Settings *settings, Stage **ret);
Stage *stage_free(Stage *stage);
DEFINE_CLEANUP(Stage *, stage_free)

int stage_connect(Stage *stage, unsigned count, Connection **ret);

/* Runs the plan and tells what it cost the service, the bus and the clients. */
int stage_measure(Stage *stage, const Process *service, const RunPlan *plan, Sample *ret);

/* The figures of one mode of work, of callbusd and of the bare service. */
typedef struct Throughput {
    const char *name;
    Pair rate, cpu_rate, service_us, bus_us;
} Throughput;

void throughput_add(Throughput *throughput, const Sample *ours, const Sample *bare);
void report_throughput(const char *works, const char *work, const Throughput *modes, unsigned n_modes,
                       Goal rate, Goal cpu);

/* The parts of the benchmark; each prints its part of the table. */
int bench_reads(Stage *stage);
int bench_cycles(Stage *stage);
int bench_fanout(Stage *stage);
int bench_scale(const Settings *settings);
int bench_memory(const Settings *settings);
