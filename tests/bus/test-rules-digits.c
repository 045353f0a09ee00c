/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 18: one generation and one gathering per call; a later request replaces the earlier, which is told. */
#include "tests/bus/util-calls.h"

#include <string.h>

/* Alice and carol own the same end of a talk with bob, who sends digits; dave hears all of it. */
typedef struct Keys {
    Client *alice, *bob, *carol, *dave;
    Talk talk;
    const char *carols, *daves;
} Keys;

static Keys keys_begin(void) {
    Keys k = {bus_client(t), bus_client(t), bus_client(t), bus_client(t)};
    client_open(k.bob, "loop1", "owner");
    client_open(k.carol, "loop0", "owner+monitor");
    client_open(k.dave, "loop0", "monitor");
    k.talk = talk_begin(k.alice, "loop0", k.bob, "101");
    k.carols = await_handle(k.carol);
    k.daves = await_handle(k.dave);
    client_call(k.carol, k.carols, "SetPrivilege", "s", "owner");
    client_call(k.dave, k.daves, "MonitorDigits", "b", true);
    return k;
}

static void press(const Keys *k, const char *digits) {
    client_call(k->bob, k->talk.callee, "SendDigits", "sa{sv}", digits, 2, "duration-ms", "u", 20, "gap-ms", "u", 0);
    ck_assert_str_eq(await_digits_sent(k->bob, k->talk.callee), "done");
    for (size_t i = 0; digits[i]; i++)
        await_signal(k->dave, k->daves, "DigitReceived");
}

static void expect_gathered_once(const Keys *k, Client *client, const char *path) {
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(client, 0, path, "DigitsGathered"), 1);
    ck_assert_uint_eq(signal_count(k->dave, 0, NULL, "DigitsGathered"), 0);
    ck_assert_uint_eq(signal_count(k->bob, 0, NULL, "DigitsGathered"), 0);
}

/* ---- Gathering ---- */

START_TEST(rule_18_a_later_gathering_of_another_owner_replaces) {
    Keys k = keys_begin();
    client_gather(k.alice, k.talk.caller, 3, "", 0, 0);
    press(&k, "12");
    client_gather(k.carol, k.carols, 10, "#", 0, 0);
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "12 cancel");
    press(&k, "34#5");
    ck_assert_str_eq(await_gathered(k.carol, k.carols), "34# term-digit");
    expect_gathered_once(&k, k.alice, k.talk.caller);
    expect_gathered_once(&k, k.carol, k.carols);
}
END_TEST

START_TEST(rule_18_a_later_gathering_of_ones_own_replaces) {
    Keys k = keys_begin();
    client_gather(k.alice, k.talk.caller, 3, "", 0, 0);
    press(&k, "12");
    client_gather(k.alice, k.talk.caller, 2, "", 0, 0);
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "12 cancel");
    press(&k, "34");
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "34 buffer-full");
    ck_assert_uint_eq(signal_count(k.carol, 0, NULL, "DigitsGathered"), 0);
}
END_TEST

/* Any owner can stop it, and the one who asked is told. */
START_TEST(rule_18_a_co_owner_stops_a_gathering) {
    Keys k = keys_begin();
    client_gather(k.alice, k.talk.caller, 3, "", 0, 0);
    expect_error(k.dave, "NotOwner", k.daves, "GatherDigits", "usuu", 0, "", 0, 0);
    press(&k, "1");
    client_gather(k.carol, k.carols, 0, "", 0, 0);
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "1 cancel");
    press(&k, "234");
    expect_gathered_once(&k, k.alice, k.talk.caller);
    client_gather(k.carol, k.carols, 0, "", 0, 0);
    expect_gathered_once(&k, k.alice, k.talk.caller);
}
END_TEST

/* A refused request replaces nothing. */
START_TEST(rule_18_a_refused_gathering_changes_nothing) {
    Keys k = keys_begin();
    client_gather(k.alice, k.talk.caller, 2, "", 0, 0);
    press(&k, "1");
    expect_error(k.carol, "TooBig", k.carols, "GatherDigits", "usuu", 1025, "", 0, 0);
    expect_error(k.carol, DBUS_ERROR_INVALID_ARGS, k.carols, "GatherDigits", "usuu", 2, "x", 0, 0);
    expect_error(k.dave, "NotOwner", k.daves, "GatherDigits", "usuu", 2, "", 0, 0);
    press(&k, "2");
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "12 buffer-full");
}
END_TEST

