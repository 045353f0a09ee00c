/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service is killed at each point between any two things that it does to its journal, to a provider and to the bus, with
 * clients attached and calls up, and is started again. The rig tells what is judged (util-rig.h). Each point has to be reached.
 * CALLBUS_TEST_POINT names one of them, to try it alone; CALLBUS_TEST_SEED other dice.
 */
#include "service/crash-point.h"
#include "tests/bus/util-rig.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define DEEDS_BEFORE 60
#define DEEDS_MAX 1500

static void setup(void) {
    t = bus_new(&(BusOptions){.lines = rig_lines});
}

/* How a service comes to a point. */
typedef enum Way {
    AT_WORK,  /* or at the start, with all that was up before */
    AT_STOP,  /* of its own accord: SIGTERM */
    FROM_NOTHING, /* what it kept is lost */
    DAMAGED,  /* what it kept makes no sense */
    WAYS,
} Way;

static void damage_state(void) {
    g_autofree char *path = g_build_filename(bus_directory(t), "state", "callbus.db", NULL);
    bus_lose_state(t);
    ck_assert(g_file_set_contents(path, "This is no database, and never was one; it is long enough to be looked at. ", -1, NULL));
}

/* Starts it to be killed at that point; true if it was. */
static bool kill_at(Rig *rig, const char *point, Way way) {
    if (way == FROM_NOTHING)
        bus_lose_state(t);
    if (way == DAMAGED)
        damage_state();
    if (!bus_launch_service(t, point))
        return true;
    if (way == AT_WORK && rig_work(rig, DEEDS_MAX))
        return true;
    if (way == AT_STOP)
        rig_work(rig, DEEDS_BEFORE);
    int status = bus_stop_service(t, way == AT_STOP ? SIGTERM : SIGKILL);
    return way == AT_STOP && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* One life of the service before it, and one after it. */
static bool live_and_die(const char *point, Way way, guint seed) {
    Rig *rig = rig_new(t, seed);
    bool keeps = way == AT_WORK || way == AT_STOP;
    ck_assert(!rig_work(rig, DEEDS_BEFORE));
    bus_stop_service(t, SIGKILL);
    rig_hear_last_words(rig);
    bool reached = kill_at(rig, point, way);
    rig_hear_last_words(rig);
    if (!keeps)
        rig_forget(rig);
    ck_assert_msg(bus_launch_service(t, NULL), "callbusd does not start again; its log:\n%s", bus_service_log(t));
    rig_judge(rig);
    if (keeps) {
        rig_judge_log(rig);
        rig_spend_tolls(rig);
        ck_assert(!rig_work(rig, DEEDS_BEFORE / 4));
    }
    rig_free(rig);
    return reached;
}

static bool try_each_way(const char *point, guint seed) {
    for (Way way = 0; way < WAYS; way++) {
        if (live_and_die(point, way, seed))
            return true;
        bus_teardown();
        setup();
    }
    return false;
}

START_TEST(killed_there) {
    const char *name = crash_points[_i], *seed_text = g_getenv("CALLBUS_TEST_SEED");
    guint seed = seed_text ? (guint) g_ascii_strtoull(seed_text, NULL, 10) : 1;
    ck_assert_msg(try_each_way(name, seed), "%s is never reached", name);
    /* Later on there is more to lose; not every point comes so often. */
    bus_teardown();
    setup();
    g_autofree char *later = g_strdup_printf("%s:%d", name, 9);
    live_and_die(later, AT_WORK, seed + 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("crash-points");
    TCase *tcase = bus_case_with(suite, "points", setup);
    const char *only = g_getenv("CALLBUS_TEST_POINT");
    tcase_set_timeout(tcase, 240);
    for (int i = 0; crash_points[i]; i++)
        if (!only || strcmp(only, crash_points[i]) == 0)
            tcase_add_loop_test(tcase, killed_there, i, i + 1);
    return bus_main(suite);
}
