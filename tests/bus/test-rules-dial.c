/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 20 and 21: Dial with all its parameters, its token, addresses, and Call IDs. */
#include "service/cleanup.h"
#include "tests/bus/util-bus.h"

#include <string.h>

/* ---- Rule 20 ---- */

START_TEST(rule_20_dial_replies_in_dialing) {
    static const char *const addresses[] = {"answer",     "busy", "no-answer", "reject",
                                            "congestion", "bad",  "4711",      "100"};
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(alice, "loop0", "owner+monitor");
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        const char *out = client_dial(alice, "loop0", addresses[i]);
        ck_assert(g_str_has_prefix(known_states(alice, out), "dialing"));
        ck_assert_str_eq(get_string(alice, out, "Address"), addresses[i]);
        ck_assert_str_eq(get_string(alice, out, "Direction"), "out");
        ck_assert_str_eq(get_string(alice, out, "Origin"), "outbound");
        ck_assert_str_eq(get_string(alice, out, "Line"), LINE("loop0"));
        ck_assert_uint_ne(get_number(alice, out, "CreatedTimestamp"), 0);
        await_handle(bob);
        await_handle(carol);
    }
}
END_TEST

START_TEST(rule_20_faults_of_the_line_are_errors) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "owner+monitor");
    g_autofree char *long_address = g_strnfill(257, '5');
    g_autofree char *before = bus_snapshot(t);
    static const char *const bad[] = {"",
                                      " ",
                                      "1\t2",
                                      "12\1773",
                                      "5\n",
                                      "answer?ring=soon",
                                      "answer?colour=red",
                                      "answer?ring=-1s",
                                      "sip:"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        expect_error(alice, "InvalidAddress", LINE("loop0"), "Dial", "sa{sv}", bad[i], 0);
    expect_error(alice, "InvalidAddress", LINE("loop0"), "Dial", "sa{sv}", long_address, 0);
    expect_error(alice, "NotSupported", LINE("loop0"), "Dial", "sa{sv}", "*21#", 0);
    expect_error(alice, "NotSupported", LINE("loop0"), "Dial", "sa{sv}", "#31#101", 0);
    expect_error(alice, "NotSupported", LINE("loop0"), "Dial", "sa{sv}", "tel:*21*5", 0);
    expect_unchanged(t, before);
    client_set_line_state(bob, "loop2", "out-of-service", "");
    g_free(g_steal_pointer(&before));
    before = bus_snapshot(t);
    expect_error(alice, "LineOutOfService", LINE("loop2"), "Dial", "sa{sv}", "101", 0);
    expect_error(alice, DBUS_ERROR_UNKNOWN_OBJECT, LINE("nowhere"), "Dial", "sa{sv}", "101", 0);
    expect_unchanged(t, before);
    /* A refused Dial does not open the line either. */
    expect_error(alice, "LineNotOpen", LINE("loop0"), "Close", "");
    expect_error(alice, "LineNotOpen", LINE("loop2"), "Close", "");
}
END_TEST

/* A Dial opens the line with its reply, and till the next Close; one that was answered before it has closed what was open then. */
START_TEST(rule_03_a_dial_that_is_answered_after_close_opens_again) {
    Client *alice = bus_client(t);
    client_call(alice, CALLBUS_PATH, "ListLines", ""); /* it is known then */
    if (_i)
        client_open(alice, "loop0", "owner");
    bus_freeze(t);
    uint64_t dial = client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=0", 0);
    uint64_t close = client_send(alice, LINE("loop0"), "Close", "");
    client_reach_bus(alice);
    bus_thaw(t);
    if (_i)
        client_await_success(alice, close);
    else
        expect_answer_error(alice, close, "LineNotOpen");
    client_await_success(alice, dial);
    ck_assert_int_lt(answer_place(alice, close), answer_place(alice, dial));
    const char *out = await_handle(alice);
    await_state(alice, out, "connected");
    ck_assert_uint_eq(get_number(alice, out, "Owners"), 1);
    client_close_line(alice, "loop0");
    await_removed(alice, out);
    AWAIT(t, get_number(alice, LINE("loop0"), "ActiveCalls") == 0);
}
END_TEST

