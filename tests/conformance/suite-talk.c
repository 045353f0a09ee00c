/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talk: what happens while calls are connected: hold, digits, media. */
#include <string.h>

#include "tests/conformance/suite.h"
#include "tests/conformance/world.h"

static Person *alice, *bob, *carol;
static Seen *out, *in; /* Alice's call to Bob, connected */

static void set_scene(void) {
    world_begin();
    alice = person_arrives("alice");
    bob = person_arrives("bob");
    carol = person_arrives("carol");
    person_opens(bob, 1, OPEN_OWNER);
    person_opens(carol, 2, OPEN_OWNER);
    connect_calls(alice, 0, bob, 1, &out, &in);
}

/* ---- Hold ---- */

START_TEST(a_held_end_is_told) {
    DO(handle_hold, out->handle);
    expect_states(out, "dialing ringback connected on-hold");
    expect_states(in, "offering connected connected/active-held");
    expect_refused(ASK(handle_hold, out->handle), REFUSAL_INVALID_STATE);
    DO(handle_unhold, out->handle);
    expect_states(out, "dialing ringback connected on-hold connected");
    expect_states(in, "offering connected connected/active-held connected");
    expect_refused(ASK(handle_unhold, out->handle), REFUSAL_INVALID_STATE);
}
END_TEST

START_TEST(both_may_hold) {
    DO(handle_hold, out->handle);
    expect_states(in, "offering connected connected/active-held");
    DO(handle_hold, in->handle);
    expect_states(in, "offering connected connected/active-held on-hold");
    DO(handle_unhold, in->handle);
    expect_states(in, "offering connected connected/active-held on-hold connected/active-held");
    expect_states(out, "dialing ringback connected on-hold");
    DO(handle_hold, in->handle);
    DO(handle_unhold, out->handle);
    expect_states(out, "dialing ringback connected on-hold connected/active-held");
    DO(handle_unhold, in->handle);
    expect_states(out, "dialing ringback connected on-hold connected/active-held connected");
}
END_TEST

START_TEST(a_held_call_may_end) {
    DO(handle_hold, out->handle);
    if (_i == 0) {
        DO(handle_drop, in->handle, REJECT_NONE);
        expect_states(out, "dialing ringback connected on-hold disconnected:normal");
    } else {
        DO(handle_drop, out->handle, REJECT_NONE);
        expect_states(out, "dialing ringback connected on-hold idle:normal");
        expect_states(in, "offering connected connected/active-held disconnected:normal");
    }
}
END_TEST

START_TEST(two_holds_at_once_hold_once) {
    Answer *first = ASK(handle_hold, out->handle), *second = ASK(handle_hold, out->handle);

    expect_done(first);
    expect_refused(second, REFUSAL_INVALID_STATE);
    expect_states(out, "dialing ringback connected on-hold");
}
END_TEST

START_TEST(two_calls_are_swapped) {
    Seen *other, *there;

    DO(handle_hold, out->handle);
    connect_calls(alice, 0, carol, 2, &other, &there);
    DO(handle_swap_hold, other->handle, out->handle);
    expect_states(other, "dialing ringback connected on-hold");
    expect_states(out, "dialing ringback connected on-hold connected");
    expect_states(there, "offering connected connected/active-held");
    expect_states(in, "offering connected connected/active-held connected");
    expect_refused(ASK(handle_swap_hold, other->handle, out->handle), REFUSAL_INVALID_STATE);
    DO(handle_swap_hold, out->handle, other->handle);
    expect_states(out, "dialing ringback connected on-hold connected on-hold");
    expect_states(other, "dialing ringback connected on-hold connected");
}
END_TEST

/* Both or neither: the held one is gone before the swap gets there. */
START_TEST(a_swap_with_a_call_that_ends_changes_nothing) {
    Answer *dropped, *swapped;
    Seen *other, *there;

    DO(handle_hold, out->handle);
    connect_calls(alice, 0, carol, 2, &other, &there);
    dropped = ASK(handle_drop, in->handle, REJECT_NONE);
    swapped = ASK(handle_swap_hold, other->handle, out->handle);
    expect_done(dropped);
    AWAIT(swapped->arrived > 0);
    AWAIT(strstr(out->states->str, " disconnected:normal"));
    if (swapped->refused)
        ck_assert_str_eq(other->states->str, "dialing ringback connected");
    else
        ck_assert_str_eq(other->states->str, "dialing ringback connected on-hold");
}
END_TEST

