/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Consultations: calls about a call, which is held meanwhile and comes back. */
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;
static Call *call;
static const DialOrder order = { .address = "102" };

/* a talks; b watches. */
static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks_as(a, line0, "first");
    call = handle_call(handle);
}

/* ---- Beginning ---- */

START_TEST(a_consultation_is_the_clients_own) {
    const DialOrder full = {
        .address = "102", .called_party = "Carol", .comment = "?", .call_data = (const uint8_t *) "x", .call_data_size = 1,
    };
    Call *consultation;

    ASK(a, handle_setup_transfer, handle, &full);
    consultation = last_call();
    expect_asked("setup_transfer");
    begins(last_request(), CALL_EVENT_DIALING, "second", "first");
    provider_report_event(call, CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    expect_story("a=done(2) a+2(dialing) a~1[State=on-hold-pending-transfer] b+2(dialing) b~1[State=on-hold-pending-transfer]");
    ck_assert_str_eq(call_call_id(consultation), "second");
    ck_assert_str_eq(call_related_call_id(consultation), "first");
    ck_assert_str_eq(call_called_party(consultation), "Carol");
    ck_assert_str_eq(call_comment(consultation), "?");
    ck_assert_uint_eq(g_bytes_get_size(call_call_data(consultation)), 1);
    ck_assert_int_eq(call_direction(consultation), DIRECTION_OUT);
    ck_assert_uint_eq(call_owners(consultation), 1);
    ck_assert_uint_eq(call_monitors(consultation), 1);
}
END_TEST

START_TEST(a_consultation_may_wait_for_digits) {
    const DialOrder none = { .address = "" };
    Handle *consultation;

    ASK(a, handle_setup_transfer, handle, &none);
    begins(last_request(), CALL_EVENT_DIAL_TONE, "second", "first");
    expect_asked("setup_transfer()");
    expect_story("a=done(2) a+2(dial-tone) b+2(dial-tone)");
    consultation = client_find_handle(a, 2);
    ASK(a, handle_dial_digits, consultation, "10;");
    expect_asked("dial_digits(10...)");
    provider_report_event(handle_call(consultation), CALL_EVENT_DIALING, STATE_DETAIL_NONE);
    completes(last_request());
    ASK(a, handle_dial_digits, consultation, "2");
    expect_asked("dial_digits(2)");
    completes(last_request());
    ck_assert_str_eq(call_address(handle_call(consultation)), "102");
    expect_story("a=done a=done a~2[Address State=dialing] b~2[Address State=dialing]");
}
END_TEST

START_TEST(a_consultation_may_fail) {
    ASK(a, handle_setup_transfer, handle, &order);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    stage_start_error = 5;
    ASK(a, handle_setup_transfer, handle, &order);
    expect_story("a=LineBusy a=ProviderFailed");
    ASK(a, handle_setup_transfer, handle, &order);
    completes(last_request());
    expect_story("a=ProviderFailed");
    ck_assert_uint_eq(client_count_handles(a), 1);
    ck_assert_uint_eq(line_calls(line0)->length, 1);
}
END_TEST

/* What it begins from does not answer it: the network does. */
START_TEST(a_consultation_outlives_the_first_call) {
    ASK(a, handle_setup_transfer, handle, &order);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("a~1[State=disconnected DisconnectCause=normal] b~1[State=disconnected DisconnectCause=normal]");
    refuses(last_request(), REFUSAL_INVALID_STATE);
    expect_story("a=InvalidState");
}
END_TEST

START_TEST(who_leaves_a_consultation_leaves_no_call) {
    Call *consultation;

    ASK(a, handle_setup_transfer, handle, &order);
    consultation = last_call();
    client_vanish(a);
    expect_asked("setup_transfer drop");
    begins(last_request() - 1, CALL_EVENT_DIALING, "second", "first");
    expect_asked("drop");
    ck_assert_uint_eq(call_owners(consultation), 0);
}
END_TEST

START_TEST(a_full_line_takes_no_consultation) {
    Client *c = arrives("c");
    Handle *held = talks(c, line1), *second;

    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    second = talks(c, line1);
    expect_refusal(handle_setup_transfer(second, &order, (Done) {}), REFUSAL_LINE_BUSY);
    expect_refusal(handle_setup_conference(second, &order, (Done) {}), REFUSAL_LINE_BUSY);
    expect_refusal(handle_hold(second, (Done) {}), REFUSAL_LINE_BUSY);
    provider_report_line_state(line1, LINE_OUT_OF_SERVICE, "");
    expect_refusal(handle_setup_transfer(second, &order, (Done) {}), REFUSAL_LINE_OUT_OF_SERVICE);
}
END_TEST

/* The call comes back: that we end the consultation by it is our own doing. */
START_TEST(to_come_back_ends_the_consultation) {
    Handle *second = consults_about(handle);
    Call *consultation = handle_call(second);

    ASK(a, handle_unhold, handle);
    provider_report_ended(consultation, CAUSE_BUSY, NULL);
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~2[State=idle DisconnectCause=normal] a~1[State=connected] "
                 "b~2[State=idle DisconnectCause=normal] b~1[State=connected]");
}
END_TEST

