/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 11 and 12: a client closes or dies, and a line goes away. */
#include "tests/bus/util-bus.h"

#include <string.h>

/* ---- Rule 11 ---- */

/* Both ways to lose a client. */
static void lose(Client *client, const char *line, int way) {
    if (way == 0)
        client_close_line(client, line);
    else
        client_kill(client);
}

START_TEST(rule_11_calls_of_a_sole_owner_are_dropped) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *connected = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, connected, "connected");
    const char *held = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, held, "connected");
    client_call(alice, held, "Hold", "");
    client_dial(alice, "loop0", "no-answer?ring=60m");
    const char *busy = client_dial(alice, "loop0", "busy");
    const char *ended = client_dial(alice, "loop0", "reject");
    await_state(alice, busy, "busy");
    await_state(alice, ended, "disconnected");
    lose(alice, "loop0", _i);
    await_state(bob, in, "disconnected");
    for (int i = 0; i < 5; i++) {
        const char *seen = await_handle(carol);
        await_state(carol, seen, "idle");
        ck_assert_uint_eq(get_number(carol, seen, "Owners"), 0);
    }
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "ActiveCalls"), 0);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "HeldCalls"), 0);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "Opens"), 1);
}
END_TEST

START_TEST(rule_11_the_closing_client_loses_its_handles_on_that_line_only) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "monitor");
    client_open(carol, "loop2", "monitor");
    const char *first = client_dial(alice, "loop0", "answer?ring=0");
    const char *second = client_dial(alice, "loop0", "reject");
    const char *other = client_dial(alice, "loop2", "answer?ring=0");
    client_dial(bob, "loop0", "answer?ring=0");
    await_state(alice, other, "connected");
    client_close_line(alice, "loop0");
    await_removed(alice, first);
    await_removed(alice, second);
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, first, "Hold", "");
    ck_assert_str_eq(get_string(alice, other, "State"), "connected");
    ck_assert_uint_eq(known_alive_count(bob), 1);
    AWAIT(t, known_alive_count(carol) == 4);
}
END_TEST

START_TEST(rule_11_with_a_co_owner_nothing_happens_to_the_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner+monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    client_call(bob, in, "Answer", "");
    client_call(carol, seen, "SetPrivilege", "s", "owner");
    await_state(alice, out, "connected");
    guint start = client_event_count(alice);
    lose(bob, "loop1", _i);
    await_text(carol, seen, "Owners", "1");
    expect_no_signal_since(alice, start);
    ck_assert_str_eq(known_states(carol, seen), "offering connected");
}
END_TEST

START_TEST(rule_11_a_monitor_that_goes_changes_nothing) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    await_handle(carol);
    await_state(alice, out, "ringback");
    guint start = client_event_count(bob), alices = client_event_count(alice);
    lose(carol, "loop1", _i);
    AWAIT(t, get_number(bob, in, "Monitors") == 0);
    expect_no_signal_since(bob, start);
    expect_no_signal_since(alice, alices);
}
END_TEST

START_TEST(rule_11_kept_calls_go_on_without_an_owner) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_call(bob, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 1, "on-owner-lost", "s", "keep");
    client_open(carol, "loop0", "owner+monitor");
    client_open(carol, "loop1", "owner+monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    const char *carols_out = await_handle(carol), *carols_in = await_handle(carol);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_call(alice, out, "SetOnOwnerLost", "s", "keep");
    lose(bob, "loop1", _i);
    await_text(carol, carols_in, "Owners", "0");
    lose(alice, "loop0", _i);
    await_text(carol, carols_out, "Owners", "0");
    ck_assert_str_eq(get_string(carol, carols_in, "State"), "connected");
    ck_assert_str_eq(get_string(carol, carols_out, "State"), "connected");
    client_call(carol, carols_out, "SetPrivilege", "s", "owner");
    client_drop(carol, carols_out);
    await_state(carol, carols_in, "idle");
    ck_assert_str_eq(known_states(carol, carols_in), "offering connected disconnected idle");
}
END_TEST

