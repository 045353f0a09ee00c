/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service ends: calls end before its name goes. What clients find when it is back: test-resume-*.c. */
#include "tests/bus/util-bus.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

START_TEST(sigterm_ends_calls_before_the_name_goes) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    client_call(bob, in, "Answer", "");
    const char *ringing = client_dial(alice, "loop0", "no-answer?ring=60m");
    await_state(alice, out, "connected");
    await_state(alice, ringing, "ringback");
    int status = bus_stop_service(t, SIGTERM);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    await_state(alice, out, "disconnected");
    await_state(alice, ringing, "disconnected");
    await_state(bob, in, "disconnected");
    await_state(carol, seen, "disconnected");
    ck_assert_str_eq(known_text(alice, out, "DisconnectCause"), "\"service-restarted\"");
    bus_start_service(t);
}
END_TEST

/* Without its database all that was there is gone, and the paths of before mean nothing any more, to anybody. */
START_TEST(without_its_state_nothing_is_there) {
    static const int signals[] = {SIGTERM, SIGKILL, SIGKILL, SIGTERM};
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        client_open(bob, "loop0", "monitor");
        client_open(carol, "loop0", "monitor");
        const char *out = client_dial(alice, "loop0", "answer?ring=0");
        await_handle(bob);
        await_handle(carol);
        ck_assert(g_hash_table_add(seen, (char *) out));
        bus_stop_service(t, signals[i]);
        bus_lose_state(t);
        bus_start_service(t);
        expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
        ck_assert_uint_eq(known_alive_count(alice), 0);
        ck_assert_str_eq(answer_text(alice, client_call(alice, CALLBUS_PATH, "ListCalls", "")), "[]");
        expect_error(bob, "LineNotOpen", LINE("loop0"), "Close", "");
        ck_assert_uint_eq(client_resumed_count(alice), 0);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("restart");
    TCase *tcase = bus_case(suite, "restart");
    tcase_add_test(tcase, sigterm_ends_calls_before_the_name_goes);
    tcase_add_test(tcase, without_its_state_nothing_is_there);
    return bus_main(suite);
}
