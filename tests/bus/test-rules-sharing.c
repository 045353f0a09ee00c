/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 6 to 8: ownership is taken, handed on, and raced for. */
#include "tests/bus/util-bus.h"

typedef struct Scenery {
    Client *alice, *bob, *carol, *dave, *erin;
    const char *out;   /* alice's, on loop0 */
    const char *in;    /* bob's, the owner on loop1 */
    const char *seen;  /* carol's, owner+monitor and not chosen */
    const char *erins; /* erin's, who opened as monitor; dave opened as owner and has none */
} Scenery;

static Scenery incoming_call(void) {
    Scenery s = {bus_client(t), bus_client(t), bus_client(t), bus_client(t), bus_client(t)};
    client_open(s.bob, "loop1", "owner");
    client_open(s.carol, "loop1", "owner+monitor");
    client_open(s.dave, "loop1", "owner");
    client_open(s.erin, "loop1", "monitor");
    s.out = client_dial(s.alice, "loop0", "101");
    s.in = await_handle(s.bob);
    s.seen = await_handle(s.carol);
    s.erins = await_handle(s.erin);
    return s;
}

/* ---- Rule 6 ---- */

START_TEST(rule_06_holder_makes_itself_owner) {
    Scenery s = incoming_call();
    ck_assert(!get_has(s.carol, s.seen, "Features", "Answer"));
    client_call(s.carol, s.seen, "SetPrivilege", "s", "owner");
    ck_assert_str_eq(known_text(s.carol, s.seen, "Privilege"), "\"owner\"");
    ck_assert_str_eq(known_text(s.carol, s.seen, "Owners"), "2");
    ck_assert(get_has(s.carol, s.seen, "Features", "Answer"));
    await_text(s.bob, s.in, "Owners", "2");
    await_text(s.erin, s.erins, "Owners", "2");
    ck_assert_str_eq(known_text(s.bob, s.in, "Privilege"), "\"owner\"");
    ck_assert_uint_eq(get_number(s.erin, s.erins, "Monitors"), 1);
    ck_assert_str_eq(known_text(s.erin, s.erins, "OwnerApps"), "[\"\", \"\"]");
}
END_TEST

START_TEST(rule_06_only_with_the_owner_privilege_of_its_open) {
    Scenery s = incoming_call();
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.erin, "InvalidPrivilege", s.erins, "SetPrivilege", "s", "owner");
    expect_error(s.erin, "InvalidPrivilege", s.erins, "SetPrivilege", "s", "none");
    expect_error(s.erin, "InvalidPrivilege", s.erins, "SetPrivilege", "s", "");
    expect_error(s.bob, "InvalidPrivilege", s.in, "SetPrivilege", "s", "Owner");
    client_call(s.erin, s.erins, "SetPrivilege", "s", "monitor");
    client_call(s.bob, s.in, "SetPrivilege", "s", "owner");
    expect_unchanged(t, before);
    /* A second open that allows it. */
    client_open(s.erin, "loop1", "owner");
    client_call(s.erin, s.erins, "SetPrivilege", "s", "owner");
    await_text(s.bob, s.in, "Owners", "2");
}
END_TEST

START_TEST(rule_06_stepping_down) {
    Scenery s = incoming_call();
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.bob, "InvalidState", s.in, "SetPrivilege", "s", "monitor");
    expect_error(s.alice, "InvalidState", s.out, "SetPrivilege", "s", "monitor");
    expect_unchanged(t, before);
    client_call(s.carol, s.seen, "SetPrivilege", "s", "owner");
    client_call(s.bob, s.in, "SetPrivilege", "s", "monitor");
    ck_assert_str_eq(known_text(s.bob, s.in, "Privilege"), "\"monitor\"");
    await_text(s.carol, s.seen, "Owners", "1");
    await_text(s.erin, s.erins, "Owners", "1");
    expect_error(s.bob, "NotOwner", s.in, "Answer", "");
    expect_error(s.carol, "InvalidState", s.seen, "SetPrivilege", "s", "monitor");
    /* Of an ended call anybody may. */
    client_drop(s.carol, s.seen);
    client_call(s.carol, s.seen, "SetPrivilege", "s", "monitor");
    ck_assert_str_eq(known_text(s.carol, s.seen, "Privilege"), "\"monitor\"");
}
END_TEST

START_TEST(rule_06_no_way_back_for_a_dialler_that_opened_for_none) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    const char *watched = await_handle(carol);
    client_call(bob, seen, "SetPrivilege", "s", "owner");
    client_call(alice, out, "SetPrivilege", "s", "monitor");
    expect_error(alice, "InvalidPrivilege", out, "SetPrivilege", "s", "owner");
    await_text(carol, watched, "Owners", "1");
}
END_TEST

