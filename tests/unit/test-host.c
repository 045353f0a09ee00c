/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A provider in a process of its own: what its library makes of the service's messages and of what the provider reports. */
#include <glib.h>
#include <string.h>
#include <sysexits.h>

#include "providers/wire/names.h"
#include "tests/unit/fake-service.h"
#include "tests/unit/host-stage.h"
#include "tests/unit/run.h"

#define ERROR(name) WIRE_ERROR_PREFIX name

/* ---- Hello and the start ---- */

START_TEST(hello_tells_who_it_is) {
    const char *name = NULL, *ability = NULL;
    unsigned version = 0, n = 0;
    sd_bus_message *m;

    service_accept();
    m = service_expect("Hello");
    ck_assert_str_eq(sd_bus_message_get_signature(m, true), "usasa{sv}a(ta{sv})");
    sd_bus_message_read(m, "us", &version, &name);
    ck_assert_uint_eq(version, 1);
    ck_assert_str_eq(name, "test");
    sd_bus_message_enter_container(m, 'a', "s");
    for (; sd_bus_message_read(m, "s", &ability) > 0; n++)
        ck_assert_str_ne(ability, "Mute");
    ck_assert_uint_eq(n, 12);
    sd_bus_message_exit_container(m);
    ck_assert_int_eq(sd_bus_message_skip(m, "a{sv}"), 1);
    ck_assert_int_eq(sd_bus_message_enter_container(m, 'a', "(ta{sv})"), 1);
    ck_assert_int_eq(sd_bus_message_at_end(m, false), 1);
}
END_TEST

START_TEST(lines_are_told_before_the_start_is_complete) {
    stage_begin();
}
END_TEST

START_TEST(the_start_says_whether_default_lines_are_wanted) {
    stage_say_hello();
    stage_ask_start(true);
    stage_expect_asked("start-with-lines");
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect_done();
}
END_TEST

START_TEST(a_start_that_fails_is_the_end) {
    stage_say_hello();
    stage_ask_start(false);
    stage_expect_asked("start");
    provider_complete(stage.provider, stage.request, refuse(REFUSAL_CONFLICT, "Two lines"), NULL);
    service_expect_error(ERROR("Conflict"), "Two lines");
    ck_assert_int_eq(stage.over, EX_CONFIG);
}
END_TEST

START_TEST(who_may_not_be_a_provider_leaves) {
    service_accept();
    service_expect("Hello");
    service_answer_error(WIRE_ERROR_ACCESS_DENIED, "No");
    service_wait(stage_is_over);
    ck_assert_int_eq(stage.over, EX_NOPERM);
}
END_TEST

START_TEST(who_is_there_twice_tries_again) {
    service_accept();
    service_expect("Hello");
    service_answer_error(ERROR("Conflict"), "There is one");
    service_wait(stage_is_alone);
    service_hang_up();
    stage_say_hello();
    ck_assert_int_eq(stage.over, -1);
}
END_TEST

/* ---- Operations ---- */

START_TEST(a_call_is_dialled) {
    const char *key = NULL, *event = NULL;
    sd_bus_message *m;

    stage_begin();
    stage_ask_dial(5, "11");
    stage_expect_asked("11");
    ck_assert_int_eq(call_state(stage.call), CALL_STATE_UNKNOWN);
    provider_complete_calls(stage.provider, stage.request, &(CallStart) { .event = CALL_EVENT_DIALING, .call_id = "c1" });
    m = service_expect_done();
    sd_bus_message_enter_container(m, 'a', "{sv}");
    sd_bus_message_enter_container(m, 'e', "sv");
    sd_bus_message_read(m, "s", &key);
    sd_bus_message_read(m, "v", "s", &event);
    ck_assert_str_eq(key, "event");
    ck_assert_str_eq(event, "dialing");
    ck_assert_int_eq(call_state(stage.call), CALL_STATE_DIALING);
    ck_assert_str_eq(call_call_id(stage.call), "c1");
    ck_assert_uint_eq(call_number(stage.call), 5);
}
END_TEST

