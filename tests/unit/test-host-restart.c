/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A provider in a process of its own: the service goes and comes back, and the provider ends. */
#include <glib.h>
#include <string.h>
#include <sysexits.h>

#include "providers/wire/names.h"
#include "tests/unit/fake-service.h"
#include "tests/unit/host-stage.h"
#include "tests/unit/run.h"

#define ERROR(name) WIRE_ERROR_PREFIX name

/* ---- The service is started anew ---- */

/* Reads the calls of Hello: the first one's number and state. */
static unsigned read_calls(sd_bus_message *m, uint64_t *ret_number, const char **ret_state) {
    const char *key = NULL;
    unsigned n = 0;

    sd_bus_message_skip(m, "usasa{sv}");
    sd_bus_message_enter_container(m, 'a', "(ta{sv})");
    for (; sd_bus_message_enter_container(m, 'r', "ta{sv}") > 0; n++) {
        sd_bus_message_read(m, "t", ret_number);
        sd_bus_message_enter_container(m, 'a', "{sv}");
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
            sd_bus_message_read(m, "s", &key);
            if (strcmp(key, "state") == 0)
                sd_bus_message_read(m, "v", "s", ret_state);
            else
                sd_bus_message_skip(m, "v");
            sd_bus_message_exit_container(m);
        }
        sd_bus_message_exit_container(m);
        sd_bus_message_exit_container(m);
    }
    return n;
}

static unsigned count_calls(sd_bus_message *m) {
    const char *state = NULL;
    uint64_t number = 0;

    return read_calls(m, &number, &state);
}

static void expect_hello_with(uint64_t number, const char *state) {
    uint64_t told = 0;
    const char *told_state = NULL;

    service_accept();
    ck_assert_uint_eq(read_calls(service_expect("Hello"), &told, &told_state), 1);
    ck_assert_uint_eq(told, number);
    ck_assert_str_eq(told_state, state);
    service_answer("t", UINT64_C(8));
}

static void expect_start_again(void) {
    stage_ask_start(false);
    service_expect("LineAdded");
    service_expect_done();
    ck_assert_uint_eq(stage.asked->len, 0);
}

static void adopt(void) {
    service_ask(service_question("Adopted"));
    service_expect_done();
}

static void hang_up(void) {
    service_hang_up();
    service_wait(stage_is_alone);
}

START_TEST(calls_outlive_the_service) {
    stage_begin();
    stage_dial(5);
    stage_connect_call();
    hang_up();
    expect_hello_with(5, "connected");
    expect_start_again();
    adopt();
    stage_ask_call("Hold", 5);
    stage_expect_asked("hold");
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect_done();
}
END_TEST

START_TEST(what_ended_meanwhile_is_told) {
    stage_begin();
    stage_dial(5);
    hang_up();
    provider_report_ended(stage.call, CAUSE_BUSY, "486");
    expect_hello_with(5, "disconnected");
    expect_start_again();
    adopt();
    hang_up();
    service_accept();
    ck_assert_uint_eq(count_calls(service_expect("Hello")), 0);
}
END_TEST

START_TEST(what_is_reported_meanwhile_waits_until_calls_are_found) {
    stage_begin();
    stage_dial(5);
    hang_up();
    expect_hello_with(5, "dialing");
    expect_start_again();
    provider_report_event(stage.call, CALL_EVENT_RINGBACK, STATE_DETAIL_NONE);
    service_expect_nothing();
    service_ask(service_question("Adopted"));
    service_expect_done();
    service_expect("Event");
}
END_TEST

/* Nothing grows without an end: the service is told anew, how it is by then. */
START_TEST(what_waits_too_long_is_told_anew) {
    stage_begin();
    stage_dial(5);
    stage_connect_call();
    hang_up();
    service_accept();
    service_expect("Hello");
    for (int i = 0; i < 10000; i++)
        provider_report_digit(stage.call, '1');
    service_wait(stage_is_alone);
    service_hang_up();
    expect_hello_with(5, "connected");
}
END_TEST

START_TEST(what_comes_in_meanwhile_is_told_after) {
    stage_begin();
    hang_up();
    stage.call = stage_come_in();
    provider_report_party(stage.call, PARTY_CALLER, &(PartyInfo) { .number = "13" });
    service_accept();
    ck_assert_uint_eq(count_calls(service_expect("Hello")), 0);
    service_answer("t", UINT64_C(8));
    expect_start_again();
    service_ask(service_question("Adopted"));
    service_expect_done();
    service_expect("Incoming");
}
END_TEST

START_TEST(a_service_that_never_adopts_is_told_in_the_end) {
    stage_begin();
    hang_up();
    stage.call = stage_come_in();
    service_accept();
    service_expect("Hello");
    service_answer("t", UINT64_C(8));
    expect_start_again();
    service_expect("Incoming");
}
END_TEST

/* Nobody has said anything: neither no, nor that the line is full. */
START_TEST(a_service_that_dies_before_it_answers) {
    stage_begin();
    stage_dial(5);
    hang_up();
    for (int i = 0; i < 3; i++) {
        service_accept();
        service_expect("Hello");
        service_hang_up();
    }
    expect_hello_with(5, "dialing");
    ck_assert_int_eq(stage.over, -1);
}
END_TEST

