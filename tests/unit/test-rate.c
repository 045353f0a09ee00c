/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A level that rises with use and sinks with time. */
#include <glib.h>
#include <math.h>

#include "service/rate.h"
#include "tests/unit/run.h"

#define MINUTE (INT64_C(60) * G_USEC_PER_SEC)
#define DAY (24 * 60 * MINUTE)

static bool has_room(const Rate *rate, int64_t now) {
    return rate_has_room(rate, 3, MINUTE, now, 1);
}

START_TEST(so_much_is_possible_at_once) {
    Rate rate = {};

    for (int i = 0; i < 3; i++) {
        ck_assert(has_room(&rate, 1000));
        rate_use(&rate, 3, MINUTE, 1000, 1);
    }
    ck_assert(!has_room(&rate, 1000));
    ck_assert(!has_room(&rate, 1000 + MINUTE / 3 - 1000));
    ck_assert(has_room(&rate, 1000 + MINUTE / 3));
    ck_assert(!rate_has_room(&rate, 3, MINUTE, 1000 + MINUTE - 1000, 3));
    ck_assert(rate_has_room(&rate, 3, MINUTE, 1000 + MINUTE, 3));
}
END_TEST

START_TEST(it_tells_how_long_to_wait) {
    Rate rate = {};

    ck_assert_int_eq(rate_wait(&rate, 3, MINUTE, 0, 3), 0);
    ck_assert_int_eq(rate_wait(&rate, 3, MINUTE, 0, 4), -1);
    rate_use(&rate, 3, MINUTE, 0, 3);
    ck_assert_int_eq(rate_wait(&rate, 3, MINUTE, 0, 1), MINUTE / 3);
    ck_assert_int_eq(rate_wait(&rate, 3, MINUTE, 0, 3), MINUTE);
    ck_assert_int_eq(rate_wait(&rate, 3, MINUTE, MINUTE / 3, 1), 0);
}
END_TEST

/* Whatever is asked, whoever waits for as long as was told gets it, and not much earlier. */
START_TEST(what_it_tells_is_true) {
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (int i = 0; i < 100000; i++) {
        unsigned max = g_rand_int_range(rand, 1, 1000), n = g_rand_int_range(rand, 1, max + 1);
        int64_t period = g_rand_boolean(rand) ? MINUTE : DAY, now = g_rand_int(rand), wait;
        Rate rate = { g_rand_double_range(rand, 0, 2 * max), now };

        wait = rate_wait(&rate, max, period, now, n);
        ck_assert(rate_has_room(&rate, max, period, now + wait, n));
        ck_assert(wait < 1000 || !rate_has_room(&rate, max, period, now + wait - 1000 - period / 1000000, n));
    }
}
END_TEST

/* One every second, with three a minute: over an hour no more than what is allowed, and what can be at once. */
START_TEST(a_flood_gets_its_rate_and_no_more) {
    Rate rate = {};
    int granted = 0;

    for (int64_t now = 0; now < 60 * MINUTE; now += G_USEC_PER_SEC)
        if (has_room(&rate, now)) {
            rate_use(&rate, 3, MINUTE, now, 1);
            granted++;
        }
    ck_assert_int_ge(granted, 180);
    ck_assert_int_le(granted, 183);
}
END_TEST

/* A clock that is set back would be a fault: then it is as if no time had passed. */
START_TEST(time_that_goes_back_is_none) {
    Rate rate = { 3, 1000000 };

    ck_assert(rate_level(&rate, 3, MINUTE, 0) == 3);
    ck_assert(!has_room(&rate, 0));
    rate_use(&rate, 3, MINUTE, 0, 1);
    ck_assert(rate_level(&rate, 3, MINUTE, MINUTE) == 1);
}
END_TEST

/* The service was started again: the machine runs on, or was started again, too. */
START_TEST(a_restart_gives_nothing_back) {
    Rate same = rate_restored(3, 5 * MINUTE, 5 * MINUTE + MINUTE / 3), other = rate_restored(3, 5 * MINUTE, MINUTE / 3);

    ck_assert(rate_has_room(&same, 3, MINUTE, 5 * MINUTE + MINUTE / 3, 1));
    ck_assert(!rate_has_room(&same, 3, MINUTE, 5 * MINUTE + MINUTE / 3, 2));
    ck_assert(rate_has_room(&other, 3, MINUTE, MINUTE / 3, 1));
    ck_assert(!rate_has_room(&other, 3, MINUTE, MINUTE / 3, 2));
    /* And nobody is locked out for ever. */
    ck_assert(rate_has_room(&other, 3, MINUTE, MINUTE, 3));
}
END_TEST

START_TEST(nonsense_is_nothing_used) {
    static const double levels[] = { -1, -INFINITY, NAN, INFINITY };

    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        Rate rate = rate_restored(levels[i], -5, 1000);

        ck_assert(rate.level == 0 && rate.at == 0);
    }
}
END_TEST

START_TEST(time_goes_on) {
    int64_t before = rate_now();

    g_usleep(2000);
    ck_assert_int_ge(rate_now(), before + 1000);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rate");
    TCase *tcase = tcase_create("rate");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, so_much_is_possible_at_once);
    tcase_add_test(tcase, it_tells_how_long_to_wait);
    tcase_add_test(tcase, what_it_tells_is_true);
    tcase_add_test(tcase, a_flood_gets_its_rate_and_no_more);
    tcase_add_test(tcase, time_that_goes_back_is_none);
    tcase_add_test(tcase, a_restart_gives_nothing_back);
    tcase_add_test(tcase, nonsense_is_nothing_used);
    tcase_add_test(tcase, time_goes_on);
    return run_suite(suite);
}
