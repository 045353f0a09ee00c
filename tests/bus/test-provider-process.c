/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loopback in a process of its own: a call is as it is otherwise, and what becomes of it when that process is killed, or hangs. The
 * harness checks for every client what must hold at every moment.
 */
#include "tests/bus/util-calls.h"
#include "tests/bus/util-provider.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void setup(void) {
    t = bus_new(&(BusOptions){.config = "[Providers]\nLoopback=process\n", .environ = provider_environ()});
}

static void teardown(void) {
    bus_finish(t);
}

/* ---- As it is otherwise ---- */

START_TEST(a_whole_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "monitor");
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    const char *seen = await_handle(carol);
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "Provider"), "loopback");
    ck_assert_str_eq(get_string(alice, talk.caller, "CallId"), get_string(bob, talk.callee, "CallId"));
    ck_assert_uint_ge(strlen(get_string(alice, talk.caller, "CallId")), 32);
    client_call(alice, talk.caller, "Hold", "");
    await_state(carol, seen, "on-hold");
    client_call(alice, talk.caller, "Unhold", "");
    await_state(carol, seen, "connected");
    client_call(bob, talk.callee, "MonitorDigits", "b", true);
    client_call(alice, talk.caller, "SendDigits", "sa{sv}", "12#", 0);
    ck_assert_str_eq(await_digits_sent(alice, talk.caller), "done");
    for (int i = 0; i < 3; i++)
        await_signal(bob, talk.callee, "DigitReceived");
    client_drop(bob, talk.callee);
    await_state(alice, talk.caller, "disconnected");
    ck_assert_str_eq(get_string(alice, talk.caller, "DisconnectCause"), "normal");
    client_drop(alice, talk.caller);
}
END_TEST

START_TEST(calls_are_brought_together) {
    Client *alice = bus_client(t);
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    ck_assert_str_eq(get_string(alice, party.first, "State"), "conferenced");
    client_remove(alice, party.second);
    client_drop(alice, party.second);
    const char *call = client_connect(alice, "loop1", "answer?ring=0");
    const char *other = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, other, "connected");
    client_complete_transfer(alice, call, other);
    await_state(alice, other, "idle");
    const char *place = client_park(alice, client_connect(alice, "loop2", "answer?ring=0"), "");
    client_drop(alice, client_unpark(alice, "loop1", place));
}
END_TEST

/* What can't be known here is refused by the process, in its own words. */
START_TEST(its_refusals_are_told) {
    Client *alice = bus_client(t);
    const char *busy = client_dial(alice, "loop0", "busy");
    await_state(alice, busy, "busy");
    client_drop(alice, busy);
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Unpark", "s", "nowhere");
    const char *bad = client_dial(alice, "loop0", "4711");
    await_state(alice, bad, "disconnected");
    ck_assert_str_eq(get_string(alice, bad, "DisconnectCause"), "bad-address");
}
END_TEST

START_TEST(figures_of_the_media_come) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "echo?ring=0");
    AWAIT(t, strcmp(get_text(alice, call, "MediaStats"), "{}") != 0);
    client_drop(alice, call);
}
END_TEST

START_TEST(a_call_comes_in) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *id = client_incoming(alice, "loop1", "555");
    const char *call = await_handle(bob);
    ck_assert_str_eq(get_string(bob, call, "CallId"), id);
    client_call(bob, call, "Answer", "");
    await_state(bob, call, "connected");
    client_drop(bob, call);
}
END_TEST

/* ---- It dies ---- */

static void expect_failed(Client *client, const char *call) {
    await_state(client, call, "disconnected");
    ck_assert_str_eq(get_string(client, call, "DisconnectCause"), "provider-failed");
}

START_TEST(its_calls_end_and_its_lines_come_back) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    pid_t before = await_provider("loopback", 0);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    client_open(bob, "loop2", "owner");
    const char *rings = client_dial(alice, "loop0", "102"), *offered = await_handle(bob);
    await_state(alice, rings, "ringback");
    provider_signal("loopback", SIGKILL);
    expect_failed(alice, talk.caller);
    expect_failed(bob, talk.callee);
    expect_failed(alice, rings);
    expect_failed(bob, offered);
    await_provider("loopback", before);
    await_line_state(alice, "loop0", "in-service");
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "StateReason"), "");
    client_drop(alice, client_connect(alice, "loop0", "answer?ring=0"));
}
END_TEST

