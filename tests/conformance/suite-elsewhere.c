/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elsewhere: calls that are parked, picked up, or sent to another line. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

/* ---- Park ---- */

static char *park(Seen *call, const char *address) {
    Answer *answer = ASK(handle_park, call->handle, address);

    expect_done(answer);
    ck_assert_ptr_nonnull(answer->text);
    expect_last_state(call, "idle:normal");
    return answer->text;
}

static Answer *ask_unpark(Person *person, unsigned line, const char *place) {
    return ASK(line_unpark, world_line(line), person->client, place);
}

/* Where the switch chooses, and at an address. */
SCENARIO(a_parked_call_is_taken_up) {
    const char *place = park(ours, _i == 0 ? "" : adapter.nobody);
    Answer *answer;
    Seen *taken;

    if (adapter.traits & TRAIT_FAR_HOLD)
        expect_last_state(theirs, "connected/active-held");
    expect_hearing(theirs, 0, false);
    answer = ask_unpark(carol, 2, place);
    expect_done(answer);
    taken = seen_of(answer->handle);
    expect_states(taken, "connected");
    expect_last_state(theirs, "connected");
    ck_assert_int_eq(call_reason(seen_call(taken)), REASON_UNPARK);
    expect_hearing(theirs, 2, true);
    expect_hearing(taken, 1, true);
    expect_same_call_id(taken, ours->call_id, NULL);
    expect_same_call_id(theirs, ours->call_id, NULL);
    if (adapter.traits & TRAIT_NAMES) {
        expect_party(taken, PARTY_CONNECTED, adapter.addresses[1], PRESENTATION_ALLOWED);
        expect_party(theirs, PARTY_CONNECTED, adapter.addresses[2], PRESENTATION_ALLOWED);
    }
    expect_refused(ask_unpark(carol, 2, place), REFUSAL_TARGET_NOT_FOUND);
    DO(handle_drop, taken->handle, REJECT_NONE);
    expect_last_state(theirs, "disconnected:normal");
}

SCENARIO(a_parked_call_may_end) {
    const char *place = park(ours, "");

    DO(handle_drop, theirs->handle, REJECT_NONE);
    expect_last_state(theirs, "idle:normal");
    expect_refused(ask_unpark(carol, 2, place), REFUSAL_TARGET_NOT_FOUND);
    AWAIT(spy_count_calls() == 0);
}

SCENARIO(nothing_is_parked_there) {
    expect_refused(ask_unpark(alice, 0, adapter.nobody), REFUSAL_TARGET_NOT_FOUND);
    expect_refused(ask_unpark(alice, 0, adapter.addresses[1]), REFUSAL_TARGET_NOT_FOUND);
    ck_assert_uint_eq(spy_count_calls(), 2);
}

SCENARIO(two_take_up_one_call) {
    const char *place = park(ours, "");
    Answer *answers[] = { ask_unpark(alice, 0, place), ask_unpark(carol, 2, place) };

    await_all(answers, 2);
    ck_assert_int_eq(answers[0]->refused + answers[1]->refused, 1);
    ck_assert_uint_eq(spy_count_calls(), 2);
    clear_all();
}

SCENARIO(parking_and_the_end_at_once) {
    Answer *answers[2];

    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ASK(handle_park, ours->handle, "");
        else
            answers[i] = ASK(handle_drop, _i < 2 ? ours->handle : theirs->handle, REJECT_NONE);
    await_all(answers, 2);
    clear_all();
}

/* ---- Pickup ---- */

static Answer *ask_pickup(Person *person, unsigned line, const char *address, const char *group) {
    return ASK(line_pickup, world_line(line), person->client, address, group);
}

/* Alice calls Bob once more; the call rings at his line. */
static Seen *ring_again(Seen **ret_in) {
    Seen *second = person_dials(alice, 0, adapter.addresses[1]);

    *ret_in = await_call(bob);
    expect_states(second, "dialing ringback");
    return second;
}