/* ---- Rule 7 ---- */

START_TEST(rule_07_handoff_to_one_without_a_handle) {
    Scenery s = incoming_call();
    client_call(s.bob, s.in, "Handoff", "s", client_name(s.dave));
    const char *given = await_handle(s.dave);
    ck_assert_str_eq(get_string(s.dave, given, "Privilege"), "owner");
    ck_assert_str_eq(known_text(s.bob, s.in, "Privilege"), "\"owner\"");
    ck_assert_str_eq(known_text(s.bob, s.in, "Owners"), "2");
    await_text(s.erin, s.erins, "Owners", "2");
    client_release(s.bob, s.in);
    await_text(s.dave, given, "Owners", "1");
    client_call(s.dave, given, "Answer", "");
    await_state(s.alice, s.out, "connected");
}
END_TEST

START_TEST(rule_07_handoff_keeps_the_path_of_a_holder) {
    Scenery s = incoming_call();
    client_own_name(s.carol, "org.example.Desk");
    client_call(s.bob, s.in, "Handoff", "s", "org.example.Desk");
    await_text(s.carol, s.seen, "Privilege", "\"owner\"");
    await_text(s.carol, s.seen, "Owners", "2");
    client_barrier(s.carol);
    ck_assert_uint_eq(known_alive_count(s.carol), 1);
    client_call(s.bob, s.in, "SetPrivilege", "s", "monitor");
    await_text(s.erin, s.erins, "Owners", "1");
}
END_TEST

START_TEST(rule_07_handoff_ignores_media_modes_and_offer) {
    Scenery s = incoming_call();
    Client *fax = bus_client(t);
    client_call(fax, LINE("loop1"), "Open", "sasa{sv}", "owner", 1, "g3-fax", 1, "offer", "b", false);
    client_call(s.bob, s.in, "Handoff", "s", client_name(fax));
    ck_assert_str_eq(get_string(fax, await_handle(fax), "Privilege"), "owner");
}
END_TEST

START_TEST(rule_07_handoff_refused) {
    Scenery s = incoming_call();
    Client *stranger = bus_client(t), *other_line = bus_client(t);
    client_open(other_line, "loop0", "owner");
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.erin, "NotOwner", s.erins, "Handoff", "s", client_name(s.dave));
    expect_error(s.bob, "TargetNotFound", s.in, "Handoff", "s", client_name(s.erin));
    expect_error(s.bob, "TargetNotFound", s.in, "Handoff", "s", client_name(stranger));
    expect_error(s.bob, "TargetNotFound", s.in, "Handoff", "s", client_name(other_line));
    expect_error(s.bob, "TargetNotFound", s.in, "Handoff", "s", ":1.99999");
    expect_error(s.bob, "TargetNotFound", s.in, "Handoff", "s", "org.example.Nobody");
    expect_error(s.bob, DBUS_ERROR_INVALID_ARGS, s.in, "Handoff", "s", "");
    expect_error(s.bob, DBUS_ERROR_INVALID_ARGS, s.in, "Handoff", "s", "no name at all");
    expect_unchanged(t, before);
}
END_TEST

START_TEST(rule_07_handoff_to_oneself_changes_nothing) {
    Scenery s = incoming_call();
    g_autofree char *before = bus_snapshot(t);
    client_call(s.bob, s.in, "Handoff", "s", client_name(s.bob));
    client_own_name(s.bob, "org.example.Bob");
    client_call(s.bob, s.in, "Handoff", "s", "org.example.Bob");
    expect_unchanged(t, before);
    /* The dialler's too, though its open has no owner privilege. */
    client_call(s.alice, s.out, "Handoff", "s", client_name(s.alice));
    expect_unchanged(t, before);
}
END_TEST

START_TEST(rule_07_an_ended_call_can_be_handed_on) {
    Scenery s = incoming_call();
    client_drop(s.bob, s.in);
    client_call(s.bob, s.in, "Handoff", "s", client_name(s.dave));
    const char *given = await_handle(s.dave);
    ck_assert_str_eq(get_string(s.dave, given, "State"), "idle");
    ck_assert_str_eq(get_string(s.dave, given, "Privilege"), "owner");
}
END_TEST

/* ---- Rule 8 ---- */

