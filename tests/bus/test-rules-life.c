/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 9 and 10: ended calls stay readable, and Release never touches the call. */
#include "tests/bus/util-bus.h"

typedef struct Talk {
    Client *alice, *bob, *carol;
    const char *out, *in;              /* alice's on loop0, bob's on loop1: both connected */
    const char *carols_out, *carols_in; /* carol opened both lines as owner+monitor */
} Talk;

static Talk talk(void) {
    Talk s = {.alice = bus_client(t), .bob = bus_client(t), .carol = bus_client(t)};
    client_open(s.bob, "loop1", "owner");
    client_open(s.carol, "loop0", "owner+monitor");
    client_open(s.carol, "loop1", "owner+monitor");
    s.out = client_dial(s.alice, "loop0", "101");
    s.in = await_handle(s.bob);
    s.carols_out = await_handle(s.carol);
    s.carols_in = await_handle(s.carol);
    client_call(s.bob, s.in, "Answer", "");
    await_state(s.alice, s.out, "connected");
    await_state(s.carol, s.carols_out, "connected");
    await_state(s.carol, s.carols_in, "connected");
    return s;
}

/* ---- Rule 9 ---- */

START_TEST(rule_09_ended_calls_stay_readable) {
    Talk s = talk();
    client_drop(s.alice, s.out);
    await_state(s.bob, s.in, "disconnected");
    await_state(s.carol, s.carols_out, "idle");
    await_state(s.carol, s.carols_in, "disconnected");
    ck_assert_str_eq(get_string(s.alice, s.out, "DisconnectCause"), "normal");
    ck_assert_str_eq(get_string(s.bob, s.in, "DisconnectCause"), "normal");
    const char *call_id = get_string(s.alice, s.out, "CallId");
    ck_assert_uint_ne(get_number(s.bob, s.in, "EndedTimestamp"), 0);
    ck_assert_uint_le(get_number(s.bob, s.in, "ConnectedTimestamp"),
                      get_number(s.bob, s.in, "EndedTimestamp"));
    client_drop(s.bob, s.in);
    await_state(s.carol, s.carols_in, "idle");
    ck_assert_str_eq(get_string(s.bob, s.in, "DisconnectCause"), "normal");

    guint start = client_event_count(s.carol);
    client_release(s.alice, s.out);
    client_release(s.bob, s.in);
    expect_no_signal_since(s.carol, start);
    ck_assert_str_eq(get_string(s.carol, s.carols_out, "CallId"), call_id);
    ck_assert_str_eq(get_string(s.carol, s.carols_in, "CallId"), call_id);
    ck_assert_str_eq(get_string(s.carol, s.carols_in, "State"), "idle");
    client_close_line(s.carol, "loop0");
    await_removed(s.carol, s.carols_out);
    ck_assert_str_eq(get_string(s.carol, s.carols_in, "CallId"), call_id);
    client_close_line(s.carol, "loop1");
    await_removed(s.carol, s.carols_in);
}
END_TEST

START_TEST(rule_09_disconnected_until_nobody_owns_it) {
    Talk s = talk();
    client_call(s.carol, s.carols_in, "SetPrivilege", "s", "owner");
    client_drop(s.alice, s.out);
    await_state(s.bob, s.in, "disconnected");
    client_release(s.bob, s.in);
    await_text(s.carol, s.carols_in, "Owners", "1");
    ck_assert_str_eq(known_state(s.carol, s.carols_in), "disconnected");
    /* A sole owner can't step down, but its release is its own affair. */
    expect_error(s.carol, "InvalidState", s.carols_in, "SetPrivilege", "s", "monitor");
    Client *dave = bus_client(t);
    client_open(dave, "loop1", "monitor");
    const char *late = client_get_new_calls(dave, "loop1")[0];
    client_release(s.carol, s.carols_in);
    await_state(dave, late, "idle");
    ck_assert_str_eq(known_states(dave, late), "disconnected idle");
    ck_assert_str_eq(get_string(dave, late, "DisconnectCause"), "normal");
}
END_TEST