START_TEST(rule_20_faults_of_parameters_are_errors) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "owner+monitor");
    g_autofree char *text = g_strnfill(257, 'x'), *ok = g_strnfill(256, 'x');
    g_autofree char *before = bus_snapshot(t);
    const char *line = LINE("loop0"), *invalid = DBUS_ERROR_INVALID_ARGS;
    expect_error(alice, invalid, line, "Dial", "sa{sv}", "101", 1, "colour", "s", "red");
    expect_error(alice, invalid, line, "Dial", "sa{sv}", "101", 1, "comment", "u", 7);
    expect_error(alice, invalid, line, "Dial", "sa{sv}", "101", 1, "media-mode", "s", "smoke-signals");
    expect_error(alice, invalid, line, "Dial", "sa{sv}", "101", 1, "on-owner-lost", "s", "cry");
    expect_error(alice, invalid, line, "Dial", "sa{sv}", "101", 1, "hide-caller-id", "s", "yes");
    expect_error(alice, invalid, line, "Dial", "sa{sv}", "101", 1, "no-answer-timeout", "i", 1);
    expect_error(alice, "TooBig", line, "Dial", "sa{sv}", "101", 1, "comment", "s", text);
    expect_error(alice, "TooBig", line, "Dial", "sa{sv}", "101", 1, "called-party", "s", text);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    uint8_t bytes[4097] = {0};
    static const struct {
        const char *key;
        size_t size;
    } big[] = {{"user-user-info", 132}, {"call-data", 4097}};
    for (size_t i = 0; i < G_N_ELEMENTS(big); i++) {
        message = sd_bus_message_unref(message);
        sd_bus_message_new_method_call(client_connection(alice), &message, CALLBUS_NAME, line,
                                       CALLBUS_LINE_INTERFACE, "Dial");
        sd_bus_message_append(message, "s", "101");
        sd_bus_message_open_container(message, 'a', "{sv}");
        sd_bus_message_open_container(message, 'e', "sv");
        sd_bus_message_append(message, "s", big[i].key);
        sd_bus_message_open_container(message, 'v', "ay");
        sd_bus_message_append_array(message, 'y', bytes, big[i].size);
        sd_bus_message_close_container(message);
        sd_bus_message_close_container(message);
        sd_bus_message_close_container(message);
        expect_answer_error(alice, client_send_message(alice, message), "TooBig");
    }
    expect_unchanged(t, before);
    const char *out = client_dial_with(alice, "loop0", "no-answer?ring=60m", 2, "comment", "s", ok,
                                       "called-party", "s", ok);
    ck_assert_str_eq(get_string(alice, out, "Comment"), ok);
    ck_assert_str_eq(get_string(alice, out, "CalledParty"), ok);
}
END_TEST

START_TEST(rule_20_parameters_arrive) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_call(bob, LINE("loop1"), "Open", "sasa{sv}", "owner", 1, "video", 0);
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial_with(alice, "loop0", "101", 5, "comment", "s", "about the roof",
                                       "called-party", "s", "Ms Slate", "user-user-info", "ay", 3, 7, 8, 9,
                                       "call-data", "ay", 2, 1, 2, "media-mode", "s", "video");
    const char *in = await_handle(bob), *watched = await_handle(carol);
    ck_assert_str_eq(get_string(carol, watched, "Comment"), "about the roof");
    ck_assert_str_eq(get_string(carol, watched, "CalledParty"), "Ms Slate");
    ck_assert_str_eq(get_text(carol, watched, "CallData"), "[0x01, 0x02]");
    ck_assert_str_eq(get_string(alice, out, "MediaMode"), "video");
    ck_assert_str_eq(get_text(bob, in, "UserUserInfo"), "[0x07, 0x08, 0x09]");
    ck_assert_str_eq(get_string(bob, in, "MediaMode"), "video");
    ck_assert_str_eq(get_string(bob, in, "Comment"), "");
    ck_assert_str_eq(get_text(bob, in, "CallData"), "[]");
    ck_assert_str_eq(get_string(bob, in, "Address"), "100");
    ck_assert(g_str_has_prefix(get_text(bob, in, "Caller"), "(\"100\", "));
    ck_assert(g_str_has_suffix(get_text(bob, in, "Caller"), ", \"allowed\")"));
    ck_assert(g_str_has_prefix(get_text(bob, in, "Called"), "(\"101\", "));
    ck_assert(g_str_has_prefix(get_text(carol, watched, "Called"), "(\"101\", "));
}
END_TEST

