/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service, its provider or both are killed at moments that nobody chose, with clients attached and calls up, which go on if their
 * provider does. The rig tells what is judged (util-rig.h). CALLBUS_TEST_KILLS says how often, CALLBUS_TEST_SEED by which dice.
 */
#include "tests/bus/util-provider.h"
#include "tests/bus/util-rig.h"

#include <signal.h>
#include <stdlib.h>

#define KILLS 30
#define WORK_MAX_USEC 60000

static void setup(void) {
    t = bus_new(&(BusOptions){.lines = rig_lines, .environ = provider_environ()});
}

static guint number_of(const char *name, guint otherwise) {
    const char *text = g_getenv(name);
    return text ? (guint) g_ascii_strtoull(text, NULL, 10) : otherwise;
}

/* It may be on its way, too. */
static void kill_provider(void) {
    pid_t pid = provider_pid("loopback");
    if (pid > 1)
        kill(pid, SIGKILL);
}

static void kill_service(Rig *rig) {
    bus_stop_service(t, SIGKILL);
    rig_hear_last_words(rig);
    ck_assert_msg(bus_launch_service(t, NULL), "callbusd does not start again; its log:\n%s", bus_service_log(t));
    rig_judge(rig);
}

START_TEST(killed_whenever) {
    guint kills = number_of("CALLBUS_TEST_KILLS", KILLS), seed = number_of("CALLBUS_TEST_SEED", g_random_int()), both = 0;
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    Rig *rig = rig_new(t, seed);
    robust_note("CALLBUS_TEST_SEED=%u", seed);
    for (guint i = 1; i <= kills; i++) {
        gint which = g_rand_int_range(rand, 0, 3);
        ck_assert_msg(!rig_work_for(rig, (uint64_t) g_rand_int_range(rand, 0, WORK_MAX_USEC)), "callbusd ended by itself:\n%s",
                      bus_service_log(t));
        if (which > 0)
            kill_provider();
        if (which < 2)
            kill_service(rig);
        else
            rig_settle(rig);
        both += which == 1;
    }
    rig_judge_log(rig);
    robust_note("%u kills, %u of both, %u of calls that were up and ended, %u of calls that went on", kills, both,
                rig_figures(rig).ended_by_restart, rig_figures(rig).gone_on);
    rig_free(rig);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("provider-random");
    TCase *tcase = bus_case_with(suite, "moments", setup);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, killed_whenever);
    return bus_main(suite);
}
