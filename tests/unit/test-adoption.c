/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service that is killed while its network goes on: it takes up again what is still there. */
#include "service/journal.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;

static void set_up(void) {
    stage_make_folder();
    stage_begin();
    stage_adopt = NULL;
}

static void tear_down(void) {
    stage_adopt = NULL;
    stage_end();
    stage_remove_folder();
}

static bool all_are_there(Call *call) {
    return true;
}

static bool it_has_ended(Call *call) {
    provider_report_ended(call, CAUSE_BUSY, "486 Busy Here");
    return true;
}

static bool it_is_held_and_muted(Call *call) {
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_report_muted(call, true);
    return true;
}

static void restarts(const char *names, bool (*adopt)(Call *call)) {
    stage_adopt = adopt;
    stage_is_killed();
    stage_restarts(names);
    a = manager_find_client(manager, "a");
    b = manager_find_client(manager, "b");
    handle = a ? client_find_handle(a, 1) : NULL;
}

/* a talks as its only owner; b watches, and may own. */
static void two_know_a_call(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks_as(a, line0, "call");
    stage_commit();
}

START_TEST(an_established_call_goes_on) {
    uint64_t number;

    two_know_a_call();
    number = call_number(handle_call(handle));
    restarts("ab", all_are_there);
    ck_assert_ptr_nonnull(handle);
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_CONNECTED);
    ck_assert_uint_eq(call_number(handle_call(handle)), number);
    ck_assert_int_eq(call_cause(handle_call(handle)), CAUSE_NONE);
    forget_story();
    ASK(a, handle_hold, handle);
    expect_asked("hold");
    provider_report_event(handle_call(handle), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~1[State=on-hold] b~1[State=on-hold]");
    ASK(a, handle_drop, handle, REJECT_NONE);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    completes(last_request());
    expect_story("a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
}
END_TEST

START_TEST(it_may_go_on_over_many_restarts) {
    two_know_a_call();
    for (int i = 0; i < 5; i++) {
        restarts("ab", all_are_there);
        ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_CONNECTED);
        forget_story();
        stage_commit();
    }
}
END_TEST

START_TEST(what_changed_meanwhile_is_told) {
    two_know_a_call();
    restarts("a", it_is_held_and_muted);
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_ON_HOLD);
    ck_assert(call_muted(handle_call(handle)));
    ck_assert_ptr_nonnull(strstr(stage_story(), "State=on-hold"));
}
END_TEST

START_TEST(what_ended_meanwhile_has_its_own_cause) {
    two_know_a_call();
    restarts("ab", it_has_ended);
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_DISCONNECTED);
    ck_assert_int_eq(call_cause(handle_call(handle)), CAUSE_BUSY);
    ck_assert_str_eq(call_provider_cause(handle_call(handle)), "486 Busy Here");
    forget_story();
    ASK(a, handle_drop, handle, REJECT_NONE);
    expect_story("a=done a~1[State=idle] b~1[State=idle]");
    expect_asked("");
}
END_TEST

START_TEST(what_ended_meanwhile_and_is_nobodys_is_forgotten) {
    two_know_a_call();
    restarts("", it_has_ended);
    ck_assert_uint_eq(line_calls(line0)->length, 0);
}
END_TEST

START_TEST(a_call_whose_only_owner_is_gone_is_dropped) {
    two_know_a_call();
    stage_adopt = all_are_there;
    stage_is_killed();
    stage_restarts("b");
    expect_asked("drop");
}
END_TEST

START_TEST(but_not_one_that_is_to_be_kept) {
    two_know_a_call();
    expect_granted(handle_set_on_owner_lost(handle, ON_OWNER_LOST_KEEP));
    stage_commit();
    restarts("b", all_are_there);
    expect_asked("");
    ck_assert_int_eq(call_state(handle_call(client_find_handle(b, 1))), CALL_STATE_CONNECTED);
}
END_TEST

/* Of a call that nobody owns any more it is known whose it was last. */
START_TEST(whose_it_was_is_known) {
    uint32_t uid = 0;

    a = arrives("a");
    b = arrives("B");
    opens(a, line0, OPEN_OWNER_MONITOR);
    opens(b, line0, OPEN_OWNER_MONITOR);
    provider_report_event(comes_in(line0, "in"), CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    stage_commit();
    expect_granted(handle_set_privilege(client_find_handle(b, 1), "owner"));
    expect_granted(handle_set_privilege(client_find_handle(a, 1), "monitor"));
    expect_granted(handle_set_on_owner_lost(client_find_handle(b, 1), ON_OWNER_LOST_KEEP));
    forget_story();
    stage_commit();
    restarts("a", all_are_there);
    ck_assert(call_last_owner(handle_call(handle), &uid));
    ck_assert_uint_eq(uid, 1001);
}
END_TEST

START_TEST(its_digits_are_listened_for_again) {
    two_know_a_call();
    expect_granted(handle_monitor_digits(handle, true));
    stage_commit();
    forget_story();
    restarts("ab", all_are_there);
    expect_asked("listen");
    provider_report_digit(handle_call(handle), '5');
    ck_assert_ptr_nonnull(strstr(stage_story(), "a#1:5"));
}
END_TEST

/* It counts for whoever made it, as before, and no longer than it is there. */
START_TEST(it_counts_again) {
    two_know_a_call();
    restarts("ab", all_are_there);
    ck_assert_uint_eq(*user_calls(client_user(a)), 1);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, handle, REJECT_NONE);
    ck_assert_uint_eq(*user_calls(client_user(a)), 0);
}
END_TEST

