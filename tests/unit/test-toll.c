/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What counts as dialling, how often, and for how long: also when the service is killed. */
#include <string.h>

#include "service/journal.h"
#include "service/toll.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

#define MINUTE (INT64_C(60) * G_USEC_PER_SEC)
#define DAY (24 * 60 * MINUTE)

static Client *a, *other;
static Handle *handle;

/* What the administrator wrote. */
static void guard(Line *line, unsigned per_day, unsigned costly_per_day) {
    LinePolicy *policy = line_policy_new(line_name(line));

    policy->country_code = g_strdup("49");
    policy->toll.dials_per_day = per_day;
    policy->toll.costly_dials_per_day = costly_per_day;
    policy->toll.call_minutes = 3;
    manager_set_line_policy(manager, policy);
}

static void set_up(void) {
    stage_make_folder();
    stage_limits = limits_default;
    stage_limits.toll.dials_per_day = 1000;
    stage_begin();
    guard(line0, 100, 50);
    a = arrives("a");
    other = arrives("A");
    handle = talks(a, line0);
}

static void tear_down(void) {
    stage_end();
    stage_remove_folder();
}

/* The service is killed and starts again; its clients are gone. */
static void restart(void) {
    stage_is_killed();
    stage_restarts("");
    guard(line0, 100, 50);
    ck_assert_int_eq(tolls_restore(manager_tolls(manager)), 0);
    a = arrives("a");
    other = arrives("A");
}

/* ---- What was counted ---- */

/* As it is written down, of user 1000. */
static double used(const char *line, const char *kind) {
    Database *database = journal_database(manager_journal(manager));
    sqlite3_stmt *row;
    double result = 0;

    stage_commit();
    row = database_statement(database, "SELECT used FROM counter WHERE uid = 1000 AND line = ? AND kind = ?");
    sqlite3_bind_text(row, 1, line, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, kind, -1, SQLITE_STATIC);
    if (database_step(database, row) > 0)
        result = sqlite3_column_double(row, 0);
    sqlite3_reset(row);
    return result;
}

/* Since the last time. */
static void expect_counted(double all, double costly) {
    static double all_before, costly_before;
    double all_now = used("line0", "dials-day"), costly_now = used("line0", "costly-day");

    ck_assert_msg(all_now - all_before == all, "%g were counted and not %g", all_now - all_before, all);
    ck_assert_msg(costly_now - costly_before == costly, "%g costly ones were counted and not %g", costly_now - costly_before, costly);
    ck_assert_msg(used("", "dials-day") == all_now, "on all lines %g", used("", "dials-day"));
    all_before = all_now;
    costly_before = costly_now;
}

static void on_done(const Outcome *outcome, void *userdata) {
}

static const Done done = { on_done, NULL };

static Call *dials(const char *address) {
    const DialOrder order = { .address = address };

    expect_granted(line_dial(line0, a, &order, done));
    dialled(last_request(), NULL);
    return last_call();
}

/* ---- What counts ---- */

START_TEST(each_dial_counts) {
    expect_counted(1, 0);
    dials("101");
    expect_counted(1, 0);
    dials("+49301234");
    expect_counted(1, 0);
    dials("+441234");
    expect_counted(1, 1);
    dials("112");
    expect_counted(0, 0);
}
END_TEST

START_TEST(what_sends_a_call_elsewhere_counts) {
    const ForwardRule rules[] = { { FORWARD_BUSY_SPECIFIC, "1", "102", 0 }, { FORWARD_BUSY_SPECIFIC, "2", "+44123", 0 },
                                  { FORWARD_BUSY_SPECIFIC, "3", "", 0 }, { FORWARD_BUSY_SPECIFIC, "4", "112", 0 } };
    Call *call;

    expect_counted(1, 0);
    opens(a, line0, OPEN_OWNER);
    call = comes_in(line0, "in");
    expect_granted(handle_redirect(client_find_handle_on(a, call), "+441234", done));
    expect_counted(1, 1);
    expect_granted(handle_blind_transfer(handle, "102", done));
    expect_counted(1, 0);
    /* Only those who dial an emergency number themselves have one. */
    expect_granted(handle_redirect(client_find_handle_on(a, call), "112", done));
    expect_counted(1, 0);
    expect_granted(handle_blind_transfer(handle, "112", done));
    expect_counted(1, 0);
    expect_granted(line_forward(line0, a, rules, 4, done));
    completes(last_request());
    expect_counted(3, 1);
    expect_granted(line_forward(line0, a, NULL, 0, done));
    completes(last_request());
    expect_counted(0, 0);
}
END_TEST

