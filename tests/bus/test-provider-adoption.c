/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service is killed while a provider process has calls: it keeps them, and the service that is started next takes them up again. The
 * harness checks for every client that Resumed is the first it hears, and that no Sequence comes twice.
 */
#include "tests/bus/util-calls.h"
#include "tests/bus/util-provider.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void setup(void) {
    t = bus_new(&(BusOptions){.config = "[Providers]\nLoopback=process\n", .environ = provider_environ()});
}

static void teardown(void) {
    bus_finish(t);
}

/* What is to happen meanwhile does so by the clock of the far end. */
static void restart_after(guint ms) {
    pid_t before = await_provider("loopback", 0);
    bus_stop_service(t, SIGKILL);
    g_usleep(ms * 1000);
    bus_start_service(t);
    ck_assert_int_eq(provider_pid("loopback"), before);
}

START_TEST(an_established_call_goes_on) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    const char *id = get_string(alice, talk.caller, "CallId"), *since = get_text(alice, talk.caller, "ConnectedTimestamp");
    restart_after(0);
    ck_assert_uint_eq(client_resumed_count(alice), 1);
    ck_assert_str_eq(get_string(alice, talk.caller, "State"), "connected");
    ck_assert_str_eq(get_string(bob, talk.callee, "State"), "connected");
    ck_assert_str_eq(get_string(alice, talk.caller, "CallId"), id);
    ck_assert_str_eq(get_text(alice, talk.caller, "ConnectedTimestamp"), since);
    ck_assert_str_eq(get_string(alice, talk.caller, "DisconnectCause"), "");
    client_call(alice, talk.caller, "Hold", "");
    await_state(alice, talk.caller, "on-hold");
    client_call(alice, talk.caller, "Unhold", "");
    client_drop(alice, talk.caller);
    await_state(bob, talk.callee, "disconnected");
    ck_assert_str_eq(get_string(bob, talk.callee, "DisconnectCause"), "normal");
}
END_TEST

START_TEST(and_over_many_restarts) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    for (guint i = 1; i <= 5; i++) {
        restart_after(0);
        ck_assert_uint_eq(client_resumed_count(alice), i);
        ck_assert_str_eq(get_string(alice, call, "State"), "connected");
    }
    client_drop(alice, call);
    client_release(alice, call);
}
END_TEST

START_TEST(in_every_state) {
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
    restart_after(0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ck_assert_str_eq(get_string(alice, calls[i], "State"), rows[i].state);
        client_drop(alice, calls[i]);
        await_state(alice, calls[i], "idle");
    }
}
END_TEST

START_TEST(one_that_rings_is_answered_after) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    await_state(alice, out, "ringback");
    restart_after(0);
    ck_assert_str_eq(get_string(bob, in, "State"), "offering");
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_drop(bob, in);
}
END_TEST

/* It may pass by before anybody looks. */
static void await_passing(Client *client, const char *call, const char *state) {
    AWAIT(t, strstr(known_states(client, call), state));
}

START_TEST(one_that_changed_meanwhile_is_as_it_is) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "answer?ring=300ms");
    await_passing(alice, call, "ringback");
    restart_after(600);
    await_state(alice, call, "connected");
    client_drop(alice, call);
}
END_TEST

START_TEST(one_that_ended_meanwhile_has_ended) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "hangup?ring=0&talk=300ms");
    await_passing(alice, call, "connected");
    restart_after(600);
    await_state(alice, call, "disconnected");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "normal");
    client_drop(alice, call);
    await_state(alice, call, "idle");
}
END_TEST

