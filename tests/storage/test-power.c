/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The power fails before each sync of a life of turns and checkpoints, each time in several ways: the files as they may then be
 * found are opened again.
 *
 * CALLBUS_TEST_IMAGES says how many ways each time (4); CALLBUS_TEST_SEED, which.
 */
#include <stdio.h>
#include <string.h>

#include "tests/model/random.h"
#include "tests/storage/keeper.h"
#include "tests/storage/power.h"
#include "tests/unit/run.h"

enum { LIVES = 3, TURNS = 60 };

static char *folder, *image;
static Keeper *keeper;
static bool keeps; /* what was acknowledged has to be there */
static unsigned ways, images;

static unsigned number_from(const char *variable, unsigned usual) {
    const char *text = g_getenv(variable);

    return text ? (unsigned) g_ascii_strtoull(text, NULL, 10) : usual;
}

static void on_may_fail(void) {
    for (unsigned i = 0; i < ways; i++) {
        g_autofree char *wrong = NULL;

        keeper_empty(image);
        power_image(image);
        wrong = keeper_check(image, keeps && keeper ? keeper_acknowledged(keeper) : 0);
        ck_assert_msg(!wrong, "after %u turns, image %u: %s (it is kept in %s)", keeper ? keeper_turns(keeper) : 0, images, wrong,
                      image);
        images++;
    }
}

static void set_up(void) {
    uint64_t seed = number_from("CALLBUS_TEST_SEED", (unsigned) g_get_real_time());

    fprintf(stderr, "CALLBUS_TEST_SEED=%u\n", (unsigned) seed);
    random_seed(seed);
    ways = number_from("CALLBUS_TEST_IMAGES", 4);
    images = 0;
    folder = keeper_folder();
    image = keeper_folder();
    power_begin(folder);
    power_may_fail = on_may_fail;
    disk_install(NULL, &power_watcher);
}

static void tear_down(void) {
    disk_remove();
    power_may_fail = NULL;
    power_end();
    keeper_remove(folder);
    keeper_remove(image);
}

/* A life of the service, from nothing on. */
static void live(Durability durability) {
    g_autofree char *why = NULL;

    ck_assert_msg(keeper_new(folder, durability, &keeper, &why) == 0, "%s", why);
    for (unsigned i = 0; i < TURNS; i++) {
        ck_assert_int_eq(keeper_turn(keeper, 1 + below(chance(10) ? 20000 : 600)), 0);
        if (chance(7))
            ck_assert_int_eq(keeper_tidy(keeper), 0);
    }
    keeper = keeper_free(keeper);
}

static void live_on(Durability durability) {
    for (unsigned i = 0; i < LIVES; i++) {
        keeper_empty(folder);
        power_begin(folder);
        live(durability);
    }
    fprintf(stderr, "%u images\n", images);
    ck_assert_uint_gt(images, 0);
}

/* Durability=power. */
START_TEST(nothing_acknowledged_is_lost) {
    keeps = true;
    live_on(DURABILITY_POWER);
    ck_assert_uint_ge(images, LIVES * TURNS * ways);
}
END_TEST

/* Durability=crash: the last turns may be lost, but whole ones, and none before them. */
START_TEST(nothing_is_torn) {
    keeps = false;
    live_on(DURABILITY_CRASH);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("storage-power");
    TCase *tcase = tcase_create("power");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 3000);
    tcase_add_test(tcase, nothing_acknowledged_is_lost);
    tcase_add_test(tcase, nothing_is_torn);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
