/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done about a call that finds the far end busy, or nobody there. */
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;
static Call *call;

/* a's call finds the far end busy. */
static void set_up(void) {
    const DialOrder order = { .address = "101" };

    a = arrives("a");
    b = arrives("b");
    ASK(a, line_dial, line0, a, &order);
    call = last_call();
    dialled(last_request(), "call");
    provider_report_event(call, CALL_EVENT_BUSY, STATE_DETAIL_STATION);
    forget_story();
    handle = client_find_handle(a, 1);
}

START_TEST(a_call_camps_on) {
    ASK(a, handle_complete_call, handle, COMPLETION_CAMP_ON);
    expect_asked("camp-on");
    provider_report_event(call, CALL_EVENT_PROCEEDING, STATE_DETAIL_NONE);
    completes_with(last_request(), "c-1");
    provider_report_event(call, CALL_EVENT_RINGBACK, STATE_DETAIL_NONE);
    expect_story("a=done(c-1) a~1[State=proceeding StateDetail DisconnectCause=] a~1[State=ringback]");
}
END_TEST

START_TEST(a_callback_ends_the_call) {
    ASK(a, handle_complete_call, handle, _i == 0 ? COMPLETION_CALLBACK : COMPLETION_MESSAGE);
    expect_asked(_i == 0 ? "callback" : "message");
    ends_by(call, NULL, last_request(), CAUSE_NORMAL, "c-2");
    expect_story("a=done(c-2) a~1[State=idle StateDetail DisconnectCause=normal]");
}
END_TEST

START_TEST(it_may_be_refused) {
    Line *poor = adds_line("poor", 0, false, OPERATION_BIT(OPERATION_CANCEL_COMPLETION));

    ASK(a, handle_complete_call, talks(a, line0), COMPLETION_INTRUDE);
    stage_start_error = 5;
    ASK(a, handle_complete_call, handle, COMPLETION_INTRUDE);
    ASK(a, handle_complete_call, handle, COMPLETION_INTRUDE);
    refuses(last_request(), REFUSAL_NOT_SUPPORTED);
    expect_story("a=InvalidState a=ProviderFailed a=NotSupported");
    opens(a, poor, OPEN_NONE);
    ASK(a, line_cancel_completion, poor, a, "c-1");
    expect_story("a=NotSupported");
}
END_TEST

START_TEST(a_completion_is_cancelled) {
    g_autofree char *long_id = g_strnfill(COMPLETION_ID_MAX + 1, 'x');

    ASK(a, line_cancel_completion, line0, a, "c-1");
    expect_asked("cancel_completion");
    completes(last_request());
    ASK(a, line_cancel_completion, line0, a, "c-1");
    refuses(last_request(), REFUSAL_INVALID_COMPLETION);
    ASK(a, line_cancel_completion, line0, a, "");
    ASK(a, line_cancel_completion, line0, a, long_id);
    ASK(b, line_cancel_completion, line0, b, "c-1");
    stage_start_error = 5;
    ASK(a, line_cancel_completion, line0, a, long_id + 1);
    expect_story("a=done a=InvalidCompletion a=InvalidCompletion a=InvalidCompletion b=LineNotOpen a=ProviderFailed");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("completion");
    TCase *tcase = stage_case(suite, "completion");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_call_camps_on);
    tcase_add_loop_test(tcase, a_callback_ends_the_call, 0, 2);
    tcase_add_test(tcase, it_may_be_refused);
    tcase_add_test(tcase, a_completion_is_cancelled);
    return run_suite(suite);
}