START_TEST(rule_20_hidden_caller) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    client_dial_with(alice, "loop0", "101", 1, "hide-caller-id", "b", true);
    const char *in = await_handle(bob), *watched = await_handle(carol);
    ck_assert_str_eq(get_text(bob, in, "Caller"), "(\"\", \"\", \"withheld\")");
    ck_assert_str_eq(get_text(carol, watched, "Caller"), "(\"\", \"\", \"withheld\")");
    ck_assert_str_eq(get_string(bob, in, "Address"), "");
    client_call(bob, in, "Answer", "");
    const char *everything =
        answer_text(bob, client_call(bob, in, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE));
    ck_assert_ptr_null(strstr(everything, "\"100\""));
}
END_TEST

START_TEST(rule_20_no_answer_timeout) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *answered = client_dial_with(alice, "loop0", "101", 1, "no-answer-timeout", "u", 3);
    client_call(bob, await_handle(bob), "Answer", "");
    const char *last = client_dial_with(alice, "loop0", "no-answer", 1, "no-answer-timeout", "u", 4);
    const char *out = client_dial_with(alice, "loop0", "101", 1, "no-answer-timeout", "u", 1), *in = await_handle(bob);
    const char *scripted = client_dial_with(alice, "loop0", "no-answer", 1, "no-answer-timeout", "u", 1);
    await_state(alice, out, "disconnected");
    await_state(alice, scripted, "disconnected");
    ck_assert_str_eq(get_string(alice, out, "DisconnectCause"), "no-answer");
    ck_assert_str_eq(get_string(alice, scripted, "DisconnectCause"), "no-answer");
    ck_assert_str_eq(known_states(alice, out), "dialing ringback disconnected");
    ck_assert_str_eq(known_states(alice, scripted), "dialing ringback disconnected");
    await_state(bob, in, "disconnected");
    await_state(alice, last, "disconnected");
    ck_assert_str_eq(get_string(alice, answered, "State"), "connected");
}
END_TEST

START_TEST(rule_20_the_same_token_gives_the_same_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "monitor");
    uint64_t requests[3];
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        requests[i] =
            client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=0", 1, "token", "s", "a-1");
    const char *path, *first = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        ck_assert_int_gt(sd_bus_message_read(client_await_success(alice, requests[i]), "o", &path), 0);
        ck_assert(!first || g_str_equal(first, path));
        first = path;
    }
    AWAIT(t, known_alive(alice, path));
    await_state(alice, path, "connected");
    /* Another client gets a handle of its own, as an owner. */
    const char *other = client_dial_with(bob, "loop0", "answer?ring=0", 1, "token", "s", "a-1");
    ck_assert_str_ne(other, path);
    ck_assert_str_eq(get_string(bob, other, "CallId"), get_string(alice, path, "CallId"));
    ck_assert_str_eq(get_string(bob, other, "Privilege"), "owner");
    await_text(alice, path, "Owners", "2");
    /* On another line, and with another token, it is another call. */
    const char *elsewhere = client_dial_with(alice, "loop2", "answer?ring=0", 1, "token", "s", "a-1");
    ck_assert_str_ne(get_string(alice, elsewhere, "CallId"), get_string(alice, path, "CallId"));
    client_barrier(carol);
    ck_assert_uint_eq(known_alive_count(carol), 1);
    client_drop(alice, path);
    ck_assert_str_eq(client_dial_with(alice, "loop0", "answer?ring=0", 1, "token", "s", "a-1"), path);
    client_barrier(carol);
    ck_assert_uint_eq(known_alive_count(carol), 1);
}
END_TEST

