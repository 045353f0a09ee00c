/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The harness itself: a bus, the service, a few clients, one call; nothing about the rules. */
#include "tests/bus/util-bus.h"

START_TEST(one_call_between_two_clients_and_a_watcher) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob), *watched = await_handle(carol);
    ck_assert_str_eq(get_string(alice, out, "CallId"), get_string(carol, watched, "CallId"));
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    await_state(carol, watched, "connected");
    expect_error(carol, "NotOwner", watched, "Drop", "a{sv}", 0);
    g_autofree char *before = bus_snapshot(t);
    expect_unchanged(t, before);
    client_drop(alice, out);
    await_state(bob, in, "disconnected");
    client_release(carol, watched);
    expect_no_signal_within_barrier(bob);
}
END_TEST

START_TEST(a_client_that_dies_is_forgotten) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob);
    client_kill(alice);
    await_state(bob, in, "disconnected");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("harness");
    TCase *tcase = bus_case(suite, "harness");
    tcase_add_test(tcase, one_call_between_two_clients_and_a_watcher);
    tcase_add_test(tcase, a_client_that_dies_is_forgotten);
    return bus_main(suite);
}
