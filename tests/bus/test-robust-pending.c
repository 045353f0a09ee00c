/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client process killed while a request of its is under way: the service stands still until both the request and the death
 * of its sender wait for it.
 */
#include "tests/bus/util-robust.h"

#define APP "org.example.Phone"

/* ---- Requests of the owner of a call that came in on loop1 ---- */

typedef void (*Send)(Client *me, const char *path);

#define SEND(name, ...)                                         \
    static void send_##name(Client *me, const char *path) {     \
        client_send(me, path, #name, __VA_ARGS__);              \
    }

SEND(Accept, "")
SEND(Answer, "")
SEND(Redirect, "s", "102")
SEND(Drop, "a{sv}", 0)
SEND(Hold, "")
SEND(Unhold, "")
SEND(SendDigits, "sa{sv}", "0123456789", 0)
SEND(MonitorDigits, "b", true)
SEND(Mute, "b", true)
SEND(SetPrivilege, "s", "monitor")
SEND(SetCallData, "ay", 2, 'h', 'i')
SEND(Release, "")

static void send_two_answers(Client *me, const char *path) {
    client_send(me, path, "Answer", "");
    client_send(me, path, "Answer", "");
}

static void send_handoff_to_a_name(Client *me, const char *path) {
    client_send(me, path, "Handoff", "s", APP);
}

static void send_answer_and_release(Client *me, const char *path) {
    client_send(me, path, "Answer", "");
    client_send(me, path, "Release", "");
}

static void send_close(Client *me, const char *path) {
    client_send(me, LINE("loop1"), "Close", "");
}

