/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 10 and 11 where calls belong together: an owner that dies in the middle of a transfer, or with a conference. */
#include "tests/bus/util-calls.h"

/* How an owner is lost, or gives up. */
typedef enum Loss {
    KILLED,
    CLOSED,
    _LOSS_MAX,
} Loss;

static void lose(Client *client, Loss loss) {
    if (loss == KILLED)
        client_kill(client);
    else
        client_close_line(client, "loop0");
}

/* Alice owns two calls of loop0 that belong together; bob sees both and could own them. */
typedef struct Pair {
    Client *alice, *bob;
    const char *call, *consultation;
    const char *seen, *seen_consultation;
} Pair;

static Pair pair_begin(void) {
    Pair p = {.alice = bus_client(t), .bob = bus_client(t)};
    client_open(p.bob, "loop0", "owner+monitor");
    p.call = client_connect(p.alice, "loop0", "answer?ring=0");
    p.seen = await_handle(p.bob);
    p.consultation = client_setup_transfer(p.alice, p.call, "answer?ring=0");
    p.seen_consultation = await_handle(p.bob);
    await_state(p.alice, p.consultation, "connected");
    await_state(p.bob, p.seen_consultation, "connected");
    return p;
}

/* ---- In the middle of a transfer ---- */

START_TEST(rule_11_both_calls_of_a_transfer_are_dropped) {
    Pair p = pair_begin();
    lose(p.alice, (Loss) _i);
    await_state(p.bob, p.seen, "idle");
    await_state(p.bob, p.seen_consultation, "idle");
    AWAIT(t, get_number(p.bob, LINE("loop0"), "HeldCalls") == 0 && get_number(p.bob, LINE("loop0"), "ActiveCalls") == 0);
}
END_TEST

/* The first call has another owner: it loses the consultation only, and is connected again. */
START_TEST(rule_11_a_co_owner_of_the_first_call_gets_it_back) {
    Pair p = pair_begin();
    client_call(p.bob, p.seen, "SetPrivilege", "s", "owner");
    lose(p.alice, (Loss) _i);
    await_state(p.bob, p.seen_consultation, "idle");
    await_state(p.bob, p.seen, "connected");
    ck_assert_uint_eq(get_number(p.bob, p.seen, "Owners"), 1);
    client_drop(p.bob, p.seen);
}
END_TEST

/* The consultation has another owner: it goes on as any call. */
START_TEST(rule_11_a_co_owner_of_the_consultation_keeps_it) {
    Pair p = pair_begin();
    client_call(p.bob, p.seen_consultation, "SetPrivilege", "s", "owner");
    lose(p.alice, (Loss) _i);
    await_state(p.bob, p.seen, "idle");
    bus_barrier(t);
    ck_assert_str_eq(get_string(p.bob, p.seen_consultation, "State"), "connected");
    client_call(p.bob, p.seen_consultation, "Hold", "");
    client_call(p.bob, p.seen_consultation, "Unhold", "");
    client_drop(p.bob, p.seen_consultation);
}
END_TEST

/* A co-owner of both completes what the dead one began. */
START_TEST(rule_11_a_co_owner_of_both_completes_the_transfer) {
    Pair p = pair_begin();
    client_call(p.bob, p.seen, "SetPrivilege", "s", "owner");
    client_call(p.bob, p.seen_consultation, "SetPrivilege", "s", "owner");
    lose(p.alice, (Loss) _i);
    await_text(p.bob, p.seen, "Owners", "1");
    ck_assert_str_eq(get_string(p.bob, p.seen, "State"), "on-hold-pending-transfer");
    client_complete_transfer(p.bob, p.seen, p.seen_consultation);
}
END_TEST

