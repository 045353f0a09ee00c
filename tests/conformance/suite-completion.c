/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion: what is done about calls that find the far end busy, or nobody there. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

static Seen *busy_caller, *busy_callee; /* whose conversation keeps the small line busy */

/* Bob talks on the line that takes one call; Alice finds it busy. */
static Seen *find_busy(void) {
    Seen *out;

    person_opens_line(bob, world_small_line(), OPEN_OWNER);
    busy_caller = person_dials(carol, 2, adapter.small_address);
    busy_callee = await_call(bob);
    DO(handle_answer, busy_callee->handle);
    expect_last_state(busy_caller, "connected");
    out = person_dials(alice, 0, adapter.small_address);
    expect_states(out, "dialing busy");
    return out;
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
