/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 1 to 3, 11 and 20 for every request that makes calls, whoever makes them and whenever it dies. */
#include "tests/bus/util-maker.h"

#include <string.h>

/* ---- Rule 1 ---- */

static const char *const opens[] = {NULL, "none", "monitor", "owner", "owner+monitor"};

START_TEST(rule_01_who_makes_a_call_is_its_sole_owner) {
    const Maker *maker = &makers[_i];
    for (size_t i = 0; i < G_N_ELEMENTS(opens); i++) {
        Stage stage = stage_begin();
        if (opens[i])
            client_open(stage.maker, "loop0", opens[i]);
        maker->prepare(&stage);
        bus_barrier(t);
        while (client_has_new_handle(stage.watcher))
            await_handle(stage.watcher);
        Made made = maker_await(maker, &stage, maker->send(&stage));
        for (guint k = 0; k < maker->number; k++) {
            ck_assert_str_eq(get_string(stage.maker, made.paths[k], "Privilege"), "owner");
            ck_assert_uint_eq(get_number(stage.maker, made.paths[k], "Owners"), 1);
            ck_assert_uint_eq(get_number(stage.maker, made.paths[k], "Monitors"), 2);
            const char *seen = await_handle(stage.watcher);
            ck_assert_str_eq(get_string(stage.watcher, seen, "Privilege"), "monitor");
            ck_assert_str_eq(get_string(stage.watcher, seen, "CallId"), get_string(stage.maker, made.paths[k], "CallId"));
        }
        client_barrier(stage.watcher);
        ck_assert(!client_has_new_handle(stage.watcher));
        client_kill(stage.maker);
        client_kill(stage.watcher);
        client_kill(stage.other);
        client_kill(stage.far);
    }
}
END_TEST

/* A co-owner of the first call has no part in what is made about it. */
START_TEST(rule_01_a_co_owner_watches_the_consultation) {
    Stage stage = stage_begin();
    stage.call = client_connect(stage.maker, "loop0", "answer?ring=0");
    const char *shared = await_handle(stage.other);
    await_state(stage.other, shared, "connected");
    client_call(stage.other, shared, "SetPrivilege", "s", "owner");
    const char *consultation = client_setup_transfer(stage.maker, stage.call, "answer?ring=0");
    const char *seen = await_handle(stage.other);
    ck_assert_str_eq(get_string(stage.other, seen, "Privilege"), "monitor");
    ck_assert_uint_eq(get_number(stage.maker, consultation, "Owners"), 1);
    expect_error(stage.other, "NotOwner", shared, "CompleteTransfer", "os", seen, "transfer");
    client_call(stage.other, seen, "SetPrivilege", "s", "owner");
    await_state(stage.other, seen, "connected");
    client_complete_transfer(stage.other, shared, seen);
    ck_assert_str_eq(known_state(stage.other, shared), "idle");
}
END_TEST

/* ---- Rule 2 ---- */

static bool is_of_a_call(const Event *event) {
    return event->kind == EVENT_SIGNAL && (g_str_has_prefix(event->path, CALLBUS_CLIENT_PATH) ||
                                           g_str_equal(event->member, "InterfacesAdded") ||
                                           g_str_equal(event->member, "InterfacesRemoved"));
}

static void expect_nothing_before_the_answer(Client *client, guint start, uint64_t request, const char *name) {
    for (int i = (int) start; i < answer_place(client, request); i++) {
        const Event *event = client_event(client, (guint) i);
        ck_assert_msg(!is_of_a_call(event), "%s on %s came before the answer of %s", event->member, event->path, name);
    }
}

START_TEST(rule_02_the_answer_comes_before_all_that_it_causes) {
    const Maker *maker = &makers[_i];
    Stage stage = stage_begin();
    /* The maker is at the other ends too: whatever it hears there is caused by this as well. */
    stage.far = stage.maker;
    client_open(stage.maker, "loop1", "owner+monitor");
    client_open(stage.maker, "loop2", "owner+monitor");
    client_open(stage.maker, "loop0", "owner+monitor");
    maker->prepare(&stage);
    client_barrier(stage.maker);
    guint start = client_event_count(stage.maker);
    uint64_t request = maker->send(&stage);
    Made made = maker_await(maker, &stage, request);
    expect_nothing_before_the_answer(stage.maker, start, request, maker->name);
    for (guint k = 0; k < maker->number; k++)
        ck_assert_int_gt(signal_place(stage.maker, start, made.paths[k], "InterfacesAdded"),
                         answer_place(stage.maker, request));
}
END_TEST

