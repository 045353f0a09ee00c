/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 2, 16, 17 and 22: what comes when, each request answered once, and nothing that races does harm. */
#include "tests/bus/util-bus.h"

#include <string.h>

#define PIPELINED 30

/* ---- Rule 2 ---- */

START_TEST(rule_02_the_reply_comes_before_any_signal_of_the_new_handle) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    uint64_t dials[PIPELINED];
    client_open(alice, "loop0", "owner+monitor");
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "owner+monitor");
    for (int i = 0; i < PIPELINED; i++)
        dials[i] = client_send(alice, LINE("loop0"), "Dial", "sa{sv}", i % 2 ? "busy" : "answer?ring=0", 0);
    for (int i = 0; i < PIPELINED; i++) {
        const char *path;
        ck_assert_int_gt(sd_bus_message_read(client_await_success(alice, dials[i]), "o", &path), 0);
        await_state(alice, path, i % 2 ? "busy" : "connected");
        int reply = answer_place(alice, dials[i]), added = signal_place(alice, 0, path, "InterfacesAdded");
        ck_assert_int_lt(reply, added);
        ck_assert_int_lt(added, signal_place(alice, 0, path, "PropertiesChanged"));
        ck_assert_str_eq(known_text(alice, path, "Privilege"), "\"owner\"");
        if (i > 0)
            ck_assert_int_lt(answer_place(alice, dials[i - 1]), reply);
    }
    AWAIT(t, known_alive_count(bob) == PIPELINED && known_alive_count(carol) == PIPELINED);
    client_barrier(alice);
    ck_assert_uint_eq(known_alive_count(alice), PIPELINED);
}
END_TEST

START_TEST(rule_02_new_calls_are_announced_after_the_reply) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    for (int i = 0; i < 5; i++)
        client_dial(alice, "loop0", "no-answer?ring=60m");
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    /* A call that appears right after is announced, and not among the new ones. */
    uint64_t request = client_send(bob, LINE("loop0"), "GetNewCalls", "");
    client_reach_bus(bob);
    client_dial(alice, "loop0", "no-answer?ring=60m");
    client_await_success(bob, request);
    AWAIT(t, known_alive_count(bob) == 6 && known_alive_count(carol) == 1);
    int reply = answer_place(bob, request);
    for (int i = 0; i < 5; i++)
        ck_assert_int_gt(signal_place(bob, 0, await_handle(bob), "InterfacesAdded"), reply);
}
END_TEST

/* Expects the change, then the reply, and that a read after it shows the change. */
static void expect_effect(Client *client, uint64_t request, guint start, const char *path,
                          const char *property, const char *text) {
    client_await_success(client, request);
    int change = change_place(client, start, path, property, text), reply = answer_place(client, request);
    ck_assert_msg(change >= 0, "no signal said that %s became %s before the reply", property, text);
    ck_assert_int_lt(change, reply);
    ck_assert_str_eq(get_text(client, path, property), text);
}

#define EXPECT_EFFECT(client, path, property, text, member, ...) \
    do { \
        guint _start = client_event_count(client); \
        expect_effect((client), client_send((client), (path), (member), __VA_ARGS__), _start, (path), \
                      (property), (text)); \
    } while (0)

