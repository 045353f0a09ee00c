/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service against its reference, by the dice.
 *
 * usage: model [--steps STEPS] [--seed SEED] [--seeds SEEDS] [--no-shrink]
 *        model --replay FILE [--shrink]
 *
 * Without --seed several are tried, new ones each time; each is printed and gives the same steps again. STEPS are in all.
 * Where something is wrong, the world in which it is is tried again with less and less, and the shortest script that still
 * shows it is printed: what it does, and the numbers that --replay takes (also out of a log of the tests).
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "tests/model/trial.h"
#include "tests/model/world.h"

enum { SEEDS = 4, STEPS = 250000 };

typedef struct Options {
    uint64_t steps, seed;
    unsigned seeds;
    bool given, shrink;
    const char *replay;
} Options;

/* What the sanitizers call before they end the program. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void on_death(void) {
    static bool dead;

    if (dead)
        return;
    dead = true;
    story_print();
}

static void on_signal(int number) {
    on_death();
    signal(number, SIG_DFL);
    raise(number);
}

static uint64_t number(const char *text) {
    uint64_t value = 0;

    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, &value, NULL)) {
        fprintf(stderr, "'%s' is not a number\n", text);
        exit(2);
    }
    return value;
}

static Options parse(int argc, char **argv) {
    static const struct option long_options[] = {
        { "steps", required_argument, NULL, 't' }, { "seed", required_argument, NULL, 's' },
        { "seeds", required_argument, NULL, 'n' }, { "replay", required_argument, NULL, 'r' },
        { "shrink", no_argument, NULL, 'k' },      { "no-shrink", no_argument, NULL, 'x' },
        {},
    };
    Options options = { .steps = STEPS, .seeds = SEEDS, .shrink = true };
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
        switch (c) {
        case 't':
            options.steps = number(optarg);
            break;
        case 's':
            options.seed = number(optarg);
            options.given = true;
            break;
        case 'n':
            options.seeds = MAX(number(optarg), 1);
            break;
        case 'r':
            options.replay = optarg;
            options.shrink = false;
            break;
        case 'k':
        case 'x':
            options.shrink = c == 'k';
            break;
        default:
            exit(2);
        }
    if (optind < argc) {
        fprintf(stderr, "'%s' is no option\n", argv[optind]);
        exit(2);
    }
    return options;
}

/* Tells the whole story of a script that fails, the shortest if it is to be. Takes the script. */
static void tell(Script script, const Verdict *verdict, bool shrink) {
    unsigned before = script.n_steps;

    if (shrink) {
        script = trial_shrink(script, verdict);
        printf("# %u steps of %u are enough:\n", script.n_steps, before);
    }
    trial_of_script(&script, /* aloud= */ true);
    script_clear(&script);
}

static int replay(const Options *options) {
    Script script = {};
    Verdict verdict;

    if (!script_load(options->replay, &script)) {
        fprintf(stderr, "'%s' has no script\n", options->replay);
        return 2;
    }
    verdict = trial_of_script(&script, /* aloud= */ !options->shrink);
    if (verdict.failed && options->shrink)
        tell(script, &verdict, /* shrink= */ true);
    printf("%sok 1 - the script, %u steps, digest %016" G_GINT64_MODIFIER "x\n", verdict.failed ? "not " : "",
           verdict.n_steps, verdict.digest);
    return verdict.failed;
}

static bool run(const Options *options, uint64_t seed, unsigned i) {
    struct timespec begin, end;
    Verdict verdict;

    printf("# seed %" G_GUINT64_FORMAT "\n", seed);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    verdict = trial_of_seed(seed, options->steps / options->seeds);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (verdict.failed) {
        printf("# seed %" G_GUINT64_FORMAT ", world 0x%016" G_GINT64_MODIFIER "x, step %u%s: %s\n", seed, verdict.world,
               verdict.n_steps, verdict.ending ? ", at its end" : "", verdict.what);
        tell(script_of_world(verdict.world, verdict.n_steps, verdict.ending), &verdict, options->shrink);
        printf("not ok %u - the service and its reference agree, seed %" G_GUINT64_FORMAT "\n", i + 1, seed);
        return false;
    }
    printf("ok %u - seed %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " steps, digest %016" G_GINT64_MODIFIER "x, %.0f a second\n",
           i + 1, seed, verdict.steps, verdict.digest,
           verdict.steps / (end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9));
    return true;
}

int main(int argc, char **argv) {
    Options options = parse(argc, argv);
    bool good = true;

    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    signal(SIGABRT, on_signal);
    signal(SIGALRM, on_signal);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_death);
    else
        signal(SIGSEGV, on_signal);
    if (options.given)
        options.seeds = 1;
    printf("1..%u\n", options.replay ? 1 : options.seeds);
    if (options.replay)
        return replay(&options);
    for (unsigned i = 0; good && i < options.seeds; i++)
        good = run(&options, options.given ? options.seed
                                           : (uint64_t) time(NULL) * 1000 + (uint64_t) getpid() % 100 * 10 + i, i);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
