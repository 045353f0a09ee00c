/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines: how the network under them goes and comes back, and how the provider stops. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

SCENARIO(all_lines_are_in_service) {
    for (unsigned i = 0; i < G_N_ELEMENTS(adapter.lines) && adapter.lines[i]; i++) {
        ck_assert_ptr_nonnull(world_line(i));
        ck_assert_int_eq(line_state(world_line(i)), LINE_IN_SERVICE);
        ck_assert_str_eq(line_addresses(world_line(i))[0], adapter.addresses[i]);
        ck_assert_int_eq(line_has_call_id(world_line(i)), (adapter.traits & TRAIT_CALL_ID) != 0);
    }
    if (adapter.plain_line)
        ck_assert(!line_has_call_id(world_plain_line()));
}

SCENARIO(a_failing_line_ends_its_calls) {
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    put_line(1, LINE_OUT_OF_SERVICE);
    expect_states(in, "offering connected disconnected:provider-failed");
    AWAIT(strstr(out->states->str, " disconnected:"));
    ck_assert(!strstr(out->states->str, "provider-failed"));
    ck_assert_int_eq(line_state(world_line(1)), LINE_OUT_OF_SERVICE);
    ck_assert_str_eq(line_state_reason(world_line(1)), "the cable is cut");
    ck_assert_uint_eq(spy_count_calls(), 0);
}

SCENARIO(a_failing_line_ends_ringing_calls) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *in = await_call(bob);

    expect_states(out, "dialing ringback");
    put_line(_i == 0 ? 0 : 1, LINE_OUT_OF_SERVICE);
    expect_states(out, _i == 0 ? "dialing ringback disconnected:provider-failed" : "dialing ringback disconnected:unreachable");
    expect_states(in, _i == 0 ? "offering disconnected:cancelled" : "offering disconnected:provider-failed");
}

SCENARIO(a_line_out_of_service_is_unreachable) {
    Seen *out;

    put_line(1, LINE_OUT_OF_SERVICE);
    out = person_dials(alice, 0, adapter.addresses[1]);
    expect_states(out, "dialing disconnected:unreachable");
    expect_refused(ASK(line_dial, world_line(1), bob->client, &(DialOrder) { .address = adapter.addresses[0] }),
                   REFUSAL_LINE_OUT_OF_SERVICE);
    expect_refused(ask_incoming(1, "4711"), REFUSAL_LINE_OUT_OF_SERVICE);
}

SCENARIO(a_line_comes_back) {
    Seen *out, *in;

    put_line(1, LINE_OUT_OF_SERVICE);
    put_line(1, LINE_IN_SERVICE);
    connect_calls(alice, 0, bob, 1, &out, &in);
}

/* The line fails between the wish to dial and the dialling. */
SCENARIO(a_dial_on_a_failing_line_is_answered) {
    static const LineState states[] = { LINE_OUT_OF_SERVICE, LINE_REMOVED };
    Answer *failed = ask_line_state(0, states[_i]);
    Answer *answer = ASK(line_dial, world_line(0), alice->client, &(DialOrder) { .address = adapter.addresses[1] });

    expect_done(failed);
    AWAIT(answer->arrived > 0);
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}

SCENARIO(a_removed_line_voids_its_calls) {
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    put_line(1, LINE_REMOVED);
    AWAIT(!in->handle);
    AWAIT(strstr(out->states->str, " disconnected:"));
    ck_assert(g_str_has_prefix(bob->closed->str, adapter.lines[1]));
    ck_assert_ptr_null(world_line(1));
    ck_assert_ptr_nonnull(world_line(0));
    ck_assert_uint_eq(spy_count_calls(), 0);
    out = person_dials(alice, 0, adapter.addresses[1]);
    AWAIT(strstr(out->states->str, " disconnected:"));
}

/* Operations on their way when the line goes: each gets one answer. */
SCENARIO(a_removed_line_answers_what_was_asked) {
    Answer *answers[4], *removed;
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    removed = ask_line_state(1, LINE_REMOVED);
    answers[0] = ASK(handle_hold, in->handle);
    answers[1] = ASK(handle_drop, in->handle, REJECT_NONE);
    answers[2] = ASK(handle_mute, in->handle, true);
    answers[3] = ASK(handle_hold, out->handle);
    expect_done(removed);
    for (int i = 0; i < 4; i++)
        AWAIT(answers[i]->arrived > 0);
    AWAIT(spy_count_pending() == 0 && spy_count_calls() == 0);
}

/* The line of the first call's other end, of the consultation's, or of both; before or after it was answered. */
SCENARIO(a_line_fails_in_a_consultation) {
    Seen *there, *consultation;
    Answer *answers[2];

    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    consultation = consult_carol(ours, &there);
    if (_i >= 3)
        DO(handle_answer, there->handle);
    answers[0] = ASK(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_TRANSFER);
    answers[1] = ask_line_state((unsigned) _i % 3, _i % 2 ? LINE_OUT_OF_SERVICE : LINE_REMOVED);
    await_all(answers, 2);
    clear_all();
}

SCENARIO(a_line_fails_in_a_conference) {
    Seen *there, *second;

    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    if (_i < 3)
        confer_with_carol(ours, &second, &there);
    else
        confer(&second, &there);
    put_line((unsigned) _i % 3, _i % 2 ? LINE_OUT_OF_SERVICE : LINE_REMOVED);
    clear_all();
}