START_TEST(rule_02_the_effect_comes_before_the_reply) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "owner+monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    EXPECT_EFFECT(carol, seen, "Privilege", "\"owner\"", "SetPrivilege", "s", "owner");
    EXPECT_EFFECT(carol, seen, "Privilege", "\"monitor\"", "SetPrivilege", "s", "monitor");
    EXPECT_EFFECT(bob, in, "State", "\"accepted\"", "Accept", "");
    EXPECT_EFFECT(bob, in, "State", "\"connected\"", "Answer", "");
    await_state(alice, out, "connected");
    EXPECT_EFFECT(alice, out, "State", "\"on-hold\"", "Hold", "");
    EXPECT_EFFECT(alice, out, "State", "\"connected\"", "Unhold", "");
    EXPECT_EFFECT(alice, out, "Muted", "true", "Mute", "b", true);
    EXPECT_EFFECT(alice, out, "Muted", "false", "Mute", "b", false);
    EXPECT_EFFECT(alice, out, "AudioDevice", "\"headset\"", "SetAudioDevice", "s", "headset");
    EXPECT_EFFECT(alice, out, "Volume", "50", "SetVolume", "u", 50);
    EXPECT_EFFECT(bob, in, "CallData", "[0x01, 0x02]", "SetCallData", "ay", 2, 1, 2);
    const char *held = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, held, "connected");
    client_call(alice, held, "Hold", "");
    EXPECT_EFFECT(alice, out, "State", "\"on-hold\"", "SwapHold", "o", held);
    ck_assert_str_eq(known_state(alice, held), "connected");
    EXPECT_EFFECT(alice, held, "State", "\"idle\"", "Drop", "a{sv}", 0);
    EXPECT_EFFECT(bob, in, "State", "\"idle\"", "Drop", "a{sv}", 0);
    ck_assert_str_eq(known_states(carol, seen), "offering accepted connected idle");
}
END_TEST

START_TEST(rule_02_app_data_is_there_before_the_reply) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    const char *seen = await_handle(bob);
    await_state(alice, out, "connected");
    await_state(bob, seen, "connected");
    guint start = client_event_count(bob), alices = client_event_count(alice);
    uint64_t request = client_send(bob, seen, "SetAppData", "a{sv}", 1, "tab", "u", 3);
    client_await_success(bob, request);
    int change = change_place(bob, start, seen, "AppData", "{\"tab\": <u 3>}");
    ck_assert_int_ge(change, (int) start);
    ck_assert_int_lt(change, answer_place(bob, request));
    expect_no_signal_since(alice, alices);
}
END_TEST

START_TEST(rule_02_the_end_of_handles_is_told_after_the_reply) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    client_dial(alice, "loop0", "answer?ring=0");
    client_dial(alice, "loop0", "answer?ring=0");
    const char *first = await_handle(bob), *second = await_handle(bob);
    await_handle(carol);
    uint64_t request = client_send(bob, first, "Release", "");
    await_removed(bob, first);
    int reply = answer_place(bob, request);
    ck_assert_int_ge(reply, 0);
    ck_assert_int_lt(reply, signal_place(bob, 0, first, "InterfacesRemoved"));
    request = client_send(bob, LINE("loop0"), "Close", "");
    await_removed(bob, second);
    reply = answer_place(bob, request);
    ck_assert_int_ge(reply, 0);
    ck_assert_int_lt(reply, signal_place(bob, 0, second, "InterfacesRemoved"));
    ck_assert_uint_eq(known_alive_count(carol), 2);
}
END_TEST