/* What was on its way already comes before: a change of the same loop turn is not held back. */
START_TEST(rule_02_what_was_before_is_told_before) {
    const Maker *maker = &makers[_i];
    Stage stage = stage_begin();
    client_open(stage.maker, "loop0", "none");
    maker->prepare(&stage);
    const char *own = client_dial(stage.maker, "loop0", "no-answer?ring=60m");
    await_state(stage.maker, own, "ringback");
    guint start = client_event_count(stage.maker);
    bus_freeze(t);
    client_send(stage.maker, own, "SetCallData", "ay", 1, 7);
    uint64_t request = maker->send(&stage);
    client_reach_bus(stage.maker);
    bus_thaw(t);
    maker_await(maker, &stage, request);
    int told = change_place(stage.maker, start, own, "CallData", "[0x07]");
    ck_assert_int_ge(told, 0);
    ck_assert_int_lt(told, answer_place(stage.maker, request));
}
END_TEST

/* Calls that are there already: what is new of them is announced after the answer, a conference and its participants too. */
static void expect_new_after_the_answer(Client *client, const char *path, const char *member, guint number) {
    guint start = client_event_count(client);
    uint64_t request = client_send(client, path, member, "");
    client_await_success(client, request);
    client_barrier(client);
    expect_nothing_before_the_answer(client, start, request, member);
    ck_assert_uint_eq(signal_count(client, start, NULL, "InterfacesAdded"), number);
}

START_TEST(rule_02_calls_of_a_conference_are_announced_after_the_answer) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    Party first = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    Party second = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_drop(alice, second.first);
    second = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_open(bob, "loop0", "monitor");
    expect_new_after_the_answer(bob, LINE("loop0"), "GetNewCalls", 9);
    /* The conferences anew, to one who has their participants. */
    const char *const calls[] = {first.conference, second.conference};
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        const char *const *own = client_find_calls(bob, get_string(alice, calls[i], "CallId"));
        for (size_t k = 0; own[k]; k++)
            if (g_str_equal(get_string(bob, own[k], "Origin"), "conference") && g_str_equal(get_string(bob, own[k], "State"), "connected"))
                client_release(bob, own[k]);
    }
    expect_new_after_the_answer(bob, LINE("loop0"), "GetNewCalls", 2);
    expect_new_after_the_answer(bob, LINE("loop0"), "GetNewCalls", 0);
}
END_TEST

START_TEST(rule_02_what_waits_is_told_before_what_is_given) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *unseen = client_connect(alice, "loop0", "answer?ring=0");
    client_open(bob, "loop0", "monitor");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    const char *first = await_handle(bob), *conference = await_handle(bob);
    await_state(bob, conference, "connected");
    client_release(bob, conference);
    guint start = client_event_count(bob);
    bus_freeze(t);
    client_send(alice, party.first, "SetCallData", "ay", 1, 7);
    client_send(alice, unseen, "SetCallData", "ay", 1, 7);
    client_reach_bus(alice);
    uint64_t request = _i ? client_send(bob, first, "GetConferenceCalls", "") : client_send(bob, LINE("loop0"), "GetNewCalls", "");
    client_reach_bus(bob);
    bus_thaw(t);
    client_await_success(bob, request);
    client_barrier(bob);
    int told = change_place(bob, start, first, "CallData", "[0x07]");
    ck_assert_int_ge(told, 0);
    ck_assert_int_lt(told, answer_place(bob, request));
    ck_assert_int_gt(signal_place(bob, start, NULL, "InterfacesAdded"), answer_place(bob, request));
}
END_TEST

/* Where no call is made the effect comes first, and is known at the answer: of all calls that have a part in it. */
START_TEST(rule_02_effects_on_several_calls_come_before_the_answer) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_remove(alice, party.first);
    ck_assert_str_eq(known_state(alice, party.first), "on-hold");
    ck_assert_str_eq(known_state(alice, party.conference), "idle");
    ck_assert_str_eq(known_state(alice, party.second), "connected");
    Conference conference = client_setup_conference(alice, party.second, "answer?ring=0");
    await_state(alice, conference.consultation, "connected");
    client_add(alice, conference.path, conference.consultation);
    ck_assert_str_eq(known_state(alice, conference.consultation), "conferenced");
    ck_assert_str_eq(known_state(alice, conference.path), "connected");
    client_call(alice, conference.path, "SwapHold", "o", party.first);
    ck_assert_str_eq(known_state(alice, conference.path), "on-hold");
    ck_assert_str_eq(known_state(alice, party.first), "connected");
    const char *consultation = client_setup_transfer(alice, party.first, "answer?ring=0");
    await_state(alice, consultation, "connected");
    client_call(alice, consultation, "SwapHold", "o", party.first);
    ck_assert_str_eq(known_state(alice, consultation), "on-hold-pending-transfer");
    ck_assert_str_eq(known_state(alice, party.first), "connected");
    client_drop(alice, consultation);
    client_drop(alice, conference.path);
    ck_assert_str_eq(known_state(alice, party.second), "idle");
    ck_assert_str_eq(known_state(alice, conference.consultation), "idle");
    ck_assert_str_eq(known_state(alice, conference.path), "idle");
    client_park(alice, party.first, "");
    ck_assert_str_eq(known_state(alice, party.first), "idle");
    ck_assert_str_eq(known_text(alice, party.first, "DisconnectCause"), "\"normal\"");
}
END_TEST

