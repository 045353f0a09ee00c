/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion: what is done about calls that find the far end busy, or nobody there. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

static Seen *busy_caller, *busy_callee; /* whose conversation keeps the small line busy */

/* Bob talks on the line that takes one call; Alice finds it busy. */
static Seen *find_busy_as(bool hidden) {
    const DialOrder order = { .address = adapter.small_address, .hide_caller_id = hidden };
    Seen *out;

    person_opens_line(bob, world_small_line(), OPEN_OWNER);
    busy_caller = person_dials(carol, 2, adapter.small_address);
    busy_callee = await_call(bob);
    DO(handle_answer, busy_callee->handle);
    expect_last_state(busy_caller, "connected");
    out = person_orders(alice, world_line(0), &order);
    expect_states(out, "dialing busy");
    return out;
}

static Seen *find_busy(void) {
    return find_busy_as(/* hidden= */ false);
}

static void become_free(void) {
    DO(handle_drop, busy_callee->handle, REJECT_NONE);
    DO(handle_drop, busy_caller->handle, REJECT_NONE);
}

static Answer *ask_completion(Seen *call, CompletionMode mode) {
    return ASK(handle_complete_call, call->handle, mode);
}

SCENARIO(a_call_camps_on) {
    Seen *out = find_busy(), *in;

    expect_done(ask_completion(out, COMPLETION_CAMP_ON));
    AWAIT(call_state(seen_call(out)) == CALL_STATE_PROCEEDING);
    become_free();
    expect_last_state(out, "ringback");
    in = await_call(bob);
    DO(handle_answer, in->handle);
    expect_last_state(out, "connected");
}

SCENARIO(a_call_is_called_back) {
    Seen *out = find_busy(), *back, *in;
    Answer *answer = ask_completion(out, COMPLETION_CALLBACK);
    GHashTable *ids;

    person_opens_line(alice, world_line(0), OPEN_OWNER);
    expect_done(answer);
    expect_states(out, "dialing busy idle:normal");
    become_free();
    back = await_call(alice);
    ck_assert_int_eq(call_reason(seen_call(back)), REASON_CALL_COMPLETION);
    AWAIT((ids = call_network_ids(seen_call(back))));
    ck_assert_str_eq(g_hash_table_lookup(ids, "completion-id"), answer->text);
    DO(handle_answer, back->handle);
    in = await_call(bob);
    DO(handle_answer, in->handle);
    expect_states(in, "offering connected");
    expect_last_state(back, "connected");
    clear_all();
}

SCENARIO(a_callback_is_cancelled) {
    Seen *out = find_busy();
    Answer *answer = ask_completion(out, COMPLETION_CALLBACK);

    expect_done(answer);
    DO(line_cancel_completion, world_line(0), alice->client, answer->text);
    expect_refused(ASK(line_cancel_completion, world_line(0), alice->client, answer->text), REFUSAL_INVALID_COMPLETION);
    expect_refused(ASK(line_cancel_completion, world_line(0), alice->client, "never-was"), REFUSAL_INVALID_COMPLETION);
    become_free();
    AWAIT(spy_count_calls() == 0);
    ck_assert_uint_eq(alice->seen->len, 1);
}

SCENARIO(a_call_intrudes) {
    Seen *out = find_busy(), *in;

    expect_done(ask_completion(out, COMPLETION_INTRUDE));
    expect_states(out, "dialing busy connected");
    in = await_call(bob);
    AWAIT(call_state(seen_call(in)) == CALL_STATE_CONNECTED);
    ck_assert_int_eq(call_reason(seen_call(in)), REASON_INTRUDE);
    expect_hearing(busy_caller, 0, true);
    expect_hearing(out, 2, true);
    clear_all();
}

/* Who broke in leaves nothing of the conversation behind when it is parked, or sent on. */
SCENARIO(an_intruder_is_sent_elsewhere) {
    Seen *out = find_busy(), *in, *there;
    Answer *answer;

    expect_done(ask_completion(out, COMPLETION_INTRUDE));
    in = await_call(bob);
    expect_hearing(out, 2, true);
    if (_i == 0) {
        answer = ASK(handle_park, in->handle, "");
        expect_done(answer);
        expect_hearing(out, 2, false);
        answer = ASK(line_unpark, world_line(1), bob->client, answer->text);
        expect_done(answer);
        there = seen_of(answer->handle);
    } else {
        DO(handle_blind_transfer, in->handle, adapter.addresses[1]);
        expect_hearing(out, 2, false);
        there = await_call(bob);
        DO(handle_answer, there->handle);
    }
    expect_hearing(out, 1, true);
    expect_hearing(out, 2, false);
    expect_hearing(there, 0, true);
    expect_hearing(there, 2, false);
    expect_hearing(busy_caller, 0, false);
    clear_all();
}

