/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 1 and 3 to 5: who gets a handle of a call, and with which privilege. */
#include "tests/bus/util-bus.h"

/* ---- Rule 1 ---- */

START_TEST(rule_01_dialler_is_sole_owner) {
    static const char *const opens[] = {NULL, "none", "monitor", "owner", "owner+monitor"};
    Client *watcher = bus_client(t), *other = bus_client(t);
    client_open(watcher, "loop0", "monitor");
    client_open(other, "loop0", "owner+monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(opens); i++) {
        Client *dialler = bus_client(t);
        if (opens[i])
            client_open(dialler, "loop0", opens[i]);
        const char *path = client_dial(dialler, "loop0", "no-answer?ring=60m");
        ck_assert_str_eq(get_string(dialler, path, "Privilege"), "owner");
        ck_assert_uint_eq(get_number(dialler, path, "Owners"), 1);
        ck_assert_uint_eq(get_number(dialler, path, "Monitors"), 2);
        const char *watched = await_handle(watcher), *seen = await_handle(other);
        ck_assert_str_eq(get_string(watcher, watched, "Privilege"), "monitor");
        ck_assert_str_eq(get_string(other, seen, "Privilege"), "monitor");
        ck_assert_uint_eq(get_number(watcher, watched, "Owners"), 1);
        client_kill(dialler);
    }
}
END_TEST

/* ---- Rule 3 ---- */

START_TEST(rule_03_monitors_see_every_call_in_and_out) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    client_open(carol, "loop1", "monitor");
    client_open(dave, "loop0", "none");
    client_open(dave, "loop1", "none");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    const char *first = await_handle(carol), *second = await_handle(carol);
    ck_assert_str_eq(get_string(bob, in, "Privilege"), "owner");
    ck_assert_str_eq(get_string(carol, first, "Line"), LINE("loop0"));
    ck_assert_str_eq(get_string(carol, first, "Direction"), "out");
    ck_assert_str_eq(get_string(carol, second, "Line"), LINE("loop1"));
    ck_assert_str_eq(get_string(carol, second, "Direction"), "in");
    ck_assert_str_eq(get_string(carol, second, "Privilege"), "monitor");
    ck_assert_str_eq(get_string(carol, first, "CallId"), get_string(alice, out, "CallId"));
    client_barrier(carol);
    ck_assert_uint_eq(known_alive_count(carol), 2);
    ck_assert_uint_eq(known_alive_count(alice), 1);
    ck_assert_uint_eq(known_alive_count(bob), 1);
    expect_no_signal_since(dave, 0);
}
END_TEST

START_TEST(rule_03_open_does_not_announce_what_was_there) {
    Client *alice = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    const char *out = client_dial(alice, "loop0", "no-answer?ring=60m");
    expect_error(carol, "LineNotOpen", LINE("loop0"), "GetNewCalls", "");
    client_open(carol, "loop0", "none");
    expect_error(carol, "InvalidPrivilege", LINE("loop0"), "GetNewCalls", "");
    expect_error(alice, "InvalidPrivilege", LINE("loop0"), "GetNewCalls", "");
    client_open(carol, "loop0", "monitor");
    client_open(dave, "loop0", "owner");
    expect_no_signal_since(carol, 0);
    const char *const *paths = client_get_new_calls(carol, "loop0");
    ck_assert(paths[0] && !paths[1]);
    ck_assert_str_eq(get_string(carol, paths[0], "Privilege"), "monitor");
    ck_assert_str_eq(get_string(carol, paths[0], "CallId"), get_string(alice, out, "CallId"));
    ck_assert_ptr_null(client_get_new_calls(carol, "loop0")[0]);
    /* One that opened as owner alone gets a monitor's handle too. */
    paths = client_get_new_calls(dave, "loop0");
    ck_assert(paths[0] && !paths[1]);
    ck_assert_str_eq(get_string(dave, paths[0], "Privilege"), "monitor");
    ck_assert_uint_eq(get_number(alice, out, "Monitors"), 2);
}
END_TEST