/* The request to complete is at the service when its client dies: it is done or not, but nothing hangs. */
START_TEST(rule_11_who_dies_while_it_completes) {
    Client *carol = bus_client(t), *dave = bus_client(t), *alice = bus_client(t);
    client_open(carol, "loop1", "owner");
    client_open(dave, "loop2", "owner");
    Talk talk = talk_begin(alice, "loop0", carol, "101");
    const char *consultation = client_setup_transfer(alice, talk.caller, "102"), *daves = await_handle(dave);
    client_call(dave, daves, "Answer", "");
    await_state(alice, consultation, "connected");
    bus_freeze(t);
    client_send(alice, talk.caller, "CompleteTransfer", "os", consultation, _i ? "conference" : "transfer");
    client_reach_bus(alice);
    client_kill(alice);
    client_reach_bus(carol);
    bus_thaw(t);
    client_open(carol, "loop0", "monitor");
    AWAIT(t, get_number(carol, LINE("loop0"), "ActiveCalls") == 0 && get_number(carol, LINE("loop0"), "HeldCalls") == 0);
    if (_i) {
        await_state(carol, talk.callee, "disconnected");
        await_state(dave, daves, "disconnected");
    } else if (g_str_equal(get_string(carol, talk.callee, "State"), "connected")) {
        client_drop(carol, talk.callee);
        await_state(dave, daves, "disconnected");
    }
}
END_TEST

/* ---- With a conference ---- */

typedef struct Conferees {
    Client *alice, *bob;
    Party party;
    const char *seen, *first, *second; /* bob's */
} Conferees;

static Conferees conferees_begin(void) {
    Conferees c = {.alice = bus_client(t), .bob = bus_client(t)};
    client_open(c.bob, "loop0", "owner+monitor");
    c.party = party_begin(c.alice, "loop0", "answer?ring=0", "answer?ring=0");
    c.first = await_handle(c.bob);
    c.seen = await_handle(c.bob);
    c.second = await_handle(c.bob);
    await_state(c.bob, c.seen, "connected");
    await_state(c.bob, c.second, "conferenced");
    return c;
}

START_TEST(rule_11_a_conference_goes_with_its_owner) {
    Conferees c = conferees_begin();
    lose(c.alice, (Loss) _i);
    await_state(c.bob, c.seen, "idle");
    await_state(c.bob, c.first, "idle");
    await_state(c.bob, c.second, "idle");
    AWAIT(t, get_number(c.bob, LINE("loop0"), "ActiveCalls") == 0);
}
END_TEST

/* In each state that a conference can be in, and with a consultation. */
START_TEST(rule_11_a_conference_that_grows_goes_with_its_owner) {
    Conferees c = conferees_begin();
    const char *next = client_prepare_add(c.alice, c.party.conference, "no-answer?ring=60m"), *seen = await_handle(c.bob);
    await_state(c.alice, next, "ringback");
    lose(c.alice, (Loss) _i);
    const char *const paths[] = {c.seen, c.first, c.second, seen};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        await_state(c.bob, paths[i], "idle");
    AWAIT(t, get_number(c.bob, LINE("loop0"), "ActiveCalls") == 0 && get_number(c.bob, LINE("loop0"), "HeldCalls") == 0);
}
END_TEST

/* Whoever owns all of it too goes on as if nothing had happened. */
START_TEST(rule_11_with_a_co_owner_the_conference_goes_on) {
    Conferees c = conferees_begin();
    client_call(c.bob, c.seen, "SetPrivilege", "s", "owner");
    client_call(c.bob, c.first, "SetPrivilege", "s", "owner");
    client_call(c.bob, c.second, "SetPrivilege", "s", "owner");
    lose(c.alice, (Loss) _i);
    await_text(c.bob, c.seen, "Owners", "1");
    await_text(c.bob, c.second, "Owners", "1");
    bus_barrier(t);
    ck_assert_str_eq(get_string(c.bob, c.seen, "State"), "connected");
    ck_assert_str_eq(get_string(c.bob, c.first, "State"), "conferenced");
    client_remove(c.bob, c.first);
    await_state(c.bob, c.seen, "idle");
    await_state(c.bob, c.second, "connected");
}
END_TEST

/* One that another owns goes on: alone, it is connected. */
START_TEST(rule_11_a_participant_of_another_owner_stays) {
    Conferees c = conferees_begin();
    client_call(c.bob, c.seen, "SetPrivilege", "s", "owner");
    client_call(c.bob, c.first, "SetPrivilege", "s", "owner");
    lose(c.alice, (Loss) _i);
    await_state(c.bob, c.second, "idle");
    await_state(c.bob, c.seen, "idle");
    await_state(c.bob, c.first, "connected");
    client_drop(c.bob, c.first);
}
END_TEST

/* ---- Rule 10: the last handle ---- */