START_TEST(rule_11_keep_can_be_taken_back) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial_with(alice, "loop0", "101", 1, "on-owner-lost", "s", "keep");
    const char *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, out, "SetOnOwnerLost", "s", "explode");
    client_call(alice, out, "SetOnOwnerLost", "s", "drop");
    lose(alice, "loop0", _i);
    await_state(bob, in, "disconnected");
    await_state(carol, await_handle(carol), "idle");
}
END_TEST

START_TEST(rule_11_a_ringing_call_is_offered_to_the_next) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    Client *fax = bus_client(t), *erin = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_call(fax, LINE("loop1"), "Open", "sasa{sv}", "owner", 1, "g3-fax", 0);
    client_open(carol, "loop1", "owner+monitor");
    client_open(dave, "loop1", "owner");
    client_open(erin, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    const char *seen = await_handle(carol), *watched = await_handle(erin);
    await_state(alice, out, "ringback");
    client_call(bob, in, "Accept", "");
    guint start = client_event_count(alice);
    lose(bob, "loop1", _i);
    await_text(carol, seen, "Privilege", "\"owner\"");
    client_barrier(erin);
    ck_assert_str_eq(known_text(erin, watched, "Owners"), "1");
    ck_assert_str_eq(known_states(carol, seen), "offering accepted");
    ck_assert_uint_eq(known_alive_count(dave) + known_alive_count(fax), 0);
    lose(carol, "loop1", _i);
    const char *given = await_handle(dave);
    ck_assert_str_eq(get_string(dave, given, "Privilege"), "owner");
    ck_assert_str_eq(get_string(dave, given, "State"), "accepted");
    expect_no_signal_since(alice, start);
    /* Nobody is left: it waits, as rule 5 has it. */
    lose(dave, "loop1", _i);
    await_text(erin, watched, "Owners", "0");
    expect_no_signal_since(alice, start);
    ck_assert_str_eq(known_states(erin, watched), "offering accepted");
    client_open(erin, "loop1", "owner");
    client_call(erin, watched, "SetPrivilege", "s", "owner");
    client_call(erin, watched, "Answer", "");
    await_state(alice, out, "connected");
}
END_TEST

START_TEST(rule_11_close_drop_does_not_touch_ringing_calls) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101");
    await_handle(bob);
    await_state(alice, out, "ringback");
    lose(bob, "loop1", _i);
    client_open(carol, "loop1", "owner");
    const char *taken;
    AWAIT(t, get_number(carol, LINE("loop1"), "Opens") == 1);
    taken = client_get_new_calls(carol, "loop1")[0];
    ck_assert_ptr_nonnull(taken);
    ck_assert_str_eq(get_string(carol, taken, "State"), "offering");
    ck_assert_str_eq(get_string(alice, out, "State"), "ringback");
    client_drop(alice, out);
    await_state(carol, taken, "idle");
}
END_TEST

/* ---- Rule 12 ---- */

START_TEST(rule_12_removed_line_voids_all_handles_on_it) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    client_open(carol, "loop0", "none");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    const char *idle = client_dial(bob, "loop1", "reject"),
               *mine = client_dial(bob, "loop1", "answer?ring=0");
    const char *watched_idle = await_handle(carol), *watched = await_handle(carol);
    await_state(bob, idle, "disconnected");
    await_state(bob, mine, "connected");
    client_drop(bob, idle);
    guint start = client_event_count(bob);
    client_set_line_state(alice, "loop1", "removed", "pulled out");
    const char *reason;
    ck_assert_int_gt(sd_bus_message_read(await_signal(bob, LINE("loop1"), "Closed"), "s", &reason), 0);
    ck_assert_str_eq(reason, "pulled out");
    await_signal(carol, LINE("loop1"), "Closed");
    await_removed(bob, in);
    await_removed(bob, idle);
    await_removed(bob, mine);
    await_removed(carol, seen);
    await_removed(carol, watched);
    await_removed(carol, watched_idle);
    ck_assert_int_lt(signal_place(bob, start, LINE("loop1"), "PropertiesChanged"),
                     signal_place(bob, start, LINE("loop1"), "InterfacesRemoved"));
    expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, mine, "Drop", "a{sv}", 0);
    expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, LINE("loop1"), "Open", "sasa{sv}", "none", 0, 0);
    expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, LINE("loop1"), PROPERTIES("Get"), "ss",
                 CALLBUS_LINE_INTERFACE, "State");
    ck_assert_ptr_null(
        strstr(answer_text(bob, client_call(bob, CALLBUS_PATH, "ListLines", "")), "\"loop1\""));
    ck_assert_int_lt(signal_place(alice, 0, LINE("loop1"), "Closed"), 0);
    /* The other end's line is there, and its call has ended. */
    await_state(alice, out, "disconnected");
    const char *again = client_dial(alice, "loop0", "101");
    await_state(alice, again, "disconnected");
}
END_TEST

