/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conference: how it begins, grows, shrinks and ends, and who hears whom. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

/* ---- Begin ---- */

SCENARIO(a_conference_begins) {
    Seen *second, *there, *conference = confer_with_carol(ours, &second, &there);

    ck_assert_ptr_eq(call_conference(seen_call(ours)), seen_call(conference));
    ck_assert_ptr_null(call_conference(seen_call(second)));
    DO(handle_answer, there->handle);
    expect_states(second, "dialing ringback connected");
    DO(handle_add_to_conference, conference->handle, second->handle);
    expect_states(second, "dialing ringback connected conferenced");
    expect_states(conference, "on-hold-pending-conference connected");
    ck_assert_uint_eq(call_participants(seen_call(conference))->length, 2);
    expect_last_state(theirs, "connected");
    expect_states(there, "offering connected");
}

SCENARIO(a_conference_is_a_call_of_its_own) {
    Seen *second, *there, *conference = confer_with_carol(ours, &second, &there);

    ck_assert_str_ne(conference->call_id, ours->call_id);
    ck_assert_str_ne(conference->call_id, second->call_id);
    ck_assert_int_eq(call_origin(seen_call(conference)), ORIGIN_CONFERENCE);
    expect_same_call_id(second, second->call_id, conference->call_id);
    expect_same_call_id(ours, conference->call_id, ours->call_id);
    expect_same_call_id(theirs, conference->call_id, ours->call_id);
    DO(handle_answer, there->handle);
    DO(handle_add_to_conference, conference->handle, second->handle);
    expect_same_call_id(second, conference->call_id, second->call_id);
    expect_same_call_id(there, conference->call_id, second->call_id);
}

static void expect_everyone_hears(const Seen *conference, const Seen *there) {
    expect_hearing(theirs, 0, true);
    expect_hearing(theirs, 2, true);
    expect_hearing(theirs, 1, false);
    expect_hearing(there, 0, true);
    expect_hearing(there, 1, true);
    expect_hearing(there, 2, false);
    expect_hearing(conference, 1, true);
    expect_hearing(conference, 2, true);
    expect_hearing(conference, 0, false);
}

SCENARIO(everyone_hears_everyone_else) {
    Seen *second, *there, *conference = confer(&second, &there);

    expect_everyone_hears(conference, there);
}

/* By dropping the consultation, or by going back to the conference; before and after it was answered. Whoever is the only
 * one in it is connected again. */
SCENARIO(a_conference_is_cancelled) {
    Seen *second, *there, *conference = confer_with_carol(ours, &second, &there);

    if (_i >= 2)
        DO(handle_answer, there->handle);
    if (_i % 2 == 0)
        DO(handle_drop, second->handle, REJECT_NONE);
    else
        DO(handle_unhold, conference->handle);
    expect_states(conference, "on-hold-pending-conference idle:normal");
    expect_states(ours, "dialing ringback connected conferenced connected");
    AWAIT(strstr(second->states->str, " idle:"));
    expect_last_state(theirs, "connected");
    expect_last_state(there, _i < 2 ? "disconnected:cancelled" : "disconnected:normal");
    expect_same_call_id(ours, ours->call_id, NULL);
    expect_same_call_id(theirs, ours->call_id, NULL);
    expect_hearing(theirs, 0, true);
    clear_all();
}

SCENARIO(a_conference_without_a_first_call) {
    const DialOrder order = { .address = adapter.addresses[2] };
    Answer *answer = ASK(line_setup_conference, world_line(0), alice->client, &order);
    Seen *conference, *second, *there = await_call(carol);

    expect_done(answer);
    conference = seen_of(answer->handle);
    second = seen_of(answer->second);
    expect_states(conference, "on-hold-pending-conference");
    expect_states(second, "dialing ringback");
    DO(handle_answer, there->handle);
    DO(handle_add_to_conference, conference->handle, second->handle);
    expect_states(conference, "on-hold-pending-conference connected");
    expect_hearing(there, 0, true);
    clear_all();
}

SCENARIO(a_call_that_rings_is_added) {
    Seen *second, *there, *conference = confer_with_carol(ours, &second, &there);

    DO(handle_add_to_conference, conference->handle, second->handle);
    expect_last_state(second, "conferenced");
    expect_last_state(conference, "connected");
    expect_hearing(theirs, 2, false);
    DO(handle_answer, there->handle);
    expect_states(there, "offering connected");
    expect_hearing(theirs, 2, true);
    expect_hearing(there, 1, true);
    clear_all();
}

/* ---- Growing ---- */