START_TEST(rule_20_two_clients_with_one_token_at_once) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "monitor");
    for (int i = 0; i < 10; i++) {
        g_autofree char *token = g_strdup_printf("e-%d", i);
        bus_freeze(t);
        uint64_t alices = client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "busy", 1, "token", "s", token);
        client_reach_bus(alice);
        uint64_t bobs = client_send(bob, LINE("loop0"), "Dial", "sa{sv}", "busy", 1, "token", "s", token);
        client_reach_bus(bob);
        bus_thaw(t);
        const char *out, *again;
        ck_assert_int_gt(sd_bus_message_read(client_await_success(alice, alices), "o", &out), 0);
        ck_assert_int_gt(sd_bus_message_read(client_await_success(bob, bobs), "o", &again), 0);
        await_state(bob, again, "busy");
        await_text(alice, out, "Owners", "2");
        ck_assert_str_eq(get_string(bob, again, "Privilege"), "owner");
        ck_assert_str_eq(get_string(bob, again, "CallId"), get_string(alice, out, "CallId"));
    }
    client_barrier(carol);
    ck_assert_uint_eq(known_alive_count(carol), 10);
}
END_TEST

START_TEST(rule_20_a_monitor_with_the_token_becomes_an_owner) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial_with(alice, "loop0", "no-answer?ring=60m", 1, "token", "s", "b-2");
    const char *seen = await_handle(bob), *watched = await_handle(carol);
    ck_assert_str_eq(client_dial_with(bob, "loop0", "no-answer?ring=60m", 1, "token", "s", "b-2"), seen);
    await_text(bob, seen, "Privilege", "\"owner\"");
    await_text(alice, out, "Owners", "2");
    await_text(carol, watched, "Owners", "2");
    client_barrier(bob);
    ck_assert_uint_eq(known_alive_count(bob), 1);
}
END_TEST

START_TEST(rule_20_token_conflicts) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial_with(alice, "loop0", "answer?ring=0", 1, "token", "s", "c-3"),
               *watched = await_handle(carol);
    await_state(alice, out, "connected");
    await_state(carol, watched, "connected");
    client_open(bob, "loop0", "none");
    g_autofree char *before = bus_snapshot(t);
    const char *line = LINE("loop0");
    expect_error(alice, "Conflict", line, "Dial", "sa{sv}", "busy", 1, "token", "s", "c-3");
    expect_error(bob, "Conflict", line, "Dial", "sa{sv}", "answer?ring=1", 1, "token", "s", "c-3");
    expect_error(alice, "Conflict", line, "Dial", "sa{sv}", "answer?ring=0", 2, "token", "s", "c-3",
                 "comment", "s", "x");
    expect_unchanged(t, before);
    /* Forgotten: no handle of it is left anywhere. Never a second call. */
    client_drop(alice, out);
    client_release(alice, out);
    client_release(carol, watched);
    expect_error(alice, "Conflict", line, "Dial", "sa{sv}", "answer?ring=0", 1, "token", "s", "c-3");
    expect_error(bob, "Conflict", line, "Dial", "sa{sv}", "answer?ring=0", 1, "token", "s", "c-3");
    client_barrier(carol);
    ck_assert_uint_eq(known_alive_count(carol), 0);
}
END_TEST

START_TEST(rule_20_a_token_of_a_refused_dial_is_free) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_set_line_state(bob, "loop0", "out-of-service", "");
    expect_error(alice, "LineOutOfService", LINE("loop0"), "Dial", "sa{sv}", "busy", 1, "token", "s", "d-4");
    client_set_line_state(bob, "loop0", "in-service", "");
    client_dial_with(alice, "loop0", "busy", 1, "token", "s", "d-4");
}
END_TEST