static bool it_is_limited(Call *call) {
    LinePolicy *policy = line_policy_new(line_name(call_line(call)));

    policy->toll.call_minutes = 3;
    manager_set_line_policy(manager, policy);
    return true;
}

START_TEST(it_may_last_for_so_long_again) {
    two_know_a_call();
    restarts("ab", it_is_limited);
    for (int i = 1; i < 3 * 60; i++)
        clock_pass(G_USEC_PER_SEC);
    expect_asked("");
    clock_pass(G_USEC_PER_SEC);
    expect_asked("drop");
}
END_TEST

/* Nobody was told of it: whoever asked may ask again, and it is not made twice. */
START_TEST(an_intent_is_not_taken_up) {
    const DialOrder order = { .address = "101" };

    a = arrives("a");
    ASK(a, line_dial, line0, a, &order);
    stage_commit();
    restarts("a", all_are_there);
    ck_assert_uint_eq(line_calls(line0)->length, 0);
    ck_assert_uint_eq(client_count_handles(a), 0);
}
END_TEST

START_TEST(a_consultation_is_still_one) {
    Handle *second;

    two_know_a_call();
    consults_about(handle);
    stage_commit();
    restarts("a", all_are_there);
    second = client_find_handle(a, 2);
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_ON_HOLD_PENDING_TRANSFER);
    ck_assert(call_ends_consultation(handle_call(handle)));
    forget_story();
    ASK(a, handle_complete_transfer, handle, second, TRANSFER_TRANSFER);
    expect_asked("complete_transfer");
}
END_TEST

/* ---- Numbers that a provider gives ---- */

#define NUMBER (CALL_NUMBER_OF_PROVIDER | 7)

static Call *comes_in_as(uint64_t number) {
    IncomingInfo info = { .number = number, .call_id = "in", .caller.number = "555" };

    return provider_report_incoming(line0, &info);
}

START_TEST(a_number_of_the_provider_names_the_call_over_a_restart) {
    Call *call;

    a = arrives("a");
    opens(a, line0, OPEN_OWNER_MONITOR);
    call = comes_in_as(NUMBER);
    ck_assert_uint_eq(call_number(call), NUMBER);
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    forget_story();
    stage_commit();
    restarts("a", all_are_there);
    ck_assert_uint_eq(call_number(handle_call(handle)), NUMBER);
    ck_assert_ptr_null(comes_in_as(NUMBER));
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_CONNECTED);
}
END_TEST

START_TEST(no_two_calls_have_one_number) {
    a = arrives("a");
    opens(a, line0, OPEN_OWNER_MONITOR);
    ck_assert_ptr_nonnull(comes_in_as(NUMBER));
    ck_assert_ptr_null(comes_in_as(NUMBER));
    ck_assert_uint_eq(line_calls(line0)->length, 1);
    provider_report_ended(g_queue_peek_head(line_calls(line0)), CAUSE_NORMAL, NULL);
    ck_assert_ptr_null(comes_in_as(NUMBER)); /* there is still a handle of it */
    handle_release(client_find_handle(a, 1));
    ck_assert_ptr_nonnull(comes_in_as(NUMBER));
}
END_TEST

START_TEST(a_number_of_the_service_is_none_for_a_provider) {
    static const uint64_t numbers[] = { 1, CALL_NUMBER_OF_PROVIDER - 1, CALL_NUMBER_OF_PROVIDER * 2, UINT64_MAX };

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        ck_assert_ptr_null(comes_in_as(numbers[i]));
    ck_assert_uint_eq(line_calls(line0)->length, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("adoption");
    TCase *tcase = tcase_create("adoption");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_established_call_goes_on);
    tcase_add_test(tcase, it_may_go_on_over_many_restarts);
    tcase_add_test(tcase, what_changed_meanwhile_is_told);
    tcase_add_test(tcase, what_ended_meanwhile_has_its_own_cause);
    tcase_add_test(tcase, what_ended_meanwhile_and_is_nobodys_is_forgotten);
    tcase_add_test(tcase, a_call_whose_only_owner_is_gone_is_dropped);
    tcase_add_test(tcase, but_not_one_that_is_to_be_kept);
    tcase_add_test(tcase, whose_it_was_is_known);
    tcase_add_test(tcase, its_digits_are_listened_for_again);
    tcase_add_test(tcase, it_counts_again);
    tcase_add_test(tcase, it_may_last_for_so_long_again);
    tcase_add_test(tcase, an_intent_is_not_taken_up);
    tcase_add_test(tcase, a_consultation_is_still_one);
    tcase_add_test(tcase, a_number_of_the_provider_names_the_call_over_a_restart);
    tcase_add_test(tcase, no_two_calls_have_one_number);
    tcase_add_test(tcase, a_number_of_the_service_is_none_for_a_provider);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
