/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits and tones that are sent, digits that are dialled on, and what else is done to a connected call. */
#include <string.h>

#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;
static Call *call;

/* a and b own a call. */
static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks(a, line0);
    call = handle_call(handle);
    expect_granted(handle_set_privilege(client_find_handle(b, 1), "owner"));
    forget_story();
}

/* ---- In band ---- */

START_TEST(the_sender_is_told_of_the_end) {
    ASK(a, handle_send_digits, handle, "12ab", 80, 40);
    expect_asked("12AB");
    completes(last_request());
    provider_report_digits_sent(call, DIGITS_DONE);
    provider_report_digits_sent(call, DIGITS_DONE);
    expect_story("a=done a!1:done");
}
END_TEST

START_TEST(whoever_is_replaced_is_told) {
    ASK(a, handle_send_digits, handle, "12", 80, 40);
    completes(last_request());
    ASK(b, handle_send_digits, client_find_handle(b, 1), "3", 80, 40);
    provider_report_digits_sent(call, DIGITS_CANCEL);
    completes(last_request());
    provider_report_digits_sent(call, DIGITS_DONE);
    expect_story("a=done a!1:cancel b=done b!1:done");
}
END_TEST

START_TEST(no_digits_only_stop) {
    ASK(a, handle_send_digits, handle, "12", 80, 40);
    completes(last_request());
    ASK(a, handle_send_digits, handle, "", 80, 40);
    provider_report_digits_sent(call, DIGITS_CANCEL);
    completes(last_request());
    provider_report_digits_sent(call, DIGITS_DONE);
    expect_story("a=done a!1:cancel a=done");
}
END_TEST

START_TEST(a_nonsense_end_is_an_end_without_words) {
    ASK(a, handle_send_digits, handle, "12", 80, 40);
    completes(last_request());
    provider_report_digits_sent(call, 77);
    provider_report_digits_sent(call, DIGITS_DONE);
    expect_story("a=done");
}
END_TEST

START_TEST(a_handle_that_goes_is_told_no_more) {
    ASK(b, handle_send_digits, client_find_handle(b, 1), "12", 80, 40);
    completes(last_request());
    handle_release(client_find_handle(b, 1));
    provider_report_digits_sent(call, DIGITS_DONE);
    expect_story("b=done b-1 a~1[Owners=1 OwnerApps=]");
}
END_TEST

START_TEST(there_are_bad_digits) {
    g_autofree char *many = g_strnfill(DIGITS_MAX + 1, '1');

    expect_refusal(handle_send_digits(handle, many, 80, 40, (Done) {}), REFUSAL_TOO_BIG);
    expect_refusal(handle_send_digits(handle, "12x", 80, 40, (Done) {}), REFUSAL_INVALID_ARGS);
    expect_refusal(handle_send_digits(handle, "1 2", 80, 40, (Done) {}), REFUSAL_INVALID_ARGS);
    stage_start_error = 5;
    expect_refusal(handle_send_digits(handle, "1,2!", 80, 40, (Done) {}), REFUSAL_PROVIDER_FAILED);
}
END_TEST

START_TEST(digits_are_heard_by_who_asked) {
    expect_granted(handle_monitor_digits(handle, true));
    expect_granted(handle_monitor_digits(handle, true));
    expect_granted(handle_monitor_digits(client_find_handle(b, 1), true));
    expect_asked("listen");
    provider_report_digit(call, '5');
    provider_report_digit(call, 'x');
    provider_report_digit(call, '\0');
    expect_granted(handle_monitor_digits(handle, false));
    provider_report_digit(call, '#');
    client_vanish(b);
    expect_asked("ignore");
    expect_story("a#1:5 b#1:5 b#1:# a~1[Owners=1 OwnerApps=]");
}
END_TEST

/* The network can't, or won't: that is for the log. */
START_TEST(who_can_not_listen_is_not_asked) {
    stage_start_error = 5;
    expect_granted(handle_monitor_digits(handle, true));
    expect_asked("listen");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_refusal(handle_monitor_digits(handle, true), REFUSAL_INVALID_STATE);
}
END_TEST

/* ---- Tones ---- */

START_TEST(a_tone_sounds) {
    ASK(a, handle_send_tone, handle, TONE_BEEP, 200);
    expect_asked("beep");
    completes(last_request());
    provider_report_digits_sent(call, DIGITS_DONE);
    provider_report_tone_sent(call, DIGITS_DONE);
    provider_report_tone_sent(call, DIGITS_DONE);
    expect_story("a=done a^1:done");
}
END_TEST

