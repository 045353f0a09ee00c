/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that come to a line from where they ring or are parked. */
#include <string.h>

#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Client *a, *b;

static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_MONITOR);
}

static void fetched(RequestId request, CallReason reason) {
    const PartyInfo far = { .number = "103", .name = "Dan" }, us = { .number = "100" };
    const CallStart start = {
        .event = CALL_EVENT_CONNECTED,
        .detail = STATE_DETAIL_ACTIVE,
        .call_id = "fetched",
        .reason = reason,
        .address = "103",
        .caller = &far,
        .called = &us,
        .connected = &far,
        .redirecting = &us,
        .redirection = &us,
    };

    provider_complete_calls(provider, request, &start);
}

START_TEST(a_ringing_call_is_picked_up) {
    Call *call;

    ASK(a, line_pickup, line0, a, "101", "");
    expect_asked("pickup");
    call = last_call();
    fetched(last_request(), REASON_PICKUP);
    expect_story("a=done(1) a+1(connected) b+1(connected)");
    ck_assert_int_eq(call_reason(call), REASON_PICKUP);
    ck_assert_int_eq(call_direction(call), DIRECTION_IN);
    ck_assert_int_eq(call_state_detail(call), STATE_DETAIL_ACTIVE);
    ck_assert_str_eq(call_address(call), "103");
    ck_assert_str_eq(call_party(call, PARTY_CONNECTED).name, "Dan");
    ck_assert_str_eq(call_party(call, PARTY_REDIRECTING).number, "100");
    ck_assert_str_eq(call_party(call, PARTY_REDIRECTION).number, "100");
    ck_assert(call_timestamp(call, CALL_CONNECTED) > 0);
    ck_assert_uint_eq(call_owners(call), 1);
    ck_assert_ptr_nonnull(client_find_open(a, line0));
}
END_TEST

START_TEST(a_parked_call_is_taken_up) {
    ASK(a, line_unpark, line0, a, "70");
    expect_asked("unpark");
    fetched(last_request(), REASON_UNPARK);
    expect_story("a=done(1) a+1(connected) b+1(connected)");
    ck_assert_int_eq(call_reason(last_call()), REASON_UNPARK);
}
END_TEST

START_TEST(there_may_be_nothing) {
    ASK(a, line_unpark, line0, a, "70");
    refuses(last_request(), REFUSAL_TARGET_NOT_FOUND);
    ASK(a, line_pickup, line0, a, "", "");
    refuses(last_request(), REFUSAL_TARGET_NOT_FOUND);
    stage_start_error = 5;
    ASK(a, line_unpark, line0, a, "70");
    stage_start_error = 5;
    ASK(a, line_pickup, line0, a, "", "loop");
    expect_story("a=TargetNotFound a=TargetNotFound a=ProviderFailed a=ProviderFailed");
    ck_assert_uint_eq(line_calls(line0)->length, 0);
}
END_TEST

START_TEST(not_everything_can_be_picked_up) {
    g_autofree char *long_group = g_strnfill(GROUP_MAX + 1, 'x');
    Line *poor = adds_line("poor", 0, false, OPERATION_BIT(OPERATION_PICKUP) | OPERATION_BIT(OPERATION_UNPARK));

    expect_refusal(line_pickup(line0, a, "*8", "", (Done) {}), REFUSAL_NOT_SUPPORTED);
    expect_refusal(line_pickup(line0, a, "nowhere", "", (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(line_pickup(line0, a, "101", long_group, (Done) {}), REFUSAL_TOO_BIG);
    expect_refusal(line_pickup(line0, a, "", "\n", (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(line_unpark(line0, a, "", (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(line_pickup(poor, a, "101", "", (Done) {}), REFUSAL_NOT_SUPPORTED);
    expect_refusal(line_unpark(poor, a, "101", (Done) {}), REFUSAL_NOT_SUPPORTED);
    provider_report_line_state(line0, LINE_OUT_OF_SERVICE, "");
    expect_refusal(line_pickup(line0, a, "101", "", (Done) {}), REFUSAL_LINE_OUT_OF_SERVICE);
    expect_refusal(line_unpark(line0, a, "101", (Done) {}), REFUSAL_LINE_OUT_OF_SERVICE);
    expect_asked("");
}
END_TEST

START_TEST(a_full_line_takes_nothing_up) {
    talks(a, line1);
    expect_refusal(line_pickup(line1, a, "101", "", (Done) {}), REFUSAL_LINE_BUSY);
    expect_refusal(line_unpark(line1, a, "70", (Done) {}), REFUSAL_LINE_BUSY);
}
END_TEST

/* The client is gone, or was told that it took too long: nobody is there for the call. */
START_TEST(who_does_not_wait_gets_nothing) {
    RequestId request;

    ASK(a, line_pickup, line0, a, "101", "");
    request = last_request();
    if (_i == 0)
        client_vanish(a);
    else
        clock_pass(21 * G_TIME_SPAN_SECOND);
    fetched(request, REASON_PICKUP);
    expect_asked("pickup drop");
    expect_story(_i == 0 ? "a=ClientGone b+1(connected)" : "a=Timeout b+1(connected)");
}
END_TEST

START_TEST(a_removed_line_answers_who_waits) {
    ASK(a, line_pickup, line0, a, "101", "");
    provider_report_line_state(line0, LINE_REMOVED, "gone");
    refuses(last_request(), REFUSAL_LINE_OUT_OF_SERVICE);
    expect_story("b:closed(line0) a=LineOutOfService");
}
END_TEST

/* ---- Park ---- */

START_TEST(parking_ends_the_call_and_tells_the_place) {
    Handle *handle = talks(a, line0);

    ASK(a, handle_park, handle, "");
    expect_asked("park");
    ends_by(handle_call(handle), NULL, last_request(), CAUSE_NORMAL, "70");
    expect_story("a=done(70) a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
}
END_TEST

/* What is no text, or no bearable one, is none. */
START_TEST(a_place_is_text) {
    g_autofree char *longer = g_strnfill(TEXT_MAX + 1, '7');
    Handle *handle = talks(a, line0);

    ASK(a, handle_park, handle, "");
    ends_by(handle_call(handle), NULL, last_request(), CAUSE_NORMAL, _i == 0 ? "7\xff" : longer);
    expect_story("a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
}
END_TEST

START_TEST(parking_may_fail) {
    Handle *handle = talks(a, line0);

    ASK(a, handle_park, handle, "71");
    refuses(last_request(), REFUSAL_LINE_BUSY);
    stage_start_error = 5;
    ASK(a, handle_park, handle, "71");
    ASK(a, handle_park, handle, "nowhere");
    ASK(b, handle_park, client_find_handle(b, 1), "71");
    expect_story("a=LineBusy a=ProviderFailed a=InvalidAddress b=NotOwner");
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_CONNECTED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pickup");
    TCase *tcase = stage_case(suite, "pickup");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_ringing_call_is_picked_up);
    tcase_add_test(tcase, a_parked_call_is_taken_up);
    tcase_add_test(tcase, there_may_be_nothing);
    tcase_add_test(tcase, not_everything_can_be_picked_up);
    tcase_add_test(tcase, a_full_line_takes_nothing_up);
    tcase_add_loop_test(tcase, who_does_not_wait_gets_nothing, 0, 2);
    tcase_add_test(tcase, a_removed_line_answers_who_waits);
    tcase_add_test(tcase, parking_ends_the_call_and_tells_the_place);
    tcase_add_loop_test(tcase, a_place_is_text, 0, 2);
    tcase_add_test(tcase, parking_may_fail);
    return run_suite(suite);
}
