/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When strangers have taken too much memory: a table, and the memory of this process. */
#include "providers/sip/pressure.h"

#include <glib.h>

#include "tests/unit/run.h"

#define MIB ((size_t) 1 << 20)

/* One after the other. */
static const struct {
    size_t in_use;
    unsigned dialogs;
    bool changes, is_high;
} steps[] = {
    { 5 * MIB, 0, false, false },
    { 10 * MIB, 0, false, false },
    { 58 * MIB, 0, false, false },
    { 59 * MIB, 0, true, true },
    { 200 * MIB, 0, false, true },
    { 40 * MIB, 0, false, true },
    { 33 * MIB, 0, true, false },
    { 150 * MIB, 100, false, false }, /* those are calls */
    { 160 * MIB, 100, true, true },
    { 160 * MIB, 130, true, false },
};

START_TEST(it_comes_and_goes) {
    Pressure pressure = { .calm = 10 * MIB };

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        ck_assert_msg(pressure_update(&pressure, steps[i].in_use, steps[i].dialogs) == steps[i].changes, "step %zu", i);
        ck_assert_msg(pressure.is_high == steps[i].is_high, "step %zu", i);
    }
}
END_TEST

#ifdef __SANITIZE_ADDRESS__ /* its memory is another one */
#define COUNTS false
#else
#define COUNTS true
#endif

START_TEST(what_is_taken_is_counted) {
    size_t before = pressure_memory_in_use(), with;
    char *small[1000], *big = g_malloc(MIB);

    for (size_t i = 0; i < G_N_ELEMENTS(small); i++)
        small[i] = g_malloc(1000);
    with = pressure_memory_in_use();
    for (size_t i = 0; i < G_N_ELEMENTS(small); i++)
        g_free(small[i]);
    g_free(big);
    pressure_give_back();
    if (!COUNTS)
        return;
    ck_assert_uint_ge(with, before + MIB + 1000 * 1000);
    ck_assert_uint_lt(pressure_memory_in_use(), before + MIB);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-pressure");
    TCase *tcase = tcase_create("pressure");

    tcase_add_test(tcase, it_comes_and_goes);
    tcase_add_test(tcase, what_is_taken_is_counted);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