static void send_open_for_an_app(Client *me, const char *path) {
    client_send(me, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", APP);
}

static void send_dial(Client *me, const char *path) {
    client_send(me, LINE("loop1"), "Dial", "sa{sv}", "answer?ring=0", 0);
}

typedef struct Case {
    const char *name, *state;
    Send send;
    const char *caller; /* what the caller's end becomes */
} Case;

static const Case cases[] = {
    {"Accept", "offering", send_Accept, "ringback"},
    {"Answer", "offering", send_Answer, "disconnected"},
    {"Answer once accepted", "accepted", send_Answer, "disconnected"},
    {"two Answers", "offering", send_two_answers, "disconnected"},
    {"Answer and Release", "offering", send_answer_and_release, "disconnected"},
    {"Redirect", "offering", send_Redirect, "ringback"},
    {"Drop in offering", "offering", send_Drop, "disconnected"},
    {"SetPrivilege in offering", "offering", send_SetPrivilege, "ringback"},
    {"Release in offering", "offering", send_Release, "ringback"},
    {"Close in offering", "offering", send_close, "ringback"},
    {"Open for an app in offering", "offering", send_open_for_an_app, "ringback"},
    {"Dial in offering", "offering", send_dial, "ringback"},
    {"Drop", "connected", send_Drop, "disconnected"},
    {"Hold", "connected", send_Hold, "disconnected"},
    {"Unhold", "on-hold", send_Unhold, "disconnected"},
    {"SendDigits", "connected", send_SendDigits, "disconnected"},
    {"MonitorDigits", "connected", send_MonitorDigits, "disconnected"},
    {"Mute", "connected", send_Mute, "disconnected"},
    {"Handoff to a name", "connected", send_handoff_to_a_name, "disconnected"},
    {"SetCallData", "connected", send_SetCallData, "disconnected"},
    {"Release", "connected", send_Release, "disconnected"},
    {"Close", "connected", send_close, "disconnected"},
    {"Open for an app", "connected", send_open_for_an_app, "disconnected"},
    {"Dial", "connected", send_dial, "disconnected"},
};

static void be_called(Client *me, Victim *victim, const void *argument) {
    const Case *one = argument;
    client_open(me, "loop1", "owner");
    victim_say(victim, "open");
    const char *path = await_handle(me);
    if (g_str_equal(one->state, "accepted"))
        client_call(me, path, "Accept", "");
    else if (!g_str_equal(one->state, "offering"))
        client_call(me, path, "Answer", "");
    if (g_str_equal(one->state, "on-hold"))
        client_call(me, path, "Hold", "");
    await_state(me, path, one->state);
    victim_say(victim, "ready");
    victim_wait(victim);
    one->send(me, path);
    client_reach_bus(me);
    victim_say(victim, "sent");
}

/* The service finds the request and the death together. */
static void kill_with_request_under_way(Victim *victim) {
    bus_freeze(t);
    victim_go_on(victim);
    ck_assert_str_eq(victim_hear(victim), "sent");
    victim_kill(victim);
    bus_thaw(t);
    bus_barrier(t);
}

static void expect_quiet_line(Client *watcher, const char *line, guint opens) {
    AWAIT(t, get_number(watcher, line, "Opens") == opens);
    AWAIT(t, get_number(watcher, line, "ActiveCalls") == 0);
    ck_assert_uint_eq(get_number(watcher, line, "HeldCalls"), 0);
}

START_TEST(rule_11_an_owner_with_a_request_under_way) {
    const Case *one = &cases[_i];
    Client *alice = bus_client(t), *watcher = bus_client(t), *erin = bus_client(t), *app = bus_client(t);
    client_open(watcher, "loop1", "none");
    client_open(watcher, "loop0", "none");
    client_open(erin, "loop2", "owner");
    client_own_name(app, APP);
    guint fds = process_fds(bus_service_pid(t));
    Victim *victim = victim_new(t, be_called, one);
    ck_assert_str_eq(victim_hear(victim), "open");
    const char *out = client_dial(alice, "loop0", "101");
    ck_assert_str_eq(victim_hear(victim), "ready");
    kill_with_request_under_way(victim);
    await_state(alice, out, one->caller);
    expect_nothing_of(t, victim_name(victim));
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    if (g_str_equal(one->caller, "ringback")) {
        /* It rings on, for who may come; and the caller can give up. */
        bus_barrier(t);
        ck_assert_str_eq(get_string(alice, out, "State"), "ringback");
    }
    client_drop(alice, out);
    expect_quiet_line(watcher, LINE("loop1"), 1);
    expect_quiet_line(watcher, LINE("loop0"), 2);
    AWAIT(t, get_number(erin, LINE("loop2"), "ActiveCalls") == 0);
    victim_free(victim);
}
END_TEST

/* The next in the order is offered the call, and has it when the answer of the dead comes through. */
START_TEST(rule_11_answered_by_the_dead_with_a_next) {
    static const Case answer = {"Answer", "offering", send_Answer, "connected"};
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    Victim *victim = victim_new(t, be_called, &answer);
    ck_assert_str_eq(victim_hear(victim), "open");
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *seen = await_handle(carol);
    ck_assert_str_eq(victim_hear(victim), "ready");
    kill_with_request_under_way(victim);
    const char *in = await_handle(bob);
    ck_assert_str_eq(get_string(bob, in, "Privilege"), "owner");
    ck_assert_uint_eq(get_number(carol, seen, "Owners"), 1);
    if (!g_str_equal(get_string(bob, in, "State"), "connected"))
        client_try(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_drop(bob, in);
    await_state(alice, out, "disconnected");
    victim_free(victim);
}
END_TEST

/* ---- A dialler that is gone before its call is there ---- */

static void dial_at_last(Client *me, Victim *victim, const void *argument) {
    const char *on_owner_lost = argument;
    client_call(me, CALLBUS_PATH, "ListLines", "");
    victim_say(victim, "ready");
    victim_wait(victim);
    client_send(me, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=0", 2, "on-owner-lost", "s", on_owner_lost, "token", "s",
                "the same");
    client_reach_bus(me);
    victim_say(victim, "sent");
}

START_TEST(rule_11_a_dialler_with_its_dial_under_way) {
    bool keep = _i;
    Client *watcher = bus_client(t), *other = bus_client(t);
    client_call(watcher, LINE("loop0"), "Open", "sasa{sv}", "owner+monitor", 0, 0);
    Victim *victim = victim_new(t, dial_at_last, keep ? "keep" : "drop");
    ck_assert_str_eq(victim_hear(victim), "ready");
    kill_with_request_under_way(victim);
    expect_nothing_of(t, victim_name(victim));
    const char *seen = await_handle(watcher);
    await_state(watcher, seen, keep ? "connected" : "idle");
    ck_assert_uint_eq(get_number(watcher, seen, "Owners"), 0);
    /* The token of the dead still means that call, to who has the same user. */
    const char *again = client_dial_with(other, "loop0", "answer?ring=0", 2, "on-owner-lost", "s", keep ? "keep" : "drop",
                                         "token", "s", "the same");
    ck_assert_str_eq(get_string(other, again, "CallId"), get_string(watcher, seen, "CallId"));
    if (keep)
        client_drop(other, again);
    AWAIT(t, get_number(watcher, LINE("loop0"), "ActiveCalls") == 0);
    ck_assert_uint_eq(get_number(watcher, LINE("loop0"), "Opens"), 2);
    victim_free(victim);
}
END_TEST

/* ---- First words, last words ---- */

static void say_first_word(Client *me, Victim *victim, const void *argument) {
    const char *method = argument;
    victim_say(victim, "ready");
    victim_wait(victim);
    for (guint i = 0; i < 100; i++) {
        if (g_str_equal(method, "Dial"))
            client_send(me, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=60m", 0);
        else if (g_str_equal(method, "Open"))
            client_send(me, LINE("loop0"), "Open", "sasa{sv}", "owner", 0, 0);
        else
            client_send(me, CALLBUS_PATH, method, "");
    }
    client_reach_bus(me);
    victim_say(victim, "sent");
}

START_TEST(rule_11_killed_before_it_is_known) {
    static const char *const methods[] = {"ListLines", "Open", "Dial"};
    Client *watcher = bus_client(t);
    client_open(watcher, "loop0", "none");
    guint fds = process_fds(bus_service_pid(t));
    for (guint round = 0; round < 5; round++) {
        Victim *victim = victim_new(t, say_first_word, methods[_i]);
        ck_assert_str_eq(victim_hear(victim), "ready");
        kill_with_request_under_way(victim);
        expect_nothing_of(t, victim_name(victim));
        victim_free(victim);
    }
    expect_quiet_line(watcher, LINE("loop0"), 1);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("robust-pending");
    TCase *tcase = bus_case(suite, "killed with a request under way");
    tcase_add_loop_test(tcase, rule_11_an_owner_with_a_request_under_way, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, rule_11_answered_by_the_dead_with_a_next);
    tcase_add_loop_test(tcase, rule_11_a_dialler_with_its_dial_under_way, 0, 2);
    tcase_add_loop_test(tcase, rule_11_killed_before_it_is_known, 0, 3);
    return bus_main(suite);
}