/* Who leaves is told nothing, and is in nobody's way. */
START_TEST(rule_18_a_gathering_goes_with_its_client) {
    Keys k = keys_begin();
    client_gather(k.alice, k.talk.caller, 2, "", 0, 0);
    press(&k, "1");
    switch (_i) {
    case 0: client_release(k.alice, k.talk.caller); break;
    case 1: client_close_line(k.alice, "loop0"); break;
    default: client_kill(k.alice); break;
    }
    await_text(k.carol, k.carols, "Owners", "1");
    press(&k, "23");
    client_gather(k.carol, k.carols, 2, "", 0, 0);
    press(&k, "45");
    ck_assert_str_eq(await_gathered(k.carol, k.carols), "45 buffer-full");
    ck_assert_str_eq(get_string(k.carol, k.carols, "State"), "connected");
}
END_TEST

START_TEST(rule_18_the_end_of_the_call_ends_the_gathering) {
    Keys k = keys_begin();
    client_gather(k.alice, k.talk.caller, 5, "", 0, 0);
    press(&k, "12");
    if (_i)
        client_drop(k.bob, k.talk.callee);
    else
        client_drop(k.carol, k.carols);
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "12 cancel");
    expect_gathered_once(&k, k.alice, k.talk.caller);
}
END_TEST

/* One who steps down from ownership, or was handed over, keeps what it asked for. */
START_TEST(rule_18_a_monitor_now_hears_what_it_asked_for_as_owner) {
    Keys k = keys_begin();
    client_gather(k.carol, k.carols, 2, "", 0, 0);
    press(&k, "1");
    client_call(k.carol, k.carols, "SetPrivilege", "s", "monitor");
    press(&k, "2");
    ck_assert_str_eq(await_gathered(k.carol, k.carols), "12 buffer-full");
}
END_TEST

START_TEST(rule_18_gathering_and_monitoring_do_not_disturb_each_other) {
    Keys k = keys_begin();
    client_call(k.alice, k.talk.caller, "MonitorDigits", "b", true);
    client_gather(k.alice, k.talk.caller, 2, "", 0, 0);
    press(&k, "12");
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "12 buffer-full");
    press(&k, "3");
    client_call(k.alice, k.talk.caller, "MonitorDigits", "b", false);
    client_gather(k.alice, k.talk.caller, 1, "", 0, 0);
    press(&k, "4");
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "4 buffer-full");
    ck_assert_uint_eq(signal_count(k.alice, 0, k.talk.caller, "DigitReceived"), 3);
    ck_assert_uint_eq(signal_count(k.dave, 0, k.daves, "DigitReceived"), 4);
}
END_TEST

/* The timers belong to the gathering: the earlier one's do not end the later. */
START_TEST(rule_18_a_replaced_gathering_has_no_timer_left) {
    Keys k = keys_begin();
    /* Both at once, so that the first has no time to end by itself. */
    bus_freeze(t);
    client_send(k.alice, k.talk.caller, "GatherDigits", "usuu", 2, "", 150, 150);
    client_reach_bus(k.alice);
    client_send(k.carol, k.carols, "GatherDigits", "usuu", 2, "", 400, 0);
    client_reach_bus(k.carol);
    bus_thaw(t);
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), " cancel");
    ck_assert_str_eq(await_gathered(k.carol, k.carols), " first-timeout");
    client_gather(k.alice, k.talk.caller, 9, "", 0, 100);
    press(&k, "7");
    ck_assert_str_eq(await_gathered(k.alice, k.talk.caller), "7 inter-timeout");
    expect_gathered_once(&k, k.carol, k.carols);
}
END_TEST

/* ---- Digits and tones ---- */

static void send_many(Client *client, const char *path) {
    client_call(client, path, "SendDigits", "sa{sv}", "1234567890", 1, "duration-ms", "u", 2000);
}

static void send_tone(Client *client, const char *path) {
    client_call(client, path, "SendTone", "su", "busy", 60000);
}

START_TEST(rule_18_digits_replace_a_tone_and_a_tone_digits) {
    Keys k = keys_begin();
    send_tone(k.alice, k.talk.caller);
    send_many(k.carol, k.carols);
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "cancel");
    send_tone(k.alice, k.talk.caller);
    ck_assert_str_eq(await_digits_sent(k.carol, k.carols), "cancel");
    send_tone(k.carol, k.carols);
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "cancel");
    client_call(k.alice, k.talk.caller, "SendTone", "su", "beep", 20);
    ck_assert_str_eq(await_tone_sent(k.carol, k.carols), "cancel");
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "done");
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(k.alice, 0, NULL, "ToneSent"), 3);
    ck_assert_uint_eq(signal_count(k.alice, 0, NULL, "DigitsSent"), 0);
    ck_assert_uint_eq(signal_count(k.carol, 0, NULL, "ToneSent"), 1);
    ck_assert_uint_eq(signal_count(k.carol, 0, NULL, "DigitsSent"), 1);
    ck_assert_uint_eq(signal_count(k.dave, 0, NULL, "ToneSent"), 0);
}
END_TEST