START_TEST(rule_09_idle_handles_hear_nothing_of_what_is_shared) {
    Talk s = talk();
    client_drop(s.bob, s.in);
    await_state(s.carol, s.carols_in, "idle");
    await_state(s.carol, s.carols_out, "disconnected");
    guint start = client_event_count(s.carol);
    client_call(s.bob, s.in, "SetCallData", "ay", 1, 9);
    client_release(s.bob, s.in);
    expect_no_signal_since(s.carol, start);
    ck_assert_str_eq(get_text(s.carol, s.carols_in, "CallData"), "[0x09]");
    ck_assert_uint_eq(get_number(s.carol, s.carols_in, "Owners"), 0);
    /* What is private is still told. */
    client_call(s.carol, s.carols_in, "SetAppData", "a{sv}", 1, "seen", "b", true);
    ck_assert_str_eq(known_text(s.carol, s.carols_in, "AppData"), "{\"seen\": <b true>}");
    client_call(s.carol, s.carols_in, "SetPrivilege", "s", "owner");
    ck_assert_str_eq(known_text(s.carol, s.carols_in, "Privilege"), "\"owner\"");
}
END_TEST

START_TEST(rule_09_one_release_changes_nothing_for_another) {
    Talk s = talk();
    Client *dave = bus_client(t);
    client_open(dave, "loop0", "monitor");
    const char *late = client_get_new_calls(dave, "loop0")[0];
    ck_assert_uint_eq(get_number(s.alice, s.out, "Monitors"), 2);
    guint alices = client_event_count(s.alice), carols = client_event_count(s.carol);
    client_release(dave, late);
    expect_no_signal_since(s.alice, alices);
    expect_no_signal_since(s.carol, carols);
    ck_assert_uint_eq(get_number(s.alice, s.out, "Monitors"), 1);
}
END_TEST

/* ---- Rule 10 ---- */

START_TEST(rule_10_sole_owner_may_release_a_live_call) {
    Talk s = talk();
    guint start = client_event_count(s.bob);
    client_release(s.alice, s.out);
    await_text(s.carol, s.carols_out, "Owners", "0");
    expect_no_signal_since(s.bob, start);
    ck_assert_str_eq(get_string(s.carol, s.carols_out, "State"), "connected");
    /* Anyone who may own the line can take it. */
    Client *dave = bus_client(t);
    client_open(dave, "loop0", "owner");
    const char *taken = client_get_new_calls(dave, "loop0")[0];
    client_call(dave, taken, "SetPrivilege", "s", "owner");
    await_text(s.carol, s.carols_out, "Owners", "1");
    client_call(dave, taken, "Hold", "");
    client_drop(dave, taken);
    await_state(s.bob, s.in, "disconnected");
    await_state(s.carol, s.carols_out, "idle");
}
END_TEST

START_TEST(rule_10_the_dialler_opened_for_none_and_can_fetch_nothing) {
    Talk s = talk();
    client_release(s.alice, s.out);
    expect_error(s.alice, "InvalidPrivilege", LINE("loop0"), "GetNewCalls", "");
    client_open(s.alice, "loop0", "owner");
    const char *again = client_get_new_calls(s.alice, "loop0")[0];
    ck_assert_str_ne(again, s.out);
    client_call(s.alice, again, "SetPrivilege", "s", "owner");
    client_drop(s.alice, again);
    await_state(s.bob, s.in, "disconnected");
}
END_TEST

START_TEST(rule_10_the_last_handle_drops_the_call) {
    Talk s = talk();
    client_release(s.alice, s.out);
    ck_assert_str_eq(get_string(s.bob, s.in, "State"), "connected");
    client_release(s.carol, s.carols_out);
    await_state(s.bob, s.in, "disconnected");
    await_state(s.carol, s.carols_in, "disconnected");
    client_open(s.alice, "loop0", "monitor");
    ck_assert_ptr_null(client_get_new_calls(s.alice, "loop0")[0]);
    ck_assert_uint_eq(get_number(s.carol, LINE("loop0"), "ActiveCalls"), 0);
}
END_TEST

/* The far end's call, of which nobody holds a handle but the far end's owner's; is it still up? */
static void expect_kept(Client *bob, const char *in, const char *line) {
    Client *dave = bus_client(t);
    bus_barrier(t);
    ck_assert_str_eq(get_string(bob, in, "State"), "connected");
    client_open(dave, line, "owner");
    const char *taken = client_get_new_calls(dave, line)[0];
    ck_assert_ptr_nonnull(taken);
    ck_assert_str_eq(get_string(dave, taken, "State"), "connected");
    ck_assert_uint_eq(get_number(dave, taken, "Owners"), 0);
    client_call(dave, taken, "SetPrivilege", "s", "owner");
    client_drop(dave, taken);
    await_state(bob, in, "disconnected");
}

