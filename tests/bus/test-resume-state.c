/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What outlives the service besides paths: tokens, wishes, Sequence; and for whom it does not. */
#include "tests/bus/util-bus.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const int ways[] = {SIGKILL, SIGTERM};

static void restart(int way) {
    bus_stop_service(t, ways[way]);
    bus_start_service(t);
}

/* Of a Dial with a token: the path, or "" for a refusal, whose name is in *ret_error. */
static const char *dial_with_token(Client *client, const char *address, const char *token, const char **ret_error) {
    sd_bus_message *answer =
        client_await(client, client_send(client, LINE("loop0"), "Dial", "sa{sv}", address, 1, "token", "s", token));
    const sd_bus_error *error = sd_bus_message_get_error(answer);
    const char *path = "";
    *ret_error = error ? error->name : NULL;
    if (!error)
        ck_assert_int_gt(sd_bus_message_read(answer, "o", &path), 0);
    return bus_keep_text(t, g_strdup(path));
}

static guint count_calls(Client *client) {
    const char *text = answer_text(client, client_call(client, CALLBUS_PATH, "ListCalls", ""));
    guint count = 0;
    for (const char *place = text; (place = strstr(place, CALLBUS_CLIENT_PATH)); place++)
        count++;
    return count;
}

START_TEST(the_same_token_gives_the_same_call) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *error = NULL, *out = dial_with_token(alice, "answer?ring=0", "1", &error);
    await_state(alice, out, "connected");
    restart(_i);
    ck_assert_str_eq(dial_with_token(alice, "answer?ring=0", "1", &error), out);
    ck_assert_uint_eq(count_calls(alice), 1);
    dial_with_token(alice, "busy", "1", &error);
    ck_assert_str_eq(error, CALLBUS_ERROR_PREFIX "Conflict");
    /* Another client of the user gets a handle of its own, of the same call. */
    const char *other = dial_with_token(bob, "answer?ring=0", "1", &error);
    ck_assert_ptr_null(error);
    ck_assert_str_eq(get_string(bob, other, "CallId"), get_string(alice, out, "CallId"));
    ck_assert_str_eq(get_string(bob, other, "State"), "disconnected");
}
END_TEST

START_TEST(the_token_of_a_forgotten_call_is_used_up) {
    Client *alice = bus_client(t);
    const char *error = NULL, *out = dial_with_token(alice, "answer?ring=0", "1", &error);
    client_drop(alice, out);
    await_state(alice, out, "idle");
    client_release(alice, out);
    restart(_i);
    dial_with_token(alice, "answer?ring=0", "1", &error);
    ck_assert_str_eq(error, CALLBUS_ERROR_PREFIX "Conflict");
    ck_assert_uint_eq(count_calls(alice), 0);
    const char *second = dial_with_token(alice, "answer?ring=0", "2", &error);
    ck_assert_ptr_null(error);
    await_state(alice, second, "connected");
}
END_TEST

/* The service is killed with the Dial under way: repeated, there is one call or none, and never a second. */
START_TEST(a_dial_repeated_is_one_call) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    for (guint i = 0; i < 20; i++) {
        g_autofree char *token = g_strdup_printf("%u", i);
        const char *error = NULL;
        guint before = count_calls(alice);
        client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "101", 1, "token", "s", token);
        sd_bus_flush(client_connection(alice));
        g_usleep(i * 100);
        bus_stop_service(t, SIGKILL);
        bus_start_service(t);
        dial_with_token(alice, "101", token, &error);
        ck_assert_msg(!error || g_str_equal(error, CALLBUS_ERROR_PREFIX "Conflict"), "%s", error);
        ck_assert_uint_le(count_calls(alice), before + 1);
    }
}
END_TEST

START_TEST(no_sequence_comes_twice) {
    Client *alice = bus_client(t);
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, out, "connected");
    uint64_t last = 0;
    for (guint i = 0; i < 3; i++) {
        for (guint j = 0; j < 100; j++)
            client_call(alice, out, "SetAppData", "a{sv}", 1, "n", "u", j);
        uint64_t sequence = get_number(alice, out, "Sequence");
        ck_assert_uint_ge(sequence, last + 100);
        last = sequence;
        restart(_i);
        ck_assert_uint_gt(get_number(alice, out, "Sequence"), last);
    }
}
END_TEST