/* Nobody has a handle any more: what the line drops then is seen by who looks at its counts. */
START_TEST(rule_10_a_released_consultation_gives_the_call_back) {
    Client *alice = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "none");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    client_release(alice, consultation);
    await_state(alice, call, "connected");
    ck_assert_str_eq(known_states(alice, call), "dialing ringback connected on-hold-pending-transfer connected");
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "ActiveCalls"), 1);
}
END_TEST

START_TEST(rule_10_a_released_first_call_leaves_the_consultation) {
    Client *alice = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "none");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    client_release(alice, call);
    AWAIT(t, get_number(carol, LINE("loop0"), "HeldCalls") == 0);
    ck_assert_str_eq(get_string(alice, consultation, "State"), "connected");
    client_drop(alice, consultation);
}
END_TEST

START_TEST(rule_10_a_released_participant_leaves_the_conference) {
    Client *alice = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "none");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_release(alice, party.second);
    await_state(alice, party.conference, "idle");
    await_state(alice, party.first, "connected");
}
END_TEST

/* Nobody is left to end the conference, but its participants have an owner. With the conference they end. */
START_TEST(rule_10_a_released_conference_is_dropped) {
    Client *alice = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "none");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_release(alice, party.conference);
    AWAIT(t, get_number(carol, LINE("loop0"), "ActiveCalls") == 0);
    await_state(alice, party.first, "idle");
    await_state(alice, party.second, "idle");
}
END_TEST

START_TEST(rule_10_all_released_all_dropped) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "none");
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    Conference conference = client_setup_conference(alice, talk.caller, "answer?ring=0");
    await_state(alice, conference.consultation, "connected");
    if (_i)
        client_add(alice, conference.path, conference.consultation);
    client_release(alice, talk.caller);
    client_release(alice, conference.consultation);
    client_release(alice, conference.path);
    AWAIT(t, get_number(carol, LINE("loop0"), "ActiveCalls") == 0 && get_number(carol, LINE("loop0"), "HeldCalls") == 0);
    await_state(bob, talk.callee, "disconnected");
}
END_TEST

/* A co-holder's handle is enough. */
START_TEST(rule_10_a_watched_transfer_goes_on_without_owner) {
    Pair p = pair_begin();
    client_release(p.alice, p.call);
    client_release(p.alice, p.consultation);
    await_text(p.bob, p.seen, "Owners", "0");
    bus_barrier(t);
    ck_assert_str_eq(get_string(p.bob, p.seen, "State"), "on-hold-pending-transfer");
    ck_assert_str_eq(get_string(p.bob, p.seen_consultation, "State"), "connected");
    client_call(p.bob, p.seen, "SetPrivilege", "s", "owner");
    client_call(p.bob, p.seen_consultation, "SetPrivilege", "s", "owner");
    client_complete_transfer(p.bob, p.seen, p.seen_consultation);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-orphans");
    TCase *tcase = bus_case(suite, "rule 11, transfer");
    tcase_add_loop_test(tcase, rule_11_both_calls_of_a_transfer_are_dropped, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_a_co_owner_of_the_first_call_gets_it_back, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_a_co_owner_of_the_consultation_keeps_it, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_a_co_owner_of_both_completes_the_transfer, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_who_dies_while_it_completes, 0, 2);
    tcase = bus_case(suite, "rule 11, conference");
    tcase_add_loop_test(tcase, rule_11_a_conference_goes_with_its_owner, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_a_conference_that_grows_goes_with_its_owner, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_with_a_co_owner_the_conference_goes_on, 0, _LOSS_MAX);
    tcase_add_loop_test(tcase, rule_11_a_participant_of_another_owner_stays, 0, _LOSS_MAX);
    tcase = bus_case(suite, "rule 10");
    tcase_add_test(tcase, rule_10_a_released_consultation_gives_the_call_back);
    tcase_add_test(tcase, rule_10_a_released_first_call_leaves_the_consultation);
    tcase_add_test(tcase, rule_10_a_released_participant_leaves_the_conference);
    tcase_add_test(tcase, rule_10_a_released_conference_is_dropped);
    tcase_add_loop_test(tcase, rule_10_all_released_all_dropped, 0, 2);
    tcase_add_test(tcase, rule_10_a_watched_transfer_goes_on_without_owner);
    return bus_main(suite);
}