START_TEST(what_cannot_be_dialled_never_reaches_the_provider) {
    stage_begin();
    stage_ask_dial(5, "anna");
    service_expect_error(ERROR("InvalidAddress"), "Line l0 can't dial 'anna': this network dials digits only");
    ck_assert_uint_eq(stage.asked->len, 0);
}
END_TEST

START_TEST(a_dial_that_is_refused_makes_no_call) {
    stage_begin();
    stage_ask_dial(5, "11");
    stage_expect_asked("11");
    provider_complete(stage.provider, stage.request, refuse(REFUSAL_LINE_BUSY, "No circuit"), NULL);
    service_expect_error(ERROR("LineBusy"), "No circuit");
    stage_ask_call("Hold", 5);
    service_expect_error(ERROR("InvalidState"), "The call has ended");
    stage_dial(5);
}
END_TEST

START_TEST(what_cannot_begin_is_answered) {
    stage_begin();
    stage.refuse_to_begin = true;
    stage_ask_dial(5, "11");
    stage_expect_asked("11");
    service_expect_error(ERROR("ProviderFailed"), "The provider could not do it: Input/output error");
}
END_TEST

START_TEST(effects_come_before_the_answer) {
    stage_begin();
    stage_dial(5);
    stage_connect_call();
    stage_ask_call("Hold", 5);
    stage_expect_asked("hold");
    provider_report_event(stage.call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect("Event");
    service_expect_done();
    ck_assert_int_eq(call_state(stage.call), CALL_STATE_ON_HOLD);
}
END_TEST

START_TEST(what_the_state_forbids_never_reaches_the_provider) {
    stage_begin();
    stage_dial(5);
    stage_ask_call("Hold", 5);
    service_expect_error(ERROR("InvalidState"), "The call is dialing: Hold needs connected");
}
END_TEST

START_TEST(an_operation_ends_its_call) {
    const char *cause = NULL, *place = NULL;
    sd_bus_message *m;

    stage_begin();
    stage_dial(5);
    stage_connect_call();
    m = service_question("Park");
    sd_bus_message_append(m, "ts", UINT64_C(5), "");
    service_ask(m);
    stage_expect_asked("park");
    provider_complete_by_end(stage.call, NULL, stage.request, CAUSE_NORMAL, "701");
    m = service_expect_done();
    ck_assert_int_eq(sd_bus_message_read(m, "ss", &cause, &place), 1);
    ck_assert_str_eq(cause, "normal");
    ck_assert_str_eq(place, "701");
    stage_ask_call("Hold", 5);
    service_expect_error(ERROR("InvalidState"), "The call has ended");
}
END_TEST

START_TEST(a_call_ends_with_what_is_pending_on_it) {
    stage_begin();
    stage_dial(5);
    stage_connect_call();
    stage_ask_call("Hold", 5);
    stage_expect_asked("hold");
    provider_report_ended(stage.call, CAUSE_BUSY, "SIP 486");
    service_expect("Ended");
    provider_complete(stage.provider, stage.request, refuse(REFUSAL_INVALID_STATE, "It is over"), NULL);
    service_expect_error(ERROR("InvalidState"), "It is over");
}
END_TEST

START_TEST(a_call_that_is_gone_was_dropped) {
    stage_begin();
    stage_ask_drop(99);
    service_expect_done();
    ck_assert_uint_eq(stage.asked->len, 0);
}
END_TEST

START_TEST(a_consultation_is_made) {
    sd_bus_message *m;

    stage_begin();
    stage_dial(5);
    stage_connect_call();
    m = service_question("SetupTransfer");
    sd_bus_message_append(m, "tta{sv}", UINT64_C(5), UINT64_C(6), 0);
    service_ask(m);
    stage_expect_asked("consult");
    provider_complete_calls(stage.provider, stage.request, &(CallStart) { .event = CALL_EVENT_DIAL_TONE });
    service_expect_done();
    ck_assert_int_eq(call_state(stage.other), CALL_STATE_DIAL_TONE);
}
END_TEST

START_TEST(stats_are_told_when_asked_for) {
    sd_bus_message *m;

    stage_begin();
    stage_dial(5);
    stage_ask_call("RefreshMediaStats", 5);
    m = service_expect("MediaStats");
    ck_assert_str_eq(sd_bus_message_get_signature(m, true), "ta{sv}");
    service_expect_done();
}
END_TEST

static const struct {
    const char *member, *types, *error, *text;
} wrong[] = {
    { "Sing", "t", "org.freedesktop.DBus.Error.UnknownMethod", NULL },
    { "Mute", "t", ERROR("NotSupported"), "Provider test can't do Mute" },
    { "Hold", "s", WIRE_ERROR_INVALID_ARGS, "Hold takes 't', not 's'" },
    { "RemoveLine", "s", WIRE_ERROR_UNKNOWN_OBJECT, "There is no line 5" },
};

START_TEST(what_makes_no_sense_is_answered) {
    sd_bus_message *m;

    stage_begin();
    m = service_question(wrong[_i].member);
    if (*wrong[_i].types == 't')
        sd_bus_message_append(m, "t", UINT64_C(5));
    else
        sd_bus_message_append(m, "s", "5");
    service_ask(m);
    service_expect_error(wrong[_i].error, wrong[_i].text);
}
END_TEST

START_TEST(a_number_is_given_once) {
    stage_begin();
    stage_dial(5);
    stage_ask_dial(5, "11");
    service_expect_error(WIRE_ERROR_INVALID_ARGS, "No new call can have the number 5");
    stage_ask_dial(CALL_NUMBER_OF_PROVIDER, "11");
    service_expect_error(WIRE_ERROR_INVALID_ARGS, NULL);
    stage_ask_dial(0, "11");
    service_expect_error(WIRE_ERROR_INVALID_ARGS, "A new call needs a number");
}
END_TEST

/* ---- A provider that is wrong ---- */

START_TEST(a_second_completion_is_ignored) {
    stage_begin();
    stage_dial(5);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    provider_complete(stage.provider, stage.request, refuse(REFUSAL_TIMEOUT, "x"), NULL);
    provider_complete(stage.provider, 4711, NULL, NULL);
    service_expect_nothing();
}
END_TEST

START_TEST(a_dial_without_its_call_is_refused) {
    stage_begin();
    stage_ask_dial(5, "11");
    stage_expect_asked("11");
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect_error(ERROR("ProviderFailed"), "The provider said nothing of the call");
}
END_TEST

START_TEST(calls_of_an_operation_that_makes_none) {
    stage_begin();
    stage_dial(5);
    stage_connect_call();
    stage_ask_call("Hold", 5);
    stage_expect_asked("hold");
    provider_complete_calls(stage.provider, stage.request, &(CallStart) { .event = CALL_EVENT_DIALING });
    service_expect_error(ERROR("ProviderFailed"), NULL);
}
END_TEST

START_TEST(a_call_that_begins_with_nonsense_is_dropped) {
    stage_begin();
    stage_ask_dial(5, "11");
    stage_expect_asked("11");
    provider_complete_calls(stage.provider, stage.request, &(CallStart) { .event = CALL_EVENT_DIALING, .reason = _REASON_MAX });
    service_expect_error(ERROR("ProviderFailed"), "The provider's answer makes no sense");
    stage_expect_asked("drop");
}
END_TEST

START_TEST(a_completion_inside_the_operation_answers_once) {
    stage_begin();
    stage_dial(5);
    stage_connect_call();
    stage.complete_inside = true;
    stage.refuse_to_begin = _i == 1;
    stage_ask_call("Hold", 5);
    stage_expect_asked("hold");
    service_expect_done();
    service_expect_nothing();
}
END_TEST

START_TEST(events_that_do_not_fit_are_told_nobody) {
    stage_begin();
    stage_dial(5);
    provider_report_event(stage.call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    provider_report_event(stage.call, CALL_EVENT_ENDED, STATE_DETAIL_NONE);
    provider_report_digit(stage.call, 'x');
    provider_report_network_id(stage.call, "sip-call-id", "a\nb");
    service_expect_nothing();
    ck_assert_int_eq(call_state(stage.call), CALL_STATE_DIALING);
}
END_TEST

START_TEST(lines_that_cannot_be) {
    LineInfo bad = stage_line;
    Line *none;

    stage_begin();
    ck_assert_int_eq(provider_add_line(stage.provider, &stage_line, &none), -EEXIST);
    bad.name = "not good";
    ck_assert_int_eq(provider_add_line(stage.provider, &bad, &none), -EINVAL);
    bad = stage_line;
    bad.name = "l1";
    bad.media_modes = 0;
    ck_assert_int_eq(provider_add_line(stage.provider, &bad, &none), -EINVAL);
    service_expect_nothing();
}
END_TEST

/* ---- Calls that come in ---- */

START_TEST(a_call_comes_in) {
    const char *name = NULL;
    uint64_t number = 0;
    sd_bus_message *m;

    stage_begin();
    stage.call = stage_come_in();
    ck_assert_int_eq(call_state(stage.call), CALL_STATE_OFFERING);
    m = service_expect("Incoming");
    sd_bus_message_read(m, "st", &name, &number);
    ck_assert_str_eq(name, "l0");
    ck_assert_uint_eq(number, call_number(stage.call));
    ck_assert(number & CALL_NUMBER_OF_PROVIDER);
    service_answer("b", true);
    stage_ask_call("Answer", number);
    stage_expect_asked("answer");
    provider_report_event(stage.call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect("Event");
    service_expect_done();
}
END_TEST

START_TEST(a_call_that_is_not_taken_is_turned_away) {
    stage_begin();
    stage_come_in();
    service_expect("Incoming");
    if (_i == 0)
        service_answer("b", false);
    else
        service_answer_error(ERROR("LineBusy"), "No");
    stage_expect_asked("drop-busy");
    provider_report_ended(stage.call, CAUSE_NORMAL, NULL);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect_nothing();
}
END_TEST

START_TEST(a_full_line_takes_no_call) {
    stage_begin();
    stage_come_in();
    service_expect("Incoming");
    stage_come_in();
    service_expect("Incoming");
    ck_assert_ptr_null(stage_come_in());
    provider_report_line_state(stage.line, LINE_OUT_OF_SERVICE, "no cable");
    service_expect("LineState");
    ck_assert_ptr_null(stage_come_in());
}
END_TEST

/* ---- Lines ---- */

START_TEST(a_line_is_added_once) {
    stage_begin();
    stage_ask_add_line("office", "anna");
    stage_add_office();
    stage_ask_add_line("office", "anna");
    service_expect("LineAdded");
    service_expect_done();
    ck_assert_uint_eq(stage.asked->len, 0);
}
END_TEST

START_TEST(a_line_that_is_different_is_made_anew) {
    stage_begin();
    stage_ask_add_line("office", "anna");
    stage_add_office();
    stage_ask_add_line("office", "ben");
    stage_expect_asked("remove");
    provider_report_line_state(stage.line, LINE_REMOVED, "");
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect("LineState");
    stage_add_office();
}
END_TEST

START_TEST(a_line_of_the_providers_own_is_not_configured) {
    stage_begin();
    stage_ask_add_line("l0", "anna");
    service_expect_error(ERROR("Conflict"), "There is a line named l0 already");
}
END_TEST

START_TEST(a_line_goes_with_its_calls) {
    stage_begin();
    stage_dial(5);
    provider_report_line_state(stage.line, LINE_REMOVED, "gone");
    service_expect("LineState");
    stage_ask_call("Hold", 5);
    service_expect_error(ERROR("InvalidState"), "The call has ended");
    stage_ask_dial(6, "11");
    service_expect_error(WIRE_ERROR_UNKNOWN_OBJECT, "There is no line l0");
}
END_TEST

START_TEST(what_the_provider_lacks_its_lines_lack) {
    const char *text = "";
    sd_bus_message *m;

    stage_begin();
    provider_set_abilities(stage.provider, provider_abilities(stage.provider) & ~OPERATION_BIT(OPERATION_PARK));
    m = service_expect("LineAdded");
    sd_bus_message_skip(m, "s");
    sd_bus_message_enter_container(m, 'a', "{sv}");
    while (strcmp(text, "without") != 0 && sd_bus_message_enter_container(m, 'e', "sv") > 0) {
        sd_bus_message_read(m, "s", &text);
        if (strcmp(text, "without") != 0) {
            sd_bus_message_skip(m, "v");
            sd_bus_message_exit_container(m);
        }
    }
    ck_assert_int_eq(sd_bus_message_read(m, "v", "as", 1, &text), 1);
    ck_assert_str_eq(text, "Park");
}
END_TEST

static void add_tests(TCase *tcase) {
    tcase_add_test(tcase, hello_tells_who_it_is);
    tcase_add_test(tcase, lines_are_told_before_the_start_is_complete);
    tcase_add_test(tcase, the_start_says_whether_default_lines_are_wanted);
    tcase_add_test(tcase, a_start_that_fails_is_the_end);
    tcase_add_test(tcase, who_may_not_be_a_provider_leaves);
    tcase_add_test(tcase, who_is_there_twice_tries_again);
    tcase_add_test(tcase, a_call_is_dialled);
    tcase_add_test(tcase, what_cannot_be_dialled_never_reaches_the_provider);
    tcase_add_test(tcase, a_dial_that_is_refused_makes_no_call);
    tcase_add_test(tcase, what_cannot_begin_is_answered);
    tcase_add_test(tcase, effects_come_before_the_answer);
    tcase_add_test(tcase, what_the_state_forbids_never_reaches_the_provider);
    tcase_add_test(tcase, an_operation_ends_its_call);
    tcase_add_test(tcase, a_call_ends_with_what_is_pending_on_it);
    tcase_add_test(tcase, a_call_that_is_gone_was_dropped);
    tcase_add_test(tcase, a_consultation_is_made);
    tcase_add_test(tcase, stats_are_told_when_asked_for);
    tcase_add_loop_test(tcase, what_makes_no_sense_is_answered, 0, G_N_ELEMENTS(wrong));
    tcase_add_test(tcase, a_number_is_given_once);
}

static void add_tests_of_wrongs(TCase *tcase) {
    tcase_add_test(tcase, a_second_completion_is_ignored);
    tcase_add_test(tcase, a_dial_without_its_call_is_refused);
    tcase_add_test(tcase, calls_of_an_operation_that_makes_none);
    tcase_add_test(tcase, a_call_that_begins_with_nonsense_is_dropped);
    tcase_add_loop_test(tcase, a_completion_inside_the_operation_answers_once, 0, 2);
    tcase_add_test(tcase, events_that_do_not_fit_are_told_nobody);
    tcase_add_test(tcase, lines_that_cannot_be);
    tcase_add_test(tcase, a_call_comes_in);
    tcase_add_loop_test(tcase, a_call_that_is_not_taken_is_turned_away, 0, 2);
    tcase_add_test(tcase, a_full_line_takes_no_call);
    tcase_add_test(tcase, a_line_is_added_once);
    tcase_add_test(tcase, a_line_that_is_different_is_made_anew);
    tcase_add_test(tcase, a_line_of_the_providers_own_is_not_configured);
    tcase_add_test(tcase, a_line_goes_with_its_calls);
    tcase_add_test(tcase, what_the_provider_lacks_its_lines_lack);
}

int main(void) {
    Suite *suite = suite_create("host");
    TCase *tcase = tcase_create("host");

    tcase_add_checked_fixture(tcase, stage_set_up, stage_tear_down);
    tcase_set_timeout(tcase, 60);
    add_tests(tcase);
    add_tests_of_wrongs(tcase);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
