/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 7, what a handoff means for those who come after it: who is found, who dies meanwhile, who is lost later. */
#include "tests/bus/util-calls.h"

#include <string.h>

#define VOICE "interactive-voice"

static void open_as(Client *client, const char *app) {
    client_own_name(client, app);
    client_call(client, LINE("loop0"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", app);
}

/* ---- A target that dies ---- */

static const char *const targets[] = {"", "org.example.Desk", ("media:" VOICE)};

typedef struct Dying {
    Client *alice, *bob, *carol;
    const char *call, *seen, *target;
} Dying;

/* Alice has a call, bob opened the line as owner and will die, carol watches. */
static Dying dying_begin(int which) {
    Dying s = {bus_client(t), bus_client(t), bus_client(t)};
    open_as(s.bob, "org.example.Desk");
    client_open(s.carol, "loop0", "monitor");
    s.call = client_connect(s.alice, "loop0", "answer?ring=0");
    s.seen = await_handle(s.carol);
    await_state(s.carol, s.seen, "connected");
    s.target = targets[which][0] ? targets[which] : client_name(s.bob);
    return s;
}

static void expect_untouched(const Dying *s) {
    AWAIT(t, get_number(s->alice, s->call, "Owners") == 1);
    ck_assert_str_eq(get_string(s->alice, s->call, "State"), "connected");
    ck_assert_str_eq(get_string(s->alice, s->call, "Privilege"), "owner");
    bus_barrier(t);
    ck_assert_str_eq(known_text(s->carol, s->seen, "Owners"), "1");
    client_drop(s->alice, s->call);
}

START_TEST(rule_07_a_target_that_dies_before_the_handoff_is_not_found) {
    Dying s = dying_begin(_i);
    bus_freeze(t);
    client_kill(s.bob);
    client_reach_bus(s.alice);
    uint64_t request = client_send(s.alice, s.call, "Handoff", "s", s.target);
    client_reach_bus(s.alice);
    bus_thaw(t);
    expect_answer_error(s.alice, request, "TargetNotFound");
    expect_untouched(&s);
}
END_TEST

/* The request is at the service already: it is done, or the target is not found any more. The call does not notice. */
START_TEST(rule_07_a_target_that_dies_during_the_handoff) {
    Dying s = dying_begin(_i);
    bus_freeze(t);
    uint64_t request = client_send(s.alice, s.call, "Handoff", "s", s.target);
    client_reach_bus(s.alice);
    client_kill(s.bob);
    client_reach_bus(s.alice);
    bus_thaw(t);
    const sd_bus_error *error = sd_bus_message_get_error(client_await(s.alice, request));
    ck_assert(!error || g_str_equal(error->name, CALLBUS_ERROR_PREFIX "TargetNotFound"));
    expect_untouched(&s);
}
END_TEST

START_TEST(rule_07_a_giver_that_dies_with_its_handoff_on_the_way) {
    Dying s = dying_begin(_i);
    bus_freeze(t);
    client_send(s.alice, s.call, "Handoff", "s", s.target);
    client_reach_bus(s.alice);
    client_kill(s.alice);
    client_reach_bus(s.carol);
    bus_thaw(t);
    /* Who is named by a unique name or by what the service knows has it; to look a name up takes too long. */
    AWAIT(t, strcmp(known_state(s.carol, s.seen), "idle") == 0 || client_has_new_handle(s.bob));
    if (client_has_new_handle(s.bob)) {
        const char *given = await_handle(s.bob);
        ck_assert_str_eq(get_string(s.bob, given, "Privilege"), "owner");
        ck_assert_str_eq(get_string(s.bob, given, "State"), "connected");
        client_drop(s.bob, given);
    } else {
        ck_assert_str_eq(targets[_i], "org.example.Desk");
    }
}
END_TEST

/* ---- What the target is given ---- */

/* Its own open tells what becomes of the call when it is lost. */
START_TEST(rule_07_the_target_keeps_or_drops_as_its_open_says) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    client_call(bob, LINE("loop0"), "Open", "sasa{sv}", "owner", 0, 1, "on-owner-lost", "s", "keep");
    client_open(carol, "loop0", "owner");
    client_open(dave, "loop0", "monitor");
    const char *kept = client_connect(alice, "loop0", "answer?ring=0"), *seen_kept = await_handle(dave);
    const char *dropped = client_connect(alice, "loop0", "answer?ring=0"), *seen_dropped = await_handle(dave);
    client_call(alice, kept, "Handoff", "s", client_name(bob));
    client_call(alice, dropped, "Handoff", "s", client_name(carol));
    client_release(alice, kept);
    client_release(alice, dropped);
    await_text(dave, seen_kept, "Owners", "1");
    client_kill(bob);
    client_kill(carol);
    await_state(dave, seen_dropped, "idle");
    await_text(dave, seen_kept, "Owners", "0");
    ck_assert_str_eq(get_string(dave, seen_kept, "State"), "connected");
}
END_TEST

START_TEST(rule_07_the_target_answers_what_the_giver_was_offered) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Handoff", "s", client_name(carol));
    client_release(bob, in);
    const char *given = await_handle(carol);
    ck_assert_str_eq(get_string(carol, given, "State"), "offering");
    client_call(carol, given, "Answer", "");
    await_state(alice, out, "connected");
    expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, in, "Drop", "a{sv}", 0);
}
END_TEST