/* What waits to be coalesced is flushed before any other message: the harness compares each GetAll. */
START_TEST(rule_02_reads_never_run_ahead_of_signals) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    const char *seen = await_handle(bob), *watched = await_handle(carol);
    await_state(alice, out, "connected");
    client_call(bob, seen, "SetPrivilege", "s", "owner");
    for (unsigned i = 0; i < 20; i++) {
        bus_freeze(t);
        client_send(alice, out, "SetCallData", "ay", 1, i);
        client_reach_bus(alice);
        uint64_t bobs = client_send(bob, seen, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
        client_send(bob, seen, "SetCallData", "ay", 2, i, i);
        client_reach_bus(bob);
        uint64_t carols = client_send(carol, watched, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
        client_send(carol, CALLBUS_PATH, "ListCalls", "");
        client_reach_bus(carol);
        client_send(alice, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
        client_reach_bus(alice);
        bus_thaw(t);
        client_await_success(bob, bobs);
        client_await_success(carol, carols);
        bus_barrier(t);
        g_autofree char *data = g_strdup_printf("[0x%02x, 0x%02x]", i, i);
        ck_assert_str_eq(known_text(carol, watched, "CallData"), data);
        ck_assert_str_eq(known_text(alice, out, "CallData"), data);
    }
}
END_TEST

/* What is said to everybody is a message to this client too. */
START_TEST(rule_02_broadcasts_do_not_overtake) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    client_dial(alice, "loop0", "no-answer?ring=60m");
    client_incoming(alice, "loop1", "5551");
    const char *in = await_handle(bob), *seen = await_handle(carol);
    /* Ringing was told; when this is over, the next change of it is told at once. */
    const char *timer = client_dial(alice, "loop0", "no-answer?ring=500ms");
    await_state(alice, timer, "disconnected");
    client_barrier(carol);
    guint start = client_event_count(carol);
    client_call(bob, in, "Answer", "");
    await_state(carol, seen, "connected");
    AWAIT(t, signal_place(carol, start, CALLBUS_PATH, "PropertiesChanged") >= 0);
    ck_assert_int_lt(change_place(carol, start, seen, "State", "\"connected\""),
                     signal_place(carol, start, CALLBUS_PATH, "PropertiesChanged"));
}
END_TEST

/* ---- Rule 17 ---- */

START_TEST(rule_17_every_state_is_told_by_itself) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    for (int i = 0; i < 10; i++) {
        const char *out = client_dial(alice, "loop0", "hangup?ring=0&talk=0");
        const char *seen = await_handle(bob), *watched = await_handle(carol);
        await_state(alice, out, "disconnected");
        await_state(bob, seen, "disconnected");
        await_state(carol, watched, "disconnected");
        ck_assert_str_eq(known_states(alice, out), "dialing ringback connected disconnected");
        ck_assert(g_str_has_suffix("dialing ringback connected disconnected", known_states(bob, seen)));
        ck_assert(g_str_has_suffix("dialing ringback connected disconnected", known_states(carol, watched)));
    }
}
END_TEST

/* Everything in the record that tells a state, in order, must have rising StateTimestamps. */
static void expect_rising_timestamps(Client *client) {
    uint64_t last = 0;
    for (guint i = 0; i < client_event_count(client); i++) {
        const Event *event = client_event(client, i);
        if (event->kind != EVENT_SIGNAL || !g_str_equal(event->member, "PropertiesChanged") ||
            !g_str_has_prefix(event->path, CALLBUS_CLIENT_PATH))
            continue;
        sd_bus_message_rewind(event->message, true);
        sd_bus_message_skip(event->message, "s");
        g_autoptr(GHashTable) values = properties_read(event->message, NULL);
        const char *text = g_hash_table_lookup(values, "StateTimestamp");
        if (!text)
            continue;
        uint64_t now = g_ascii_strtoull(text, NULL, 10);
        ck_assert_msg(now >= last, "%s tells something of %s, after what happened later", event->path, text);
        last = now;
    }
}

START_TEST(rule_17_events_of_all_handles_come_in_order) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    const char *out[10], *in[10];
    uint64_t requests[10];
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    client_open(carol, "loop1", "monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++) {
        out[i] = client_dial(alice, "loop0", "101");
        in[i] = await_handle(bob);
    }
    guint start = client_event_count(carol);
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++)
        requests[i] = client_send(bob, in[i], "Answer", "");
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++)
        client_await_success(bob, requests[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++)
        requests[i] = client_send(i % 2 ? alice : bob, i % 2 ? out[i] : in[i], "Drop", "a{sv}", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++)
        client_await_success(i % 2 ? alice : bob, requests[i]);
    bus_barrier(t);
    /* carol's twenty handles, in the order in which bob answered. */
    int last = (int) start - 1;
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++)
        for (int both = 0; both < 2; both++) {
            const char *path = await_handle(carol);
            if (!g_str_equal(get_string(carol, path, "Line"), LINE("loop1")))
                continue;
            int place = change_place(carol, start, path, "State", "\"connected\"");
            ck_assert_int_gt(place, last);
            last = place;
        }
    expect_rising_timestamps(alice);
    expect_rising_timestamps(bob);
    expect_rising_timestamps(carol);
}
END_TEST