/* Its far end did so by itself. */
START_TEST(a_consultation_may_end_by_itself) {
    Handle *second = consults_about(handle);

    provider_report_ended(handle_call(second), CAUSE_NORMAL, NULL);
    expect_story("a~2[State=disconnected DisconnectCause=normal] b~2[State=disconnected DisconnectCause=normal]");
    ASK(a, handle_unhold, handle);
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~1[State=connected] b~1[State=connected]");
}
END_TEST

/* There is room for the call that comes back: the consultation's. */
START_TEST(to_come_back_takes_the_place_of_the_consultation) {
    Client *c = arrives("c");
    Handle *first = talks(c, line1);

    ASK(c, handle_setup_transfer, first, &order);
    begins(last_request(), CALL_EVENT_CONNECTED, "k", "l");
    provider_report_event(handle_call(first), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    forget_story();
    ASK(c, handle_unhold, first);
    expect_story("");
}
END_TEST

/* But not the other way round: after a swap both would be active. */
START_TEST(a_consultation_that_comes_back_takes_no_place) {
    Client *c = arrives("c");
    Handle *first = talks(c, line1), *second;

    ASK(c, handle_setup_transfer, first, &order);
    begins(last_request(), CALL_EVENT_CONNECTED, "k", "l");
    second = client_find_handle_on(c, last_call());
    provider_report_event(handle_call(second), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    forget_story();
    ASK(c, handle_unhold, second);
    expect_story("c=LineBusy");
    /* And who ends meanwhile ends by itself. */
    provider_report_ended(handle_call(first), CAUSE_NORMAL, NULL);
    ASK(c, handle_unhold, second);
    expect_asked("unhold");
    ASK(c, handle_drop, first, REJECT_NONE);
    expect_asked("");
    forget_story();
}
END_TEST

/* Nor does what it is about, where the line has no room any more. */
START_TEST(a_call_is_not_given_back_to_a_full_line) {
    Client *c = arrives("c");
    Handle *first = talks(c, line1), *second;

    ASK(c, handle_setup_transfer, first, &order);
    begins(last_request(), CALL_EVENT_CONNECTED, "k", "l");
    second = client_find_handle_on(c, last_call());
    provider_report_event(handle_call(first), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    provider_report_ended(handle_call(second), CAUSE_NORMAL, NULL);
    talks(c, line1);
    ASK(c, handle_drop, second, REJECT_NONE);
    expect_asked("");
    ck_assert_int_eq(call_state(handle_call(first)), CALL_STATE_ON_HOLD_PENDING_TRANSFER);
    forget_story();
}
END_TEST

/* Of a consultation about a consultation, each gives back its own. */
START_TEST(a_consultation_may_be_consulted_about) {
    Handle *second = consults_about(handle), *third;

    provider_report_event(handle_call(second), CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    ASK(a, handle_setup_transfer, second, &order);
    begins(last_request(), CALL_EVENT_CONNECTED, "third", "second");
    third = client_find_handle_on(a, last_call());
    provider_report_event(handle_call(second), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    provider_report_ended(handle_call(third), CAUSE_NORMAL, NULL);
    expect_asked("setup_transfer");
    ASK(a, handle_drop, third, REJECT_NONE);
    expect_asked("unhold");
    provider_report_event(handle_call(second), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    provider_report_ended(handle_call(second), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, second, REJECT_NONE);
    expect_asked("unhold");
    forget_story();
}
END_TEST

START_TEST(a_consultation_has_limits) {
    g_autofree char *long_text = g_strnfill(5000, 'x');
    const uint8_t *bytes = (const uint8_t *) long_text;
    const DialOrder orders[] = {
        { .address = "102", .called_party = long_text },
        { .address = "102", .comment = long_text },
        { .address = "102", .user_user_info = bytes, .user_user_info_size = USER_USER_INFO_MAX + 1 },
        { .address = "102", .call_data = bytes, .call_data_size = CALL_DATA_MAX + 1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++)
        expect_refusal(handle_setup_transfer(handle, &orders[i], (Done) {}), REFUSAL_TOO_BIG);
}
END_TEST

/* ---- Giving up ---- */

START_TEST(a_dropped_consultation_gives_back_the_call) {
    Handle *consultation = consults_about(handle);

    ASK(a, handle_drop, consultation, REJECT_NONE);
    expect_asked("drop");
    provider_report_ended(handle_call(consultation), CAUSE_NORMAL, NULL);
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    expect_asked("");
    expect_story("a=done a~2[State=idle DisconnectCause=normal] a~1[State=connected] "
                 "b~2[State=idle DisconnectCause=normal] b~1[State=connected]");
}
END_TEST

START_TEST(going_back_ends_the_consultation_as_ones_own_doing) {
    Handle *consultation = consults_about(handle);

    ASK(a, handle_unhold, handle);
    expect_asked("unhold");
    provider_report_ended(handle_call(consultation), CAUSE_CANCELLED, NULL);
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~2[State=idle DisconnectCause=normal] a~1[State=connected] "
                 "b~2[State=idle DisconnectCause=normal] b~1[State=connected]");
}
END_TEST

/* The network does not know it any more: so it is asked for the call that waits. Once. */
START_TEST(a_consultation_that_was_over_gives_back_the_call) {
    Handle *consultation = consults_about(handle);

    provider_report_ended(handle_call(consultation), CAUSE_NORMAL, NULL);
    expect_story("a~2[State=disconnected DisconnectCause=normal] b~2[State=disconnected DisconnectCause=normal]");
    if (_i == 1) {
        ASK(a, handle_unhold, handle);
        expect_asked("unhold");
    }
    ASK(a, handle_drop, consultation, REJECT_NONE);
    expect_asked(_i == 0 ? "unhold" : "");
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story(_i == 0 ? "a=done a~2[State=idle] a~1[State=connected] b~2[State=idle] b~1[State=connected]"
                         : "a=done a=done a~2[State=idle] a~1[State=connected] b~2[State=idle] b~1[State=connected]");
}
END_TEST

START_TEST(a_call_that_is_dropped_is_not_given_back) {
    Handle *consultation = consults_about(handle);

    provider_report_ended(handle_call(consultation), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, handle, REJECT_NONE);
    ASK(a, handle_drop, consultation, REJECT_NONE);
    expect_asked("drop");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    forget_story();
}
END_TEST

START_TEST(a_consultation_with_something_else_is_a_new_one) {
    Handle *first = consults_about(handle);
    Call *second;

    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    ASK(a, handle_setup_transfer, handle, &order);
    second = last_call();
    begins(last_request(), CALL_EVENT_DIALING, "third", "first");
    provider_report_event(call, CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    forget_story();
    provider_report_ended(handle_call(first), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, first, REJECT_NONE);
    expect_asked("");
    provider_report_ended(second, CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, client_find_handle_on(a, second), REJECT_NONE);
    expect_asked("unhold");
    forget_story();
}
END_TEST

/* Nobody is left who could drop it. */
START_TEST(a_consultation_without_owner_gives_back_its_call) {
    Handle *consultation = consults_about(handle);
    Call *other = handle_call(consultation);

    handle_release(consultation);
    expect_story("a-2 b~2[Owners=0 OwnerApps=]");
    provider_report_ended(other, CAUSE_REJECTED, NULL);
    expect_asked("unhold");
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_ACTIVE);
    completes(last_request());
    expect_story("b~2[State=disconnected DisconnectCause=rejected] b~2[State=idle] b~1[State=connected StateDetail] "
                 "a~1[State=connected StateDetail]");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("consultation");
    TCase *tcase = stage_case(suite, "consultation");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_consultation_is_the_clients_own);
    tcase_add_test(tcase, a_consultation_may_wait_for_digits);
    tcase_add_test(tcase, a_consultation_may_fail);
    tcase_add_test(tcase, a_consultation_outlives_the_first_call);
    tcase_add_test(tcase, who_leaves_a_consultation_leaves_no_call);
    tcase_add_test(tcase, a_full_line_takes_no_consultation);
    tcase_add_test(tcase, to_come_back_ends_the_consultation);
    tcase_add_test(tcase, a_consultation_may_end_by_itself);
    tcase_add_test(tcase, to_come_back_takes_the_place_of_the_consultation);
    tcase_add_test(tcase, a_consultation_that_comes_back_takes_no_place);
    tcase_add_test(tcase, a_call_is_not_given_back_to_a_full_line);
    tcase_add_test(tcase, a_consultation_may_be_consulted_about);
    tcase_add_test(tcase, a_consultation_has_limits);
    tcase_add_test(tcase, a_dropped_consultation_gives_back_the_call);
    tcase_add_test(tcase, going_back_ends_the_consultation_as_ones_own_doing);
    tcase_add_loop_test(tcase, a_consultation_that_was_over_gives_back_the_call, 0, 2);
    tcase_add_test(tcase, a_call_that_is_dropped_is_not_given_back);
    tcase_add_test(tcase, a_consultation_with_something_else_is_a_new_one);
    tcase_add_test(tcase, a_consultation_without_owner_gives_back_its_call);
    return run_suite(suite);
}
