/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 8, 16 and 17: every pair of requests of two owners that wait at the service at once. */
#include "service/cleanup.h"
#include "tests/bus/util-calls.h"
#include "tests/bus/util-scene.h"

#include <string.h>

/* What a request may be refused with when another one came first. */
static bool is_fair(const char *error) {
    static const char *const fair[] = {"InvalidState", "Conflict", "NotOwner", "TargetNotFound"};
    for (size_t i = 0; i < G_N_ELEMENTS(fair); i++)
        if (g_str_equal(error + strlen(CALLBUS_ERROR_PREFIX), fair[i]))
            return true;
    return false;
}

/* The second request works in this state, or in the one that the first leads to. */
static bool may_follow(const Method *first, const Method *second, const char *state) {
    return method_works_in(second, state) ||
           (g_str_equal(first->name, "Hold") && method_works_in(second, "on-hold")) ||
           (g_str_equal(first->name, "Unhold") && method_works_in(second, "connected"));
}

/* What a provider in a process of its own tells may come between the barriers of the two. */
static bool see_the_same(const Scene *scene) {
    return !known_alive(scene->owner, scene->owner_path) || !known_alive(scene->monitor, scene->monitor_path) ||
           g_str_equal(known_state(scene->owner, scene->owner_path), known_state(scene->monitor, scene->monitor_path));
}

static void race(Scene *scene, const Method *first, const Method *second, const char *state) {
    ck_assert(scene_set(scene, state));
    client_call(scene->monitor, scene->monitor_path, "SetPrivilege", "s", "owner");
    client_call(scene->monitor, scene->monitor_other, "SetPrivilege", "s", "owner");
    bus_freeze(t);
    uint64_t owners = first->send(scene->owner, scene->owner_path, scene->other);
    client_reach_bus(scene->owner);
    uint64_t monitors = second->send(scene->monitor, scene->monitor_path, scene->monitor_other);
    client_reach_bus(scene->monitor);
    bus_thaw(t);
    const sd_bus_error *error = sd_bus_message_get_error(client_await(scene->owner, owners));
    ck_assert_msg(!error, "the first %s in %s, before a %s: %s", first->name, state, second->name,
                  error ? error->name : "");
    error = sd_bus_message_get_error(client_await(scene->monitor, monitors));
    ck_assert_msg(!error || is_fair(error->name), "the second, %s in %s, after a %s: %s", second->name, state,
                  first->name, error ? error->name : "");
    /* Both see the same end of it: the harness compares what each was told with what each reads. */
    bus_barrier(t);
    AWAIT(t, see_the_same(scene));
    scene_clear(scene);
}

static bool works_in(const Scene *scene, const Method *method, const char *state) {
    return method_works_in(method, state) && method_is_able(method, scene->owner);
}