/* Each is stopped by its own "", by that of the other, and by any owner. */
START_TEST(rule_18_nothing_stops_what_runs) {
    Keys k = keys_begin();
    send_tone(k.alice, k.talk.caller);
    client_call(k.carol, k.carols, "SendTone", "su", "", 0);
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "cancel");
    send_tone(k.alice, k.talk.caller);
    client_call(k.carol, k.carols, "SendTone", "su", "beep", 0);
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "cancel");
    send_tone(k.alice, k.talk.caller);
    client_call(k.carol, k.carols, "SendDigits", "sa{sv}", "", 0);
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "cancel");
    send_many(k.alice, k.talk.caller);
    client_call(k.carol, k.carols, "SendTone", "su", "", 0);
    ck_assert_str_eq(await_digits_sent(k.alice, k.talk.caller), "cancel");
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(k.carol, 0, NULL, "ToneSent") + signal_count(k.carol, 0, NULL, "DigitsSent"), 0);
}
END_TEST

/* It is cancelled with the talk, and told before what ends it. */
START_TEST(rule_18_a_tone_ends_with_the_talk) {
    static const char *const members[] = {"Hold", "Drop", "SetupTransfer"};
    Keys k = keys_begin();
    send_tone(k.alice, k.talk.caller);
    guint start = client_event_count(k.alice);
    switch (_i) {
    case 0: client_call(k.carol, k.carols, members[0], ""); break;
    case 1: client_call(k.carol, k.carols, members[1], "a{sv}", 0); break;
    default: client_call(k.carol, k.carols, members[2], "sa{sv}", "", 0); break;
    }
    ck_assert_str_eq(await_tone_sent(k.alice, k.talk.caller), "cancel");
    AWAIT(t, !g_str_equal(known_state(k.alice, k.talk.caller), "connected"));
    int told = signal_place(k.alice, start, k.talk.caller, "ToneSent");
    const char *state = bus_keep_text(t, g_strdup_printf("\"%s\"", known_state(k.alice, k.talk.caller)));
    ck_assert_int_lt(told, change_place(k.alice, start, k.talk.caller, "State", state));
}
END_TEST

/* What the generation's client began goes on without it; the next is not told of it. */
START_TEST(rule_18_a_generation_whose_client_is_gone) {
    Keys k = keys_begin();
    send_tone(k.alice, k.talk.caller);
    client_kill(k.alice);
    await_text(k.carol, k.carols, "Owners", "1");
    client_call(k.carol, k.carols, "SendTone", "su", "beep", 20);
    ck_assert_str_eq(await_tone_sent(k.carol, k.carols), "done");
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(k.carol, 0, NULL, "ToneSent"), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-digits");
    TCase *tcase = bus_case(suite, "rule 18, gathering");
    tcase_add_test(tcase, rule_18_a_later_gathering_of_another_owner_replaces);
    tcase_add_test(tcase, rule_18_a_later_gathering_of_ones_own_replaces);
    tcase_add_test(tcase, rule_18_a_co_owner_stops_a_gathering);
    tcase_add_test(tcase, rule_18_a_refused_gathering_changes_nothing);
    tcase_add_loop_test(tcase, rule_18_a_gathering_goes_with_its_client, 0, 3);
    tcase_add_loop_test(tcase, rule_18_the_end_of_the_call_ends_the_gathering, 0, 2);
    tcase_add_test(tcase, rule_18_a_monitor_now_hears_what_it_asked_for_as_owner);
    tcase_add_test(tcase, rule_18_gathering_and_monitoring_do_not_disturb_each_other);
    tcase_add_test(tcase, rule_18_a_replaced_gathering_has_no_timer_left);
    tcase = bus_case(suite, "rule 18, generation");
    tcase_add_test(tcase, rule_18_digits_replace_a_tone_and_a_tone_digits);
    tcase_add_test(tcase, rule_18_nothing_stops_what_runs);
    tcase_add_loop_test(tcase, rule_18_a_tone_ends_with_the_talk, 0, 3);
    tcase_add_test(tcase, rule_18_a_generation_whose_client_is_gone);
    return bus_main(suite);
}