static bool has_told(Client *client, guint start, const char *state) {
    g_autofree char *quoted = g_strdup_printf("\"%s\"", state);
    return change_place(client, start, LINE("loop0"), "State", quoted) >= 0;
}

START_TEST(that_is_told_to_all) {
    Client *alice = bus_client(t);
    client_open(alice, "loop0", "none");
    guint start = client_event_count(alice);
    provider_signal("loopback", SIGKILL);
    AWAIT(t, has_told(alice, start, "out-of-service"));
    AWAIT(t, has_told(alice, start, "in-service"));
    client_close_line(alice, "loop0");
}
END_TEST

/* While it does not run, nothing is answered but by a refusal. */
START_TEST(what_is_pending_is_answered) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    provider_signal("loopback", SIGSTOP);
    uint64_t hold = client_send(alice, call, "Hold", ""), dial = client_send(alice, LINE("loop1"), "Dial", "sa{sv}", "101", 0);
    uint64_t drop = client_send(alice, call, "Drop", "a{sv}", 0);
    client_call(alice, CALLBUS_PATH, "ListLines", "");
    provider_signal("loopback", SIGKILL);
    expect_answer_error(alice, hold, "ProviderFailed");
    expect_answer_error(alice, dial, "ProviderFailed");
    client_await_success(alice, drop);
    await_line_state(alice, "loop1", "in-service");
    client_drop(alice, client_connect(alice, "loop1", "answer?ring=0"));
}
END_TEST

START_TEST(it_may_die_again_and_again) {
    Client *alice = bus_client(t);
    pid_t pid = 0;
    for (int i = 0; i < 4; i++) {
        pid = await_provider("loopback", pid);
        await_line_state(alice, "loop0", "in-service");
        const char *call = client_connect(alice, "loop0", "answer?ring=0");
        provider_signal("loopback", SIGKILL);
        expect_failed(alice, call);
        client_drop(alice, call);
        client_release(alice, call);
    }
}
END_TEST

/* It is found out by its not answering, and killed. Who never says Hello is hung up on meanwhile. */
START_TEST(one_that_hangs_is_dead) {
    static const char words[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
    Client *alice = bus_client(t);
    int stranger = provider_knock();
    ck_assert_int_ge(stranger, 0);
    ck_assert_int_eq(send(stranger, words, sizeof(words) - 1, MSG_NOSIGNAL), sizeof(words) - 1);
    pid_t before = await_provider("loopback", 0);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    provider_signal("loopback", SIGSTOP);
    uint64_t hold = client_send(alice, call, "Hold", "");
    expect_failed(alice, call);
    client_answered(alice, hold);
    await_provider("loopback", before);
    await_line_state(alice, "loop0", "in-service");
    ck_assert(provider_has_hung_up(stranger));
    close(stranger);
}
END_TEST

START_TEST(it_ends_with_the_service) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    bus_stop_service(t, SIGTERM);
    await_provider_gone("loopback");
    bus_start_service(t);
    await_state(alice, call, "disconnected");
    client_drop(alice, client_connect(alice, "loop0", "answer?ring=0"));
}
END_TEST

/* Whoever hangs can't be asked to end. */
START_TEST(and_so_does_one_that_hangs) {
    bus_client(t);
    await_provider("loopback", 0);
    provider_signal("loopback", SIGSTOP);
    int status = bus_stop_service(t, SIGTERM);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    await_provider_gone("loopback");
    bus_start_service(t);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("provider-process");
    TCase *tcase = tcase_create("provider-process");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_whole_call);
    tcase_add_test(tcase, calls_are_brought_together);
    tcase_add_test(tcase, its_refusals_are_told);
    tcase_add_test(tcase, figures_of_the_media_come);
    tcase_add_test(tcase, a_call_comes_in);
    tcase_add_test(tcase, its_calls_end_and_its_lines_come_back);
    tcase_add_test(tcase, that_is_told_to_all);
    tcase_add_test(tcase, what_is_pending_is_answered);
    tcase_add_test(tcase, it_may_die_again_and_again);
    tcase_add_test(tcase, one_that_hangs_is_dead);
    tcase_add_test(tcase, it_ends_with_the_service);
    tcase_add_test(tcase, and_so_does_one_that_hangs);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
