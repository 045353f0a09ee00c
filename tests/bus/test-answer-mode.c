/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What answering does to the call that the line has already: nothing, or it is held, or dropped, whoever owns it. */
#include "tests/bus/util-calls.h"

#define LINE_TEXT(name, address, rest) "[Line]\nName=" name "\nProvider=loopback\nAddresses=" address "\n" rest

static void setup_lines(void) {
    t = bus_new(&(BusOptions){
        .lines = (const char *const[]){
            "none.conf", LINE_TEXT("none", "300", "MaxActiveCalls=1\n"), "hold.conf",
            LINE_TEXT("hold", "400", "MaxActiveCalls=1\nMaxHeldCalls=1\nAnswerMode=hold\nPickupGroup=loop\n"), "drop.conf",
            LINE_TEXT("drop", "500", "MaxActiveCalls=1\nAnswerMode=drop\nPickupGroup=loop\n"), NULL}});
}

/* Bob talks on the line, and alice, who opened it first, is offered a call. */
typedef struct Second {
    Client *alice, *bob, *carol, *dave;
    const char *call, *far, *offered, *out; /* bob's and its far end at dave, alice's and its far end at carol */
    const char *seen;                       /* alice's handle of bob's call */
} Second;

static Second second_begin(const char *line, const char *address) {
    Second s = {.alice = bus_client(t), .bob = bus_client(t), .carol = bus_client(t), .dave = bus_client(t)};
    client_open(s.alice, line, "owner+monitor");
    client_open(s.dave, "loop1", "owner");
    Talk talk = talk_begin(s.bob, line, s.dave, "101");
    s.call = talk.caller;
    s.far = talk.callee;
    s.seen = await_handle(s.alice);
    s.out = client_dial(s.carol, "loop0", address);
    return s;
}

static void await_offer(Second *s) {
    s->offered = await_handle(s->alice);
    await_state(s->carol, s->out, "ringback");
    await_state(s->alice, s->seen, "connected");
}

START_TEST(the_line_tells_its_answer_mode) {
    Client *alice = bus_client(t);
    static const char *const names[] = {"none", "hold", "drop"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strconcat(CALLBUS_LINE_PATH "/", names[i], NULL);
        ck_assert_str_eq(get_string(alice, path, "AnswerMode"), names[i]);
    }
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "AnswerMode"), "none");
}
END_TEST

/* A full line that puts nobody aside is busy for the second. */
START_TEST(none_has_no_room_for_a_second) {
    Second s = second_begin("none", "300");
    await_state(s.carol, s.out, "busy");
    client_barrier(s.alice);
    ck_assert(!client_has_new_handle(s.alice));
    ck_assert_str_eq(get_string(s.bob, s.call, "State"), "connected");
}
END_TEST

START_TEST(none_leaves_a_line_without_limit_alone) {
    Second s = second_begin("loop2", "102");
    await_offer(&s);
    client_call(s.alice, s.offered, "Answer", "");
    await_state(s.carol, s.out, "connected");
    bus_barrier(t);
    ck_assert_str_eq(known_state(s.bob, s.call), "connected");
    ck_assert_uint_eq(get_number(s.alice, LINE("loop2"), "ActiveCalls"), 2);
}
END_TEST

START_TEST(hold_puts_the_first_on_hold) {
    Second s = second_begin("hold", "400");
    await_offer(&s);
    guint start = client_event_count(s.alice);
    client_call(s.alice, s.offered, "Answer", "");
    ck_assert_str_eq(known_state(s.alice, s.offered), "connected");
    ck_assert_str_eq(known_state(s.alice, s.seen), "on-hold");
    /* First the room, then the call. */
    int held = change_place(s.alice, start, s.seen, "State", "\"on-hold\"");
    ck_assert_int_lt(held, change_place(s.alice, start, s.offered, "State", "\"connected\""));
    await_state(s.bob, s.call, "on-hold");
    await_state(s.carol, s.out, "connected");
    await_text(s.dave, s.far, "StateDetail", "\"active-held\"");
    ck_assert_uint_eq(get_number(s.alice, LINE("hold"), "HeldCalls"), 1);
    client_drop(s.alice, s.offered);
    client_call(s.bob, s.call, "Unhold", "");
}
END_TEST

