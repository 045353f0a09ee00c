/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service against its reference, by the dice.
 *
 * usage: model [STEPS [SEED]]
 *
 * Without a seed several are tried, new ones each time; each is printed and gives the same steps again. STEPS are in all.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/model/clock.h"
#include "tests/model/random.h"
#include "tests/model/world.h"

enum { SEEDS = 6, STEPS_OF_A_WORLD = 4000 };

/* What the sanitizers call before they end the program. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static uint64_t seed;

static void on_death(void) {
    static bool dead;

    if (dead)
        return;
    dead = true;
    printf("# seed %" G_GUINT64_FORMAT ", step %" G_GUINT64_FORMAT "; the last steps were:\n", seed, world.steps);
    story_print();
    printf("not ok - the service and its reference agree\n");
    fflush(stdout);
}

static void on_abort(int number) {
    on_death();
    signal(number, SIG_DFL);
    raise(number);
}

static void run(uint64_t steps) {
    random_seed(seed);
    clock_reset();
    world.steps = world.digest = 0;
    while (world.steps < steps) {
        uint64_t end = MIN(world.steps + 100 + below(STEPS_OF_A_WORLD), steps);

        world_begin();
        while (world.steps < end)
            world_step();
        world_end();
    }
}

static uint64_t number(const char *text) {
    uint64_t value = 0;

    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, &value, NULL)) {
        fprintf(stderr, "'%s' is not a number\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    uint64_t steps = argc > 1 ? number(argv[1]) : 300000;
    unsigned seeds = argc > 2 ? 1 : SEEDS;

    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_death);
    printf("1..%u\n", seeds);
    for (unsigned i = 0; i < seeds; i++) {
        struct timespec begin, end;

        seed = argc > 2 ? number(argv[2]) : (uint64_t) time(NULL) * 1000 + (uint64_t) getpid() % 100 * 10 + i;
        printf("# seed %" G_GUINT64_FORMAT "\n", seed);
        fflush(stdout);
        clock_gettime(CLOCK_MONOTONIC, &begin);
        run(steps / seeds);
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("ok %u - seed %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " steps, digest %016" G_GINT64_MODIFIER "x, %.0f a second\n",
               i + 1, seed, world.steps, world.digest,
               world.steps / (end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9));
    }
    return EXIT_SUCCESS;
}