START_TEST(rule_12_out_of_service_keeps_opens_and_handles) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    const char *carols_out = await_handle(carol), *carols_in = await_handle(carol);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_set_line_state(alice, "loop1", "out-of-service", "storm");
    await_state(bob, in, "disconnected");
    await_state(carol, carols_in, "disconnected");
    await_state(alice, out, "disconnected");
    await_state(carol, carols_out, "disconnected");
    ck_assert_str_eq(get_string(bob, in, "DisconnectCause"), "provider-failed");
    ck_assert_str_eq(get_string(bob, LINE("loop1"), "State"), "out-of-service");
    ck_assert_str_eq(get_string(bob, LINE("loop1"), "StateReason"), "storm");
    ck_assert_uint_eq(get_number(bob, LINE("loop1"), "Opens"), 2);
    expect_error(bob, "LineOutOfService", LINE("loop1"), "Dial", "sa{sv}", "100", 0);
    ck_assert_int_lt(signal_place(bob, 0, LINE("loop1"), "Closed"), 0);
    const char *unreachable = client_dial(alice, "loop0", "101");
    await_state(alice, unreachable, "disconnected");
    client_drop(bob, in);
    await_state(carol, carols_in, "idle");
    /* Back again, bob needs no new Open. */
    client_set_line_state(alice, "loop1", "in-service", "");
    ck_assert_str_eq(get_string(bob, LINE("loop1"), "State"), "in-service");
    ck_assert_str_eq(get_string(bob, LINE("loop1"), "StateReason"), "");
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "Privilege"), "owner");
    await_handle(carol);
}
END_TEST

START_TEST(rule_12_line_states_are_told_to_all) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop2", "none");
    client_set_line_state(alice, "loop2", "out-of-service", "dug up");
    Client *all[] = {alice, bob, carol};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *text = message_text(await_signal(all[i], LINE("loop2"), "PropertiesChanged"));
        ck_assert_ptr_nonnull(strstr(text, "\"State\": <s \"out-of-service\">"));
        ck_assert_ptr_nonnull(strstr(text, "\"StateReason\": <s \"dug up\">"));
    }
    ck_assert_ptr_nonnull(strstr(answer_text(carol, client_call(carol, CALLBUS_PATH, "ListLines", "")),
                                 "\"loop2\", \"loopback\", \"out-of-service\""));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-loss");
    TCase *tcase = bus_case(suite, "rules 11, 12");
    tcase_add_loop_test(tcase, rule_11_calls_of_a_sole_owner_are_dropped, 0, 2);
    tcase_add_test(tcase, rule_11_the_closing_client_loses_its_handles_on_that_line_only);
    tcase_add_loop_test(tcase, rule_11_with_a_co_owner_nothing_happens_to_the_call, 0, 2);
    tcase_add_loop_test(tcase, rule_11_a_monitor_that_goes_changes_nothing, 0, 2);
    tcase_add_loop_test(tcase, rule_11_kept_calls_go_on_without_an_owner, 0, 2);
    tcase_add_loop_test(tcase, rule_11_keep_can_be_taken_back, 0, 2);
    tcase_add_loop_test(tcase, rule_11_a_ringing_call_is_offered_to_the_next, 0, 2);
    tcase_add_loop_test(tcase, rule_11_close_drop_does_not_touch_ringing_calls, 0, 2);
    tcase_add_test(tcase, rule_12_removed_line_voids_all_handles_on_it);
    tcase_add_test(tcase, rule_12_out_of_service_keeps_opens_and_handles);
    tcase_add_test(tcase, rule_12_line_states_are_told_to_all);
    return bus_main(suite);
}