START_TEST(rule_16_every_pair_of_requests) {
    static const char *const states[] = {"offering",
                                         "ringback",
                                         "dial-tone",
                                         "connected",
                                         "on-hold",
                                         "on-hold-pending-transfer",
                                         "conferenced",
                                         "conference:connected",
                                         "conference:on-hold-pending-conference"};
    const Method *first = &methods[_i];
    Scene scene = scene_begin(t, "owner+monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        for (size_t k = 0; k < method_count && works_in(&scene, first, states[i]); k++)
            if (method_is_able(&methods[k], scene.owner) && may_follow(first, &methods[k], states[i]))
                race(&scene, first, &methods[k], states[i]);
}
END_TEST

/* Both ends of a conversation at once. */
static void race_of_ends(Client *alice, Client *bob, const Method *first, const Method *second) {
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    bus_freeze(t);
    uint64_t alices = first->send(alice, talk.caller, NULL);
    client_reach_bus(alice);
    uint64_t bobs = second->send(bob, talk.callee, NULL);
    client_reach_bus(bob);
    bus_thaw(t);
    client_await_success(alice, alices);
    const sd_bus_error *error = sd_bus_message_get_error(client_await(bob, bobs));
    ck_assert_msg(!error || is_fair(error->name), "%s while the far end does %s: %s", second->name, first->name,
                  error ? error->name : "");
    clear_client(alice);
    clear_client(bob);
}

static bool is_for_two_ends(const Method *method, Client *client) {
    return method_works_in(method, "connected") && !g_str_equal(method->name, "SwapHold") && method_is_able(method, client);
}

/* All calls that the watcher saw are over, unless they were released. */
static void expect_over(Client *watcher, bool released) {
    bus_barrier(t);
    while (client_has_new_handle(watcher)) {
        const char *seen = await_handle(watcher);
        if (!released)
            await_state(watcher, seen, "idle");
    }
    clear_client(watcher);
}

START_TEST(rule_16_every_pair_of_requests_at_both_ends) {
    const Method *first = &methods[_i];
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    client_open(carol, "loop1", "monitor");
    for (size_t k = 0; k < method_count && is_for_two_ends(first, alice); k++) {
        const Method *second = &methods[k];
        if (!is_for_two_ends(second, alice))
            continue;
        race_of_ends(alice, bob, first, second);
        expect_over(carol, g_str_equal(first->name, "Release") || g_str_equal(second->name, "Release"));
    }
}
END_TEST

/* ---- Floods ---- */

#define FLOOD 3000

/* All are answered, refused for want of room at worst; what worked, in order. Gives how much did. */
static int await_flood(Client *client, const uint64_t *requests, int count) {
    int worked = 0, last = -1;
    for (int i = 0; i < count; i++) {
        const sd_bus_error *error = sd_bus_message_get_error(client_await(client, requests[i]));
        if (error && !g_str_equal(error->name, DBUS_ERROR_LIMITS_EXCEEDED))
            ck_abort_msg("request %d of a flood: %s (%s)", i, error->name, error->message);
        if (error)
            continue;
        worked++;
        if (answer_place(client, requests[i]) < last)
            ck_abort_msg("request %d of a flood was answered before one that came earlier", i);
        last = answer_place(client, requests[i]);
    }
    return worked;
}

START_TEST(rule_16_a_flood_is_answered) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    g_autofree uint64_t *requests = g_new(uint64_t, FLOOD);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, out, "connected");
    bus_freeze(t);
    for (int i = 0; i < FLOOD; i++)
        requests[i] = client_send(alice, out, "Mute", "b", i % 2);
    client_reach_bus(alice);
    bus_thaw(t);
    ck_assert_int_gt(await_flood(alice, requests, FLOOD), 0);
    for (int i = 0; i < FLOOD; i++)
        requests[i] = client_send(alice, out, "SetCallData", "ay", 2, i % 256, i / 256);
    ck_assert_int_gt(await_flood(alice, requests, FLOOD), 0);
    ck_assert_str_eq(get_string(bob, await_handle(bob), "State"), "connected");
}
END_TEST

/* A client that nobody knows yet, and that does not wait for an answer. */
START_TEST(rule_16_the_first_words_of_a_client_are_answered) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    uint64_t requests[500];
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    bus_freeze(t);
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        requests[i] = client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "busy", 0);
    client_reach_bus(alice);
    bus_thaw(t);
    int worked = await_flood(alice, requests, G_N_ELEMENTS(requests));
    ck_assert_int_ge(worked, 64);
    client_barrier(alice);
    ck_assert_int_eq((int) known_alive_count(alice), worked);
    AWAIT(t, (int) known_alive_count(bob) == worked && (int) known_alive_count(carol) == worked);
}
END_TEST

/* One who wants no answer gets none, but what it asked is done. */
START_TEST(rule_16_no_answer_to_who_wants_none) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    static const char *const members[] = {"Hold", "Unhold", "Unhold", "Answer", "Release"};
    await_state(alice, out, "connected");
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(alice), &message, CALLBUS_NAME, out,
                                                        CALLBUS_CALL_INTERFACE, members[i]), 0);
        ck_assert_int_ge(sd_bus_message_set_expect_reply(message, false), 0);
        ck_assert_int_ge(sd_bus_send(client_connection(alice), message, NULL), 0);
        if (i < 2)
            await_state(bob, seen, i == 0 ? "on-hold" : "connected");
    }
    await_removed(alice, out);
    ck_assert_str_eq(get_string(bob, seen, "State"), "connected");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-races");
    TCase *tcase = bus_case(suite, "rule 16, pairs");
    tcase_add_loop_test(tcase, rule_16_every_pair_of_requests, 0, (int) method_count);
    tcase_add_loop_test(tcase, rule_16_every_pair_of_requests_at_both_ends, 0, (int) method_count);
    tcase = bus_case(suite, "rule 16, floods");
    tcase_add_test(tcase, rule_16_a_flood_is_answered);
    tcase_add_test(tcase, rule_16_the_first_words_of_a_client_are_answered);
    tcase_add_test(tcase, rule_16_no_answer_to_who_wants_none);
    return bus_main(suite);
}