START_TEST(rule_10_a_call_dialled_to_be_kept_outlives_its_handles) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial_with(alice, "loop0", "101", 1, "on-owner-lost", "s", "keep");
    const char *in = await_handle(bob), *watched = await_handle(carol);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_release(alice, out);
    client_release(carol, watched);
    expect_kept(bob, in, "loop0");
}
END_TEST

START_TEST(rule_10_dialled_to_be_kept_whoever_owns_it_last) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "owner+monitor");
    const char *out = client_dial_with(alice, "loop0", "101", 1, "on-owner-lost", "s", "keep");
    const char *in = await_handle(bob), *seen = await_handle(carol);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_call(carol, seen, "SetPrivilege", "s", "owner");
    client_release(alice, out);
    client_release(carol, seen);
    expect_kept(bob, in, "loop0");
}
END_TEST

static void setup_line_that_keeps(void) {
    t = bus_new(&(BusOptions){.lines = (const char *const[]){
        "keeps.conf",
        "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
        "[Line]\nName=keeps\nProvider=loopback\nAddresses=300\nCloseDrop=no\n", NULL}});
}

START_TEST(rule_10_a_line_without_close_drop_keeps_its_calls) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    ck_assert_uint_eq(get_number(alice, LINE("keeps"), "CloseDrop"), 0);
    ck_assert_uint_eq(get_number(alice, LINE("loop0"), "CloseDrop"), 1);
    client_open(bob, "loop1", "owner");
    client_open(carol, "keeps", "monitor");
    const char *out = client_dial(alice, "keeps", "101"), *in = await_handle(bob),
               *watched = await_handle(carol);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_release(alice, out);
    client_release(carol, watched);
    expect_kept(bob, in, "keeps");
}
END_TEST

START_TEST(rule_10_released_while_ringing_rings_on) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    await_state(alice, out, "ringback");
    client_release(bob, in);
    bus_barrier(t);
    ck_assert_str_eq(get_string(alice, out, "State"), "ringback");
    ck_assert_uint_eq(known_alive_count(carol), 0);
    const char *taken = client_get_new_calls(carol, "loop1")[0];
    ck_assert_str_eq(get_string(carol, taken, "State"), "offering");
    client_call(carol, taken, "SetPrivilege", "s", "owner");
    client_call(carol, taken, "Answer", "");
    await_state(alice, out, "connected");
}
END_TEST

START_TEST(rule_10_released_in_every_state_by_a_monitor) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    static const char *const addresses[] = {"no-answer?ring=60m", "busy", "reject", "answer?ring=0"};
    static const char *const states[] = {"ringback", "busy", "disconnected", "connected"};
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        const char *out = client_dial(alice, "loop0", addresses[i]), *seen = await_handle(bob);
        await_state(alice, out, states[i]);
        guint start = client_event_count(alice);
        client_release(bob, seen);
        expect_no_signal_since(alice, start);
        ck_assert_str_eq(get_string(alice, out, "State"), states[i]);
    }
    bus_barrier(t);
    ck_assert_uint_eq(known_alive_count(carol), G_N_ELEMENTS(addresses));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-life");
    TCase *tcase = bus_case(suite, "rules 9, 10");
    tcase_add_test(tcase, rule_09_ended_calls_stay_readable);
    tcase_add_test(tcase, rule_09_disconnected_until_nobody_owns_it);
    tcase_add_test(tcase, rule_09_idle_handles_hear_nothing_of_what_is_shared);
    tcase_add_test(tcase, rule_09_one_release_changes_nothing_for_another);
    tcase_add_test(tcase, rule_10_sole_owner_may_release_a_live_call);
    tcase_add_test(tcase, rule_10_the_dialler_opened_for_none_and_can_fetch_nothing);
    tcase_add_test(tcase, rule_10_the_last_handle_drops_the_call);
    tcase_add_test(tcase, rule_10_a_call_dialled_to_be_kept_outlives_its_handles);
    tcase_add_test(tcase, rule_10_dialled_to_be_kept_whoever_owns_it_last);
    tcase_add_test(tcase, rule_10_released_while_ringing_rings_on);
    tcase_add_test(tcase, rule_10_released_in_every_state_by_a_monitor);
    tcase = bus_case_with(suite, "rule 10 on a line without CloseDrop", setup_line_that_keeps);
    tcase_add_test(tcase, rule_10_a_line_without_close_drop_keeps_its_calls);
    return bus_main(suite);
}