/* Whatever was asked just before the far end hangs up gets one answer, and the call ends. */
START_TEST(requests_do_not_outlive_the_call) {
    Answer *answers[5], *dropped = NULL;

    if (_i == 0)
        dropped = ASK(handle_drop, in->handle, REJECT_NONE);
    answers[0] = ASK(handle_hold, out->handle);
    answers[1] = ASK(handle_mute, out->handle, true);
    answers[2] = ASK(handle_send_digits, out->handle, "123", 80, 40);
    answers[3] = ASK(handle_hold, out->handle);
    answers[4] = ASK(handle_drop, out->handle, REJECT_NONE);
    ck_assert_ptr_null(handle_monitor_digits(out->handle, true));
    if (_i == 1)
        dropped = ASK(handle_drop, in->handle, REJECT_NONE);
    expect_done(dropped);
    for (int i = 0; i < 5; i++)
        AWAIT(answers[i]->arrived > 0);
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}
END_TEST

/* ---- Digits ---- */

START_TEST(digits_are_heard_in_order) {
    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    DO(handle_send_digits, out->handle, "0123456789abcdABCD*#", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done") == 0);
    AWAIT(strcmp(in->digits->str, "0123456789ABCDABCD*#") == 0);
    ck_assert_str_eq(out->digits->str, "");
}
END_TEST

START_TEST(pause_and_flash_are_silent) {
    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    DO(handle_send_digits, out->handle, "1,2!3", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done") == 0);
    AWAIT(strcmp(in->digits->str, "123") == 0);
}
END_TEST

START_TEST(both_ends_may_send_at_once) {
    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    ck_assert_ptr_null(handle_monitor_digits(out->handle, true));
    DO(handle_send_digits, out->handle, "12", 20, 0);
    DO(handle_send_digits, in->handle, "34", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done") == 0 && strcmp(in->outcomes->str, "done") == 0);
    AWAIT(strcmp(in->digits->str, "12") == 0 && strcmp(out->digits->str, "34") == 0);
}
END_TEST

START_TEST(nobody_hears_who_does_not_listen) {
    DO(handle_send_digits, out->handle, "12", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done") == 0);
    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    DO(handle_send_digits, out->handle, "3", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done done") == 0);
    ck_assert_ptr_null(handle_monitor_digits(in->handle, false));
    DO(handle_send_digits, out->handle, "4", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done done done") == 0);
    ck_assert_str_eq(in->digits->str, "3");
}
END_TEST

START_TEST(new_digits_replace_the_old) {
    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    DO(handle_send_digits, out->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_send_digits, out->handle, "2", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "cancel done") == 0);
    AWAIT(g_str_has_suffix(in->digits->str, "2"));
}
END_TEST

START_TEST(no_digits_stop_the_old) {
    DO(handle_send_digits, out->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_send_digits, out->handle, "", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "cancel") == 0);
    DO(handle_send_digits, out->handle, "", 20, 0);
    DO(handle_send_digits, out->handle, "5", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "cancel done") == 0);
}
END_TEST

START_TEST(digits_end_with_hold_and_with_the_call) {
    DO(handle_send_digits, out->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_hold, out->handle);
    AWAIT(strcmp(out->outcomes->str, "cancel") == 0);
    DO(handle_unhold, out->handle);
    DO(handle_send_digits, out->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_drop, in->handle, REJECT_NONE);
    AWAIT(strcmp(out->outcomes->str, "cancel cancel") == 0);
    AWAIT(g_str_has_suffix(out->states->str, " disconnected:normal"));
}
END_TEST

START_TEST(a_held_end_hears_no_digits) {
    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    DO(handle_hold, in->handle);
    DO(handle_send_digits, out->handle, "12", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done") == 0);
    DO(handle_unhold, in->handle);
    DO(handle_send_digits, out->handle, "3", 20, 0);
    AWAIT(strcmp(out->outcomes->str, "done done") == 0);
    AWAIT(strcmp(in->digits->str, "3") == 0);
}
END_TEST

/* ---- Media ---- */

static uint64_t spoken(const Seen *seen) {
    uint64_t said, heard;

    adapter.count_media(seen_call(seen), &said, &heard);
    return said;
}

static uint64_t heard(const Seen *seen) {
    uint64_t said, got;

    adapter.count_media(seen_call(seen), &said, &got);
    return got;
}

/* What the end hears while another one hears ten times something. */
static uint64_t heard_meanwhile(const Seen *seen, const Seen *clock) {
    uint64_t before = heard(seen), until = heard(clock) + 10;

    AWAIT(heard(clock) >= until);
    return heard(seen) - before;
}

START_TEST(each_end_hears_the_other) {
    AWAIT(heard(in) > 5 && heard(out) > 5 && spoken(in) > 5 && spoken(out) > 5);
}
END_TEST

START_TEST(a_muted_end_is_not_heard) {
    AWAIT(heard(in) > 0);
    DO(handle_mute, out->handle, true);
    ck_assert(call_muted(seen_call(out)));
    ck_assert_uint_le(heard_meanwhile(in, out), 1);
    DO(handle_mute, out->handle, false);
    ck_assert(!call_muted(seen_call(out)));
    ck_assert_uint_ge(heard_meanwhile(in, out), 8);
}
END_TEST

START_TEST(a_held_call_is_silent) {
    Seen *other, *there;
    uint64_t said;

    connect_calls(alice, 0, carol, 2, &other, &there);
    DO(handle_hold, out->handle);
    said = spoken(out);
    ck_assert_uint_le(heard_meanwhile(in, other), 1);
    ck_assert_uint_le(heard_meanwhile(out, other), 1);
    ck_assert_uint_eq(spoken(out), said);
    DO(handle_unhold, out->handle);
    ck_assert_uint_ge(heard_meanwhile(in, other), 8);
    ck_assert_uint_ge(heard_meanwhile(out, other), 8);
}
END_TEST

START_TEST(mute_outlasts_hold) {
    DO(handle_mute, out->handle, true);
    DO(handle_hold, out->handle);
    DO(handle_unhold, out->handle);
    ck_assert(call_muted(seen_call(out)));
    ck_assert_uint_le(heard_meanwhile(in, out), 1);
}
END_TEST

START_TEST(a_ringing_call_is_silent) {
    Seen *other = person_dials(alice, 0, adapter.addresses[2]), *there = await_call(carol);

    AWAIT(heard(in) > 3);
    ck_assert_uint_eq(heard(other) + heard(there) + spoken(other) + spoken(there), 0);
}
END_TEST

void add_talk_cases(Suite *suite) {
    TCase *hold = tcase_create("hold"), *digits = tcase_create("digits"), *media = tcase_create("media");
    TCase *all[] = { hold, digits, media };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        tcase_add_checked_fixture(all[i], set_scene, world_end);
        tcase_set_timeout(all[i], adapter.timeout_s * 10);
        suite_add_tcase(suite, all[i]);
    }
    tcase_add_test(hold, a_held_end_is_told);
    tcase_add_test(hold, both_may_hold);
    tcase_add_loop_test(hold, a_held_call_may_end, 0, 2);
    tcase_add_test(hold, two_holds_at_once_hold_once);
    tcase_add_test(hold, two_calls_are_swapped);
    tcase_add_test(hold, a_swap_with_a_call_that_ends_changes_nothing);
    tcase_add_loop_test(hold, requests_do_not_outlive_the_call, 0, 2);

    tcase_add_test(digits, digits_are_heard_in_order);
    tcase_add_test(digits, pause_and_flash_are_silent);
    tcase_add_test(digits, both_ends_may_send_at_once);
    tcase_add_test(digits, nobody_hears_who_does_not_listen);
    tcase_add_test(digits, new_digits_replace_the_old);
    tcase_add_test(digits, no_digits_stop_the_old);
    tcase_add_test(digits, digits_end_with_hold_and_with_the_call);
    tcase_add_test(digits, a_held_end_hears_no_digits);

    tcase_add_test(media, each_end_hears_the_other);
    tcase_add_test(media, a_muted_end_is_not_heard);
    tcase_add_test(media, a_held_call_is_silent);
    tcase_add_test(media, mute_outlasts_hold);
    tcase_add_test(media, a_ringing_call_is_silent);
}