START_TEST(a_tone_stops) {
    static const struct {
        Tone tone;
        unsigned ms;
    } silences[] = { { TONE_NONE, 100 }, { TONE_BEEP, 0 } };

    ASK(a, handle_send_tone, handle, TONE_BUSY, 200);
    completes(last_request());
    ASK(a, handle_send_tone, handle, silences[_i].tone, silences[_i].ms);
    expect_asked("busy silence");
    provider_report_tone_sent(call, DIGITS_CANCEL);
    completes(last_request());
    expect_story("a=done a^1:cancel a=done");
}
END_TEST

START_TEST(tones_and_digits_replace_each_other) {
    ASK(a, handle_send_tone, handle, TONE_BUSY, 200);
    completes(last_request());
    ASK(a, handle_send_digits, handle, "1", 80, 40);
    provider_report_tone_sent(call, DIGITS_CANCEL);
    completes(last_request());
    ASK(b, handle_send_tone, client_find_handle(b, 1), TONE_BILLING, 200);
    provider_report_digits_sent(call, DIGITS_CANCEL);
    completes(last_request());
    expect_story("a=done a^1:cancel a=done a!1:cancel b=done");
}
END_TEST

START_TEST(there_are_bad_tones) {
    expect_refusal(handle_send_tone(handle, TONE_BEEP, TONE_MS_MAX + 1, (Done) {}), REFUSAL_TOO_BIG);
    stage_start_error = 5;
    expect_refusal(handle_send_tone(handle, TONE_BEEP, TONE_MS_MAX, (Done) {}), REFUSAL_PROVIDER_FAILED);
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_refusal(handle_send_tone(handle, TONE_BEEP, 100, (Done) {}), REFUSAL_INVALID_STATE);
}
END_TEST

/* ---- Dialling on ---- */

