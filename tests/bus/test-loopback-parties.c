/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripted far ends as parties of transfer, conference, park, completion and forward; and lines that meet themselves. */
#include "tests/bus/util-calls.h"

#include <string.h>

/* What the end hears now, as it stands in MediaStats. */
static void await_hearing(Client *client, const char *path, const char *hearing) {
    g_autofree char *key = g_strdup_printf("\"hearing\": <as %s>", hearing);
    AWAIT(t, strstr(get_text(client, path, "MediaStats"), key));
}

#define NOBODY "[]"

/* ---- Transfer ---- */

START_TEST(a_script_is_transferred_to_a_line) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *call = client_connect(alice, "loop0", "echo?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, consultation, "connected");
    await_hearing(bob, in, "[\"100\"]");
    client_complete_transfer(alice, call, consultation);
    ck_assert_str_eq(known_state(alice, call), "idle");
    ck_assert_str_eq(known_state(alice, consultation), "idle");
    await_text(bob, in, "Connected", "(\"echo\", \"\", \"allowed\")");
    ck_assert_str_eq(get_string(bob, in, "Reason"), "transfer");
    ck_assert_str_eq(get_string(bob, in, "CallId"), get_string(alice, call, "CallId"));
    /* The echo gives bob his own voice back. */
    await_hearing(bob, in, "[\"101\"]");
}
END_TEST

START_TEST(a_line_is_transferred_to_a_script_blindly) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    client_blind_transfer(alice, talk.caller, "hangup?ring=100ms&talk=100ms");
    ck_assert_str_eq(known_state(alice, talk.caller), "idle");
    await_text(bob, talk.callee, "Redirection", "(\"hangup\", \"\", \"allowed\")");
    await_text(bob, talk.callee, "Connected", "(\"hangup\", \"\", \"allowed\")");
    await_state(bob, talk.callee, "disconnected");
    ck_assert_str_eq(get_string(bob, talk.callee, "DisconnectCause"), "normal");
}
END_TEST

START_TEST(a_script_is_transferred_to_a_script) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "digits?ring=0&send=1234567890");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    client_complete_transfer(alice, call, consultation);
    ck_assert_str_eq(known_state(alice, call), "idle");
    ck_assert_str_eq(known_state(alice, consultation), "idle");
}
END_TEST

/* Both far ends are on one line then, which talks with itself: whatever it does with the two goes well or is refused. */
START_TEST(a_line_that_talks_with_itself) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk first = talk_begin(alice, "loop0", bob, "101");
    const char *consultation = client_setup_transfer(alice, first.caller, "101"), *second = await_handle(bob);
    client_call(bob, second, "Answer", "");
    await_state(alice, consultation, "connected");
    client_complete_transfer(alice, first.caller, consultation);
    await_hearing(bob, first.callee, "[\"101\"]");
    client_call(bob, first.callee, "Hold", "");
    expect_error(bob, "InvalidState", first.callee, "CompleteTransfer", "os", second, "transfer");
    client_call(bob, second, "SwapHold", "o", first.callee);
    client_call(bob, second, "Unhold", "");
    client_call(bob, first.callee, "Hold", "");
    const char *conference = client_complete_as_conference(bob, first.callee, second);
    client_drop(bob, conference);
    ck_assert_str_eq(known_state(bob, first.callee), "idle");
    ck_assert_str_eq(known_state(bob, second), "idle");
}
END_TEST

/* ---- Conference, park ---- */

START_TEST(scripts_confer_with_a_line) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "hangup?ring=0&talk=4s");
    const char *third = client_prepare_add(alice, party.conference, "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, third, "connected");
    client_add(alice, party.conference, third);
    await_hearing(bob, in, "[\"100\"]");
    await_hearing(alice, party.conference, "[\"101\"]");
    /* One leaves by itself, and then another: the last goes on alone. */
    await_state(alice, party.second, "disconnected");
    client_drop(alice, party.first);
    await_state(alice, party.conference, "idle");
    await_state(alice, third, "connected");
    await_hearing(bob, in, "[\"100\"]");
    await_hearing(alice, third, "[\"101\"]");
}
END_TEST

