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

/* a's consultation, connected. */
static Handle *consults(void) {
    Call *consultation;

    ASK(a, handle_setup_transfer, handle, &order);
    consultation = last_call();
    begins(last_request(), CALL_EVENT_DIALING, "second", "first");
    provider_report_event(call, CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    provider_report_event(consultation, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    forget_story();
    return client_find_handle_on(a, consultation);
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

/* ---- Consultation ---- */

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
    Handle *second = consults();
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
    Handle *second = consults();

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
    Handle *second = consults(), *third;

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

/* ---- Cancelling ---- */

START_TEST(a_dropped_consultation_gives_back_the_call) {
    Handle *consultation = consults();

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
    Handle *consultation = consults();

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
    Handle *consultation = consults();

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
    Handle *consultation = consults();

    provider_report_ended(handle_call(consultation), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, handle, REJECT_NONE);
    ASK(a, handle_drop, consultation, REJECT_NONE);
    expect_asked("drop");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    forget_story();
}
END_TEST

START_TEST(a_consultation_with_something_else_is_a_new_one) {
    Handle *first = consults();
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

/* ---- Completion ---- */

START_TEST(a_transfer_ends_both_calls) {
    Handle *consultation = consults();

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    expect_asked("complete_transfer");
    ends_by(call, handle_call(consultation), last_request(), CAUSE_NORMAL, NULL);
    expect_story("a=done a~2[State=idle DisconnectCause=normal] a~1[State=idle DisconnectCause=normal] "
                 "b~2[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
    ck_assert_uint_eq(line_active_calls(line0) + line_held_calls(line0), 0);
}
END_TEST

START_TEST(a_transfer_may_fail) {
    Handle *consultation = consults();

    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    refuses(last_request(), REFUSAL_INVALID_STATE);
    stage_start_error = 5;
    ASK(a, handle_complete_transfer, handle, consultation, TRANSFER_TRANSFER);
    expect_story("a=InvalidState a=ProviderFailed");
}
END_TEST

/* The completion finds no request any more: time is over, or it was answered by the end of the call. The calls end. */
START_TEST(a_late_transfer_ends_both_calls_all_the_same) {
    Handle *consultation = consults();
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
    Handle *consultation = consults();

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
    Handle *consultation = consults();
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

/* Nobody is left who could drop it. */
START_TEST(a_consultation_without_owner_gives_back_its_call) {
    Handle *consultation = consults();
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

START_TEST(a_transfer_becomes_a_conference) {
    Handle *consultation = consults();
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
    Handle *consultation = consults();

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
    Handle *consultation = consults(), *elsewhere = talks(a, drop_line);
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
    tcase_add_test(tcase, a_transfer_ends_both_calls);
    tcase_add_test(tcase, a_transfer_may_fail);
    tcase_add_test(tcase, a_late_transfer_ends_both_calls_all_the_same);
    tcase_add_test(tcase, an_end_by_nothing_is_an_end_by_the_network);
    tcase_add_test(tcase, an_end_by_another_request_is_an_end_by_the_network);
    tcase_add_test(tcase, the_consultation_may_end_before_the_transfer);
    tcase_add_test(tcase, a_consultation_without_owner_gives_back_its_call);
    tcase_add_test(tcase, a_transfer_becomes_a_conference);
    tcase_add_test(tcase, a_transfer_to_a_conference_may_fail);
    tcase_add_test(tcase, a_consultation_has_to_fit);
    tcase_add_loop_test(tcase, a_consultation_has_to_have_got_somewhere, 0, G_N_ELEMENTS(consultations));
    tcase_add_test(tcase, a_conference_is_no_consultation);
    tcase_add_test(tcase, a_line_without_conferences_transfers_only);
    return run_suite(suite);
}