/* ---- Calls out of nowhere, and the bell ---- */

SCENARIO(a_call_comes_in) {
    Answer *answer = ask_incoming(1, "4711");
    Seen *in = await_call(bob);

    expect_done(answer);
    ck_assert_str_eq(answer->text, in->call_id);
    ck_assert_str_eq(seen_party(in, PARTY_CALLER).number, "4711");
    ck_assert_str_eq(call_address(seen_call(in)), "4711");
    DO(handle_answer, in->handle);
    expect_states(in, "offering connected");
    DO(handle_hold, in->handle);
    DO(handle_unhold, in->handle);
    DO(handle_send_digits, in->handle, "1", 20, 0);
    AWAIT(strcmp(in->outcomes->str, "done") == 0);
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_states(in, "offering connected on-hold connected idle:normal");
}

/* By a rule, to a line that has no Call IDs: there is none to be told. */
SCENARIO(a_call_that_came_in_is_forwarded) {
    const ForwardRule rule = { .condition = FORWARD_UNCOND, .filter = "", .destination = adapter.plain_address };
    Answer *answer;

    DO(line_forward, world_line(1), bob->client, &rule, 1);
    person_opens_line(carol, world_plain_line(), OPEN_OWNER);
    expect_done(answer = ask_incoming(1, "4711"));
    ck_assert_str_eq(answer->text ?: "", "");
    ck_assert_str_eq(await_call(carol)->call_id, "");
    ck_assert_uint_eq(bob->seen->len, 0);
}

SCENARIO(a_call_that_came_in_is_sent_on) {
    Seen *in, *there;

    expect_done(ask_incoming(1, "4711"));
    in = await_call(bob);
    DO(handle_redirect, in->handle, adapter.addresses[2]);
    expect_states(in, "offering idle:forwarded");
    there = await_call(carol);
    ck_assert_str_eq(there->call_id, in->call_id);
    ck_assert_str_eq(seen_party(there, PARTY_CALLER).number, "4711");
    DO(handle_answer, there->handle);
    expect_states(there, "offering connected");
    expect_done(ask_incoming(1, "4712"));
    DO(handle_redirect, await_call(bob)->handle, adapter.nobody);
    AWAIT(spy_count_calls() == 1);
}

SCENARIO(the_bell_rings_while_a_call_is_offered) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *in = await_call(bob);

    AWAIT(strcmp(bob->rings->str, "normal:1") == 0);
    DO(handle_answer, in->handle);
    DO(handle_drop, out->handle, REJECT_NONE);
    out = person_dials(alice, 0, adapter.addresses[1]);
    AWAIT(strcmp(bob->rings->str, "normal:1 normal:1") == 0);
    AWAIT(strcmp(bob->rings->str, "normal:1 normal:1 normal:2") == 0);
    ck_assert_str_eq(alice->rings->str, "");
}

/* On a line with such an answer mode Carol talks with Alice, and Bob's call waits there. */
static Line *talk_and_wait(AnswerMode mode, Seen **ret_first, Seen **ret_second, Seen *ret_in[2]) {
    Line *line = world_find_line(mode == ANSWER_MODE_DROP ? adapter.drop_line : adapter.hold_line);
    const char *address = mode == ANSWER_MODE_DROP ? adapter.drop_address : adapter.hold_address;

    ck_assert_int_eq(line_answer_mode(line), mode);
    person_opens_line(carol, line, OPEN_OWNER);
    *ret_first = person_dials(alice, 0, address);
    ret_in[0] = await_call(carol);
    DO(handle_answer, ret_in[0]->handle);
    *ret_second = person_dials(bob, 1, address);
    ret_in[1] = await_call(carol);
    return line;
}

static void expect_put_aside(AnswerMode mode, const Seen *first, const Seen *in) {
    expect_states(in, mode == ANSWER_MODE_DROP ? "offering connected disconnected:normal" : "offering connected on-hold");
    if (mode == ANSWER_MODE_DROP)
        expect_last_state(first, "disconnected:normal");
}

/* The line's answer mode: the call that was connected is dropped, or held. */
SCENARIO(answering_drops_or_holds_the_other_call) {
    AnswerMode mode = _i == 0 ? ANSWER_MODE_DROP : ANSWER_MODE_HOLD;
    Seen *first, *second, *in[2];

    talk_and_wait(mode, &first, &second, in);
    DO(handle_answer, in[1]->handle);
    expect_states(in[1], "offering connected");
    expect_last_state(second, "connected");
    expect_put_aside(mode, first, in[0]);
}

/* The same when the second is not answered but picked up. */
SCENARIO(a_pickup_drops_or_holds_the_other_call) {
    AnswerMode mode = _i == 0 ? ANSWER_MODE_DROP : ANSWER_MODE_HOLD;
    Seen *first, *second, *in[2], *taken;
    Line *line = talk_and_wait(mode, &first, &second, in);
    Answer *answer = ASK(line_pickup, line, carol->client, "", "");

    expect_done(answer);
    taken = seen_of(answer->handle);
    expect_states(in[1], "offering disconnected:answered-elsewhere");
    expect_last_state(second, "connected");
    expect_put_aside(mode, first, in[0]);
    expect_states(taken, "connected");
    expect_hearing(taken, 1, true);
}