START_TEST(rule_17_one_owner_of_both_ends_sees_one_order) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(alice, "loop1", "owner");
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(alice);
    guint start = client_event_count(alice);
    client_call(alice, in, "Answer", "");
    await_state(alice, out, "connected");
    client_drop(alice, out);
    await_state(alice, in, "disconnected");
    int answered = change_place(alice, start, in, "State", "\"connected\"");
    int idle = change_place(alice, start, out, "State", "\"idle\"");
    int ended = change_place(alice, start, in, "State", "\"disconnected\"");
    ck_assert_int_ge(answered, 0);
    ck_assert_int_lt(answered, idle);
    ck_assert_int_lt(answered, ended);
    expect_rising_timestamps(alice);
}
END_TEST

START_TEST(rule_17_other_changes_travel_together) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    client_dial(alice, "loop0", "no-answer?ring=60m");
    const char *seen = await_handle(bob), *watched = await_handle(carol);
    await_state(bob, seen, "ringback");
    await_state(carol, watched, "ringback");
    guint start = client_event_count(bob), carols = client_event_count(carol);
    client_call(bob, seen, "SetPrivilege", "s", "owner");
    client_barrier(carol);
    ck_assert_uint_eq(signal_count(bob, start, seen, "PropertiesChanged"), 1);
    int place = change_place(bob, start, seen, "Privilege", "\"owner\"");
    ck_assert_int_eq(place, change_place(bob, start, seen, "Owners", "2"));
    ck_assert_int_eq(place, change_place(bob, start, seen, "OwnerApps", "[\"\", \"\"]"));
    ck_assert_uint_eq(signal_count(carol, carols, watched, "PropertiesChanged"), 1);
}
END_TEST

START_TEST(rule_17_what_travels_together_does_not_overtake) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    const char *a = client_dial(alice, "loop0", "no-answer?ring=60m"), *bobs_a = await_handle(bob);
    const char *b = client_dial(alice, "loop0", "no-answer?ring=60m"), *bobs_b = await_handle(bob);
    await_state(alice, b, "ringback");
    client_barrier(bob);
    guint start = client_event_count(bob);
    bus_freeze(t);
    client_send(alice, a, "SetCallData", "ay", 1, 1);
    client_send(alice, b, "SetCallData", "ay", 1, 1);
    client_send(alice, a, "SetCallData", "ay", 1, 2);
    client_reach_bus(alice);
    bus_thaw(t);
    await_text(bob, bobs_a, "CallData", "[0x02]");
    await_text(bob, bobs_b, "CallData", "[0x01]");
    int first = change_place(bob, start, bobs_b, "CallData", "[0x01]");
    ck_assert_int_lt(first, change_place(bob, start, bobs_a, "CallData", "[0x02]"));
    AWAIT(t, known_alive_count(carol) == 2);
}
END_TEST

/* ---- Rule 16 ---- */

/* A pile of requests from three clients that all wait at the service at once, and one event among them. */
static void pile(void (*event)(Client *alice, const char *out)) {
    static const char *const members[] = {"Hold", "Hold", "Unhold", "Answer", "Accept", "Release"};
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "owner+monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    client_call(bob, in, "Answer", "");
    client_call(carol, seen, "SetPrivilege", "s", "owner");
    g_autoptr(GArray) requests = g_array_new(false, false, sizeof(uint64_t));
    bus_freeze(t);
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        uint64_t request = client_send(carol, seen, members[i], "");
        g_array_append_val(requests, request);
        client_send(bob, in, i % 2 ? "Unhold" : "Hold", "");
        client_reach_bus(carol);
        client_reach_bus(bob);
        if (i == 1) {
            event(alice, out);
            client_reach_bus(alice);
        }
        client_send(alice, out, "SendDigits", "sa{sv}", "123", 0);
        client_send(alice, out, "Mute", "b", i % 2);
        client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "101", 0);
        client_reach_bus(alice);
    }
    bus_thaw(t);
    for (guint i = 0; i < requests->len; i++)
        client_await(carol, g_array_index(requests, uint64_t, i));
    /* That the rest is answered too, and once, is what the harness waits for at the end. */
}

static void drop(Client *alice, const char *out) {
    client_send(alice, out, "Drop", "a{sv}", 0);
}

static void close_line(Client *alice, const char *out) {
    client_send(alice, LINE("loop0"), "Close", "");
}

