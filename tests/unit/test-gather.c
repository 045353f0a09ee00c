/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 18: one gathering per call; each ends once, for one reason, and its client is told. */
#include <string.h>

#include "tests/model/clock.h"
#include "tests/unit/stage.h"

#define MS G_TIME_SPAN_MILLISECOND

static Client *a, *b;
static Handle *handle;
static Call *call;

static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks(a, line0);
    call = handle_call(handle);
}

static void hears(const char *digits) {
    for (; *digits; digits++)
        provider_report_digit(call, *digits);
}

START_TEST(it_ends_when_it_has_enough) {
    expect_granted(handle_gather_digits(handle, 3, "", 0, 0));
    expect_asked("listen");
    hears("1234");
    expect_asked("ignore");
    expect_story("a=1:123(buffer-full)");
}
END_TEST

START_TEST(it_ends_with_a_terminator) {
    expect_granted(handle_gather_digits(handle, 10, "#a", 0, 0));
    hears(_i == 0 ? "12#3" : "12A3");
    expect_story(_i == 0 ? "a=1:12#(term-digit)" : "a=1:12A(term-digit)");
}
END_TEST

START_TEST(it_ends_when_no_digit_comes) {
    expect_granted(handle_gather_digits(handle, 10, "", 1000, 500));
    clock_pass(999 * MS);
    expect_story("");
    clock_pass(1 * MS);
    expect_story("a=1:(first-timeout)");
    expect_granted(handle_gather_digits(handle, 10, "", 1000, 500));
    hears("1");
    clock_pass(499 * MS);
    hears("2");
    clock_pass(499 * MS);
    expect_story("");
    clock_pass(1 * MS);
    expect_story("a=1:12(inter-timeout)");
    expect_asked("listen ignore listen ignore");
}
END_TEST

START_TEST(it_may_wait_for_ever) {
    expect_granted(handle_gather_digits(handle, 10, "", 1000, 0));
    hears("1");
    clock_pass(3600 * G_TIME_SPAN_SECOND);
    expect_story("");
    expect_granted(handle_gather_digits(handle, 0, "", 0, 0));
    expect_story("a=1:1(cancel)");
    expect_granted(handle_gather_digits(handle, 0, "", 0, 0));
    expect_story("");
}
END_TEST

START_TEST(a_later_one_replaces_it) {
    expect_granted(handle_set_privilege(client_find_handle(b, 1), "owner"));
    forget_story();
    expect_granted(handle_gather_digits(handle, 10, "", 0, 0));
    hears("1");
    expect_granted(handle_gather_digits(client_find_handle(b, 1), 2, "", 0, 0));
    hears("23");
    expect_story("a=1:1(cancel) b=1:23(buffer-full)");
    expect_asked("listen ignore");
}
END_TEST

START_TEST(it_ends_with_the_call) {
    expect_granted(handle_gather_digits(handle, 10, "", 1000, 1000));
    hears("1");
    if (_i == 0)
        provider_report_ended(call, CAUSE_NORMAL, NULL);
    else {
        ASK(a, handle_drop, handle, REJECT_NONE);
        provider_report_ended(call, CAUSE_NORMAL, NULL);
    }
    expect_story(_i == 0 ? "a=1:1(cancel) a~1[State=disconnected DisconnectCause=normal] b~1[State=disconnected DisconnectCause=normal]"
                         : "a=1:1(cancel) a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
    clock_pass(3600 * G_TIME_SPAN_SECOND);
    expect_story("");
}
END_TEST

START_TEST(it_goes_with_its_handle) {
    expect_granted(handle_handoff(handle, "b"));
    forget_story();
    expect_granted(handle_gather_digits(handle, 10, "", 1000, 1000));
    expect_granted(handle_monitor_digits(client_find_handle(b, 1), true));
    if (_i == 0)
        handle_release(handle);
    else
        client_vanish(a);
    hears("1");
    clock_pass(3600 * G_TIME_SPAN_SECOND);
    expect_story(_i == 0 ? "b~1[Owners=1 OwnerApps=] b#1:1 a-1" : "b~1[Owners=1 OwnerApps=] b#1:1");
    expect_asked("listen");
}
END_TEST

START_TEST(who_monitors_hears_them_too) {
    expect_granted(handle_monitor_digits(client_find_handle(b, 1), true));
    expect_granted(handle_gather_digits(handle, 2, "", 0, 0));
    hears("12");
    expect_story("b#1:1 b#1:2 a=1:12(buffer-full)");
    expect_asked("listen");
}
END_TEST

START_TEST(two_calls_gather_at_once) {
    Handle *other = talks(a, line0);

    expect_granted(handle_gather_digits(handle, 10, "", 2000, 0));
    expect_granted(handle_gather_digits(other, 10, "", 1000, 0));
    clock_pass(1000 * MS);
    expect_story("a=2:(first-timeout)");
    clock_pass(1000 * MS);
    expect_story("a=1:(first-timeout)");
}
END_TEST

START_TEST(there_is_a_most) {
    expect_refusal(handle_gather_digits(handle, DIGITS_MAX + 1, "", 0, 0), REFUSAL_TOO_BIG);
    expect_refusal(handle_gather_digits(handle, 1, "12x", 0, 0), REFUSAL_INVALID_ARGS);
    expect_refusal(handle_gather_digits(client_find_handle(b, 1), 1, "", 0, 0), REFUSAL_NOT_OWNER);
    expect_granted(handle_gather_digits(handle, DIGITS_MAX, "", 0, 0));
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_refusal(handle_gather_digits(handle, 1, "", 0, 0), REFUSAL_INVALID_STATE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("gather");
    TCase *tcase = stage_case(suite, "gather");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, it_ends_when_it_has_enough);
    tcase_add_loop_test(tcase, it_ends_with_a_terminator, 0, 2);
    tcase_add_test(tcase, it_ends_when_no_digit_comes);
    tcase_add_test(tcase, it_may_wait_for_ever);
    tcase_add_test(tcase, a_later_one_replaces_it);
    tcase_add_loop_test(tcase, it_ends_with_the_call, 0, 2);
    tcase_add_loop_test(tcase, it_goes_with_its_handle, 0, 2);
    tcase_add_test(tcase, who_monitors_hears_them_too);
    tcase_add_test(tcase, two_calls_gather_at_once);
    tcase_add_test(tcase, there_is_a_most);
    return run_suite(suite);
}
