/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The benchmark: callbusd beside a bare sd-bus service, on a private bus, all on one core. Prints figures,
 * judges none. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/bench/stage.h"

#define ROUNDS 15
#define DURATION_NS UINT64_C(120000000)
#define QUICK_ROUNDS 5
#define QUICK_DURATION_NS UINT64_C(60000000)
#define DESCRIPTORS 16384

typedef struct Options {
    Settings settings;
    BusKind only_bus; /* or _BUS_KIND_INVALID: all that are installed */
    const char *only_part;
    int core; /* or -1: the last one */
} Options;

/* Most parts share a stage; the others set up their own. */
typedef struct Part {
    const char *name;
    int (*on_stage)(Stage *stage);
    int (*alone)(const Settings *settings);
} Part;

static const Part parts[] = {
    { .name = "reads", .on_stage = bench_reads },
    { .name = "cycles", .on_stage = bench_cycles },
    { .name = "fanout", .on_stage = bench_fanout },
    { .name = "memory", .alone = bench_memory },
    { .name = "scale", .alone = bench_scale },
};

static bool is_part(const char *name) {
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strcmp(parts[i].name, name) == 0)
            return true;
    return false;
}

static void print_help(void) {
    printf("Usage: bench [OPTION...] CALLBUSD BARE\n\n"
           "Measures callbusd beside a bare sd-bus service on a private bus.\n\n"
           "  --quick      a rough picture, half a minute a bus\n"
           "  --bus=KIND   dbus-daemon or dbus-broker only\n"
           "  --part=NAME  one of reads, cycles, fanout, memory, scale\n"
           "  --core=N     the processor core for all, else the last one\n"
           "  --verbose    list the messages of a cycle\n"
           "  --help       print this\n");
}

/* More than 0: go on. */
static int read_options(int argc, char **argv, Options *options) {
    static const struct option known[] = {
        { "quick", no_argument, NULL, 'q' },
        { "bus", required_argument, NULL, 'b' },
        { "part", required_argument, NULL, 'p' },
        { "core", required_argument, NULL, 'c' },
        { "verbose", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        {},
    };
    Settings *settings = &options->settings;
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
        if (c == 'q') {
            settings->quick = true;
            settings->rounds = QUICK_ROUNDS;
            settings->duration_ns = QUICK_DURATION_NS;
        } else if (c == 'b') {
            options->only_bus = bus_kind_from_string(optarg);
            if (options->only_bus < 0)
                return -EINVAL;
        } else if (c == 'p') {
            options->only_part = optarg;
            if (!is_part(optarg))
                return -EINVAL;
        } else if (c == 'c') {
            options->core = atoi(optarg);
        } else if (c == 'v') {
            settings->verbose = true;
        } else if (c == 'h') {
            print_help();
            return 0;
        } else {
            return -EINVAL;
        }
    }
    if (optind + 2 != argc)
        return -EINVAL;
    settings->callbusd = argv[optind];
    settings->bare = argv[optind + 1];
    return 1;
}

static void print_build(unsigned core) {
    printf("Callbus %s, build type %s (optimization %s), all processes on core %u.\n", CALLBUS_VERSION,
           BENCH_BUILDTYPE, BENCH_OPTIMIZATION, core);
    if (strcmp(BENCH_SANITIZE, "none") != 0)
        printf("WARNING: built with the sanitizers %s: the figures say nothing.\n", BENCH_SANITIZE);
    if (strcmp(BENCH_OPTIMIZATION, "0") == 0 || strcmp(BENCH_OPTIMIZATION, "g") == 0)
        printf("WARNING: built without optimization: the figures say little.\n");
    printf("A ratio is the median of the ratios of all rounds; callbusd and the bare service take turns.\n");
}

static int run_parts(const Options *options) {
    _cleanup_(stage_freep) Stage *stage = NULL;
    int r = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(parts) && r >= 0; i++) {
        if (options->only_part && strcmp(options->only_part, parts[i].name) != 0)
            continue;
        if (parts[i].on_stage && !stage)
            r = stage_new(&options->settings, &stage);
        if (parts[i].alone)
            g_clear_pointer(&stage, stage_free);
        if (r >= 0)
            r = parts[i].on_stage ? parts[i].on_stage(stage) : parts[i].alone(&options->settings);
        if (r < 0)
            fprintf(stderr, "could not measure %s: %s\n", parts[i].name, strerror(-r));
    }
    return r;
}

static int run_buses(Options *options) {
    bool any = false;
    for (BusKind kind = 0; kind < _BUS_KIND_MAX; kind++) {
        if (options->only_bus >= 0 && options->only_bus != kind)
            continue;
        printf("\n==== %s ====%s\n", bus_kind_to_string(kind),
               bus_kind_is_installed(kind) ? "" : " is not installed");
        if (!bus_kind_is_installed(kind))
            continue;
        any = true;
        uint64_t began = now_ns();
        options->settings.kind = kind;
        int r = run_parts(options);
        if (r < 0)
            return r;
        printf("\n%s took %.0f s.\n", bus_kind_to_string(kind), (double) (now_ns() - began) / 1e9);
    }
    return any ? 0 : -ENOENT;
}

/* For 1,000 clients in this process. The hard limit stays: the bus wants it. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = MIN(limit.rlim_max, MAX(limit.rlim_cur, DESCRIPTORS));
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
    Options options = {
        .settings = { .rounds = ROUNDS, .duration_ns = DURATION_NS },
        .only_bus = _BUS_KIND_INVALID,
        .core = -1,
    };
    int r = read_options(argc, argv, &options);
    if (r < 0)
        print_help();
    if (r <= 0)
        return r < 0 ? 2 : EXIT_SUCCESS;

    unsigned core = options.core >= 0 ? (unsigned) options.core
                                      : (unsigned) sysconf(_SC_NPROCESSORS_ONLN) - 1;
    raise_descriptor_limit();
    r = process_pin(core);
    if (r < 0)
        fprintf(stderr, "cannot stay on core %u: %s\n", core, strerror(-r));
    print_build(core);
    return run_buses(&options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