static void expect_picked_up(Answer *answer, Seen *caller, const Seen *rang, unsigned line) {
    Seen *taken;

    expect_done(answer);
    taken = seen_of(answer->handle);
    expect_states(taken, "connected");
    ck_assert_int_eq(call_reason(seen_call(taken)), REASON_PICKUP);
    AWAIT(call_origin(seen_call(taken)) == call_origin(seen_call(rang)));
    expect_states(rang, "offering disconnected:answered-elsewhere");
    expect_states(caller, "dialing ringback connected");
    expect_same_call_id(taken, caller->call_id, NULL);
    expect_hearing(taken, 0, true);
    expect_hearing(caller, line, true);
    if (adapter.traits & TRAIT_NAMES) {
        expect_party(taken, PARTY_CONNECTED, adapter.addresses[0], PRESENTATION_ALLOWED);
        expect_party(caller, PARTY_CONNECTED, adapter.addresses[line], PRESENTATION_ALLOWED);
    }
    DO(handle_drop, taken->handle, REJECT_NONE);
    expect_last_state(caller, "disconnected:normal");
}

SCENARIO(a_ringing_call_is_picked_up) {
    Seen *rang, *second = ring_again(&rang);

    expect_picked_up(ask_pickup(carol, 2, adapter.addresses[1], ""), second, rang, 2);
}

SCENARIO(a_ringing_call_of_a_group_is_picked_up) {
    Seen *rang, *second = ring_again(&rang);

    expect_refused(ask_pickup(carol, 2, "", "nobodys-group"), REFUSAL_TARGET_NOT_FOUND);
    expect_picked_up(ask_pickup(carol, 2, "", adapter.group), second, rang, 2);
}

SCENARIO(a_waiting_call_is_picked_up) {
    Seen *rang, *second = ring_again(&rang);

    expect_refused(ask_pickup(carol, 2, "", ""), REFUSAL_TARGET_NOT_FOUND);
    expect_picked_up(ask_pickup(bob, 1, "", ""), second, rang, 1);
}

SCENARIO(nothing_rings_there) {
    expect_refused(ask_pickup(alice, 0, adapter.addresses[1], ""), REFUSAL_TARGET_NOT_FOUND);
    expect_refused(ask_pickup(alice, 0, adapter.nobody, ""), REFUSAL_TARGET_NOT_FOUND);
    ck_assert_uint_eq(spy_count_calls(), 2);
}

SCENARIO(pickup_and_answer_at_once) {
    Seen *rang, *second = ring_again(&rang);
    Answer *answers[2];

    for (int i = 0; i < 2; i++)
        answers[i] = i == _i ? ask_pickup(carol, 2, adapter.addresses[1], "") : ASK(handle_answer, rang->handle);
    await_all(answers, 2);
    ck_assert_int_eq(answers[0]->refused + answers[1]->refused, 1);
    expect_states(second, "dialing ringback connected");
    clear_all();
}

/* ---- Forwarding ---- */

static void forward(Line *line, Person *person, ForwardCondition condition, const char *filter, const char *destination) {
    const ForwardRule rule = { .condition = condition, .filter = filter, .destination = destination };

    if (!client_find_open(person->client, line))
        person_opens_line(person, line, OPEN_OWNER);
    DO(line_forward, line, person->client, &rule, 1);
    ck_assert_uint_eq(line_forwarding(line)->n, 1);
}

SCENARIO(all_calls_are_forwarded) {
    Seen *out, *in;

    forward(world_line(1), bob, FORWARD_UNCOND, "", adapter.addresses[2]);
    out = person_dials(alice, 0, adapter.addresses[1]);
    in = await_call(carol);
    expect_states(out, "dialing ringback");
    ck_assert_uint_eq(bob->seen->len, 0);
    ck_assert_int_eq(call_reason(seen_call(in)), REASON_FWD_UNCOND);
    expect_party(in, PARTY_CALLER, adapter.addresses[0], PRESENTATION_ALLOWED);
    expect_party(in, PARTY_CALLED, adapter.addresses[1], PRESENTATION_ALLOWED);
    expect_party(in, PARTY_REDIRECTING, adapter.addresses[1], PRESENTATION_ALLOWED);
    expect_party(out, PARTY_REDIRECTION, adapter.addresses[2], PRESENTATION_ALLOWED);
    expect_party(out, PARTY_REDIRECTING, adapter.addresses[1], PRESENTATION_ALLOWED);
    DO(handle_answer, in->handle);
    expect_states(out, "dialing ringback connected");
    expect_party(out, PARTY_CONNECTED, adapter.addresses[2], PRESENTATION_ALLOWED);
}