static void is_sent_on(Call *call, const char *number) {
    const PartyInfo to = { number, "", PRESENTATION_ALLOWED };

    provider_report_party(call, PARTY_REDIRECTION, NULL);
    provider_report_party(call, PARTY_REDIRECTION, &to);
    provider_report_party(call, PARTY_REDIRECTION, &(PartyInfo) { "the same", "", PRESENTATION_ALLOWED });
}

/* The far end has the owner pay, as if that had been dialled. */
START_TEST(where_the_far_end_sends_a_call_counts) {
    Call *call = handle_call(handle);

    expect_counted(1, 0);
    is_sent_on(call, "102");
    expect_counted(1, 0);
    is_sent_on(call, "+441234");
    expect_counted(1, 1);
    is_sent_on(call, "112");
    expect_counted(1, 0);
    expect_asked("");
    guard(line0, 100, 1);
    is_sent_on(call, "+445678");
    expect_asked("drop");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    ck_assert_str_eq(disconnect_cause_to_string(call_cause(call)), "blocked");
}
END_TEST

START_TEST(what_nobody_owns_is_not_sent_to_what_is_costly) {
    Call *call = handle_call(handle);

    handle_release(handle);
    is_sent_on(call, "102");
    expect_asked("");
    is_sent_on(call, "+441234");
    expect_asked("drop");
}
END_TEST

START_TEST(a_place_counts_where_it_could_be_costly) {
    expect_counted(1, 0);
    expect_granted(handle_park(handle, "70", done));
    expect_granted(handle_park(handle, "", done));
    expect_granted(line_unpark(line0, a, "70", done));
    expect_granted(line_pickup(line0, a, "", "", done));
    expect_granted(line_pickup(line0, a, "112", "", done));
    expect_counted(0, 0);
    expect_granted(handle_park(handle, "+441234", done));
    expect_counted(1, 1);
    expect_granted(line_unpark(line0, a, "00441234", done));
    expect_counted(1, 1);
    expect_granted(line_pickup(line0, a, "+441234", "", done));
    expect_counted(1, 1);
}
END_TEST

START_TEST(consultations_count) {
    const DialOrder costly = { .address = "+44123" };

    expect_counted(1, 0);
    consults_about(handle);
    expect_counted(1, 0);
    expect_granted(line_setup_conference(line0, a, &costly, done));
    conference_begins(last_request(), "conference", "consultation");
    expect_counted(1, 1);
}
END_TEST

START_TEST(a_callback_counts) {
    Call *call = dials("102");

    expect_counted(2, 0);
    provider_report_event(call, CALL_EVENT_BUSY, STATE_DETAIL_NONE);
    expect_granted(handle_complete_call(client_find_handle_on(a, call), COMPLETION_CAMP_ON, done));
    expect_counted(0, 0);
    refuses(last_request(), REFUSAL_NOT_SUPPORTED);
    expect_granted(handle_complete_call(client_find_handle_on(a, call), COMPLETION_CALLBACK, done));
    expect_counted(1, 0);
}
END_TEST