START_TEST(wishes_still_reach_their_recipient) {
    Client *dialer = bus_client(t), *browser = bus_client(t);
    client_call(dialer, CALLBUS_PATH, "RegisterRecipient", "b", true);
    restart(_i);
    client_call(browser, CALLBUS_PATH, "RequestCall", "sa{sv}", "tel:101", 0);
    await_signal(dialer, CALLBUS_PATH, "CallRequested");
    ck_assert_uint_eq(client_resumed_count(dialer), 1);
}
END_TEST

/* A bus that was started anew gives the names of before to others. */
START_TEST(another_bus_knows_nobody_of_before) {
    Client *alice = bus_client(t);
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    g_autofree char *name = g_strdup(client_name(alice));
    await_state(alice, out, "connected");
    bus_stop_service(t, ways[_i]);
    bus_replace_bus(t);
    Client *namesake = NULL;
    for (guint i = 0; i < 5 && (!namesake || strcmp(client_name(namesake), name) != 0); i++)
        namesake = bus_client(t);
    ck_assert_str_eq(client_name(namesake), name);
    bus_start_service(t);
    ck_assert_uint_eq(count_calls(namesake), 0);
    expect_error(namesake, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
    expect_error(namesake, "LineNotOpen", LINE("loop0"), "Close", "");
    expect_no_signal_within_barrier(namesake);
    ck_assert_uint_eq(client_resumed_count(namesake), 0);
    ck_assert_str_ne(client_dial(namesake, "loop0", "answer?ring=0"), out);
}
END_TEST

static void change_database(const char *sql) {
    g_autofree char *path = g_build_filename(bus_directory(t), "state", "callbus.db", NULL);
    sqlite3 *database = NULL;
    ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(database), SQLITE_OK);
}

START_TEST(another_users_client_gets_nothing) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *out = client_dial(alice, "loop0", "answer?ring=0"), *kept = client_dial(bob, "loop0", "answer?ring=0");
    g_autofree char *sql = g_strdup_printf("UPDATE client SET uid=uid+1 WHERE name='%s'", client_name(alice));
    bus_stop_service(t, ways[_i]);
    change_database(sql);
    client_forget(alice);
    bus_start_service(t);
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
    ck_assert_uint_eq(count_calls(alice), 0);
    ck_assert_uint_eq(client_resumed_count(alice), 0);
    await_state(bob, kept, "disconnected");
    g_autofree char *log = bus_service_log(t);
    ck_assert_msg(strstr(log, "event: resume-refused"), "%s", log);
}
END_TEST

START_TEST(a_damaged_database_costs_what_it_had) {
    Client *alice = bus_client(t);
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    bus_stop_service(t, ways[_i]);
    bus_lose_state(t);
    g_autofree char *path = g_build_filename(bus_directory(t), "state", "callbus.db", NULL);
    ck_assert(g_file_set_contents(path, "this is no database, but it could have been one", -1, NULL));
    bus_start_service(t);
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
    ck_assert_uint_eq(count_calls(alice), 0);
    const char *next = client_dial(alice, "loop0", "answer?ring=0");
    ck_assert_str_ne(next, out);
    restart(_i);
    await_state(alice, next, "disconnected");
}
END_TEST

static void setup_without_storage(void) {
    t = bus_new(&(BusOptions){.config = "[Journal]\nStorage=none\n"});
}

START_TEST(without_storage_nothing_is_kept) {
    Client *alice = bus_client(t);
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    bus_stop_service(t, ways[_i]);
    client_forget(alice);
    bus_start_service(t);
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, out, "Drop", "a{sv}", 0);
    ck_assert_uint_eq(client_resumed_count(alice), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("resume-state");
    TCase *tcase = bus_case(suite, "state"), *nothing = bus_case_with(suite, "nothing", setup_without_storage);
    int n = G_N_ELEMENTS(ways);
    tcase_add_loop_test(tcase, the_same_token_gives_the_same_call, 0, n);
    tcase_add_loop_test(tcase, the_token_of_a_forgotten_call_is_used_up, 0, n);
    tcase_add_test(tcase, a_dial_repeated_is_one_call);
    tcase_add_loop_test(tcase, no_sequence_comes_twice, 0, n);
    tcase_add_loop_test(tcase, wishes_still_reach_their_recipient, 0, n);
    tcase_add_loop_test(tcase, another_bus_knows_nobody_of_before, 0, n);
    tcase_add_loop_test(tcase, another_users_client_gets_nothing, 0, n);
    tcase_add_loop_test(tcase, a_damaged_database_costs_what_it_had, 0, n);
    tcase_add_loop_test(nothing, without_storage_nothing_is_kept, 0, n);
    return bus_main(suite);
}