static Answer *prepare_with(const Seen *conference, const DialOrder *order) {
    Answer *answer = ASK(handle_prepare_add_to_conference, conference->handle, order);

    expect_done(answer);
    return answer;
}

/* Alice calls Bob once more for the conference. */
static Seen *prepare(Seen *conference, Seen **ret_there) {
    const DialOrder order = { .address = adapter.addresses[1] };
    Seen *third = seen_of(prepare_with(conference, &order)->handle);

    *ret_there = await_call(bob);
    expect_states(third, "dialing ringback");
    expect_last_state(conference, "on-hold-pending-conference");
    return third;
}

static Seen *grow(Seen *conference, Seen **ret_there) {
    Seen *third = prepare(conference, ret_there);

    DO(handle_answer, (*ret_there)->handle);
    expect_last_state(third, "connected");
    DO(handle_add_to_conference, conference->handle, third->handle);
    expect_last_state(third, "conferenced");
    expect_last_state(conference, "connected");
    return third;
}

SCENARIO(a_conference_grows) {
    Seen *second, *third, *there, *also, *conference = confer(&second, &there);

    third = grow(conference, &also);
    ck_assert_uint_eq(call_participants(seen_call(conference))->length, 3);
    expect_same_call_id(also, conference->call_id, third->call_id);
    expect_hearing(also, 2, true);
    expect_hearing(also, 0, true);
    expect_hearing(there, 1, true);
    clear_all();
}

SCENARIO(a_growing_conference_is_cancelled) {
    Seen *second, *third, *there, *also, *conference = confer(&second, &there);

    third = prepare(conference, &also);
    if (_i == 0)
        DO(handle_drop, third->handle, REJECT_NONE);
    else
        DO(handle_unhold, conference->handle);
    expect_last_state(conference, "connected");
    expect_last_state(third, "idle:normal");
    expect_last_state(also, "disconnected:cancelled");
    ck_assert_uint_eq(call_participants(seen_call(conference))->length, 2);
    expect_everyone_hears(conference, there);
    clear_all();
}

/* Who hid its number from one of them hides it from all: the conference has one voice. */
SCENARIO(a_hidden_caller_stays_hidden_in_a_conference) {
    const DialOrder order = { .address = adapter.addresses[1], .hide_caller_id = true };
    Seen *second, *third, *there, *also, *conference;

    DO(handle_drop, ours->handle, REJECT_NONE);
    ours = person_orders(alice, world_line(0), _i == 0 ? &order : &(DialOrder) { .address = adapter.addresses[1] });
    theirs = await_call(bob);
    DO(handle_answer, theirs->handle);
    expect_states(ours, "dialing ringback connected");
    conference = confer(&second, &there);
    if (_i == 1) {
        third = seen_of(prepare_with(conference, &order)->handle);
        also = await_call(bob);
        DO(handle_answer, also->handle);
        expect_last_state(third, "connected");
        DO(handle_add_to_conference, conference->handle, third->handle);
        expect_hearing(also, 0, false);
    }
    expect_hearing(theirs, 2, true);
    expect_hearing(theirs, 0, false);
    expect_hearing(there, 0, false);
    clear_all();
}

/* ---- Shrinking ---- */

/* Alice broke into Bob's talk with Carol, which he has made one of a conference since: when he takes Carol out of it, she waits
 * alone, and Alice stays with him. */
SCENARIO(an_intruder_stays_when_a_participant_is_removed) {
    const DialOrder order = { .address = adapter.addresses[0] };
    Seen *first, *second, *intruder = person_dials(alice, 0, adapter.addresses[1]), *in = await_call(bob), *out;
    Answer *answer;

    DO(handle_drop, ours->handle, REJECT_NONE);
    connect_calls(carol, 2, bob, 1, &out, &first);
    expect_states(intruder, "dialing ringback");
    expect_done(ASK(handle_complete_call, intruder->handle, COMPLETION_INTRUDE));
    expect_last_state(in, "connected");
    expect_hearing(intruder, 2, true);
    answer = ASK(handle_setup_conference, first->handle, &order);
    expect_done(answer);
    second = seen_of(answer->second);
    expect_last_state(second, "ringback");
    DO(handle_add_to_conference, answer->handle, second->handle);
    expect_hearing(intruder, 2, true);
    DO(handle_remove_from_conference, first->handle);
    expect_last_state(first, "on-hold");
    expect_hearing(intruder, 2, false);
    expect_hearing(intruder, 1, true);
    expect_hearing(in, 0, true);
    expect_hearing(out, 0, false);
    clear_all();
}

