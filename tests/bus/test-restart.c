/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service ends and starts again: calls end, the name goes, and no path is ever used twice. */
#include "tests/bus/util-bus.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* The epoch in ".../call/<epoch>_<count>". */
static uint64_t epoch_of(const char *path) {
    return g_ascii_strtoull(strrchr(path, '/') + 1, NULL, 10);
}

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

/* All that was there is gone, and the paths of before mean nothing any more, to anybody. */
START_TEST(paths_are_never_used_twice_over_restarts) {
    static const int signals[] = {SIGTERM, SIGKILL, SIGKILL, SIGTERM};
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    uint64_t last = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        client_open(bob, "loop0", "monitor");
        client_open(carol, "loop0", "monitor");
        const char *out = client_dial(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
        await_handle(carol);
        ck_assert_uint_gt(epoch_of(out), last);
        ck_assert_uint_eq(epoch_of(out), epoch_of(seen));
        last = epoch_of(out);
        bus_stop_service(t, signals[i]);
        bus_start_service(t);
        expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
        ck_assert_uint_eq(known_alive_count(alice), 0);
        ck_assert_str_eq(answer_text(alice, client_call(alice, CALLBUS_PATH, "ListCalls", "")), "[]");
        expect_error(bob, "LineNotOpen", LINE("loop0"), "Close", "");
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("restart");
    TCase *tcase = bus_case(suite, "restart");
    tcase_add_test(tcase, sigterm_ends_calls_before_the_name_goes);
    tcase_add_test(tcase, paths_are_never_used_twice_over_restarts);
    return bus_main(suite);
}
