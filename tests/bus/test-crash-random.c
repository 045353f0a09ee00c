/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service is killed at moments that nobody chose, with clients attached and calls up, and started again at once, as a service
 * manager would. The rig tells what is judged (util-rig.h). CALLBUS_TEST_KILLS says how often, CALLBUS_TEST_SEED by which dice.
 */
#include "tests/bus/util-rig.h"

#include <signal.h>
#include <stdlib.h>

#define KILLS 30
#define WORK_MAX_USEC 60000
#define LOG_EVERY 25

static void setup(void) {
    t = bus_new(&(BusOptions){.lines = rig_lines});
}

static guint number_of(const char *name, guint otherwise) {
    const char *text = g_getenv(name);
    return text ? (guint) g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static gint compare_usec(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
    return x < y ? -1 : x > y;
}

/* From the kill to the first answer to a client. */
static uint64_t kill_and_start(Rig *rig) {
    uint64_t begin = (uint64_t) g_get_monotonic_time();
    bus_stop_service(t, SIGKILL);
    rig_hear_last_words(rig);
    ck_assert_msg(bus_launch_service(t, NULL), "callbusd does not start again; its log:\\n%s", bus_service_log(t));
    rig_first_answer_usec(rig);
    return (uint64_t) g_get_monotonic_time() - begin;
}

static void report(const Rig *rig, GArray *times) {
    RigFigures figures = rig_figures(rig);
    g_array_sort(times, compare_usec);
    robust_note("%u kills, %u deeds, %u calls, %u handles found again, %u of calls that were up and ended, %u of calls that went on, "
                "%u entries in the call log: 0 lost, 0 doubled, 0 used again",
                figures.restarts, figures.deeds, figures.calls, figures.handles, figures.ended_by_restart, figures.gone_on,
                figures.log_entries);
    robust_note("from the kill to the first answer: p50 %.1f ms, p99 %.1f ms, at most %.1f ms",
                (double) g_array_index(times, uint64_t, times->len / 2) / 1000,
                (double) g_array_index(times, uint64_t, times->len * 99 / 100) / 1000,
                (double) g_array_index(times, uint64_t, times->len - 1) / 1000);
}

START_TEST(killed_whenever) {
    guint kills = number_of("CALLBUS_TEST_KILLS", KILLS), seed = number_of("CALLBUS_TEST_SEED", g_random_int());
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    Rig *rig = rig_new(t, seed);
    robust_note("CALLBUS_TEST_SEED=%u", seed);
    for (guint i = 1; i <= kills; i++) {
        ck_assert_msg(!rig_work_for(rig, (uint64_t) g_rand_int_range(rand, 0, WORK_MAX_USEC)), "callbusd ended by itself:\\n%s",
                      bus_service_log(t));
        uint64_t took = kill_and_start(rig);
        g_array_append_val(times, took);
        rig_judge(rig);
        if (i % LOG_EVERY == 0 || i == kills)
            rig_judge_log(rig);
    }
    rig_spend_tolls(rig);
    report(rig, times);
    rig_free(rig);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("crash-random");
    TCase *tcase = bus_case_with(suite, "moments", setup);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, killed_whenever);
    return bus_main(suite);
}
