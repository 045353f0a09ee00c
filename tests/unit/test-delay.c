/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a provider that fails is started again. */
#include <glib.h>

#include "providers/remote/delay.h"
#include "tests/unit/run.h"

START_TEST(it_is_longer_each_time_but_not_without_end) {
    static const unsigned delays[] = { 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000 };
    unsigned delay = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(delays); i++) {
        delay = delay_after(delay, /* worked_usec= */ 0);
        ck_assert_uint_eq(delay, delays[i]);
    }
}
END_TEST

START_TEST(who_has_worked_for_a_while_begins_anew) {
    ck_assert_uint_eq(delay_after(30000, 30 * G_USEC_PER_SEC), 200);
    ck_assert_uint_eq(delay_after(30000, 30 * G_USEC_PER_SEC - 1), 30000);
    ck_assert_uint_eq(delay_after(200, 1), 400);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("delay");
    TCase *tcase = tcase_create("delay");

    tcase_add_test(tcase, it_is_longer_each_time_but_not_without_end);
    tcase_add_test(tcase, who_has_worked_for_a_while_begins_anew);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