/* ---- Rule 3 ---- */

START_TEST(rule_03_what_is_asked_of_a_line_opens_it_till_close) {
    const Maker *maker = &makers[_i];
    if (!maker->line)
        return;
    Stage stage = stage_begin();
    maker->prepare(&stage);
    expect_error(stage.maker, "LineNotOpen", LINE("loop0"), "Close", "");
    Made made = maker_await(maker, &stage, maker->send(&stage));
    ck_assert_uint_eq(get_number(stage.watcher, LINE("loop0"), "Opens"), 3);
    ck_assert_uint_eq(get_number(stage.maker, LINE("loop0"), "Opens"), 3);
    expect_error(stage.maker, "InvalidPrivilege", LINE("loop0"), "GetNewCalls", "");
    /* Opened for nothing: it hears of no other call, and is offered none. */
    guint start = client_event_count(stage.maker);
    const char *others = client_dial(stage.other, "loop0", "busy");
    await_state(stage.other, others, "busy");
    client_barrier(stage.maker);
    ck_assert_int_lt(signal_place(stage.maker, start, NULL, "InterfacesAdded"), 0);
    client_close_line(stage.maker, "loop0");
    for (guint k = 0; k < maker->number; k++)
        await_removed(stage.maker, made.paths[k]);
    expect_error(stage.maker, "LineNotOpen", LINE("loop0"), "Close", "");
}
END_TEST

START_TEST(rule_03_a_refused_request_opens_nothing) {
    Client *alice = bus_client(t);
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Pickup", "ss", "101", "");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Unpark", "s", "4711");
    expect_error(alice, "InvalidAddress", LINE("loop0"), "SetupConference", "a{sv}", 1, "address", "s", "100");
    expect_error(alice, "InvalidAddress", LINE("loop0"), "SetupConference", "a{sv}", 1, "address", "s", "1\n");
    expect_error(alice, "LineNotOpen", LINE("loop0"), "Close", "");
}
END_TEST

START_TEST(rule_03_other_methods_of_a_line_need_an_open) {
    Client *alice = bus_client(t);
    expect_error(alice, "LineNotOpen", LINE("loop0"), "GetNewCalls", "");
    expect_error(alice, "LineNotOpen", LINE("loop0"), "Forward", "a(sssu)", 1, "uncond", "", "101", 0);
    expect_error(alice, "LineNotOpen", LINE("loop0"), "CancelCompletion", "s", "x");
}
END_TEST

/* ---- Rule 11 ---- */

static void await_all_idle(Client *watcher) {
    while (client_has_new_handle(watcher))
        await_state(watcher, await_handle(watcher), "idle");
    AWAIT(t, get_number(watcher, LINE("loop0"), "ActiveCalls") == 0);
    ck_assert_uint_eq(get_number(watcher, LINE("loop0"), "HeldCalls"), 0);
}

/* The request is at the service; who asked is gone before it is done. Nothing of it stays. */
START_TEST(rule_11_who_dies_while_a_call_is_made_leaves_nothing) {
    const Maker *maker = &makers[_i];
    Stage stage = stage_begin();
    maker->prepare(&stage);
    bus_freeze(t);
    maker->send(&stage);
    client_reach_bus(stage.maker);
    client_kill(stage.maker);
    client_reach_bus(stage.watcher);
    bus_thaw(t);
    bus_barrier(t);
    AWAIT(t, get_number(stage.watcher, LINE("loop0"), "ActiveCalls") == 0);
    bus_barrier(t);
    await_all_idle(stage.watcher);
}
END_TEST