START_TEST(rule_08_second_answer_conflicts_while_the_first_is_pending) {
    Scenery s = incoming_call();
    client_call(s.carol, s.seen, "SetPrivilege", "s", "owner");
    bus_freeze(t);
    uint64_t first = client_send(s.carol, s.seen, "Answer", "");
    client_reach_bus(s.carol);
    uint64_t second = client_send(s.bob, s.in, "Answer", "");
    client_reach_bus(s.bob);
    bus_thaw(t);
    expect_answer_error(s.bob, second, "Conflict");
    client_await_success(s.carol, first);
    await_state(s.bob, s.in, "connected");
    await_state(s.alice, s.out, "connected");
    ck_assert_str_eq(known_states(s.erin, s.erins), "offering connected");
    ck_assert_str_eq(known_states(s.bob, s.in), "offering connected");
}
END_TEST

START_TEST(rule_08_second_answer_is_too_late_after_it) {
    Scenery s = incoming_call();
    client_call(s.carol, s.seen, "SetPrivilege", "s", "owner");
    client_call(s.carol, s.seen, "Answer", "");
    await_state(s.alice, s.out, "connected");
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.bob, "InvalidState", s.in, "Answer", "");
    expect_error(s.carol, "InvalidState", s.seen, "Answer", "");
    expect_unchanged(t, before);
}
END_TEST

START_TEST(rule_08_one_of_many_answers_wins) {
    Scenery s = incoming_call();
    client_call(s.carol, s.seen, "SetPrivilege", "s", "owner");
    for (int round = 0; round < 25; round++) {
        const char *out = client_dial(s.alice, "loop0", "101");
        const char *in = await_handle(s.bob), *seen = await_handle(s.carol);
        client_call(s.carol, seen, "SetPrivilege", "s", "owner");
        Client *clients[] = {s.bob, s.carol, s.carol, s.bob};
        uint64_t requests[G_N_ELEMENTS(clients)];
        for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
            requests[i] = client_send(clients[i], clients[i] == s.bob ? in : seen, "Answer", "");
        int won = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
            const sd_bus_error *error = sd_bus_message_get_error(client_await(clients[i], requests[i]));
            won += !error;
            ck_assert_msg(!error || g_str_equal(error->name, CALLBUS_ERROR_PREFIX "Conflict") ||
                              g_str_equal(error->name, CALLBUS_ERROR_PREFIX "InvalidState"),
                          "refused with %s", error->name);
        }
        ck_assert_int_eq(won, 1);
        await_state(s.alice, out, "connected");
        ck_assert_str_eq(known_states(s.carol, seen), "offering connected");
        client_drop(s.alice, out);
    }
}
END_TEST

START_TEST(rule_08_two_drops_both_succeed) {
    Scenery s = incoming_call();
    client_call(s.carol, s.seen, "SetPrivilege", "s", "owner");
    client_call(s.carol, s.seen, "Answer", "");
    bus_freeze(t);
    uint64_t first = client_send(s.carol, s.seen, "Drop", "a{sv}", 0);
    client_reach_bus(s.carol);
    uint64_t second = client_send(s.bob, s.in, "Drop", "a{sv}", 0);
    client_reach_bus(s.bob);
    bus_thaw(t);
    client_await_success(s.carol, first);
    client_await_success(s.bob, second);
    await_state(s.erin, s.erins, "idle");
    ck_assert_str_eq(known_states(s.erin, s.erins), "offering connected idle");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-sharing");
    TCase *tcase = bus_case(suite, "rules 6, 7, 8");
    tcase_add_test(tcase, rule_06_holder_makes_itself_owner);
    tcase_add_test(tcase, rule_06_only_with_the_owner_privilege_of_its_open);
    tcase_add_test(tcase, rule_06_stepping_down);
    tcase_add_test(tcase, rule_06_no_way_back_for_a_dialler_that_opened_for_none);
    tcase_add_test(tcase, rule_07_handoff_to_one_without_a_handle);
    tcase_add_test(tcase, rule_07_handoff_keeps_the_path_of_a_holder);
    tcase_add_test(tcase, rule_07_handoff_ignores_media_modes_and_offer);
    tcase_add_test(tcase, rule_07_handoff_refused);
    tcase_add_test(tcase, rule_07_handoff_to_oneself_changes_nothing);
    tcase_add_test(tcase, rule_07_an_ended_call_can_be_handed_on);
    tcase_add_test(tcase, rule_08_second_answer_conflicts_while_the_first_is_pending);
    tcase_add_test(tcase, rule_08_second_answer_is_too_late_after_it);
    tcase_add_test(tcase, rule_08_one_of_many_answers_wins);
    tcase_add_test(tcase, rule_08_two_drops_both_succeed);
    return bus_main(suite);
}
