/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scenes: who is there when a scenario begins. */
#include "tests/conformance/scene.h"

#include <string.h>

Person *alice, *bob, *carol;
Seen *ours, *theirs;

void scene_nobody(void) {
}

void scene_people(void) {
    alice = person_arrives("alice");
    bob = person_arrives("bob");
    carol = person_arrives("carol");
    person_opens(bob, 1, OPEN_OWNER);
    if (adapter.lines[2])
        person_opens(carol, 2, OPEN_OWNER);
}

void scene_talk(void) {
    scene_people();
    connect_calls(alice, 0, bob, 1, &ours, &theirs);
}

Answer *ask_line_state(unsigned line, LineState state) {
    Answer *answer = answer_new();

    return asked(line_debug_state(world_line(line), alice->client, state, "the cable is cut", answer_by(answer)), answer);
}

void put_line(unsigned line, LineState state) {
    expect_done(ask_line_state(line, state));
}

Answer *ask_incoming(unsigned line, const char *from) {
    Answer *answer = answer_new();

    return asked(line_debug_incoming(world_line(line), alice->client, from, answer_by(answer)), answer);
}

void talk_to(Person *person, unsigned line, Seen **ret_ours, Seen **ret_theirs) {
    connect_calls(alice, 0, person, line, ret_ours, ret_theirs);
}

Seen *consult_carol(Seen *call, Seen **ret_there) {
    const DialOrder order = { .address = adapter.addresses[2] };
    Answer *answer = ASK(handle_setup_transfer, call->handle, &order);
    Seen *consultation;

    expect_done(answer);
    consultation = seen_of(answer->handle);
    *ret_there = await_call(carol);
    expect_states(consultation, "dialing ringback");
    expect_last_state(call, "on-hold-pending-transfer");
    return consultation;
}

Seen *confer_with_carol(Seen *call, Seen **ret_consultation, Seen **ret_there) {
    const DialOrder order = { .address = adapter.addresses[2] };
    Answer *answer = ASK(handle_setup_conference, call->handle, &order);
    Seen *conference;

    expect_done(answer);
    conference = seen_of(answer->handle);
    *ret_consultation = seen_of(answer->second);
    *ret_there = await_call(carol);
    expect_states(*ret_consultation, "dialing ringback");
    expect_last_state(call, "conferenced");
    expect_states(conference, "on-hold-pending-conference");
    return conference;
}

Seen *confer(Seen **ret_second, Seen **ret_there) {
    Seen *conference = confer_with_carol(ours, ret_second, ret_there);

    DO(handle_answer, (*ret_there)->handle);
    expect_states(*ret_second, "dialing ringback connected");
    DO(handle_add_to_conference, conference->handle, (*ret_second)->handle);
    expect_states(*ret_second, "dialing ringback connected conferenced");
    expect_states(conference, "on-hold-pending-conference connected");
    return conference;
}

static void drop_all(Person *person) {
    for (unsigned i = 0; person->client && i < person->seen->len; i++) {
        Seen *seen = person->seen->pdata[i];
        Answer *answer;

        if (!seen->handle || call_state(seen_call(seen)) == CALL_STATE_IDLE)
            continue;
        answer = ASK(handle_drop, seen->handle, REJECT_NONE);
        AWAIT(answer->arrived > 0);
    }
}

/* A dropped call may make another one ring. */
void clear_all(void) {
    world_begin_wait();
    while (spy_count_calls() + spy_count_pending() > 0) {
        drop_all(alice);
        drop_all(bob);
        drop_all(carol);
        if (spy_count_calls() + spy_count_pending() > 0)
            world_turn("the end of all calls");
    }
}

void expect_hearing(const Seen *seen, unsigned line, bool hears) {
    if (adapter.hears)
        AWAIT(adapter.hears(seen_call(seen), adapter.addresses[line]) == hears);
}

void expect_same_call_id(const Seen *seen, const char *call_id, const char *related_call_id) {
    if (!(adapter.traits & TRAIT_CALL_ID))
        return;
    AWAIT(strcmp(call_call_id(seen_call(seen)), call_id) == 0);
    if (related_call_id)
        ck_assert_str_eq(call_related_call_id(seen_call(seen)), related_call_id);
}

void await_all(Answer *const *answers, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (answers[i])
            AWAIT(answers[i]->arrived > 0);
}
