/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets up and takes down what a part of the benchmark plays on. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "interfaces/names.h"
#include "tests/bench/bare.h"
#include "tests/bench/calls.h"
#include "tests/bench/stage.h"

#define START_TIMEOUT_NS UINT64_C(20000000000)
#define WAIT_US 100000

static bool has_owner(sd_bus *bus, const char *name) {
    return sd_bus_call_method(bus, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetNameOwner", NULL, NULL, "s",
                              name) >= 0;
}

/* The match wakes us; a program that ended at once is seen at the next look. */
static int wait_for_name(sd_bus *bus, Process *process, const char *name) {
    uint64_t deadline = now_ns() + START_TIMEOUT_NS;
    while (!has_owner(bus, name)) {
        if (!process_is_alive(process))
            return -ECHILD;
        if (now_ns() > deadline)
            return -ETIMEDOUT;
        while (sd_bus_process(bus, NULL) > 0)
            ;
        int r = sd_bus_wait(bus, WAIT_US);
        if (r < 0)
            return r;
    }
    return 0;
}

/* What the processes print goes to a file each: it would tear the table apart. */
static char *log_path(const Stage *stage, const char *name) {
    return g_strdup_printf("%s/%s.log", stage->folder, name);
}

static int complain(const Stage *stage, const char *name, int error) {
    g_autofree char *path = log_path(stage, name), *text = NULL;
    fprintf(stderr, "%s does not start: %s\n", name, strerror(-error));
    if (g_file_get_contents(path, &text, NULL, NULL))
        fputs(text, stderr);
    return error;
}

static int start_service(Stage *stage, const char *const *argv, const char *name, Process **ret) {
    _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
    _cleanup_(process_stopp) Process *process = NULL;
    g_autofree char *environment = g_strdup_printf("DBUS_SESSION_BUS_ADDRESS=%s", bus_address(stage->bus));
    g_autofree char *log = log_path(stage, name);
    Outfit outfit = { .environment = (const char *[]){ environment, NULL }, .log = log };
    int r = sd_bus_new(&bus);
    if (r < 0)
        return r;
    r = sd_bus_set_address(bus, bus_address(stage->bus));
    if (r < 0)
        return r;
    sd_bus_set_bus_client(bus, true);
    r = sd_bus_start(bus);
    if (r < 0)
        return r;
    r = sd_bus_match_signal(bus, NULL, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "NameOwnerChanged", NULL, NULL);
    if (r < 0)
        return r;
    r = process_start(argv, &outfit, &process);
    if (r < 0)
        return r;
    r = wait_for_name(bus, process, name);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(process);
    return 0;
}

static int start_services(Stage *stage) {
    g_autofree char *config = g_build_filename(stage->folder, "config", NULL);
    g_autofree char *state = g_build_filename(stage->folder, "state", NULL);
    int r = calls_write_config(config);
    if (r < 0)
        return r;
    r = start_service(stage, (const char *[]){ stage->settings->bare, NULL }, BARE_NAME, &stage->bare);
    if (r < 0)
        return complain(stage, BARE_NAME, r);
    const char *argv[] = {
        stage->settings->callbusd, "--session", "--config", config, "--state", state, NULL
    };
    r = start_service(stage, argv, CALLBUS_NAME, &stage->callbusd);
    return r < 0 ? complain(stage, CALLBUS_NAME, r) : 0;
}

int stage_new(const Settings *settings, Stage **ret) {
    g_autofree char *folder = g_dir_make_tmp("callbus-bench-XXXXXX", NULL);
    if (!folder)
        return -EIO;
    _cleanup_(stage_freep) Stage *stage = g_new0(Stage, 1);
    stage->settings = settings;
    stage->load = load_new();
    stage->folder = g_steal_pointer(&folder);
    int r = bus_start(settings->kind, stage->folder, &stage->bus);
    if (r < 0)
        return complain(stage, BUS_LOG_NAME, r);
    r = start_services(stage);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(stage);
    return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    return remove(path);
}