START_TEST(rule_03_get_new_calls_gives_what_was_released) {
    Client *alice = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    client_open(carol, "loop0", "monitor");
    client_open(dave, "loop0", "monitor");
    client_dial(alice, "loop0", "no-answer?ring=60m");
    const char *first = await_handle(carol);
    await_handle(dave);
    client_release(carol, first);
    const char *const *again = client_get_new_calls(carol, "loop0");
    ck_assert(again[0] && !again[1]);
    ck_assert_str_ne(again[0], first);
    ck_assert_ptr_null(client_get_new_calls(dave, "loop0")[0]);
}
END_TEST

START_TEST(rule_03_get_new_calls_gives_ended_calls_too) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    const char *ended = client_dial(alice, "loop0", "reject"), *idle = client_dial(alice, "loop0", "busy");
    await_state(alice, ended, "disconnected");
    client_drop(alice, idle);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "owner");
    const char *const *bobs = client_get_new_calls(bob, "loop0");
    ck_assert_ptr_nonnull(bobs[0]);
    ck_assert_str_eq(get_string(bob, bobs[0], "State"), "disconnected");
    ck_assert_msg(bobs[1], "GetNewCalls gave no handle of the idle call");
    ck_assert_str_eq(get_string(bob, bobs[1], "State"), "idle");
    ck_assert_ptr_null(bobs[2]);
    ck_assert_ptr_nonnull(client_get_new_calls(carol, "loop0")[1]);
}
END_TEST

START_TEST(rule_03_second_open_governs_what_comes_later) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob);
    guint start = client_event_count(bob);
    client_open(bob, "loop1", "none");
    ck_assert_str_eq(get_string(bob, in, "Privilege"), "owner");
    expect_no_signal_since(bob, start);
    client_dial(alice, "loop0", "101");
    await_handle(carol);
    expect_no_signal_since(bob, start);
    /* Back as owner, it has its old place, before carol. */
    client_open(bob, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    await_handle(bob);
    client_barrier(carol);
    ck_assert_uint_eq(known_alive_count(carol), 1);
}
END_TEST

START_TEST(rule_03_one_handle_per_client_and_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner+monitor");
    client_open(carol, "loop1", "owner+monitor");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob), *seen = await_handle(carol);
    ck_assert_ptr_null(client_get_new_calls(bob, "loop1")[0]);
    client_call(bob, in, "Handoff", "s", client_name(carol));
    client_barrier(carol);
    client_barrier(bob);
    ck_assert_uint_eq(known_alive_count(bob), 1);
    ck_assert_uint_eq(known_alive_count(carol), 1);
    ck_assert_str_eq(known_text(carol, seen, "Privilege"), "\"owner\"");
}
END_TEST

START_TEST(rule_03_dial_opens_till_close) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    expect_error(alice, "LineNotOpen", LINE("loop0"), "Close", "");
    ck_assert_uint_eq(get_number(alice, LINE("loop0"), "Opens"), 0);
    const char *path = client_dial(alice, "loop0", "answer?ring=0");
    ck_assert_uint_eq(get_number(alice, LINE("loop0"), "Opens"), 1);
    client_open(bob, "loop0", "none");
    client_open(carol, "loop0", "monitor");
    ck_assert_uint_eq(get_number(bob, LINE("loop0"), "Opens"), 3);
    client_close_line(alice, "loop0");
    await_removed(alice, path);
    ck_assert_uint_eq(get_number(alice, LINE("loop0"), "Opens"), 0);
    ck_assert_uint_eq(get_number(bob, LINE("loop0"), "Opens"), 2);
    expect_error(alice, "LineNotOpen", LINE("loop0"), "Close", "");
    expect_error(alice, "LineNotOpen", LINE("loop0"), "GetNewCalls", "");
}
END_TEST

START_TEST(rule_03_a_dial_takes_a_place_in_the_order) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_dial(bob, "loop1", "no-answer?ring=60m");
    client_open(carol, "loop1", "owner");
    client_open(bob, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "Privilege"), "owner");
    /* Closed and opened again, it stands at the end. */
    client_close_line(bob, "loop1");
    client_open(bob, "loop1", "owner");
    await_handle(carol);
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(carol, await_handle(carol), "Privilege"), "owner");
    client_barrier(bob);
    ck_assert_uint_eq(known_alive_count(bob), 0);
}
END_TEST

START_TEST(rule_03_a_dial_does_not_weaken_an_open) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    client_dial(bob, "loop1", "no-answer?ring=60m");
    await_handle(carol);
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "Direction"), "in");
}
END_TEST