/* Round and round: each has one handle all the time, and the call has as many owners as took it. */
START_TEST(rule_07_a_call_goes_round) {
    Client *clients[4];
    const char *paths[4];
    for (size_t i = 0; i < 4; i++) {
        clients[i] = bus_client(t);
        client_open(clients[i], "loop0", "owner");
    }
    paths[0] = client_connect(clients[0], "loop0", "answer?ring=0");
    for (size_t i = 0; i < 12; i++) {
        Client *giver = clients[i % 4], *taker = clients[(i + 1) % 4];
        client_call(giver, paths[i % 4], "Handoff", "s", client_name(taker));
        if (i < 3)
            paths[i + 1] = await_handle(taker);
        client_barrier(taker);
        ck_assert(!client_has_new_handle(taker));
        ck_assert_str_eq(known_text(taker, paths[(i + 1) % 4], "Privilege"), "\"owner\"");
    }
    ck_assert_uint_eq(get_number(clients[0], paths[0], "Owners"), 4);
    ck_assert_str_eq(get_string(clients[3], paths[3], "State"), "connected");
}
END_TEST

/* ---- Calls that belong together ---- */

/* Handed over in the middle of a transfer, by halves: the taker goes on with it, on the paths that it had as a monitor. */
START_TEST(rule_07_a_transfer_is_handed_over_in_the_middle) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", carol, "101");
    const char *seen = await_handle(bob);
    const char *consultation = client_setup_transfer(alice, talk.caller, "answer?ring=0"), *consulted = await_handle(bob);
    await_state(alice, consultation, "connected");
    client_call(alice, talk.caller, "Handoff", "s", client_name(bob));
    client_release(alice, talk.caller);
    await_text(bob, seen, "Owners", "1");
    ck_assert_str_eq(known_state(bob, seen), "on-hold-pending-transfer");
    expect_error(bob, "NotOwner", seen, "CompleteTransfer", "os", consulted, "transfer");
    client_call(alice, consultation, "Handoff", "s", client_name(bob));
    client_kill(alice);
    await_text(bob, consulted, "Owners", "1");
    client_complete_transfer(bob, seen, consulted);
    bus_barrier(t);
    ck_assert_str_eq(known_state(carol, talk.callee), "connected");
}
END_TEST

START_TEST(rule_07_a_conference_is_handed_over) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "owner");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_call(alice, party.conference, "Handoff", "s", client_name(bob));
    const char *conference = await_handle(bob);
    ck_assert_str_eq(get_string(bob, conference, "Privilege"), "owner");
    /* Its participants are calls of their own: they are seen, but not owned, until they are handed over too. */
    const char *const *calls = client_conference_calls(bob, conference);
    ck_assert_str_eq(calls[0], conference);
    expect_error(bob, "NotOwner", calls[1], "RemoveFromConference", "");
    client_call(alice, party.first, "Handoff", "s", client_name(bob));
    client_call(alice, party.second, "Handoff", "s", client_name(bob));
    client_close_line(alice, "loop0");
    await_text(bob, conference, "Owners", "1");
    ck_assert_str_eq(get_string(bob, conference, "State"), "connected");
    client_remove(bob, calls[1]);
    await_state(bob, conference, "idle");
    ck_assert_str_eq(known_state(bob, calls[2]), "connected");
}
END_TEST

/* ---- By media mode ---- */

START_TEST(rule_07_the_list_of_priorities_tells_who_is_first) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    open_as(bob, "org.example.Phone");
    open_as(carol, "org.example.Desk");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "org.example.Desk");
    client_call(alice, call, "Handoff", "s", "media:" VOICE);
    const char *given = await_handle(carol);
    expect_error(carol, "TargetSelf", given, "Handoff", "s", "media:" VOICE);
    client_barrier(bob);
    ck_assert(!client_has_new_handle(bob));
    /* With another list the same handoff has another target. */
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 0);
    client_call(carol, given, "Handoff", "s", "media:" VOICE);
    const char *again = await_handle(bob);
    expect_error(bob, "TargetSelf", again, "Handoff", "s", "media:" VOICE);
    ck_assert_uint_eq(get_number(alice, call, "Owners"), 3);
}
END_TEST

START_TEST(rule_07_by_media_mode_the_calls_own_does_not_count) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner");
    client_call(carol, LINE("loop0"), "Open", "sasa{sv}", "owner", 2, "g3-fax", "video", 0);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    ck_assert_str_eq(get_string(alice, call, "MediaMode"), VOICE);
    client_call(alice, call, "Handoff", "s", "media:g3-fax");
    ck_assert_str_eq(get_string(carol, await_handle(carol), "Privilege"), "owner");
    ck_assert_str_eq(get_string(alice, call, "MediaMode"), VOICE);
    expect_error(alice, "TargetNotFound", call, "Handoff", "s", "media:tdd");
    client_barrier(bob);
    ck_assert(!client_has_new_handle(bob));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("handoff");
    TCase *tcase = bus_case(suite, "rule 7");
    tcase_add_loop_test(tcase, rule_07_a_target_that_dies_before_the_handoff_is_not_found, 0, G_N_ELEMENTS(targets));
    tcase_add_loop_test(tcase, rule_07_a_target_that_dies_during_the_handoff, 0, G_N_ELEMENTS(targets));
    tcase_add_loop_test(tcase, rule_07_a_giver_that_dies_with_its_handoff_on_the_way, 0, G_N_ELEMENTS(targets));
    tcase_add_test(tcase, rule_07_the_target_keeps_or_drops_as_its_open_says);
    tcase_add_test(tcase, rule_07_the_target_answers_what_the_giver_was_offered);
    tcase_add_test(tcase, rule_07_a_call_goes_round);
    tcase_add_test(tcase, rule_07_a_transfer_is_handed_over_in_the_middle);
    tcase_add_test(tcase, rule_07_a_conference_is_handed_over);
    tcase_add_test(tcase, rule_07_the_list_of_priorities_tells_who_is_first);
    tcase_add_test(tcase, rule_07_by_media_mode_the_calls_own_does_not_count);
    return bus_main(suite);
}
