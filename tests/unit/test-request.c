/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 16: every request gets exactly one reply, whatever happens meanwhile. */
#include "service/request.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

#define SECOND G_TIME_SPAN_SECOND

static Client *a, *b;
static Handle *handle;
static Call *call;

/* a talks; b monitors and may own. */
static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks(a, line0);
    call = handle_call(handle);
}

static unsigned pending(void) {
    return g_hash_table_size(manager_requests(manager));
}

START_TEST(it_is_answered_when_the_network_is_done) {
    ASK(a, handle_hold, handle);
    expect_asked("hold");
    expect_story("");
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~1[State=on-hold] b~1[State=on-hold]");
    ck_assert_uint_eq(pending(), 0);
}
END_TEST

START_TEST(a_second_completion_is_ignored) {
    RequestId request;

    ASK(a, handle_hold, handle);
    request = last_request();
    completes(request);
    completes(request);
    refuses(request, REFUSAL_LINE_BUSY);
    dialled(request, "x");
    expect_story("a=done");
}
END_TEST

START_TEST(completions_of_nothing_are_ignored) {
    static const RequestId nothing[] = { 0, 12345, UINT64_MAX };

    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
        completes(nothing[i]);
        refuses(nothing[i], REFUSAL_LINE_BUSY);
        dialled(nothing[i], "x");
    }
    expect_story("");
}
END_TEST

START_TEST(the_networks_refusal_is_the_answer) {
    ASK(a, handle_hold, handle);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_story("a=LineBusy");
    ck_assert_int_eq(call_state(call), CALL_STATE_CONNECTED);
}
END_TEST

START_TEST(what_could_not_start_is_refused_at_once) {
    stage_start_error = 5;
    ASK(a, handle_hold, handle);
    expect_story("a=ProviderFailed");
    ck_assert_uint_eq(pending(), 0);
}
END_TEST

START_TEST(the_end_of_the_call_answers_all) {
    ASK(a, handle_hold, handle);
    ASK(a, handle_mute, handle, true);
    ASK(a, handle_send_digits, handle, "1", 80, 40);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("a=InvalidState a=InvalidState a=InvalidState a~1[State=disconnected DisconnectCause=normal] "
                 "b~1[State=disconnected DisconnectCause=normal]");
    ck_assert_uint_eq(pending(), 0);
    completes(last_request());
    expect_story("");
}
END_TEST