START_TEST(a_parked_script_goes_on) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *call = client_connect(alice, "loop0", "echo?ring=0");
    const char *place = client_park(alice, call, "");
    ck_assert_str_eq(known_state(alice, call), "idle");
    const char *got = client_unpark(bob, "loop2", place);
    ck_assert_str_eq(get_string(bob, got, "Reason"), "unpark");
    ck_assert_str_eq(get_string(bob, got, "CallId"), get_string(alice, call, "CallId"));
    await_hearing(bob, got, "[\"102\"]");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Unpark", "s", place);
    /* One that hangs up leaves its place. */
    call = client_connect(alice, "loop0", "hangup?ring=0&talk=3s");
    client_park(alice, call, "555");
    call = client_connect(alice, "loop0", "answer?ring=0");
    expect_error(alice, "Conflict", call, "Park", "s", "555");
    AWAIT(t, !client_try(alice, call, "Park", "s", "555"));
}
END_TEST

START_TEST(a_parked_line_hears_nobody) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    await_hearing(bob, talk.callee, "[\"100\"]");
    const char *place = client_park(alice, talk.caller, "");
    await_text(bob, talk.callee, "StateDetail", "\"active-held\"");
    await_hearing(bob, talk.callee, NOBODY);
    const char *got = client_unpark(alice, "loop2", place);
    await_text(bob, talk.callee, "StateDetail", "\"active\"");
    await_hearing(bob, talk.callee, "[\"102\"]");
    await_hearing(alice, got, "[\"101\"]");
}
END_TEST

/* ---- Completion, forward ---- */

START_TEST(a_busy_script_is_free_later) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "busy?free=300ms");
    await_state(alice, call, "busy");
    client_complete_call(alice, call, "camp-on");
    await_state(alice, call, "connected");
    ck_assert_str_eq(known_states(alice, call), "dialing busy proceeding ringback connected");
    client_open(alice, "loop0", "owner");
    call = client_dial(alice, "loop0", "busy?free=300ms");
    await_state(alice, call, "busy");
    client_complete_call(alice, call, "callback");
    const char *back = await_handle(alice);
    client_call(alice, back, "Answer", "");
    await_text(alice, back, "Connected", "(\"busy\", \"\", \"allowed\")");
}
END_TEST

START_TEST(a_cancelled_camp_on_is_busy_again) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "busy?free=1m");
    await_state(alice, call, "busy");
    const char *id = client_complete_call(alice, call, "camp-on");
    client_call(alice, LINE("loop0"), "CancelCompletion", "s", id);
    await_state(alice, call, "busy");
    expect_error(alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", id);
}
END_TEST

START_TEST(a_line_forwards_to_a_script) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner+monitor");
    client_forward(bob, "loop1", 1, "uncond", "", "echo?ring=0", 0);
    const char *call = client_connect(alice, "loop0", "101");
    ck_assert_str_eq(get_text(alice, call, "Redirection"), "(\"echo\", \"\", \"allowed\")");
    await_hearing(alice, call, "[\"100\"]");
    client_barrier(bob);
    ck_assert(!client_has_new_handle(bob));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback-parties");
    TCase *tcase = bus_case(suite, "loopback-parties");
    tcase_add_test(tcase, a_script_is_transferred_to_a_line);
    tcase_add_test(tcase, a_line_is_transferred_to_a_script_blindly);
    tcase_add_test(tcase, a_script_is_transferred_to_a_script);
    tcase_add_test(tcase, a_line_that_talks_with_itself);
    tcase_add_test(tcase, scripts_confer_with_a_line);
    tcase_add_test(tcase, a_parked_script_goes_on);
    tcase_add_test(tcase, a_parked_line_hears_nobody);
    tcase_add_test(tcase, a_busy_script_is_free_later);
    tcase_add_test(tcase, a_cancelled_camp_on_is_busy_again);
    tcase_add_test(tcase, a_line_forwards_to_a_script);
    return bus_main(suite);
}