/* And right after it was made. */
START_TEST(rule_11_who_dies_with_what_it_made_leaves_nothing) {
    const Maker *maker = &makers[_i];
    Stage stage = stage_begin();
    maker->prepare(&stage);
    maker_await(maker, &stage, maker->send(&stage));
    if (_i % 2)
        client_kill(stage.maker);
    else
        client_close_line(stage.maker, "loop0");
    bus_barrier(t);
    AWAIT(t, get_number(stage.watcher, LINE("loop0"), "ActiveCalls") == 0);
    bus_barrier(t);
    await_all_idle(stage.watcher);
}
END_TEST

/* ---- Rule 20 ---- */

START_TEST(rule_20_a_line_that_is_out_of_service_makes_no_calls) {
    const Maker *maker = &makers[_i];
    if (!maker->line)
        return;
    Stage stage = stage_begin();
    maker->prepare(&stage);
    client_set_line_state(stage.far, "loop0", "out-of-service", "unplugged");
    expect_answer_error(stage.maker, maker->send(&stage), "LineOutOfService");
    client_set_line_state(stage.far, "loop0", "in-service", "");
    maker_await(maker, &stage, maker->send(&stage));
}
END_TEST

START_TEST(rule_20_a_consultation_without_address_is_in_dial_tone) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop2", "owner");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    await_handle(bob);
    const char *consultation = client_setup_transfer(alice, call, ""), *seen = await_handle(bob);
    ck_assert_str_eq(known_states(alice, consultation), "dial-tone");
    ck_assert_str_eq(get_string(alice, consultation, "Address"), "");
    ck_assert_str_eq(get_string(alice, consultation, "Direction"), "out");
    client_dial_digits(alice, consultation, "1;");
    ck_assert_str_eq(known_state(alice, consultation), "dialing");
    ck_assert_str_eq(get_string(alice, consultation, "Address"), "1");
    expect_error(alice, "NotSupported", consultation, "DialDigits", "s", "*;");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, consultation, "DialDigits", "s", "x");
    client_dial_digits(alice, consultation, "(0)-2.");
    ck_assert_str_eq(get_string(alice, consultation, "Address"), "102");
    const char *in = await_handle(carol);
    client_call(carol, in, "Answer", "");
    await_state(alice, consultation, "connected");
    ck_assert_str_eq(known_states(alice, consultation), "dial-tone dialing ringback connected");
    await_state(bob, seen, "connected");
    ck_assert_str_eq(known_text(bob, seen, "Address"), "\"102\"");
}
END_TEST

/* Those with an address reply in dialing, as a Dial does. */
START_TEST(rule_20_a_consultation_with_address_is_dialing) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    ck_assert_str_eq(known_states(alice, consultation), "dialing ringback connected");
    client_drop(alice, consultation);
    await_state(alice, call, "connected");
    Conference conference = client_setup_conference(alice, call, "busy");
    await_state(alice, conference.consultation, "busy");
    ck_assert_str_eq(known_states(alice, conference.consultation), "dialing busy");
    ck_assert_str_eq(known_states(alice, conference.path), "on-hold-pending-conference");
    ck_assert_str_eq(get_string(alice, conference.consultation, "DisconnectCause"), "busy");
}
END_TEST

START_TEST(rule_20_parameters_of_a_consultation_arrive) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *consultation;
    sd_bus_message *answer =
        client_call(alice, call, "SetupTransfer", "sa{sv}", "101", 5, "called-party", "s", "Bob", "comment", "s", "lunch",
                    "call-data", "ay", 1, 1, "hide-caller-id", "b", true, "user-user-info", "ay", 2, 5, 6);
    ck_assert_int_gt(sd_bus_message_read(answer, "o", &consultation), 0);
    consultation = bus_keep_text(t, g_strdup(consultation));
    const char *in = await_handle(bob);
    ck_assert_str_eq(get_string(alice, consultation, "CalledParty"), "Bob");
    ck_assert_str_eq(get_string(alice, consultation, "Comment"), "lunch");
    ck_assert_str_eq(get_text(alice, consultation, "CallData"), "[0x01]");
    ck_assert_str_eq(get_text(bob, in, "Caller"), "(\"\", \"\", \"withheld\")");
    ck_assert_str_eq(get_text(bob, in, "UserUserInfo"), "[0x05, 0x06]");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, consultation, "SetupTransfer", "sa{sv}", "101", 1, "token", "s", "x");
}
END_TEST