START_TEST(rule_03_a_refused_open_changes_nothing) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner+monitor");
    g_autofree char *before = bus_snapshot(t);
    expect_error(bob, "InvalidPrivilege", LINE("loop1"), "Open", "sasa{sv}", "king", 0, 0);
    expect_error(bob, "InvalidPrivilege", LINE("loop1"), "Open", "sasa{sv}", "", 0, 0);
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, LINE("loop1"), "Open", "sasa{sv}", "none", 1, "smoke-signals",
                 0);
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, LINE("loop1"), "Open", "sasa{sv}", "none", 0, 1, "colour", "s",
                 "red");
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, LINE("loop1"), "Open", "sasa{sv}", "none", 0, 1, "offer", "s",
                 "no");
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, LINE("loop1"), "Open", "sasa{sv}", "none", 0, 1,
                 "on-owner-lost", "s", "cry");
    expect_error(bob, DBUS_ERROR_ACCESS_DENIED, LINE("loop1"), "Open", "sasa{sv}", "none", 0, 1, "app-id",
                 "s", "org.example.Other");
    expect_unchanged(t, before);
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "Privilege"), "owner");
    ck_assert_str_eq(get_string(carol, await_handle(carol), "Privilege"), "monitor");
}
END_TEST

/* ---- Rule 4 ---- */

START_TEST(rule_04_one_owner_first_opened) {
    Client *alice = bus_client(t), *watcher = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    Client *dave = bus_client(t);
    client_open(watcher, "loop1", "monitor");
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner+monitor");
    client_open(dave, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob), *seen = await_handle(carol), *watched = await_handle(watcher);
    ck_assert_str_eq(get_string(bob, in, "Privilege"), "owner");
    ck_assert_str_eq(get_string(carol, seen, "Privilege"), "monitor");
    ck_assert_str_eq(get_string(watcher, watched, "Privilege"), "monitor");
    ck_assert_uint_eq(get_number(bob, in, "Owners"), 1);
    ck_assert_uint_eq(get_number(bob, in, "Monitors"), 2);
    expect_no_signal_since(dave, 0);
    ck_assert_uint_eq(known_alive_count(dave), 0);
    /* The next one goes to the same client again. */
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "Privilege"), "owner");
}
END_TEST

START_TEST(rule_04_owner_for_the_media_mode) {
    Client *alice = bus_client(t), *fax = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_call(fax, LINE("loop1"), "Open", "sasa{sv}", "owner", 1, "g3-fax", 0);
    client_open(bob, "loop1", "owner");
    client_call(carol, LINE("loop1"), "Open", "sasa{sv}", "owner", 2, "video", "g3-fax", 0);
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "MediaMode"), "interactive-voice");
    client_dial_with(alice, "loop0", "101", 1, "media-mode", "s", "g3-fax");
    ck_assert_str_eq(get_string(fax, await_handle(fax), "MediaMode"), "g3-fax");
    client_dial_with(alice, "loop0", "101", 1, "media-mode", "s", "video");
    ck_assert_str_eq(get_string(carol, await_handle(carol), "MediaMode"), "video");
    bus_barrier(t);
    ck_assert_uint_eq(known_alive_count(fax), 1);
    ck_assert_uint_eq(known_alive_count(bob), 1);
    ck_assert_uint_eq(known_alive_count(carol), 1);
}
END_TEST

START_TEST(rule_04_never_chosen_without_offer) {
    Client *alice = bus_client(t), *shy = bus_client(t), *bob = bus_client(t);
    client_call(shy, LINE("loop1"), "Open", "sasa{sv}", "owner+monitor", 0, 1, "offer", "b", false);
    client_open(bob, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob), *seen = await_handle(shy);
    ck_assert_str_eq(get_string(shy, seen, "Privilege"), "monitor");
    /* But it may take the call. */
    client_call(shy, seen, "SetPrivilege", "s", "owner");
    await_text(bob, in, "Owners", "2");
}
END_TEST