START_TEST(a_call_that_the_service_did_not_outlive) {
    stage_begin();
    stage.call = stage_come_in();
    service_expect("Incoming");
    hang_up();
    expect_hello_with(call_number(stage.call), "offering");
    ck_assert_uint_eq(stage.asked->len, 0);
}
END_TEST

START_TEST(a_dial_that_the_service_did_not_outlive) {
    stage_begin();
    stage_ask_dial(5, "11");
    stage_expect_asked("11");
    hang_up();
    if (_i == 1) {
        service_accept();
        service_expect("Hello");
    }
    provider_complete_calls(stage.provider, stage.request, &(CallStart) { .event = CALL_EVENT_DIALING });
    if (_i == 1)
        stage_expect_asked("drop");
    else
        expect_hello_with(5, "dialing");
}
END_TEST

START_TEST(lines_that_are_wanted_no_more_go) {
    stage_begin();
    stage_ask_add_line("office", "anna");
    stage_add_office();
    hang_up();
    service_accept();
    service_expect("Hello");
    service_answer("t", UINT64_C(8));
    expect_start_again();
    adopt();
    stage_expect_asked("remove");
    ck_assert_str_eq(line_name(stage.line), "office");
}
END_TEST

START_TEST(lines_that_are_wanted_stay) {
    stage_begin();
    stage_ask_add_line("office", "anna");
    stage_add_office();
    provider_report_line_state(stage.line, LINE_OUT_OF_SERVICE, "no answer");
    service_expect("LineState");
    provider_report_messages_waiting(stage.line, 3);
    service_expect("MessagesWaiting");
    hang_up();
    service_accept();
    service_expect("Hello");
    service_answer("t", UINT64_C(8));
    expect_start_again();
    stage_ask_add_line("office", "anna");
    service_expect("LineAdded");
    service_expect("LineState");
    service_expect("MessagesWaiting");
    service_expect_done();
    adopt();
    service_expect_nothing();
    ck_assert_uint_eq(stage.asked->len, 0);
}
END_TEST

/* ---- The end ---- */

START_TEST(nobody_waits_for_a_service_for_ever) {
    stage_begin();
    service_leave();
    service_wait(stage_is_alone);
    service_let_pass(21);
    service_wait(stage_is_over);
    ck_assert_int_eq(stage.over, EX_UNAVAILABLE);
    service_come_back();
}
END_TEST

START_TEST(calls_are_worth_to_wait_longer) {
    stage_begin();
    stage_dial(5);
    service_leave();
    service_wait(stage_is_alone);
    service_let_pass(290);
    service_come_back();
    expect_hello_with(5, "dialing");
    ck_assert_int_eq(stage.over, -1);
    service_leave();
    service_wait(stage_is_alone);
    service_let_pass(301);
    service_wait(stage_is_over);
    service_come_back();
}
END_TEST

START_TEST(a_stop_is_the_end) {
    stage_begin();
    stage_dial(5);
    service_ask(service_question("Stop"));
    stage_expect_asked("stop");
    ck_assert_ptr_null(stage_come_in());
    provider_report_ended(stage.call, CAUSE_SERVICE_RESTARTED, NULL);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect("Ended");
    service_expect_done();
    stage_ask_call("Hold", 5);
    service_expect_error(ERROR("ProviderFailed"), "Provider test has stopped");
    ck_assert_int_eq(stage.over, -1);
    service_hang_up();
    service_wait(stage_is_over);
    ck_assert_int_eq(stage.over, EXIT_SUCCESS);
}
END_TEST

START_TEST(a_stop_that_nobody_asked_for) {
    stage_begin();
    hang_up();
    host_provider_stop(stage.provider);
    stage_expect_asked("stop");
    provider_complete(stage.provider, stage.request, NULL, NULL);
    ck_assert_int_eq(stage.over, EXIT_SUCCESS);
}
END_TEST

static void add_tests_of_restarts(TCase *tcase) {
    tcase_add_test(tcase, calls_outlive_the_service);
    tcase_add_test(tcase, what_ended_meanwhile_is_told);
    tcase_add_test(tcase, what_is_reported_meanwhile_waits_until_calls_are_found);
    tcase_add_test(tcase, what_waits_too_long_is_told_anew);
    tcase_add_test(tcase, what_comes_in_meanwhile_is_told_after);
    tcase_add_test(tcase, a_service_that_never_adopts_is_told_in_the_end);
    tcase_add_test(tcase, a_service_that_dies_before_it_answers);
    tcase_add_test(tcase, a_call_that_the_service_did_not_outlive);
    tcase_add_loop_test(tcase, a_dial_that_the_service_did_not_outlive, 0, 2);
    tcase_add_test(tcase, lines_that_are_wanted_no_more_go);
    tcase_add_test(tcase, lines_that_are_wanted_stay);
    tcase_add_test(tcase, nobody_waits_for_a_service_for_ever);
    tcase_add_test(tcase, calls_are_worth_to_wait_longer);
    tcase_add_test(tcase, a_stop_is_the_end);
    tcase_add_test(tcase, a_stop_that_nobody_asked_for);
}

int main(void) {
    Suite *suite = suite_create("host-restart");
    TCase *tcase = tcase_create("host-restart");

    tcase_add_checked_fixture(tcase, stage_set_up, stage_tear_down);
    tcase_set_timeout(tcase, 60);
    add_tests_of_restarts(tcase);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