/* It is busy, or its machine is: whoever talks through it is waited for. */
START_TEST(one_that_is_late_keeps_its_calls) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    pid_t provider = await_provider("loopback", 0), waker;
    provider_signal("loopback", SIGSTOP);
    bus_stop_service(t, SIGKILL);
    waker = fork();
    if (waker == 0) {
        g_usleep(2 * G_USEC_PER_SEC);
        _exit(kill(provider, SIGCONT));
    }
    bus_start_service(t);
    ck_assert_int_eq(waitpid(waker, NULL, 0), waker);
    ck_assert_int_eq(provider_pid("loopback"), provider);
    ck_assert_str_eq(get_string(alice, call, "State"), "connected");
    client_drop(alice, call);
}
END_TEST

/* Nobody is left to whom it could belong. */
START_TEST(whose_owner_is_gone_is_dropped) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    bus_stop_service(t, SIGKILL);
    client_kill(alice);
    bus_start_service(t);
    await_state(bob, talk.callee, "disconnected");
    ck_assert_str_eq(get_string(bob, talk.callee, "DisconnectCause"), "normal");
}
END_TEST

START_TEST(but_not_one_that_is_kept) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    client_call(alice, talk.caller, "SetOnOwnerLost", "s", "keep");
    bus_stop_service(t, SIGKILL);
    client_kill(alice);
    bus_start_service(t);
    ck_assert_str_eq(get_string(bob, talk.callee, "State"), "connected");
    client_drop(bob, talk.callee);
}
END_TEST

START_TEST(a_conference_is_one_again) {
    Client *alice = bus_client(t);
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    restart_after(0);
    ck_assert_str_eq(get_string(alice, party.conference, "State"), "connected");
    ck_assert_str_eq(get_string(alice, party.first, "Conference"), party.conference);
    ck_assert_str_eq(get_string(alice, party.second, "Conference"), party.conference);
    client_remove(alice, party.second);
    client_drop(alice, party.second);
}
END_TEST

START_TEST(a_consultation_ends_with_its_call_back) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *other = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, other, "connected");
    await_state(alice, call, "on-hold-pending-transfer");
    restart_after(0);
    ck_assert_str_eq(get_string(alice, call, "State"), "on-hold-pending-transfer");
    client_drop(alice, other);
    await_state(alice, call, "connected");
    client_drop(alice, call);
}
END_TEST

START_TEST(what_is_asked_of_the_dead_is_asked_again) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    client_call(alice, call, "MonitorDigits", "b", true);
    client_call(alice, call, "Mute", "b", true);
    restart_after(0);
    ck_assert_uint_eq(get_number(alice, call, "Muted"), 1);
    client_call(alice, call, "Mute", "b", false);
    ck_assert_uint_eq(get_number(alice, call, "Muted"), 0);
    client_drop(alice, call);
}
END_TEST

/* Both at once: what was up is over, for the clients, too. */
START_TEST(if_both_are_killed_it_has_ended) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    bus_stop_service(t, SIGKILL);
    provider_signal("loopback", SIGKILL);
    bus_start_service(t);
    await_state(alice, call, "disconnected");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "service-restarted");
    await_line_state(alice, "loop0", "in-service");
    client_drop(alice, client_connect(alice, "loop0", "answer?ring=0"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("provider-adoption");
    TCase *tcase = tcase_create("provider-adoption");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, an_established_call_goes_on);
    tcase_add_test(tcase, and_over_many_restarts);
    tcase_add_test(tcase, in_every_state);
    tcase_add_test(tcase, one_that_rings_is_answered_after);
    tcase_add_test(tcase, one_that_changed_meanwhile_is_as_it_is);
    tcase_add_test(tcase, one_that_ended_meanwhile_has_ended);
    tcase_add_test(tcase, one_that_is_late_keeps_its_calls);
    tcase_add_test(tcase, whose_owner_is_gone_is_dropped);
    tcase_add_test(tcase, but_not_one_that_is_kept);
    tcase_add_test(tcase, a_conference_is_one_again);
    tcase_add_test(tcase, a_consultation_ends_with_its_call_back);
    tcase_add_test(tcase, what_is_asked_of_the_dead_is_asked_again);
    tcase_add_test(tcase, if_both_are_killed_it_has_ended);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