/* Carol would break into a conference, one of whose participants has protected itself. */
SCENARIO(nobody_intrudes_on_a_secured_participant) {
    Seen *second, *there, *out;

    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    confer(&second, &there);
    DO(handle_secure, theirs->handle);
    out = person_dials(carol, 2, adapter.addresses[0]);
    expect_states(out, "dialing ringback");
    expect_refused(ask_completion(out, COMPLETION_INTRUDE), REFUSAL_INVALID_STATE);
    ck_assert_int_eq(call_state(seen_call(out)), CALL_STATE_RINGBACK);
    clear_all();
}

/* The line that was waited for goes out of service, and comes back with nobody on it. */
SCENARIO(a_line_that_comes_back_is_free) {
    static const LineState states[] = { LINE_OUT_OF_SERVICE, LINE_IN_SERVICE };
    Seen *out = find_busy();

    expect_done(ask_completion(out, COMPLETION_CAMP_ON));
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        Answer *answer = answer_new();

        expect_done(asked(line_debug_state(world_small_line(), alice->client, states[i], "", answer_by(answer)), answer));
    }
    expect_last_state(out, "ringback");
    await_call(bob);
    clear_all();
}

/* Who was not named when it found the far end busy is not named when that is called again. */
SCENARIO(a_hidden_caller_stays_hidden_when_called_back) {
    Seen *out = find_busy_as(/* hidden= */ true), *back, *in;

    person_opens_line(alice, world_line(0), OPEN_OWNER);
    expect_done(ask_completion(out, COMPLETION_CALLBACK));
    become_free();
    back = await_call(alice);
    DO(handle_answer, back->handle);
    in = await_call(bob);
    ck_assert_int_eq(seen_party(in, PARTY_CALLER).presentation, PRESENTATION_WITHHELD);
    DO(handle_answer, in->handle);
    AWAIT(seen_party(in, PARTY_CONNECTED).presentation == PRESENTATION_WITHHELD);
    clear_all();
}

/* It rings when that call is over. */
SCENARIO(callbacks_wait_for_a_secured_call) {
    Seen *out = find_busy(), *second, *there;
    unsigned n;

    person_opens_line(alice, world_line(0), OPEN_OWNER);
    expect_done(ask_completion(out, COMPLETION_CALLBACK));
    connect_calls(alice, 0, carol, 2, &second, &there);
    DO(handle_secure, second->handle);
    n = alice->seen->len;
    become_free();
    expect_last_state(person_dials(carol, 2, adapter.nobody), "disconnected:bad-address");
    ck_assert_uint_eq(alice->seen->len, n);
    DO(handle_drop, second->handle, REJECT_NONE);
    await_call(alice);
    clear_all();
}

/* At one's own number. */
SCENARIO(nobody_is_there_to_wait_for) {
    Seen *out = person_dials(alice, 0, adapter.addresses[0]);

    expect_states(out, "dialing busy");
    expect_refused(ask_completion(out, (CompletionMode) _i), REFUSAL_TARGET_NOT_FOUND);
    ck_assert_int_eq(call_state(seen_call(out)), CALL_STATE_BUSY);
}

SCENARIO(a_message_is_left) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *rang = await_call(bob);

    expect_states(out, "dialing ringback");
    expect_done(ask_completion(out, COMPLETION_MESSAGE));
    expect_states(out, "dialing ringback idle:normal");
    expect_last_state(rang, "disconnected:cancelled");
    AWAIT(line_messages_waiting(world_line(1)) == 1);
    person_dials(bob, 1, adapter.addresses[0]);
    AWAIT(line_messages_waiting(world_line(1)) == 0);
    clear_all();
}

SCENARIO(completion_and_the_end_at_once) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *rang = await_call(bob);
    Answer *answers[2];

    expect_states(out, "dialing ringback");
    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ask_completion(out, COMPLETION_MESSAGE);
        else
            answers[i] = _i < 2 ? ASK(handle_drop, out->handle, REJECT_NONE) : ASK(handle_answer, rang->handle);
    await_all(answers, 2);
    clear_all();
}