START_TEST(a_drop_has_worked_when_the_call_ended) {
    ASK(a, handle_drop, handle, REJECT_NONE);
    ASK(a, handle_drop, handle, REJECT_NONE);
    expect_asked("drop");
    provider_report_ended(call, CAUSE_BUSY, "SIP 486");
    expect_story("a=done a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
    completes(last_request());
    ck_assert_uint_eq(pending(), 0);
}
END_TEST

/* The network heard of the first only. */
START_TEST(all_drops_share_the_fate_of_the_first) {
    ASK(a, handle_drop, handle, REJECT_NONE);
    ASK(a, handle_drop, handle, REJECT_NONE);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_story("a=LineBusy a=LineBusy");
    ck_assert_uint_eq(pending(), 0);
    expect_asked("drop");
    /* A later one is asked for again, and what ends by itself has its own cause. */
    ASK(a, handle_drop, handle, REJECT_NONE);
    expect_asked("drop");
    refuses(last_request(), REFUSAL_LINE_BUSY);
    provider_report_ended(call, CAUSE_CONGESTION, NULL);
    expect_story("a=LineBusy a~1[State=disconnected DisconnectCause=congestion] b~1[State=disconnected DisconnectCause=congestion]");
}
END_TEST

START_TEST(a_drop_that_is_refused_after_its_client_left_is_tried_again) {
    ASK(a, handle_drop, handle, REJECT_NONE);
    client_vanish(a);
    expect_asked("drop");
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_asked("drop");
    /* But not for ever. */
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_asked("");
    expect_story("a=ClientGone b~1[Owners=0 OwnerApps=]");
}
END_TEST

START_TEST(somebody_who_took_it_keeps_it_when_that_drop_is_refused) {
    ASK(a, handle_drop, handle, REJECT_NONE);
    client_vanish(a);
    expect_granted(handle_set_privilege(client_find_handle(b, 1), "owner"));
    expect_asked("drop");
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_asked("");
    ck_assert_uint_eq(call_owners(call), 1);
}
END_TEST

START_TEST(only_the_first_answer_is_asked_for) {
    Call *incoming = comes_in(line0, "y");
    Handle *offered = client_find_handle_on(b, incoming);

    expect_story("b+2(offering)");
    ASK(b, handle_answer, offered);
    ASK(b, handle_answer, offered);
    expect_asked("answer");
    provider_report_event(incoming, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    completes(last_request());
    ASK(b, handle_answer, offered);
    expect_story("b=Conflict b=done b=InvalidState b~2[State=connected]");
}
END_TEST

/* ---- The client leaves ---- */

START_TEST(who_left_is_told_so_and_its_request_goes_on) {
    ASK(a, handle_hold, handle);
    client_vanish(a);
    expect_story("a=ClientGone b~1[Owners=0 OwnerApps=]");
    expect_asked("hold drop");
    ck_assert_uint_eq(pending(), 2);
    /* The network does not know: it goes on reporting. */
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_story("b~1[State=on-hold]");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("b~1[State=idle DisconnectCause=normal]");
    ck_assert_uint_eq(pending(), 0);
}
END_TEST

START_TEST(what_was_asked_for_by_who_left_still_happens) {
    expect_granted(handle_handoff(handle, "b"));
    ASK(a, handle_mute, handle, true);
    client_vanish(a);
    manager_flush(manager);
    completes(last_request());
    ck_assert(call_muted(call));
    expect_story("a=ClientGone b~1[Privilege=owner Owners=1 OwnerApps=] b~1[Muted]");
}
END_TEST

START_TEST(digits_of_who_left_are_nobodys) {
    expect_granted(handle_handoff(handle, "b"));
    ASK(a, handle_send_digits, handle, "12", 80, 40);
    client_vanish(a);
    completes(last_request());
    provider_report_digits_sent(call, DIGITS_DONE);
    expect_story("a=ClientGone b~1[Privilege=owner Owners=1 OwnerApps=]");
}
END_TEST

/* ---- Time is over ---- */

START_TEST(it_is_answered_when_its_time_is_over) {
    ASK(a, handle_hold, handle);
    clock_pass(20 * SECOND - 1);
    expect_story("");
    clock_pass(1);
    expect_story("a=Timeout");
    ck_assert_uint_eq(pending(), 1);
    /* It comes to something after all: the state tells, and nobody is answered twice. */
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a~1[State=on-hold] b~1[State=on-hold]");
    ck_assert_uint_eq(pending(), 0);
}
END_TEST

START_TEST(each_has_its_own_time) {
    for (int i = 0; i < 4; i++) {
        ASK(a, handle_mute, handle, true);
        clock_pass(SECOND);
    }
    clock_pass(16 * SECOND);
    expect_story("a=Timeout");
    clock_pass(SECOND);
    expect_story("a=Timeout");
    completes(last_request());
    expect_story("a=done a~1[Muted] b~1[Muted]");
    clock_pass(60 * SECOND);
    expect_story("a=Timeout");
}
END_TEST

START_TEST(time_does_not_answer_what_was_answered) {
    ASK(a, handle_hold, handle);
    completes(last_request());
    ASK(a, handle_hold, handle);
    client_vanish(a);
    clock_pass(3600 * SECOND);
    expect_story("a=done a=ClientGone b~1[Owners=0 OwnerApps=]");
}
END_TEST

START_TEST(a_dial_that_took_too_long_is_dropped) {
    const DialOrder order = { .address = "101" };
    RequestId request;

    ASK(b, line_dial, line0, b, &order);
    request = last_request();
    expect_asked("dial");
    clock_pass(21 * SECOND);
    dialled(request, "y");
    expect_asked("drop");
    /* It watches the line, so it sees the call that came too late. */
    expect_story("b=Timeout b+2(dialing)");
}
END_TEST

/* ---- Limits ---- */

START_TEST(a_client_has_only_so_many) {
    for (int i = 0; i < 4; i++)
        ASK(a, handle_mute, handle, true);
    expect_story("");
    ASK(a, handle_mute, handle, true);
    expect_story("a=LimitsExceeded");
    expect_asked("mute mute mute mute");
    completes(last_request());
    ASK(a, handle_mute, handle, true);
    expect_asked("mute");
    expect_story("a=done a~1[Muted] b~1[Muted]");
}
END_TEST

/* Time-out or not: the network still works on it. */
START_TEST(what_is_over_its_time_still_counts) {
    for (int i = 0; i < 4; i++)
        ASK(a, handle_mute, handle, true);
    clock_pass(30 * SECOND);
    ASK(a, handle_mute, handle, true);
    expect_story("a=Timeout a=Timeout a=Timeout a=Timeout a=LimitsExceeded");
}
END_TEST

START_TEST(a_user_has_only_so_many) {
    Client *c = arrives("c"), *other_user = arrives("A");
    Handle *of_c = talks(c, line0), *of_other = talks(other_user, line0);

    for (int i = 0; i < 4; i++)
        ASK(a, handle_mute, handle, true);
    for (int i = 0; i < 2; i++)
        ASK(c, handle_mute, of_c, true);
    expect_story("");
    ASK(c, handle_mute, of_c, true);
    ASK(other_user, handle_mute, of_other, true);
    expect_story("c=LimitsExceeded");
    /* Who leaves gives nothing back before the network is done. */
    client_vanish(a);
    ASK(c, handle_mute, of_c, true);
    expect_story("a=ClientGone a=ClientGone a=ClientGone a=ClientGone c=LimitsExceeded b~1[Owners=0 OwnerApps=]");
}
END_TEST

START_TEST(the_services_own_are_not_counted) {
    expect_granted(handle_monitor_digits(handle, true));
    expect_granted(handle_monitor_digits(handle, false));
    expect_asked("listen ignore");
    for (int i = 0; i < 4; i++)
        ASK(a, handle_mute, handle, true);
    expect_story("");
}
END_TEST

/* ---- The service stops ---- */

static void on_stopped(const char *failure, void *userdata) {
    ++*(int *) userdata;
}

START_TEST(all_are_answered_when_the_service_stops) {
    const DialOrder order = { .address = "101" };
    int stopped = 0;

    ASK(a, handle_hold, handle);
    ASK(b, line_dial, line0, b, &order);
    expect_asked("hold dial");
    manager_stop(manager, on_stopped, &stopped);
    expect_asked("stop");
    expect_story("a=ProviderFailed b=ProviderFailed");
    ASK(b, line_dial, line0, b, &order);
    expect_story("b=ProviderFailed");
    ck_assert_int_eq(stopped, 0);
    completes(last_request());
    ck_assert_int_eq(stopped, 1);
}
END_TEST

/* ---- Completions by the end of a call, of what they do not fit ---- */

START_TEST(what_has_an_effect_has_none_after_the_end) {
    ASK(a, handle_mute, handle, true);
    ends_by(call, NULL, last_request(), CAUSE_NORMAL, NULL);
    expect_story("a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
    ck_assert(!call_muted(call));
}
END_TEST

START_TEST(a_call_that_is_not_there_yet_does_not_end) {
    ASK(a, line_dial, line0, a, &(DialOrder) { .address = "101" });
    ends_by(last_call(), NULL, last_request(), CAUSE_NORMAL, NULL);
    expect_story("");
    dialled(last_request(), "z");
    expect_story("a=done(2) a+2(dialing) b+2(dialing)");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("request");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.requests_per_client = 4;
    stage_limits.requests_per_user = 6;
    tcase = stage_case(suite, "request");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, it_is_answered_when_the_network_is_done);
    tcase_add_test(tcase, a_second_completion_is_ignored);
    tcase_add_test(tcase, completions_of_nothing_are_ignored);
    tcase_add_test(tcase, the_networks_refusal_is_the_answer);
    tcase_add_test(tcase, what_could_not_start_is_refused_at_once);
    tcase_add_test(tcase, the_end_of_the_call_answers_all);
    tcase_add_test(tcase, a_drop_has_worked_when_the_call_ended);
    tcase_add_test(tcase, all_drops_share_the_fate_of_the_first);
    tcase_add_test(tcase, a_drop_that_is_refused_after_its_client_left_is_tried_again);
    tcase_add_test(tcase, somebody_who_took_it_keeps_it_when_that_drop_is_refused);
    tcase_add_test(tcase, only_the_first_answer_is_asked_for);
    tcase_add_test(tcase, who_left_is_told_so_and_its_request_goes_on);
    tcase_add_test(tcase, what_was_asked_for_by_who_left_still_happens);
    tcase_add_test(tcase, digits_of_who_left_are_nobodys);
    tcase_add_test(tcase, it_is_answered_when_its_time_is_over);
    tcase_add_test(tcase, each_has_its_own_time);
    tcase_add_test(tcase, time_does_not_answer_what_was_answered);
    tcase_add_test(tcase, a_dial_that_took_too_long_is_dropped);
    tcase_add_test(tcase, a_client_has_only_so_many);
    tcase_add_test(tcase, what_is_over_its_time_still_counts);
    tcase_add_test(tcase, a_user_has_only_so_many);
    tcase_add_test(tcase, the_services_own_are_not_counted);
    tcase_add_test(tcase, all_are_answered_when_the_service_stops);
    tcase_add_test(tcase, what_has_an_effect_has_none_after_the_end);
    tcase_add_test(tcase, a_call_that_is_not_there_yet_does_not_end);
    return run_suite(suite);
}