static void remove_line(Client *alice, const char *out) {
    client_send(alice, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss", "loop0", "removed",
                "pulled out");
}

static void disable_line(Client *alice, const char *out) {
    client_send(alice, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss", "loop0",
                "out-of-service", "storm");
}

static void remove_far_line(Client *alice, const char *out) {
    client_send(alice, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss", "loop1", "removed", "");
}

START_TEST(rule_16_every_request_is_answered_once) {
    static void (*const events[])(Client * alice, const char *out) = {drop, close_line, remove_line,
                                                                      disable_line, remove_far_line};
    pile(events[_i]);
}
END_TEST

START_TEST(rule_16_a_client_that_dies_with_requests_pending) {
    Client *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    for (int i = 0; i < 10; i++) {
        Client *alice = bus_client(t);
        const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
        client_call(bob, in, "Answer", "");
        await_state(alice, out, "connected");
        bus_freeze(t);
        client_send(alice, out, "Hold", "");
        client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=0", 0);
        client_send(alice, out, "Drop", "a{sv}", 0);
        client_reach_bus(alice);
        client_kill(alice);
        client_reach_bus(bob);
        bus_thaw(t);
        await_state(bob, in, "disconnected");
        client_drop(bob, in);
    }
    bus_barrier(t);
    ck_assert_uint_eq(get_number(bob, LINE("loop1"), "Opens"), 2);
}
END_TEST

/* ---- Rule 22 ---- */

START_TEST(rule_22_ends_that_cross_do_no_harm) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    for (int i = 0; i < 20; i++) {
        const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
                   *seen = await_handle(carol);
        client_call(bob, in, "Answer", "");
        await_state(alice, out, "connected");
        bus_freeze(t);
        uint64_t bobs = client_send(bob, in, i % 2 ? "Hold" : "Drop", i % 2 ? "" : "a{sv}", 0);
        client_reach_bus(bob);
        uint64_t alices = client_send(alice, out, "Drop", "a{sv}", 0);
        client_reach_bus(alice);
        bus_thaw(t);
        client_await_success(alice, alices);
        client_await(bob, bobs);
        ck_assert_str_eq(known_state(alice, out), "idle");
        client_try(bob, in, "Drop", "a{sv}", 0);
        await_state(carol, seen, "idle");
    }
    client_set_line_state(alice, "loop2", "out-of-service", "again");
    client_set_line_state(alice, "loop2", "out-of-service", "and again");
    client_set_line_state(alice, "loop2", "in-service", "");
    client_set_line_state(alice, "loop2", "in-service", "");
    client_dial(alice, "loop2", "answer?ring=0");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-order");
    TCase *tcase = bus_case(suite, "rules 2, 16, 17, 22");
    tcase_add_test(tcase, rule_02_the_reply_comes_before_any_signal_of_the_new_handle);
    tcase_add_test(tcase, rule_02_new_calls_are_announced_after_the_reply);
    tcase_add_test(tcase, rule_02_the_effect_comes_before_the_reply);
    tcase_add_test(tcase, rule_02_app_data_is_there_before_the_reply);
    tcase_add_test(tcase, rule_02_the_end_of_handles_is_told_after_the_reply);
    tcase_add_test(tcase, rule_02_reads_never_run_ahead_of_signals);
    tcase_add_test(tcase, rule_02_broadcasts_do_not_overtake);
    tcase_add_test(tcase, rule_17_every_state_is_told_by_itself);
    tcase_add_test(tcase, rule_17_events_of_all_handles_come_in_order);
    tcase_add_test(tcase, rule_17_one_owner_of_both_ends_sees_one_order);
    tcase_add_test(tcase, rule_17_other_changes_travel_together);
    tcase_add_test(tcase, rule_17_what_travels_together_does_not_overtake);
    tcase_add_loop_test(tcase, rule_16_every_request_is_answered_once, 0, 5);
    tcase_add_test(tcase, rule_16_a_client_that_dies_with_requests_pending);
    tcase_add_test(tcase, rule_22_ends_that_cross_do_no_harm);
    return bus_main(suite);
}