/* Each call of the two goes by its own word. */
START_TEST(rule_20_on_owner_lost_of_a_consultation) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    client_call(alice, call, "SetupTransfer", "sa{sv}", "answer?ring=0", 1, "on-owner-lost", "s", _i ? "keep" : "drop");
    const char *consultation = await_handle(bob);
    await_state(bob, consultation, "connected");
    client_kill(alice);
    await_state(bob, seen, "idle");
    if (_i) {
        await_text(bob, consultation, "Owners", "0");
        bus_barrier(t);
        ck_assert_str_eq(get_string(bob, consultation, "State"), "connected");
    } else {
        await_state(bob, consultation, "idle");
    }
}
END_TEST

/* ---- A client that has as many handles as it may have ---- */

enum { HANDLES_MAX = 16 };

static void setup_few_handles(void) {
    t = bus_new(&(BusOptions){.config = "[Service]\nHandlesPerClient=16\n"});
}

static void fill(const Stage *stage, guint room) {
    while (known_alive_count(stage->maker) + room < HANDLES_MAX)
        await_state(stage->maker, client_dial(stage->maker, "loop2", "no-answer?ring=60m"), "ringback");
}

/* All of them live: no room for one, or for the second of two. */
START_TEST(rule_09_a_full_client_makes_no_calls) {
    const Maker *maker = &makers[_i];
    Stage stage = stage_begin();
    maker->prepare(&stage);
    fill(&stage, maker->number - 1);
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    expect_answer_error(stage.maker, maker->send(&stage), DBUS_ERROR_LIMITS_EXCEEDED);
    expect_unchanged(t, before);
    ck_assert_uint_eq(known_alive_count(stage.maker), HANDLES_MAX - maker->number + 1);
    /* Idle ones make room: as many as are needed. */
    fill(&stage, 0);
    sd_bus_message *answer = client_call(stage.maker, CALLBUS_PATH, "ListCalls", "");
    const char *path;
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "(osss)"), 0);
    while (sd_bus_message_read(answer, "(osss)", &path, NULL, NULL, NULL) > 0)
        if (g_str_equal(get_string(stage.maker, path, "Address"), "no-answer?ring=60m"))
            client_drop(stage.maker, path);
    maker_await(maker, &stage, maker->send(&stage));
    client_barrier(stage.maker);
    ck_assert_uint_eq(known_alive_count(stage.maker), HANDLES_MAX);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-making");
    TCase *tcase = bus_case(suite, "rules 1 to 3");
    tcase_add_loop_test(tcase, rule_01_who_makes_a_call_is_its_sole_owner, 0, (int) maker_count);
    tcase_add_test(tcase, rule_01_a_co_owner_watches_the_consultation);
    tcase_add_loop_test(tcase, rule_02_the_answer_comes_before_all_that_it_causes, 0, (int) maker_count);
    tcase_add_loop_test(tcase, rule_02_what_was_before_is_told_before, 0, (int) maker_count);
    tcase_add_test(tcase, rule_02_calls_of_a_conference_are_announced_after_the_answer);
    tcase_add_loop_test(tcase, rule_02_what_waits_is_told_before_what_is_given, 0, 2);
    tcase_add_test(tcase, rule_02_effects_on_several_calls_come_before_the_answer);
    tcase_add_loop_test(tcase, rule_03_what_is_asked_of_a_line_opens_it_till_close, 0, (int) maker_count);
    tcase_add_test(tcase, rule_03_a_refused_request_opens_nothing);
    tcase_add_test(tcase, rule_03_other_methods_of_a_line_need_an_open);
    tcase = bus_case(suite, "rules 11, 20");
    tcase_add_loop_test(tcase, rule_11_who_dies_while_a_call_is_made_leaves_nothing, 0, (int) maker_count);
    tcase_add_loop_test(tcase, rule_11_who_dies_with_what_it_made_leaves_nothing, 0, (int) maker_count);
    tcase_add_loop_test(tcase, rule_20_a_line_that_is_out_of_service_makes_no_calls, 0, (int) maker_count);
    tcase_add_test(tcase, rule_20_a_consultation_without_address_is_in_dial_tone);
    tcase_add_test(tcase, rule_20_a_consultation_with_address_is_dialing);
    tcase_add_test(tcase, rule_20_parameters_of_a_consultation_arrive);
    tcase_add_loop_test(tcase, rule_20_on_owner_lost_of_a_consultation, 0, 2);
    tcase = bus_case_with(suite, "rule 9, few handles", setup_few_handles);
    tcase_add_loop_test(tcase, rule_09_a_full_client_makes_no_calls, 0, (int) maker_count);
    return bus_main(suite);
}
