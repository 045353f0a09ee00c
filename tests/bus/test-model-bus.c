/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The actors of the model over a real bus: random clients, callbusd, its loopback network, and what must hold for each client
 * at every moment.
 *
 * Each round is a bus of its own with a seed of its own, which is printed. In the environment, CALLBUS_TEST_ROUNDS says how
 * many rounds there are and CALLBUS_TEST_SEED which seed the first has. The order in which the service hears of different
 * clients is not in the seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bus/util-actors.h"

enum {
    OPERATIONS = 2500, /* of a round */
    AHEAD = 12,        /* are under way at most before all are waited for */
    ROUNDS = 2,
};

static uint64_t first_seed;

static const char *const lines[] = { "loop0", "loop1", "loop2", "mute0" };

static bool is_over(Client *watcher) {
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *path = g_strconcat(CALLBUS_LINE_PATH "/", lines[i], NULL);

        if (get_number(watcher, path, "ActiveCalls") + get_number(watcher, path, "HeldCalls") > 0)
            return false;
    }
    return true;
}

/* Whatever was left to go on, or rings for nobody; and what comes of it, such as a callback. */
static void clear(Client *watcher) {
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        client_open(watcher, lines[i], "owner+monitor");
        client_get_new_calls(watcher, lines[i]);
    }
    do
        actors_drop_all(watcher);
    while (!is_over(watcher));
}

/* It is waited for, as drops may be under way. */
static void expect_over_or_ringing(Client *watcher, const char *path) {
    uint64_t deadline = bus_deadline();
    const char *facts[] = { "State", "Reason", "Direction", "Address", "Line" };
    g_autoptr(GString) text = g_string_new(path);

    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++)
        g_string_append_printf(text, ", %s %s", facts[i], known_text(watcher, path, facts[i]));
    while (!strstr("offering accepted disconnected idle", known_state(watcher, path)))
        bus_pump(t, deadline, text->str, __FILE__, __LINE__);
}

/* With nobody left, calls are over, but for those that ring for whoever may come. */
static void expect_only_ringing(Client *watcher) {
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        client_open(watcher, lines[i], "monitor");
        for (const char *const *path = client_get_new_calls(watcher, lines[i]); *path; path++)
            expect_over_or_ringing(watcher, *path);
    }
}

START_TEST(random_clients) {
    uint64_t seed = first_seed + _i;
    bool keeping = _i % 2;
    Client *watcher;
    unsigned judged = 0;

    printf("# seed %" G_GUINT64_FORMAT "\n", seed);
    fflush(stdout);
    actors_begin(t, seed, keeping);
    for (unsigned i = 1; i <= OPERATIONS; i++) {
        actors_act();
        if (i % AHEAD > 0)
            continue;
        actors_settle();
        judged += actors_judge_features();
    }
    actors_settle();
    actors_leave();
    watcher = bus_client(t);
    if (!keeping)
        expect_only_ringing(watcher);
    clear(watcher);
    printf("# %d operations, %u features judged\n", OPERATIONS, judged);
    fflush(stdout);
}
END_TEST

int main(void) {
    const char *rounds = getenv("CALLBUS_TEST_ROUNDS"), *seed = getenv("CALLBUS_TEST_SEED");
    Suite *suite = suite_create("model-bus");
    TCase *tcase = bus_case(suite, "model-bus");

    first_seed = seed ? strtoull(seed, NULL, 10) : (uint64_t) time(NULL) * 1000 + (uint64_t) getpid() % 1000;
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, random_clients, 0, rounds ? atoi(rounds) : ROUNDS);
    return bus_main(suite);
}