/* ---- Rule 21 ---- */

START_TEST(rule_21_two_ends_have_one_call_id) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(alice, "loop1", "owner");
    client_open(bob, "loop1", "owner+monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(alice),
               *seen = await_handle(bob);
    ck_assert_str_ne(out, in);
    const char *call_id = get_string(alice, out, "CallId");
    ck_assert_str_eq(get_string(alice, in, "CallId"), call_id);
    ck_assert_str_eq(get_string(bob, seen, "CallId"), call_id);
    ck_assert_uint_eq(strlen(call_id), 32);
    ck_assert_uint_eq(strspn(call_id, "0123456789abcdef"), 32);
    ck_assert_str_eq(get_string(alice, out, "RelatedCallId"), "");
    client_dial(alice, "loop0", "101");
    const char *second = await_handle(alice);
    ck_assert_str_ne(get_string(alice, second, "CallId"), call_id);
    /* FindCalls gives the caller's own handles, over all lines. */
    const char *const *found = client_find_calls(alice, call_id);
    ck_assert(found[0] && found[1] && !found[2]);
    ck_assert((g_str_equal(found[0], out) && g_str_equal(found[1], in)) ||
              (g_str_equal(found[0], in) && g_str_equal(found[1], out)));
    found = client_find_calls(bob, call_id);
    ck_assert(found[0] && !found[1]);
    ck_assert_str_eq(found[0], seen);
    ck_assert_ptr_null(client_find_calls(carol, call_id)[0]);
    client_drop(alice, out);
    ck_assert_ptr_nonnull(client_find_calls(alice, call_id)[1]);
    client_release(alice, out);
    ck_assert_str_eq(client_find_calls(alice, call_id)[0], in);
}
END_TEST

START_TEST(rule_21_without_call_ids_nothing_is_grouped) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "mute0", "owner");
    client_open(carol, "mute0", "monitor");
    const char *out = client_dial(alice, "mute0", "answer?ring=0");
    const char *to_mute = client_dial(alice, "loop0", "200"), *in = await_handle(bob);
    ck_assert_uint_eq(strlen(get_string(alice, to_mute, "CallId")), 32);
    ck_assert_str_eq(get_string(alice, out, "CallId"), "");
    ck_assert_str_eq(get_string(bob, in, "CallId"), "");
    ck_assert_ptr_null(client_find_calls(alice, "")[0]);
    ck_assert_ptr_null(client_find_calls(bob, "")[0]);
    ck_assert_ptr_null(client_find_calls(carol, "")[0]);
    ck_assert_ptr_null(client_find_calls(carol, "0123")[0]);
    client_call(bob, in, "Answer", "");
    await_state(bob, in, "connected");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-dial");
    TCase *tcase = bus_case(suite, "rules 20, 21");
    tcase_add_test(tcase, rule_20_dial_replies_in_dialing);
    tcase_add_test(tcase, rule_20_faults_of_the_line_are_errors);
    tcase_add_loop_test(tcase, rule_03_a_dial_that_is_answered_after_close_opens_again, 0, 2);
    tcase_add_test(tcase, rule_20_faults_of_parameters_are_errors);
    tcase_add_test(tcase, rule_20_parameters_arrive);
    tcase_add_test(tcase, rule_20_hidden_caller);
    tcase_add_test(tcase, rule_20_no_answer_timeout);
    tcase_add_test(tcase, rule_20_the_same_token_gives_the_same_call);
    tcase_add_test(tcase, rule_20_two_clients_with_one_token_at_once);
    tcase_add_test(tcase, rule_20_a_monitor_with_the_token_becomes_an_owner);
    tcase_add_test(tcase, rule_20_token_conflicts);
    tcase_add_test(tcase, rule_20_a_token_of_a_refused_dial_is_free);
    tcase_add_test(tcase, rule_21_two_ends_have_one_call_id);
    tcase_add_test(tcase, rule_21_without_call_ids_nothing_is_grouped);
    return bus_main(suite);
}