SCENARIO(a_participant_is_removed) {
    Seen *second, *there, *also, *conference = confer(&second, &there);

    grow(conference, &also);
    DO(handle_remove_from_conference, second->handle);
    expect_last_state(second, "on-hold");
    expect_same_call_id(second, second->call_id, NULL);
    expect_same_call_id(there, second->call_id, NULL);
    expect_hearing(there, 1, false);
    expect_hearing(theirs, 2, false);
    expect_hearing(theirs, 0, true);
    ck_assert_uint_eq(call_participants(seen_call(conference))->length, 2);
    clear_all();
}

/* By itself, or dropped by its owner. */
SCENARIO(a_participant_leaves) {
    Seen *second, *there, *also, *conference = confer(&second, &there);

    grow(conference, &also);
    DO(handle_drop, _i == 0 ? there->handle : second->handle, REJECT_NONE);
    expect_last_state(second, _i == 0 ? "disconnected:normal" : "idle:normal");
    AWAIT(call_participants(seen_call(conference))->length == 2);
    expect_last_state(conference, "connected");
    ck_assert_ptr_null(call_conference(seen_call(second)));
    expect_hearing(theirs, 0, true);
    clear_all();
}

/* The last but one hangs up, or is dropped. */
SCENARIO(a_conference_shrinks_to_one) {
    Seen *second, *there, *conference = confer(&second, &there);

    DO(handle_drop, _i == 0 ? there->handle : second->handle, REJECT_NONE);
    expect_last_state(conference, "idle:normal");
    expect_states(ours, "dialing ringback connected conferenced connected");
    expect_same_call_id(ours, ours->call_id, NULL);
    expect_same_call_id(theirs, ours->call_id, NULL);
    expect_hearing(theirs, 0, true);
    expect_hearing(ours, 1, true);
    clear_all();
}

SCENARIO(a_conference_ends_with_its_participants) {
    Seen *second, *there, *conference = confer(&second, &there);

    DO(handle_drop, conference->handle, REJECT_NONE);
    expect_states(conference, "on-hold-pending-conference connected idle:normal");
    AWAIT(strstr(ours->states->str, "conferenced ") && strstr(second->states->str, "conferenced "));
    expect_last_state(theirs, "disconnected:normal");
    expect_last_state(there, "disconnected:normal");
    AWAIT(spy_count_calls() == 0);
}

/* ---- Hold ---- */

SCENARIO(a_conference_is_held) {
    Seen *second, *there, *conference = confer(&second, &there);

    DO(handle_hold, conference->handle);
    expect_states(conference, "on-hold-pending-conference connected on-hold");
    ck_assert_int_eq(call_state(seen_call(ours)), CALL_STATE_CONFERENCED);
    DO(handle_unhold, conference->handle);
    expect_states(conference, "on-hold-pending-conference connected on-hold connected");
    clear_all();
}

SCENARIO(a_held_conference_goes_on) {
    Seen *second, *there, *conference = confer(&second, &there);

    expect_everyone_hears(conference, there);
    DO(handle_hold, conference->handle);
    expect_hearing(theirs, 0, false);
    expect_hearing(theirs, 2, true);
    expect_hearing(there, 1, true);
    DO(handle_unhold, conference->handle);
    expect_everyone_hears(conference, there);
}

/* ---- At once ---- */

/* Somebody ends something while the second call is added: a far end, or the owner the conference. */
SCENARIO(a_conference_and_the_end_at_once) {
    Seen *second, *there, *conference = confer_with_carol(ours, &second, &there);
    Handle *ends[] = { theirs->handle, there->handle, conference->handle };
    Answer *answers[2];

    DO(handle_answer, there->handle);
    expect_last_state(second, "connected");
    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ASK(handle_add_to_conference, conference->handle, second->handle);
        else
            answers[i] = ASK(handle_drop, ends[_i / 2], REJECT_NONE);
    await_all(answers, 2);
    clear_all();
}

SCENARIO(two_additions_at_once_are_one) {
    Seen *second, *there, *conference = confer_with_carol(ours, &second, &there);
    Answer *answers[2];

    DO(handle_answer, there->handle);
    expect_last_state(second, "connected");
    for (int i = 0; i < 2; i++)
        answers[i] = ASK(handle_add_to_conference, conference->handle, second->handle);
    await_all(answers, 2);
    ck_assert_int_eq(answers[0]->refused + answers[1]->refused, 1);
    ck_assert_uint_eq(call_participants(seen_call(conference))->length, 2);
    clear_all();
}

SCENARIO(who_dies_with_a_conference_leaves_nothing) {
    Seen *second, *there;

    confer(&second, &there);
    person_leaves(alice);
    expect_last_state(theirs, "disconnected:normal");
    expect_last_state(there, "disconnected:normal");
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}