START_TEST(rule_04_app_ids_of_owners) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_own_name(bob, "org.example.Phone");
    client_call(bob, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", "org.example.Phone");
    client_open(carol, "loop1", "owner+monitor");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob), *seen = await_handle(carol);
    ck_assert_str_eq(get_text(carol, seen, "OwnerApps"), "[\"org.example.Phone\"]");
    client_call(carol, seen, "SetPrivilege", "s", "owner");
    await_text(bob, in, "Owners", "2");
    ck_assert(get_has(bob, in, "OwnerApps", "org.example.Phone"));
    ck_assert(get_has(bob, in, "OwnerApps", ""));
}
END_TEST

START_TEST(rule_04_another_app_id_is_told) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    client_dial(alice, "loop0", "101");
    await_handle(bob);
    const char *seen = await_handle(carol);
    ck_assert_str_eq(known_text(carol, seen, "OwnerApps"), "[\"\"]");
    client_own_name(bob, "org.example.Phone");
    client_call(bob, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", "org.example.Phone");
    await_text(carol, seen, "OwnerApps", "[\"org.example.Phone\"]");
}
END_TEST

/* ---- Rule 5 ---- */

START_TEST(rule_05_unowned_call_waits_to_be_taken) {
    Client *alice = bus_client(t), *watcher = bus_client(t), *dave = bus_client(t);
    client_open(watcher, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101");
    const char *watched = await_handle(watcher);
    ck_assert_uint_eq(get_number(watcher, watched, "Owners"), 0);
    ck_assert_str_eq(get_string(watcher, watched, "State"), "offering");
    await_state(alice, out, "ringback");
    /* One that opens later is not given it, but can take it. */
    client_open(dave, "loop1", "owner");
    ck_assert_uint_eq(known_alive_count(dave), 0);
    const char *taken = client_get_new_calls(dave, "loop1")[0];
    client_call(dave, taken, "SetPrivilege", "s", "owner");
    client_call(dave, taken, "Answer", "");
    await_state(alice, out, "connected");
    await_state(watcher, watched, "connected");
    ck_assert_str_eq(known_text(watcher, watched, "Owners"), "1");
}
END_TEST

START_TEST(rule_05_unowned_call_ends_when_the_caller_gives_up) {
    Client *alice = bus_client(t), *watcher = bus_client(t), *other = bus_client(t);
    client_open(watcher, "loop1", "monitor");
    client_open(other, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101");
    const char *watched = await_handle(watcher), *seen = await_handle(other);
    client_drop(alice, out);
    await_state(watcher, watched, "idle");
    await_state(other, seen, "idle");
    ck_assert_str_eq(known_states(watcher, watched), "offering disconnected idle");
    ck_assert_str_ne(get_string(watcher, watched, "DisconnectCause"), "");
    ck_assert_uint_ne(get_number(watcher, watched, "EndedTimestamp"), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-owner");
    TCase *tcase = bus_case(suite, "rules 1, 3, 4, 5");
    tcase_add_test(tcase, rule_01_dialler_is_sole_owner);
    tcase_add_test(tcase, rule_03_monitors_see_every_call_in_and_out);
    tcase_add_test(tcase, rule_03_open_does_not_announce_what_was_there);
    tcase_add_test(tcase, rule_03_get_new_calls_gives_what_was_released);
    tcase_add_test(tcase, rule_03_get_new_calls_gives_ended_calls_too);
    tcase_add_test(tcase, rule_03_second_open_governs_what_comes_later);
    tcase_add_test(tcase, rule_03_one_handle_per_client_and_call);
    tcase_add_test(tcase, rule_03_dial_opens_till_close);
    tcase_add_test(tcase, rule_03_a_dial_takes_a_place_in_the_order);
    tcase_add_test(tcase, rule_03_a_dial_does_not_weaken_an_open);
    tcase_add_test(tcase, rule_03_a_refused_open_changes_nothing);
    tcase_add_test(tcase, rule_04_one_owner_first_opened);
    tcase_add_test(tcase, rule_04_owner_for_the_media_mode);
    tcase_add_test(tcase, rule_04_never_chosen_without_offer);
    tcase_add_test(tcase, rule_04_app_ids_of_owners);
    tcase_add_test(tcase, rule_04_another_app_id_is_told);
    tcase_add_test(tcase, rule_05_unowned_call_waits_to_be_taken);
    tcase_add_test(tcase, rule_05_unowned_call_ends_when_the_caller_gives_up);
    return bus_main(suite);
}
