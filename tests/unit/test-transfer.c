/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfers: what is asked of the network, what it says, and what becomes of the handles. */
#include "tests/model/clock.h"
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

/* ---- Blind ---- */

START_TEST(a_blind_transfer_ends_the_call) {
    ASK(a, handle_blind_transfer, handle, "102");
    expect_asked("blind_transfer");
    expect_story("");
    ends_by(call, NULL, last_request(), CAUSE_NORMAL, NULL);
    expect_story("a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
}
END_TEST

START_TEST(a_blind_transfer_may_fail) {
    ASK(a, handle_blind_transfer, handle, "102");
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_story("a=LineBusy");
    ck_assert_int_eq(call_state(call), CALL_STATE_CONNECTED);
    stage_start_error = 5;
    ASK(a, handle_blind_transfer, handle, "102");
    expect_story("a=ProviderFailed");
}
END_TEST

START_TEST(the_call_may_end_before_its_blind_transfer) {
    ASK(a, handle_blind_transfer, handle, "102");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    refuses(last_request(), REFUSAL_INVALID_STATE);
    expect_story("a=InvalidState a~1[State=disconnected DisconnectCause=normal] b~1[State=disconnected DisconnectCause=normal]");
}
END_TEST

static const struct {
    const char *address;
    RefusalCode code;
} bad_targets[] = {
    { "100", REFUSAL_INVALID_ADDRESS },
    { "1 0-0", REFUSAL_INVALID_ADDRESS },
    { "tel:100", REFUSAL_INVALID_ADDRESS },
    { "", REFUSAL_INVALID_ADDRESS },
    { "nowhere", REFUSAL_INVALID_ADDRESS },
    { "*21#", REFUSAL_NOT_SUPPORTED },
};

START_TEST(there_are_bad_targets) {
    const DialOrder bad = { .address = bad_targets[_i].address };

    expect_refusal(handle_blind_transfer(handle, bad.address, (Done) {}), bad_targets[_i].code);
    if (*bad.address)
        expect_refusal(handle_setup_transfer(handle, &bad, (Done) {}), bad_targets[_i].code);
    expect_asked("");
    expect_story("");
}
END_TEST

/* ---- Completion ---- */

START_TEST(a_transfer_ends_both_calls) {
    Handle *consultation = consults_about(handle);

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    expect_asked("complete_transfer");
    ends_by(call, handle_call(consultation), last_request(), CAUSE_NORMAL, NULL);
    expect_story("a=done a~2[State=idle DisconnectCause=normal] a~1[State=idle DisconnectCause=normal] "
                 "b~2[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
    ck_assert_uint_eq(line_active_calls(line0) + line_held_calls(line0), 0);
}
END_TEST

START_TEST(a_transfer_may_fail) {
    Handle *consultation = consults_about(handle);

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    refuses(last_request(), REFUSAL_INVALID_STATE);
    stage_start_error = 5;
    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    expect_story("a=InvalidState a=ProviderFailed");
}
END_TEST

/* The completion finds no request any more: time is over, or it was answered by the end of the call. The calls end. */
START_TEST(a_late_transfer_ends_both_calls_all_the_same) {
    Handle *consultation = consults_about(handle);
    RequestId request;

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    request = last_request();
    clock_pass(21 * G_TIME_SPAN_SECOND);
    expect_story("a=Timeout");
    ends_by(call, handle_call(consultation), request, CAUSE_NORMAL, NULL);
    expect_story("a~2[State=idle DisconnectCause=normal] a~1[State=idle DisconnectCause=normal] "
                 "b~2[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
}
END_TEST

START_TEST(an_end_by_nothing_is_an_end_by_the_network) {
    Handle *consultation = consults_about(handle);

    ends_by(call, handle_call(consultation), 12345, CAUSE_NORMAL, NULL);
    expect_story("a~2[State=disconnected DisconnectCause=normal] a~1[State=disconnected DisconnectCause=normal] "
                 "b~2[State=disconnected DisconnectCause=normal] b~1[State=disconnected DisconnectCause=normal]");
}
END_TEST

START_TEST(an_end_by_another_request_is_an_end_by_the_network) {
    ASK(a, handle_mute, handle, true);
    ends_by(handle_call(talks(b, line0)), NULL, last_request() - 1, CAUSE_NORMAL, NULL);
    ASK(a, handle_hold, handle);
    ends_by(call, NULL, 1, CAUSE_NORMAL, NULL);
    ck_assert_int_eq(call_state(call), CALL_STATE_DISCONNECTED);
}
END_TEST

START_TEST(the_consultation_may_end_before_the_transfer) {
    Handle *consultation = consults_about(handle);
    RequestId transfer;

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    transfer = last_request();
    provider_report_ended(handle_call(consultation), CAUSE_NORMAL, NULL);
    client_vanish(b);
    handle_release(consultation);
    refuses(transfer, REFUSAL_INVALID_STATE);
    expect_story("a~2[State=disconnected DisconnectCause=normal] a=InvalidState a-2");
}
END_TEST

START_TEST(a_transfer_becomes_a_conference) {
    Handle *consultation = consults_about(handle);
    Call *conference;

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_CONFERENCE);
    expect_asked("complete_conference");
    conference = last_conference();
    begins(last_request(), CALL_EVENT_CONNECTED, "third", NULL);
    provider_report_joined(call, conference);
    provider_report_joined(handle_call(consultation), conference);
    expect_story("a=done(3) a+3(connected) a~1[State=conferenced Conference] a~2[State=conferenced Conference] "
                 "b+3(connected) b~1[State=conferenced Conference] b~2[State=conferenced Conference]");
    ck_assert_int_eq(call_kind(conference), CALL_KIND_CONFERENCE);
    ck_assert_uint_eq(call_participants(conference)->length, 2);
}
END_TEST

START_TEST(a_transfer_to_a_conference_may_fail) {
    Handle *consultation = consults_about(handle);

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_CONFERENCE);
    refuses(last_request(), REFUSAL_CONFERENCE_FULL);
    stage_start_error = 5;
    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_CONFERENCE);
    expect_story("a=ConferenceFull a=ProviderFailed");
    ck_assert_uint_eq(client_count_handles(a), 2);
}
END_TEST