Stage *stage_free(Stage *stage) {
    load_free(stage->load);
    if (stage->callbusd)
        process_stop(stage->callbusd);
    if (stage->bare)
        process_stop(stage->bare);
    if (stage->bus)
        bus_stop(stage->bus);
    nftw(stage->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    g_free(stage->folder);
    g_free(stage);
    return NULL;
}

int stage_connect(Stage *stage, unsigned count, Connection **ret) {
    return load_connect_many(stage->load, bus_address(stage->bus), count, ret);
}

static uint64_t signals_of(const RunPlan *plan) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < plan->n_connections; i++)
        sum += plan->connections[i]->signals;
    return sum;
}

/* Processor time of all that take part. */
typedef struct Cpu {
    uint64_t service, bus, clients;
} Cpu;

static int read_cpu(Stage *stage, const Process *service, Cpu *ret) {
    struct timespec clients;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &clients);
    ret->clients = (uint64_t) clients.tv_sec * 1000000000 + (uint64_t) clients.tv_nsec;
    int r = process_cpu_ns(service, &ret->service);
    return r < 0 ? r : process_cpu_ns(bus_process(stage->bus), &ret->bus);
}

int stage_measure(Stage *stage, const Process *service, const RunPlan *plan, Sample *ret) {
    _cleanup_(run_clear) Run run = {};
    Cpu before, after;
    uint64_t signals = signals_of(plan);
    int r = load_settle(stage->load);
    if (r < 0)
        return r;
    r = read_cpu(stage, service, &before);
    if (r < 0)
        return r;
    r = run_work(stage->load, plan, &run);
    if (r < 0)
        return r;
    /* What follows the last reply belongs to it. */
    r = load_settle(stage->load);
    if (r < 0)
        return r;
    r = read_cpu(stage, service, &after);
    if (r < 0)
        return r;
    if (run.completed == 0)
        return -ENODATA;

    double n = (double) run.completed;
    double service_ns = (double) (after.service - before.service), bus_ns = (double) (after.bus - before.bus);
    double clients_ns = (double) (after.clients - before.clients);
    *ret = (Sample){
        .rate = n * 1e9 / (double) (run.last_ns - run.began_ns),
        .cpu_rate = n * 1e9 / (service_ns + bus_ns + clients_ns),
        .service_us = service_ns / n / 1000,
        .bus_us = bus_ns / n / 1000,
        .p50_us = percentile_us(run.latencies, 0.5),
        .p99_us = percentile_us(run.latencies, 0.99),
        .signals = (double) (signals_of(plan) - signals) / n,
    };
    return 0;
}

void throughput_add(Throughput *throughput, const Sample *ours, const Sample *bare) {
    pair_add(&throughput->rate, ours->rate, bare->rate);
    pair_add(&throughput->cpu_rate, ours->cpu_rate, bare->cpu_rate);
    pair_add(&throughput->service_us, ours->service_us, bare->service_us);
    pair_add(&throughput->bus_us, ours->bus_us, bare->bus_us);
}

static void report_block(const char *heading, const Throughput *modes, unsigned n_modes, size_t offset,
                         int decimals, Goal goal) {
    report_heading(heading, "callbusd", "bare", "ratio");
    for (unsigned i = 0; i < n_modes; i++)
        report_pair(modes[i].name, G_STRUCT_MEMBER_P(&modes[i], offset), decimals, goal);
}

void report_throughput(const char *works, const char *work, const Throughput *modes, unsigned n_modes,
                       Goal rate, Goal cpu) {
    g_autofree char *wall = g_strdup_printf("%s per second", works);
    g_autofree char *all = g_strdup_printf("%s per second of CPU", works);
    g_autofree char *service = g_strdup_printf("Service CPU per %s, us", work);
    g_autofree char *bus = g_strdup_printf("Bus CPU per %s, us", work);
    report_block(wall, modes, n_modes, offsetof(Throughput, rate), 0, rate);
    /* The same where others use the core too: only what clients, bus and service had of it. */
    report_block(all, modes, n_modes, offsetof(Throughput, cpu_rate), 0, rate);
    report_block(service, modes, n_modes, offsetof(Throughput, service_us), 2, cpu);
    report_block(bus, modes, n_modes, offsetof(Throughput, bus_us), 2, NO_GOAL);
}
