/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 8, 16 and 17: every pair of requests of two owners that wait at the service at once. */
#include "tests/bus/util-scene.h"

#include <string.h>

/* What a request may be refused with when another one came first. */
static bool is_fair(const char *error) {
    static const char *const fair[] = {"InvalidState", "Conflict", "NotOwner"};
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

static void race(Scene *scene, const Method *first, const Method *second, const char *state) {
    ck_assert(scene_set(scene, state));
    client_call(scene->monitor, scene->monitor_path, "SetPrivilege", "s", "owner");
    client_call(scene->monitor, scene->monitor_held, "SetPrivilege", "s", "owner");
    bus_freeze(t);
    uint64_t owners = first->send(scene->owner, scene->owner_path, scene->held);
    client_reach_bus(scene->owner);
    uint64_t monitors = second->send(scene->monitor, scene->monitor_path, scene->monitor_held);
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
    if (known_alive(scene->owner, scene->owner_path) && known_alive(scene->monitor, scene->monitor_path))
        ck_assert_str_eq(known_state(scene->owner, scene->owner_path),
                         known_state(scene->monitor, scene->monitor_path));
    scene_clear(scene);
}

START_TEST(rule_16_every_pair_of_requests) {
    static const char *const states[] = {"offering", "connected", "on-hold"};
    const Method *first = &methods[_i];
    Scene scene = scene_begin(t, "owner+monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        for (size_t k = 0; k < method_count && method_works_in(first, states[i]); k++)
            if (may_follow(first, &methods[k], states[i]))
                race(&scene, first, &methods[k], states[i]);
}
END_TEST

/* Both ends of a conversation at once. */
START_TEST(rule_16_every_pair_of_requests_at_both_ends) {
    const Method *first = &methods[_i];
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    client_open(carol, "loop1", "monitor");
    for (size_t k = 0; k < method_count; k++) {
        if (!method_works_in(first, "connected") || !method_works_in(&methods[k], "connected") ||
            g_str_equal(first->name, "SwapHold") || g_str_equal(methods[k].name, "SwapHold"))
            continue;
        const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
        client_call(bob, in, "Answer", "");
        await_state(alice, out, "connected");
        bus_freeze(t);
        uint64_t alices = first->send(alice, out, NULL);
        client_reach_bus(alice);
        uint64_t bobs = methods[k].send(bob, in, NULL);
        client_reach_bus(bob);
        bus_thaw(t);
        client_await_success(alice, alices);
        const sd_bus_error *error = sd_bus_message_get_error(client_await(bob, bobs));
        ck_assert_msg(!error || is_fair(error->name), "%s while the far end does %s: %s", methods[k].name,
                      first->name, error ? error->name : "");
        client_try(alice, out, "Drop", "a{sv}", 0);
        client_try(bob, in, "Drop", "a{sv}", 0);
        for (int i = 0; i < 2; i++) {
            const char *seen = await_handle(carol);
            if (known_alive(alice, out) && known_alive(bob, in))
                await_state(carol, seen, "idle");
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-races");
    TCase *tcase = bus_case(suite, "rule 16, pairs");
    tcase_add_loop_test(tcase, rule_16_every_pair_of_requests, 0, (int) method_count);
    tcase_add_loop_test(tcase, rule_16_every_pair_of_requests_at_both_ends, 0, (int) method_count);
    return bus_main(suite);
}