static Handle *waits_for_digits(void) {
    const DialOrder none = { .address = "" };

    ASK(a, handle_setup_transfer, handle, &none);
    begins(last_request(), CALL_EVENT_DIAL_TONE, "second", "call");
    provider_report_event(call, CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    forget_story();
    return client_find_handle_on(a, last_call());
}

static const struct {
    const char *digits, *asked;
} dialled_digits[] = {
    { "102", "dial_digits(102)" },
    { "1 (0)-2.", "dial_digits(102)" },
    { "+49;", "dial_digits(+49...)" },
    { ";", "dial_digits(...)" },
};

START_TEST(digits_are_dialled) {
    ASK(a, handle_dial_digits, waits_for_digits(), dialled_digits[_i].digits);
    expect_asked(dialled_digits[_i].asked);
    completes(last_request());
    expect_story(_i == 3 ? "a=done" : "a=done a~2[Address] b~2[Address]");
}
END_TEST

START_TEST(an_emergency_number_is_known_by_its_last_digit) {
    Handle *consultation = waits_for_digits();

    ASK(a, handle_dial_digits, consultation, "11;");
    completes(last_request());
    ck_assert(!call_emergency(handle_call(consultation)));
    ASK(a, handle_dial_digits, consultation, "2");
    completes(last_request());
    ck_assert(call_emergency(handle_call(consultation)));
}
END_TEST

/* However fast they come. */
START_TEST(digits_that_wait_are_part_of_the_number) {
    g_autofree char *many = g_strnfill(ADDRESS_MAX, '1'), *first = g_strconcat(many, ";", NULL);
    Handle *consultation = waits_for_digits();

    ASK(a, handle_dial_digits, consultation, first);
    expect_refusal(handle_dial_digits(consultation, "1;", (Done) {}), REFUSAL_TOO_BIG);
    completes(last_request());
    expect_refusal(handle_dial_digits(consultation, "1", (Done) {}), REFUSAL_TOO_BIG);
    ASK(a, handle_dial_digits, consultation, "");
    completes(last_request());
    ck_assert_str_eq(call_address(handle_call(consultation)), many);
    forget_story();
}
END_TEST

START_TEST(not_everything_is_dialled) {
    g_autofree char *many = g_strnfill(ADDRESS_MAX + 1, '1');
    Handle *consultation = waits_for_digits();

    expect_refusal(handle_dial_digits(consultation, "*21#", (Done) {}), REFUSAL_NOT_SUPPORTED);
    expect_refusal(handle_dial_digits(consultation, "1x", (Done) {}), REFUSAL_INVALID_ARGS);
    expect_refusal(handle_dial_digits(consultation, "1;2", (Done) {}), REFUSAL_INVALID_ARGS);
    expect_refusal(handle_dial_digits(consultation, many, (Done) {}), REFUSAL_TOO_BIG);
    expect_refusal(handle_dial_digits(consultation, "", (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(handle_dial_digits(handle, "1", (Done) {}), REFUSAL_INVALID_STATE);
    stage_start_error = 5;
    expect_refusal(handle_dial_digits(consultation, "1", (Done) {}), REFUSAL_PROVIDER_FAILED);
    expect_asked("dial_digits(1)");
}
END_TEST

/* ---- Others ---- */

START_TEST(user_user_information_is_sent) {
    static const uint8_t data[USER_USER_INFO_MAX + 1];

    ASK(a, handle_send_user_user_info, handle, data, USER_USER_INFO_MAX);
    expect_asked("user_user_info");
    completes(last_request());
    ASK(a, handle_send_user_user_info, handle, data, sizeof(data));
    stage_start_error = 5;
    ASK(a, handle_send_user_user_info, handle, data, 1);
    provider_report_user_user_info(call, data, 3);
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    ASK(a, handle_send_user_user_info, handle, data, 1);
    expect_story("a=done a=TooBig a=ProviderFailed a=InvalidState a~1[State=on-hold UserUserInfo] b~1[State=on-hold UserUserInfo]");
}
END_TEST

START_TEST(a_call_is_secured) {
    ASK(a, handle_secure, handle);
    expect_asked("secure");
    completes(last_request());
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    ASK(a, handle_secure, handle);
    expect_story("a=done a=InvalidState a~1[State=on-hold] b~1[State=on-hold]");
}
END_TEST

START_TEST(the_media_mode_is_shared) {
    const LineInfo info = { .name = "voice", .addresses = (const char *const[]) { "1", NULL }, .media_modes = MEDIA_BIT(0) };
    Line *voice = NULL;

    expect_granted(handle_set_media_mode(handle, MEDIA_G3_FAX));
    expect_granted(handle_set_media_mode(handle, MEDIA_G3_FAX));
    expect_story("a~1[MediaMode] b~1[MediaMode]");
    ck_assert_int_eq(provider_add_line(provider, &info, &voice), 0);
    expect_refusal(handle_set_media_mode(talks(a, voice), MEDIA_G3_FAX), REFUSAL_NOT_SUPPORTED);
    client_vanish(b);
    b = arrives("b");
    opens(b, line0, OPEN_MONITOR);
    g_ptr_array_unref(({ GPtrArray *handles = NULL; expect_granted(line_get_new_calls(line0, b, &handles)); handles; }));
    expect_refusal(handle_set_media_mode(client_find_handle(b, 1), MEDIA_TDD), REFUSAL_NOT_OWNER);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("digits");
    TCase *tcase = stage_case(suite, "digits");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_sender_is_told_of_the_end);
    tcase_add_test(tcase, whoever_is_replaced_is_told);
    tcase_add_test(tcase, no_digits_only_stop);
    tcase_add_test(tcase, a_nonsense_end_is_an_end_without_words);
    tcase_add_test(tcase, a_handle_that_goes_is_told_no_more);
    tcase_add_test(tcase, there_are_bad_digits);
    tcase_add_test(tcase, digits_are_heard_by_who_asked);
    tcase_add_test(tcase, who_can_not_listen_is_not_asked);
    tcase_add_test(tcase, a_tone_sounds);
    tcase_add_loop_test(tcase, a_tone_stops, 0, 2);
    tcase_add_test(tcase, tones_and_digits_replace_each_other);
    tcase_add_test(tcase, there_are_bad_tones);
    tcase_add_loop_test(tcase, digits_are_dialled, 0, G_N_ELEMENTS(dialled_digits));
    tcase_add_test(tcase, an_emergency_number_is_known_by_its_last_digit);
    tcase_add_test(tcase, digits_that_wait_are_part_of_the_number);
    tcase_add_test(tcase, not_everything_is_dialled);
    tcase_add_test(tcase, user_user_information_is_sent);
    tcase_add_test(tcase, a_call_is_secured);
    tcase_add_test(tcase, the_media_mode_is_shared);
    return run_suite(suite);
}
