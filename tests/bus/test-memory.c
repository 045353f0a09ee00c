/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * There is no memory for a message, now this one, now that: the service ends at once, with clients attached and calls up, and is started
 * again, as a service manager would. The rig tells what is judged (util-rig.h). CALLBUS_TEST_SEED says by which dice.
 */
#include "tests/bus/util-rig.h"

#include <signal.h>
#include <stdlib.h>

#define LIVES 12
#define MESSAGES_MAX 400
#define DEEDS_MAX 1500

static char memory[64] = "CALLBUS_TEST_MEMORY=0";

static void setup(void) {
    static const char *const environment[] = {memory, NULL};
    t = bus_new(&(BusOptions){.lines = rig_lines, .environ = environment, .preload = g_getenv("CALLBUS_TEST_PRELOAD")});
}

/* So many messages from its start on; 0: for ever. */
static void has_memory_for(guint messages) {
    g_snprintf(memory, sizeof(memory), "CALLBUS_TEST_MEMORY=%u", messages);
}

static void starts_again(void) {
    ck_assert_msg(bus_launch_service(t, NULL), "callbusd does not start again; its log:\n%s", bus_service_log(t));
}

START_TEST(out_of_memory) {
    const char *text = g_getenv("CALLBUS_TEST_SEED");
    guint seed = text ? (guint) g_ascii_strtoull(text, NULL, 10) : g_random_int();
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    guint ended = 0;
    Rig *rig = rig_new(t, seed);
    robust_note("CALLBUS_TEST_SEED=%u", seed);
    bus_stop_service(t, SIGKILL);
    rig_hear_last_words(rig);
    for (guint i = 0; i < LIVES; i++) {
        /* While it starts, and whenever. */
        has_memory_for(i < LIVES / 2 ? i + 1 : (guint) g_rand_int_range(rand, 1, MESSAGES_MAX));
        ended += !bus_launch_service(t, NULL) || rig_work(rig, DEEDS_MAX);
        /* What sd-bus answers by itself becomes an error then; it goes on, and owes nobody an answer. */
        if (!bus_service_ended(t)) {
            rig_settle(rig);
            bus_stop_service(t, SIGKILL);
        }
        rig_hear_last_words(rig);
        has_memory_for(0);
        starts_again();
        rig_judge(rig);
        ck_assert(!rig_work(rig, 20));
        rig_judge_log(rig);
        bus_stop_service(t, SIGKILL);
        rig_hear_last_words(rig);
    }
    ck_assert_uint_ge(ended, LIVES / 2);
    starts_again();
    rig_judge(rig);
    rig_free(rig);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory");
    TCase *tcase = bus_case_with(suite, "memory", setup);
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, out_of_memory);
    return bus_main(suite);
}