SCENARIO(forwarding_is_cancelled) {
    forward(world_line(1), bob, FORWARD_UNCOND, "", adapter.addresses[2]);
    DO(line_forward, world_line(1), bob->client, NULL, 0);
    ck_assert_uint_eq(line_forwarding(world_line(1))->n, 0);
    person_dials(alice, 0, adapter.addresses[1]);
    await_call(bob);
    ck_assert_uint_eq(carol->seen->len, 0);
}

/* Those of one caller, of another one, from inside, and from outside: these lines are inside. */
SCENARIO(some_calls_are_forwarded) {
    static const struct {
        ForwardCondition condition;
        bool filter, other, goes;
    } rules[] = {
        { FORWARD_UNCOND_SPECIFIC, true, false, true },
        { FORWARD_UNCOND_SPECIFIC, true, true, false },
        { FORWARD_UNCOND_INTERNAL, false, false, true },
        { FORWARD_UNCOND_EXTERNAL, false, false, false },
    };
    const char *filter = adapter.addresses[rules[_i].other ? 2 : 0];

    forward(world_line(1), bob, rules[_i].condition, rules[_i].filter ? filter : "", adapter.addresses[2]);
    person_dials(alice, 0, adapter.addresses[1]);
    await_call(rules[_i].goes ? carol : bob);
    ck_assert_uint_eq((rules[_i].goes ? bob : carol)->seen->len, 0);
}

/* Only when it is busy. */
SCENARIO(calls_of_a_busy_line_are_forwarded) {
    Seen *in;

    forward(world_small_line(), bob, _i == 0 ? FORWARD_BUSY : FORWARD_BUSY_NA, "", adapter.addresses[2]);
    person_dials(alice, 0, adapter.small_address);
    await_call(bob);
    ck_assert_uint_eq(carol->seen->len, 0);
    person_dials(alice, 0, adapter.small_address);
    in = await_call(carol);
    ck_assert_int_eq(call_reason(seen_call(in)), REASON_FWD_BUSY);
}

/* After one ring. */
SCENARIO(unanswered_calls_are_forwarded) {
    const ForwardRule rule = {
        .condition = _i == 0 ? FORWARD_NO_ANSW : FORWARD_BUSY_NA,
        .filter = "",
        .destination = adapter.addresses[2],
        .rings = 1,
    };
    Seen *out, *rang, *in;

    DO(line_forward, world_line(1), bob->client, &rule, 1);
    out = person_dials(alice, 0, adapter.addresses[1]);
    rang = await_call(bob);
    in = await_call(carol);
    expect_states(rang, "offering disconnected:forwarded");
    expect_last_state(out, "ringback");
    ck_assert_int_eq(call_reason(seen_call(in)), REASON_FWD_NO_ANSWER);
}

SCENARIO(who_is_not_to_be_disturbed_is_not) {
    Seen *out;

    forward(world_line(1), bob, FORWARD_UNCOND, "", "");
    out = person_dials(alice, 0, adapter.addresses[1]);
    expect_states(out, "dialing disconnected:do-not-disturb");
    ck_assert_uint_eq(bob->seen->len, 0);
}

SCENARIO(a_circle_of_forwarding_ends) {
    Seen *out;

    forward(world_line(1), bob, FORWARD_UNCOND, "", adapter.addresses[2]);
    forward(world_line(2), carol, FORWARD_UNCOND, "", adapter.addresses[1]);
    out = person_dials(alice, 0, adapter.addresses[1]);
    expect_states(out, "dialing disconnected:unreachable");
    ck_assert_str_ne(call_provider_cause(seen_call(out)), "");
    ck_assert_uint_eq(bob->seen->len + carol->seen->len, 0);
}