/* Digit by digit a call counts once, and as what has become of it. */
START_TEST(digits_count_as_the_number_that_they_are) {
    const DialOrder none = { .address = "" };
    Handle *consultation;

    expect_counted(1, 0);
    expect_granted(handle_setup_transfer(handle, &none, done));
    begins(last_request(), CALL_EVENT_DIAL_TONE, "second", "call");
    provider_report_event(handle_call(handle), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    consultation = client_find_handle_on(a, last_call());
    expect_counted(0, 0);
    expect_granted(handle_dial_digits(consultation, "0;", done));
    completes(last_request());
    expect_counted(1, 0);
    expect_granted(handle_dial_digits(consultation, "0;", done));
    completes(last_request());
    expect_counted(0, 0);
    expect_granted(handle_dial_digits(consultation, "44;", done));
    expect_counted(0, 1);
    expect_granted(handle_dial_digits(consultation, "123", done));
    expect_counted(0, 0);
}
END_TEST

START_TEST(an_emergency_number_may_come_digit_by_digit) {
    const DialOrder none = { .address = "" };
    Handle *consultation;

    expect_granted(handle_setup_transfer(handle, &none, done));
    begins(last_request(), CALL_EVENT_DIAL_TONE, "second", "call");
    provider_report_event(handle_call(handle), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    consultation = client_find_handle_on(a, last_call());
    guard(line0, 1, 1);
    expect_refusal(handle_dial_digits(consultation, "9;", done), REFUSAL_LIMITS_EXCEEDED);
    expect_refusal(handle_dial_digits(consultation, "1", done), REFUSAL_LIMITS_EXCEEDED);
    for (const char *const *digit = (const char *const[]) { "1;", "1;", "2;", NULL }; *digit; digit++) {
        expect_granted(handle_dial_digits(consultation, *digit, done));
        completes(last_request());
    }
    ck_assert(call_emergency(handle_call(consultation)));
    /* It was not meant. */
    expect_refusal(handle_dial_digits(consultation, "0900;", done), REFUSAL_LIMITS_EXCEEDED);
}
END_TEST

/* ---- What counts double ---- */

static const struct {
    DisconnectCause cause;
    double counted;
} ends[] = {
    { CAUSE_BAD_ADDRESS, 2 }, { CAUSE_BUSY, 2 },       { CAUSE_NO_ANSWER, 2 },        { CAUSE_REJECTED, 2 },
    { CAUSE_UNREACHABLE, 2 }, { CAUSE_CONGESTION, 1 }, { CAUSE_PROVIDER_FAILED, 1 }, { CAUSE_NO_DIAL_TONE, 1 },
};

START_TEST(who_reaches_nobody_is_counted_double) {
    expect_counted(1, 0);
    provider_report_ended(dials("+44123"), ends[_i].cause, NULL);
    expect_counted(ends[_i].counted, ends[_i].counted);
}
END_TEST

START_TEST(who_hangs_up_before_is_counted_double) {
    Call *call = dials("102");

    expect_counted(2, 0);
    expect_granted(handle_drop(client_find_handle_on(a, call), REJECT_NONE, done));
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_counted(1, 0);
}
END_TEST

START_TEST(who_was_connected_is_counted_once) {
    expect_counted(1, 0);
    provider_report_ended(handle_call(handle), CAUSE_UNREACHABLE, NULL);
    expect_counted(0, 0);
}
END_TEST

START_TEST(what_could_not_start_counts_once) {
    const DialOrder order = { .address = "102" };

    expect_counted(1, 0);
    stage_start_error = 5;
    expect_refusal(line_dial(line0, a, &order, done), REFUSAL_PROVIDER_FAILED);
    expect_counted(1, 0);
    expect_granted(line_dial(line0, a, &order, done));
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_counted(1, 0);
}
END_TEST

START_TEST(what_is_refused_counts_not_at_all) {
    const DialOrder order = { .address = "102" };

    expect_counted(1, 0);
    guard(line0, 1, 1);
    for (int i = 0; i < 10; i++)
        expect_refusal(line_dial(line0, a, &order, done), REFUSAL_LIMITS_EXCEEDED);
    guard(line0, 100, 50);
    expect_counted(0, 0);
}
END_TEST

/* ---- What lasts too long ---- */

static void passes_minutes(int minutes) {
    for (int i = 0; i < minutes * 60; i++)
        clock_pass(G_USEC_PER_SEC);
}

START_TEST(a_call_ends_after_so_many_minutes) {
    Call *call = handle_call(handle);

    expect_asked("");
    passes_minutes(2);
    clock_pass(59 * G_USEC_PER_SEC);
    expect_asked("");
    clock_pass(G_USEC_PER_SEC);
    expect_asked("drop");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    ck_assert_int_eq(call_state(call), CALL_STATE_DISCONNECTED);
    ck_assert_str_eq(disconnect_cause_to_string(call_cause(call)), "blocked");
    expect_granted(handle_drop(handle, REJECT_NONE, done));
    ck_assert_int_eq(call_state(call), CALL_STATE_IDLE);
    passes_minutes(5);
    expect_asked("");
}
END_TEST

START_TEST(a_network_that_does_not_end_it_is_asked_again) {
    passes_minutes(3);
    expect_asked("drop");
    refuses(last_request(), REFUSAL_PROVIDER_FAILED);
    passes_minutes(1);
    expect_asked("drop");
}
END_TEST

/* Who hangs up in that very moment has hung up. */
START_TEST(a_drop_of_ones_own_is_one) {
    Call *call = handle_call(handle);

    passes_minutes(3);
    expect_granted(handle_drop(handle, REJECT_NONE, done));
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    ck_assert_int_eq(call_state(call), CALL_STATE_IDLE);
    ck_assert_int_eq(call_cause(call), CAUSE_NORMAL);
}
END_TEST

START_TEST(what_comes_in_lasts_and_so_does_an_emergency) {
    Call *call = dials("112");

    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    call = comes_in(line0, "in");
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    expect_asked("dial");
    passes_minutes(10);
    expect_asked("");
}
END_TEST

/* ---- Whose, and where ---- */

START_TEST(users_and_lines_are_counted_by_themselves) {
    const DialOrder order = { .address = "102" };
    Client *b = arrives("b");

    guard(line0, 1, 1);
    guard(drop_line, 1, 1);
    expect_refusal(line_dial(line0, a, &order, done), REFUSAL_LIMITS_EXCEEDED);
    expect_refusal(line_dial(line0, b, &order, done), REFUSAL_LIMITS_EXCEEDED);
    expect_granted(line_dial(line0, other, &order, done));
    expect_granted(line_dial(drop_line, a, &order, done));
    expect_refusal(line_dial(drop_line, b, &order, done), REFUSAL_LIMITS_EXCEEDED);
    expect_granted(line_dial(line1, a, &order, done));
}
END_TEST

/* A token repeated gives the call that there is. */
START_TEST(the_same_call_again_does_not_count) {
    const DialOrder order = { .address = "102", .token = "t" };

    expect_counted(1, 0);
    expect_granted(line_dial(line0, a, &order, done));
    dialled(last_request(), NULL);
    for (int i = 0; i < 3; i++)
        expect_granted(line_dial(line0, a, &order, done));
    expect_counted(1, 0);
}
END_TEST

/* ---- Restart ---- */

START_TEST(a_restart_gives_nothing_back) {
    const DialOrder order = { .address = "+44123" }, cheap = { .address = "102" };

    guard(line0, 100, 2);
    dials("+44123");
    dials("+44123");
    expect_refusal(line_dial(line0, a, &order, done), REFUSAL_LIMITS_EXCEEDED);
    for (int i = 0; i < 3; i++) {
        restart();
        guard(line0, 100, 2);
        expect_refusal(line_dial(line0, a, &order, done), REFUSAL_LIMITS_EXCEEDED);
        expect_granted(line_dial(line0, other, &cheap, done));
        request_finish_all(manager, REFUSAL_PROVIDER_FAILED, "not this time");
    }
    /* But time does. */
    clock_pass(DAY / 2);
    expect_granted(line_dial(line0, a, &order, done));
    expect_refusal(line_dial(line0, a, &order, done), REFUSAL_LIMITS_EXCEEDED);
}
END_TEST

/* What is asked of the network was written down before, without anybody's commit. */
START_TEST(what_is_asked_of_the_network_is_written_down_before) {
    stage_commit();
    expect_granted(handle_blind_transfer(handle, "102", done));
    restart();
    ck_assert(used("line0", "dials-day") == 2);
}
END_TEST

/* While it can't be: another transaction is in the way of the journal's. */
START_TEST(what_cant_be_written_down_is_not_asked) {
    Database *database = journal_database(manager_journal(manager));
    Call *call;

    opens(a, line0, OPEN_OWNER);
    call = comes_in(line0, "in");
    stage_commit();
    expect_asked("");
    ck_assert_int_eq(database_begin(database), 0);
    expect_refusal(handle_blind_transfer(handle, "102", done), REFUSAL_IO_ERROR);
    expect_asked("");
    database_rollback(database);
    ck_assert_int_eq(database_begin(database), 0);
    expect_refusal(handle_redirect(client_find_handle_on(a, call), "112", done), REFUSAL_IO_ERROR);
    expect_asked("");
    dials("112");
    expect_asked("dial");
    database_rollback(database);
    stage_commit();
    expect_granted(handle_blind_transfer(handle, "102", done));
}
END_TEST

START_TEST(nonsense_in_the_journal_is_left_out) {
    static const char *const rows[] = {
        "INSERT INTO counter VALUES(-1, 'line0', 'dials-day', 5, 0)", "INSERT INTO counter VALUES(1, 'line0', 'nothing', 5, 0)",
        "INSERT INTO counter VALUES(4294967295, 'line0', 'dials-day', 5, 0)", "INSERT INTO counter VALUES(1000, '', 'x', 'y', 'z')",
        "INSERT OR REPLACE INTO counter VALUES(1000, 'line0', 'dials-day', 'many', 'x')",
        "INSERT OR REPLACE INTO counter VALUES(1000, 'line0', 'costly-day', -5, -5)",
        "INSERT INTO counter VALUES(1000, '0123456789012345678901234567890123456789012345678901234567890123456789', 'dials-day', 5, 0)",
    };
    Database *database = journal_database(manager_journal(manager));

    stage_commit();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        ck_assert_int_eq(database_run(database, database_statement(database, rows[i])), 0);
    restart();
    ck_assert(used("line0", "dials-day") == 0);
    ck_assert(used("", "dials-day") == 1);
    dials("102");
    ck_assert(used("line0", "dials-day") == 1);
}
END_TEST

/* ---- What is usual ---- */

static int on_real_start(Provider *unused, RequestId request) {
    return -1;
}

static int on_real_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    return 0;
}

static int on_real_drop(Call *call, RejectReason reason, RequestId request) {
    return 0;
}

static const ProviderOps real_ops = {
    .name = "real", .start = on_real_start, .stop = on_real_start, .dial = on_real_dial, .drop = on_real_drop,
};

/* Without any file: on the system bus a real line is limited; on a session bus, and in the machine, nothing is. */
START_TEST(real_lines_are_limited_on_the_system_bus) {
    const LineInfo info = { .name = "outside", .media_modes = MEDIA_ALL };
    const DialOrder order = { .address = "030123" };
    Provider *real;
    Line *outside = NULL;
    unsigned granted = 0;

    stage_end();
    limits_clear(&stage_limits);
    limits_fill(&stage_limits, /* system= */ _i > 0);
    stage_begin();
    real = provider_new(manager, &real_ops, NULL);
    ck_assert_int_eq(provider_add_line(real, &info, &outside), 0);
    a = arrives("a");
    for (int i = 0; i < 50; i++) {
        Refusal *refusal = line_dial(outside, a, &order, done);

        granted += !refusal;
        refusal_free(refusal);
        expect_granted(line_dial(line0, a, &order, done));
    }
    ck_assert_uint_eq(granted, _i > 0 ? limit_table[LIMIT_LINE_CALLS_PER_USER].system : 50);
    ck_assert_uint_eq(toll_max_minutes(outside), _i > 0 ? 180 : 0);
    ck_assert_uint_eq(toll_max_minutes(line0), 0);
    provider_free(real);
}
END_TEST

/* Thousands of users, each of whom dialled once, are forgotten when that says nothing any more. */
START_TEST(many_users_are_no_burden) {
    const DialOrder order = { .address = "102" };

    for (uint32_t uid = 10000; uid < 14000; uid++) {
        Client *client = NULL;

        ck_assert_int_eq(client_new(manager, "x", uid, NULL, &client), 0);
        expect_granted(line_dial(line0, client, &order, done));
        dialled(last_request(), NULL);
        provider_report_ended(last_call(), CAUSE_BUSY, NULL);
        client_vanish(client);
        if (uid % 100 == 0)
            clock_pass(DAY);
    }
    expect_counted(1, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("toll");
    TCase *tcase = tcase_create("toll");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, each_dial_counts);
    tcase_add_test(tcase, what_sends_a_call_elsewhere_counts);
    tcase_add_test(tcase, where_the_far_end_sends_a_call_counts);
    tcase_add_test(tcase, what_nobody_owns_is_not_sent_to_what_is_costly);
    tcase_add_test(tcase, a_place_counts_where_it_could_be_costly);
    tcase_add_test(tcase, consultations_count);
    tcase_add_test(tcase, a_callback_counts);
    tcase_add_test(tcase, digits_count_as_the_number_that_they_are);
    tcase_add_test(tcase, an_emergency_number_may_come_digit_by_digit);
    tcase_add_loop_test(tcase, who_reaches_nobody_is_counted_double, 0, G_N_ELEMENTS(ends));
    tcase_add_test(tcase, who_hangs_up_before_is_counted_double);
    tcase_add_test(tcase, who_was_connected_is_counted_once);
    tcase_add_test(tcase, what_could_not_start_counts_once);
    tcase_add_test(tcase, what_is_refused_counts_not_at_all);
    tcase_add_test(tcase, a_call_ends_after_so_many_minutes);
    tcase_add_test(tcase, a_network_that_does_not_end_it_is_asked_again);
    tcase_add_test(tcase, a_drop_of_ones_own_is_one);
    tcase_add_test(tcase, what_comes_in_lasts_and_so_does_an_emergency);
    tcase_add_test(tcase, users_and_lines_are_counted_by_themselves);
    tcase_add_test(tcase, the_same_call_again_does_not_count);
    tcase_add_test(tcase, a_restart_gives_nothing_back);
    tcase_add_test(tcase, what_is_asked_of_the_network_is_written_down_before);
    tcase_add_test(tcase, what_cant_be_written_down_is_not_asked);
    tcase_add_test(tcase, nonsense_in_the_journal_is_left_out);
    tcase_add_loop_test(tcase, real_lines_are_limited_on_the_system_bus, 0, 2);
    tcase_add_test(tcase, many_users_are_no_burden);
    return run_suite(suite);
}
