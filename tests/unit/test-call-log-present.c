/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The call log: what is too old, and by which time, if the clock is wrong. */
#include "service/call-log-private.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

#define DAY (INT64_C(86400) * G_USEC_PER_SEC)
#define YEARS (10 * 365 * DAY)

static CallLog *call_log;

/* With the entries of before. */
static void starts(void) {
    call_log = call_log_new(manager, &(CallLogSettings) { .enabled = true, .keep_days = 30 });
    manager_set_call_log(manager, call_log);
}

static void stops(void) {
    manager_set_call_log(manager, NULL);
}

static void set_up(void) {
    g_autofree char *why = NULL;
    Database *database = NULL;

    ck_assert_int_eq(database_open(NULL, DURABILITY_CRASH, &database, &why), 0);
    manager_set_journal(manager, journal_new(database), 7);
    starts();
}

static void misses(unsigned n) {
    for (unsigned i = 0; i < n; i++)
        provider_report_ended(comes_in(line0, "x"), CAUSE_CANCELLED, NULL);
    ck_assert_int_eq(journal_commit(manager_journal(manager)), 0);
}

static void expect_kept(unsigned n) {
    while (call_log_retention_step(call_log))
        ;
    ck_assert_uint_eq(call_log->n_entries, n);
}

START_TEST(so_long_they_are_kept) {
    misses(3);
    clock_pass(DAY);
    misses(2);
    clock_pass(29 * DAY - G_USEC_PER_SEC);
    expect_kept(5);
    clock_pass(60 * G_USEC_PER_SEC);
    expect_kept(2);
}
END_TEST

/* Nor do entries that are made meanwhile make the others old; but if nobody sets it right, it is right. */
START_TEST(a_clock_set_far_ahead_erases_nothing) {
    misses(3);
    clock_set_ahead(YEARS);
    expect_kept(3);
    misses(1);
    stops();
    starts();
    expect_kept(4);
    clock_pass(DAY / 4);
    expect_kept(4);
    clock_pass(DAY);
    expect_kept(1);
}
END_TEST

START_TEST(a_clock_set_right_again_has_lost_nothing) {
    misses(3);
    clock_set_ahead(YEARS);
    clock_pass(DAY / 2);
    expect_kept(3);
    clock_set_ahead(-YEARS);
    stops();
    starts();
    clock_pass(DAY / 2);
    expect_kept(3);
    clock_pass(29 * DAY);
    expect_kept(0);
}
END_TEST

/* It was wrong before anything was kept of it. */
START_TEST(a_clock_that_is_wrong_from_the_start_on_erases_nothing) {
    Database *database = journal_database(manager_journal(manager));

    misses(3);
    stops();
    ck_assert_int_eq(database_run(database, database_statement(database, "DELETE FROM log_present")), 0);
    clock_set_ahead(YEARS);
    starts();
    expect_kept(3);
}
END_TEST

/* An hour a day is enough. */
START_TEST(who_runs_seldom_erases_in_time) {
    misses(3);
    for (int i = 0; i < 31; i++) {
        clock_pass(DAY / 24);
        expect_kept(i < 30 ? 3 : 0);
        stops();
        clock_set_ahead(DAY - DAY / 24);
        starts();
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("call-log-present");
    TCase *tcase = stage_case(suite, "present");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, so_long_they_are_kept);
    tcase_add_test(tcase, a_clock_set_far_ahead_erases_nothing);
    tcase_add_test(tcase, a_clock_set_right_again_has_lost_nothing);
    tcase_add_test(tcase, a_clock_that_is_wrong_from_the_start_on_erases_nothing);
    tcase_add_test(tcase, who_runs_seldom_erases_in_time);
    return run_suite(suite);
}