/* ---- Misuse ---- */

START_TEST(a_consultation_has_to_fit) {
    Handle *consultation = consults_about(handle), *elsewhere = talks(a, drop_line);
    Call *other = handle_call(consultation);

    ASK(a, handle_complete_transfer, handle, elsewhere, TRANSFER_TRANSFER);
    ASK(a, handle_complete_transfer, handle, handle, TRANSFER_TRANSFER);
    ASK(b, handle_complete_transfer, client_find_handle_on(b, call), client_find_handle_on(b, other), TRANSFER_TRANSFER);
    expect_granted(handle_set_privilege(client_find_handle_on(b, other), "owner"));
    ASK(b, handle_complete_transfer, client_find_handle_on(b, call), client_find_handle_on(b, other), TRANSFER_TRANSFER);
    ASK(a, handle_complete_transfer, consultation, handle, TRANSFER_TRANSFER);
    provider_report_ended(other, CAUSE_NORMAL, NULL);
    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    expect_asked("");
    check_story("a=InvalidState a=InvalidState b=NotOwner b=NotOwner a=InvalidState a=InvalidState", false);
}
END_TEST

static const struct {
    CallEvent event;
    bool transfer, conference;
} consultations[] = {
    { CALL_EVENT_DIALING, false, false },
    { CALL_EVENT_PROCEEDING, true, true },
    { CALL_EVENT_RINGBACK, true, true },
    { CALL_EVENT_BUSY, true, false },
    { CALL_EVENT_SPECIAL_INFO, false, false },
    { CALL_EVENT_CONNECTED, true, true },
};

START_TEST(a_consultation_has_to_have_got_somewhere) {
    Handle *consultation;

    ASK(a, handle_setup_transfer, handle, &order);
    consultation = (begins(last_request(), CALL_EVENT_DIALING, "second", "first"), client_find_handle_on(a, last_call()));
    provider_report_event(call, CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    provider_report_event(handle_call(consultation), consultations[_i].event, STATE_DETAIL_NONE);
    forget_story();
    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    expect_asked(consultations[_i].transfer ? "complete_transfer" : "");
    if (consultations[_i].transfer)
        refuses(last_request(), REFUSAL_LINE_BUSY);
    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_CONFERENCE);
    expect_asked(consultations[_i].conference ? "complete_conference" : "");
}
END_TEST

START_TEST(a_conference_is_no_consultation) {
    Handle *conference;

    ASK(a, handle_setup_conference, handle, &order);
    conference_begins(last_request(), "third", "fourth");
    conference = client_find_handle(a, 2);
    provider_report_event(handle_call(conference), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_refusal(handle_complete_transfer(handle, conference, TRANSFER_TRANSFER, (Done) {}), REFUSAL_INVALID_STATE);
    expect_refusal(handle_complete_transfer(conference, handle, TRANSFER_TRANSFER, (Done) {}), REFUSAL_INVALID_STATE);
    expect_refusal(handle_setup_transfer(conference, &order, (Done) {}), REFUSAL_INVALID_STATE);
    expect_refusal(handle_blind_transfer(conference, "102", (Done) {}), REFUSAL_INVALID_STATE);
}
END_TEST

START_TEST(a_line_without_conferences_transfers_only) {
    Line *poor = adds_line("poor", 0, false, OPERATION_BIT(OPERATION_ADD_TO_CONFERENCE));
    Handle *first = talks(a, poor), *second;

    provider_report_event(handle_call(first), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    second = talks(a, poor);
    expect_refusal(handle_complete_transfer(first, second, TRANSFER_CONFERENCE, (Done) {}), REFUSAL_NOT_SUPPORTED);
    ASK(a, handle_complete_transfer, first, second, TRANSFER_TRANSFER);
    expect_asked("complete_transfer");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("transfer");
    TCase *tcase = stage_case(suite, "transfer");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_blind_transfer_ends_the_call);
    tcase_add_test(tcase, a_blind_transfer_may_fail);
    tcase_add_test(tcase, the_call_may_end_before_its_blind_transfer);
    tcase_add_loop_test(tcase, there_are_bad_targets, 0, G_N_ELEMENTS(bad_targets));
    tcase_add_test(tcase, a_transfer_ends_both_calls);
    tcase_add_test(tcase, a_transfer_may_fail);
    tcase_add_test(tcase, a_late_transfer_ends_both_calls_all_the_same);
    tcase_add_test(tcase, an_end_by_nothing_is_an_end_by_the_network);
    tcase_add_test(tcase, an_end_by_another_request_is_an_end_by_the_network);
    tcase_add_test(tcase, the_consultation_may_end_before_the_transfer);
    tcase_add_test(tcase, a_transfer_becomes_a_conference);
    tcase_add_test(tcase, a_transfer_to_a_conference_may_fail);
    tcase_add_test(tcase, a_consultation_has_to_fit);
    tcase_add_loop_test(tcase, a_consultation_has_to_have_got_somewhere, 0, G_N_ELEMENTS(consultations));
    tcase_add_test(tcase, a_conference_is_no_consultation);
    tcase_add_test(tcase, a_line_without_conferences_transfers_only);
    return run_suite(suite);
}