START_TEST(hold_needs_room_for_the_held) {
    Second s = second_begin("hold", "400");
    await_offer(&s);
    client_call(s.bob, s.call, "Hold", "");
    const char *second = client_connect(s.bob, "hold", "answer?ring=0");
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.alice, "LineBusy", s.offered, "Answer", "");
    expect_unchanged(t, before);
    client_drop(s.bob, second);
    client_call(s.alice, s.offered, "Answer", "");
    ck_assert_str_eq(known_state(s.alice, s.seen), "on-hold");
}
END_TEST

START_TEST(drop_ends_the_first) {
    Second s = second_begin("drop", "500");
    await_offer(&s);
    guint start = client_event_count(s.alice);
    client_call(s.alice, s.offered, "Answer", "");
    ck_assert_str_eq(known_state(s.alice, s.offered), "connected");
    ck_assert_str_eq(known_state(s.alice, s.seen), "disconnected");
    int ended = change_place(s.alice, start, s.seen, "State", "\"disconnected\"");
    ck_assert_int_lt(ended, change_place(s.alice, start, s.offered, "State", "\"connected\""));
    /* Not bob's own drop: he has to read how it ended. */
    await_state(s.bob, s.call, "disconnected");
    ck_assert_str_eq(get_string(s.bob, s.call, "DisconnectCause"), "normal");
    await_state(s.dave, s.far, "disconnected");
    await_state(s.carol, s.out, "connected");
    client_drop(s.bob, s.call);
    ck_assert_uint_eq(get_number(s.alice, LINE("drop"), "ActiveCalls"), 1);
}
END_TEST

/* What is on hold already is in nobody's way. */
START_TEST(drop_leaves_held_calls_alone) {
    Second s = second_begin("drop", "500");
    await_offer(&s);
    client_call(s.bob, s.call, "Hold", "");
    client_call(s.alice, s.offered, "Answer", "");
    bus_barrier(t);
    ck_assert_str_eq(known_state(s.bob, s.call), "on-hold");
}
END_TEST

/* The call that is dropped may be a conference: with all who are in it. */
START_TEST(a_conference_is_put_aside_as_a_whole) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *line = _i ? "drop" : "hold", *address = _i ? "500" : "400";
    client_open(alice, line, "owner");
    Party party = party_begin(alice, line, "answer?ring=0", "answer?ring=0");
    const char *out = client_dial(bob, "loop0", address), *offered = await_handle(alice);
    client_call(alice, offered, "Answer", "");
    await_state(bob, out, "connected");
    bus_barrier(t);
    ck_assert_str_eq(known_state(alice, offered), "connected");
    if (_i) {
        ck_assert_str_eq(known_state(alice, party.conference), "idle");
        ck_assert_str_ne(known_state(alice, party.first), "conferenced");
        ck_assert_str_ne(known_state(alice, party.first), "connected");
        ck_assert_str_ne(known_state(alice, party.second), "connected");
    } else {
        ck_assert_str_eq(known_state(alice, party.conference), "on-hold");
        ck_assert_str_eq(known_state(alice, party.first), "conferenced");
        ck_assert_str_eq(known_state(alice, party.second), "conferenced");
    }
}
END_TEST

/* A refused or lost answer puts nobody aside. */
START_TEST(an_answer_that_fails_changes_nothing) {
    Second s = second_begin("drop", "500");
    await_offer(&s);
    expect_error(s.alice, "InvalidState", s.offered, "Hold", "");
    client_call(s.alice, s.seen, "SetPrivilege", "s", "owner");
    client_call(s.alice, s.seen, "SetPrivilege", "s", "monitor");
    expect_error(s.alice, "NotOwner", s.seen, "Answer", "");
    client_drop(s.carol, s.out);
    await_state(s.alice, s.offered, "disconnected");
    expect_error(s.alice, "InvalidState", s.offered, "Answer", "");
    ck_assert_str_eq(get_string(s.bob, s.call, "State"), "connected");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("answer-mode");
    TCase *tcase = bus_case_with(suite, "answer modes", setup_lines);
    tcase_add_test(tcase, the_line_tells_its_answer_mode);
    tcase_add_test(tcase, none_has_no_room_for_a_second);
    tcase_add_test(tcase, none_leaves_a_line_without_limit_alone);
    tcase_add_test(tcase, hold_puts_the_first_on_hold);
    tcase_add_test(tcase, hold_needs_room_for_the_held);
    tcase_add_test(tcase, drop_ends_the_first);
    tcase_add_test(tcase, drop_leaves_held_calls_alone);
    tcase_add_loop_test(tcase, a_conference_is_put_aside_as_a_whole, 0, 2);
    tcase_add_test(tcase, an_answer_that_fails_changes_nothing);
    return bus_main(suite);
}
