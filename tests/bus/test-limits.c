/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 9 at the limit: how many handles a client can have, and what happens then. */
#include "tests/bus/util-bus.h"

#define HANDLES_MAX 4096

#define WINDOW 32

/* Dials pipelined, a window at a time. The paths in order. */
static char **dial_many(Client *client, const char *line, const char *address, guint count) {
    g_autofree uint64_t *requests = g_new(uint64_t, count);
    g_autofree char *path = g_strconcat(CALLBUS_LINE_PATH "/", line, NULL);
    char **paths = g_new0(char *, count + 1);
    for (guint i = 0; i < count + WINDOW; i++) {
        const char *handle;
        if (i < count)
            requests[i] = client_send(client, path, "Dial", "sa{sv}", address, 0);
        if (i < WINDOW)
            continue;
        ck_assert_int_gt(
            sd_bus_message_read(client_await_success(client, requests[i - WINDOW]), "o", &handle), 0);
        paths[i - WINDOW] = g_strdup(handle);
    }
    return paths;
}

static void drop_many(Client *client, char *const *paths) {
    guint count = g_strv_length((char **) paths);
    g_autofree uint64_t *requests = g_new(uint64_t, count);
    for (guint i = 0; i < count + WINDOW; i++) {
        if (i < count)
            requests[i] = client_send(client, paths[i], "Drop", "a{sv}", 0);
        if (i >= WINDOW)
            client_await_success(client, requests[i - WINDOW]);
    }
}

START_TEST(rule_09_the_oldest_idle_handle_makes_room) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    const char *live = client_dial(alice, "loop0", "no-answer?ring=60m");
    g_auto(GStrv) paths = dial_many(alice, "loop0", "busy", HANDLES_MAX - 1);
    drop_many(alice, paths);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    bus_barrier(t);
    ck_assert_uint_eq(known_alive_count(alice), HANDLES_MAX);
    const char *next = client_dial(alice, "loop0", "no-answer?ring=60m");
    client_barrier(alice);
    ck_assert_uint_eq(known_alive_count(alice), HANDLES_MAX);
    ck_assert(!known_alive(alice, paths[0]));
    ck_assert(known_alive(alice, paths[1]) && known_alive(alice, live) && known_alive(alice, next));
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, paths[0], PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE,
                 "State");
    client_dial(alice, "loop0", "no-answer?ring=60m");
    client_barrier(alice);
    ck_assert(!known_alive(alice, paths[1]) && known_alive(alice, paths[2]));
    AWAIT(t, known_alive_count(bob) == 2 && known_alive_count(carol) == 2);
}
END_TEST

START_TEST(rule_09_monitor_handles_are_withheld_when_none_is_idle) {
    Client *alice = bus_client(t), *dave = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    g_strfreev(dial_many(alice, "loop0", "no-answer?ring=60m", HANDLES_MAX / 2));
    g_strfreev(dial_many(dave, "loop0", "no-answer?ring=60m", HANDLES_MAX / 2));
    AWAIT(t, known_alive_count(bob) == HANDLES_MAX);
    client_open(carol, "loop0", "monitor");
    const char *more = client_dial(alice, "loop0", "no-answer?ring=60m");
    uint64_t lost;
    ck_assert_int_gt(sd_bus_message_read(await_signal(bob, CALLBUS_PATH, "EventsLost"), "t", &lost), 0);
    ck_assert_uint_eq(lost, 1);
    await_handle(carol);
    client_barrier(bob);
    ck_assert_uint_eq(known_alive_count(bob), HANDLES_MAX);
    /* Nobody else is touched, and there is room again once something is released. */
    await_state(alice, more, "ringback");
    const char *released = await_handle(bob);
    client_release(bob, released);
    const char *const *paths = client_get_new_calls(bob, "loop0");
    ck_assert_ptr_nonnull(paths[0]);
    client_barrier(bob);
    ck_assert_uint_le(known_alive_count(bob), HANDLES_MAX);
}
END_TEST

START_TEST(rule_09_a_client_full_of_live_calls_dials_no_more) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    g_auto(GStrv) paths = dial_many(alice, "loop0", "no-answer?ring=60m", HANDLES_MAX);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    bus_barrier(t);
    expect_error(alice, DBUS_ERROR_LIMITS_EXCEEDED, LINE("loop0"), "Dial", "sa{sv}", "busy", 0);
    bus_barrier(t);
    ck_assert_uint_eq(known_alive_count(alice), HANDLES_MAX);
    ck_assert_uint_eq(known_alive_count(bob) + known_alive_count(carol), 0);
    client_drop(alice, paths[17]);
    client_dial(alice, "loop0", "busy");
    ck_assert(!known_alive(alice, paths[17]));
    client_dial(bob, "loop0", "busy");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("limits");
    TCase *tcase = bus_case(suite, "rule 9, limits");
    tcase_add_test(tcase, rule_09_the_oldest_idle_handle_makes_room);
    tcase_add_test(tcase, rule_09_monitor_handles_are_withheld_when_none_is_idle);
    tcase_add_test(tcase, rule_09_a_client_full_of_live_calls_dials_no_more);
    return bus_main(suite);
}
