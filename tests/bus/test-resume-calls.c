/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service is killed, or stopped, and started again while its clients stay on the bus: they keep their paths, are told once, and
 * what was up has ended. Each client of the harness checks by itself that Resumed is the first it hears, that it then has the handles
 * that it had, and that no Sequence comes twice.
 */
#include "tests/bus/util-bus.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const int ways[] = {SIGKILL, SIGTERM};

static void restart(int way) {
    bus_stop_service(t, ways[way]);
    bus_start_service(t);
}

/* The epoch in ".../call/<epoch>_<count>". */
static uint64_t epoch_of(const char *path) {
    return g_ascii_strtoull(strrchr(path, '/') + 1, NULL, 10);
}

static bool lists(Client *client, const char *path) {
    const char *text = answer_text(client, client_call(client, CALLBUS_PATH, "ListCalls", ""));
    g_autofree char *quoted = g_strdup_printf("\"%s\"", path);
    return strstr(text, quoted) != NULL;
}

START_TEST(who_stays_keeps_its_calls_which_have_ended) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    const char *call_id = get_string(alice, out, "CallId");
    uint64_t sequence = get_number(alice, out, "Sequence");
    restart(_i);
    ck_assert_uint_eq(client_resumed_count(alice), 1);
    ck_assert_uint_eq(client_resumed_count(bob), 1);
    ck_assert_uint_eq(client_resumed_epoch(alice), epoch_of(out) + 1);
    await_state(alice, out, "disconnected");
    await_state(bob, in, "disconnected");
    ck_assert_str_eq(get_string(alice, out, "DisconnectCause"), "service-restarted");
    ck_assert_str_eq(get_string(alice, out, "CallId"), call_id);
    ck_assert_uint_gt(get_number(alice, out, "Sequence"), sequence);
    ck_assert_uint_gt(get_number(alice, out, "EndedTimestamp"), get_number(alice, out, "ConnectedTimestamp"));
    expect_error(alice, "InvalidState", out, "Hold", "");
    client_drop(alice, out);
    await_state(alice, out, "idle");
    client_release(alice, out);
    await_removed(alice, out);
    client_release(bob, in);
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, out, "Release", "");
}
END_TEST

START_TEST(in_every_state_it_ends) {
    static const struct {
        const char *address, *state;
    } rows[] = {
        {"answer?ring=60m", "ringback"},
        {"busy", "busy"},
        {"answer?ring=0", "connected"},
        {"reject", "disconnected"},
    };
    Client *alice = bus_client(t);
    const char *calls[G_N_ELEMENTS(rows)];
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        calls[i] = client_dial(alice, "loop0", rows[i].address);
        await_state(alice, calls[i], rows[i].state);
    }
    restart(_i);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool was_over = g_str_equal(rows[i].state, "disconnected");
        await_state(alice, calls[i], "disconnected");
        ck_assert_str_eq(get_string(alice, calls[i], "DisconnectCause"), was_over ? "rejected" : "service-restarted");
        client_drop(alice, calls[i]);
        client_release(alice, calls[i]);
    }
}
END_TEST

/* What it was is read as before: all but what a restart changes. */
START_TEST(ended_calls_stay_readable) {
    static const char *const kept[] = {"CallId",         "Address",       "State",  "DisconnectCause", "Privilege",
                                       "Direction",      "Origin",        "Reason", "MediaMode",       "Caller",
                                       "Called",         "CalledParty",   "Comment", "CallData",       "AppData",
                                       "CreatedTimestamp", "EndedTimestamp", "Line", "Features",       NULL};
    Client *alice = bus_client(t);
    const char *out = client_dial_with(alice, "loop0", "answer?ring=0", 2, "comment", "s", "about the boat", "called-party",
                                       "s", "Carol");
    await_state(alice, out, "connected");
    client_call(alice, out, "SetAppData", "a{sv}", 2, "note", "s", "mine", "n", "u", 7u);
    client_call(alice, out, "SetCallData", "ay", 3, 1, 2, 3);
    client_drop(alice, out);
    await_state(alice, out, "idle");
    const char *before[G_N_ELEMENTS(kept)];
    for (size_t i = 0; kept[i]; i++)
        before[i] = get_text(alice, out, kept[i]);
    restart(_i);
    for (size_t i = 0; kept[i]; i++)
        ck_assert_msg(g_str_equal(get_text(alice, out, kept[i]), before[i]), "%s was %s, is %s", kept[i], before[i],
                      get_text(alice, out, kept[i]));
    client_release(alice, out);
}
END_TEST

START_TEST(opens_are_there_again) {
    Client *owner = bus_client(t), *second = bus_client(t), *monitor = bus_client(t), *test = bus_client(t);
    client_open(owner, "loop1", "owner");
    client_open(second, "loop1", "owner+monitor");
    client_open(monitor, "loop1", "monitor");
    restart(_i);
    client_incoming(test, "loop1", "12345");
    const char *in = await_handle(owner), *seen = await_handle(second), *watched = await_handle(monitor);
    ck_assert_str_eq(get_string(owner, in, "Privilege"), "owner");
    ck_assert_str_eq(get_string(second, seen, "Privilege"), "monitor");
    ck_assert_str_eq(get_string(monitor, watched, "Privilege"), "monitor");
    expect_error(monitor, "InvalidPrivilege", watched, "SetPrivilege", "s", "owner");
    client_call(owner, in, "Answer", "");
    client_drop(owner, in);
    client_close_line(second, "loop1");
    expect_error(second, "LineNotOpen", LINE("loop1"), "Close", "");
}
END_TEST

/* New handles are those of the new epoch; those of before stay apart from them. */
START_TEST(no_path_is_another_one_later) {
    Client *alice = bus_client(t);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    uint64_t last = 0;
    for (guint i = 0; i < 5; i++) {
        const char *out = client_dial(alice, "loop0", "answer?ring=0");
        ck_assert(g_hash_table_add(seen, (char *) out));
        ck_assert_uint_gt(epoch_of(out), last);
        last = epoch_of(out);
        restart((i + _i) % 2);
        ck_assert_uint_eq(client_resumed_count(alice), i + 1);
        ck_assert_uint_eq(known_alive_count(alice), i + 1);
        ck_assert(lists(alice, out));
    }
}
END_TEST

START_TEST(who_had_nothing_is_told_nothing) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_dial(alice, "loop0", "answer?ring=0");
    client_call(bob, CALLBUS_PATH, "ListLines", "");
    restart(_i);
    client_call(bob, CALLBUS_PATH, "ListLines", "");
    expect_no_signal_within_barrier(bob);
    ck_assert_uint_eq(client_resumed_count(bob), 0);
    ck_assert_uint_eq(client_resumed_count(alice), 1);
}
END_TEST

START_TEST(who_left_meanwhile_has_lost_its_own) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "owner+monitor");
    const char *shared = client_dial(alice, "loop0", "answer?ring=0"), *seen = await_handle(carol);
    await_state(alice, shared, "connected");
    client_call(carol, seen, "SetPrivilege", "s", "owner");
    const char *kept = client_dial(bob, "loop2", "answer?ring=0");
    await_state(bob, kept, "connected");
    bus_stop_service(t, ways[_i]);
    client_kill(alice);
    bus_start_service(t);
    await_state(carol, seen, "disconnected");
    ck_assert_uint_eq(get_number(carol, seen, "Owners"), 1);
    await_state(bob, kept, "disconnected");
    expect_error(carol, DBUS_ERROR_UNKNOWN_OBJECT, shared, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
    ck_assert_str_eq(answer_text(carol, client_call(carol, CALLBUS_PATH, "FindCalls", "s", get_string(bob, kept, "CallId"))),
                     "[]");
}
END_TEST

START_TEST(foreign_paths_stay_like_none) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "none");
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    g_autofree char *invented = g_strdup_printf("%s9", out);
    restart(_i);
    const char *members[] = {"Drop", "Release", PROPERTIES("GetAll"), DBUS_INTROSPECTABLE_INTERFACE ".Introspect"};
    const char *types[] = {"a{sv}", "", "s", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        if (i == 2) {
            expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, invented, members[i], types[i], CALLBUS_CALL_INTERFACE);
            continue;
        }
        expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, invented, members[i], types[i], 0);
        expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, invented, members[i], types[i], 0);
    }
    expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
    client_drop(alice, out);
}
END_TEST

/* What is told while all are told of the restart comes after it: the harness looks at that. */
START_TEST(a_crowd_comes_back) {
    enum { CLIENTS = 100 };
    Client *clients[CLIENTS];
    const char *calls[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = bus_client(t);
        calls[i] = client_dial(clients[i], "loop0", "answer?ring=0");
    }
    for (size_t i = 0; i < CLIENTS; i++)
        await_state(clients[i], calls[i], "connected");
    bus_stop_service(t, ways[_i]);
    for (size_t i = 0; i < CLIENTS; i += 10)
        client_kill(clients[i]);
    bus_start_service(t);
    for (size_t i = 0; i < CLIENTS; i++)
        if (client_is_open(clients[i])) {
            await_state(clients[i], calls[i], "disconnected");
            ck_assert_uint_eq(client_resumed_count(clients[i]), 1);
        }
    g_autofree char *log = bus_service_log(t);
    ck_assert_msg(strstr(log, "event: resumed, clients: 90, gone: 10"), "%s", log);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("resume-calls");
    TCase *tcase = bus_case(suite, "resume");
    int n = G_N_ELEMENTS(ways);
    tcase_add_loop_test(tcase, who_stays_keeps_its_calls_which_have_ended, 0, n);
    tcase_add_loop_test(tcase, in_every_state_it_ends, 0, n);
    tcase_add_loop_test(tcase, ended_calls_stay_readable, 0, n);
    tcase_add_loop_test(tcase, opens_are_there_again, 0, n);
    tcase_add_loop_test(tcase, no_path_is_another_one_later, 0, n);
    tcase_add_loop_test(tcase, who_had_nothing_is_told_nothing, 0, n);
    tcase_add_loop_test(tcase, who_left_meanwhile_has_lost_its_own, 0, n);
    tcase_add_loop_test(tcase, foreign_paths_stay_like_none, 0, n);
    tcase_add_loop_test(tcase, a_crowd_comes_back, 0, n);
    return bus_main(suite);
}
