/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines: how the network under them goes and comes back, and how the provider stops. */
#include <string.h>

#include "tests/conformance/suite.h"
#include "tests/conformance/world.h"

static Person *alice, *bob, *carol, *operator;

static void set_scene(void) {
    world_begin();
    alice = person_arrives("alice");
    bob = person_arrives("bob");
    carol = person_arrives("carol");
    operator = person_arrives("operator");
    person_opens(bob, 1, OPEN_OWNER);
    person_opens(carol, 2, OPEN_OWNER);
}

static Answer *ask_state(unsigned line, LineState state) {
    Answer *answer = answer_new();

    return asked(line_debug_state(world_line(line), operator->client, state, "the cable is cut", answer_by(answer)), answer);
}

static void put(unsigned line, LineState state) {
    expect_done(ask_state(line, state));
}

static Answer *ask_incoming(unsigned line, const char *from) {
    Answer *answer = answer_new();

    return asked(line_debug_incoming(world_line(line), operator->client, from, answer_by(answer)), answer);
}

START_TEST(all_lines_are_in_service) {
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(world_line(i));
        ck_assert_int_eq(line_state(world_line(i)), LINE_IN_SERVICE);
        ck_assert_str_eq(line_addresses(world_line(i))[0], adapter.addresses[i]);
        ck_assert(line_has_call_id(world_line(i)));
    }
    ck_assert_ptr_nonnull(world_plain_line());
    ck_assert(!line_has_call_id(world_plain_line()));
}
END_TEST

START_TEST(a_failing_line_ends_its_calls) {
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    put(1, LINE_OUT_OF_SERVICE);
    expect_states(in, "offering connected disconnected:provider-failed");
    AWAIT(strstr(out->states->str, " disconnected:"));
    ck_assert(!strstr(out->states->str, "provider-failed"));
    ck_assert_int_eq(line_state(world_line(1)), LINE_OUT_OF_SERVICE);
    ck_assert_str_eq(line_state_reason(world_line(1)), "the cable is cut");
    ck_assert_uint_eq(spy_count_calls(), 0);
}
END_TEST

START_TEST(a_failing_line_ends_ringing_calls) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *in = await_call(bob);

    expect_states(out, "dialing ringback");
    put(_i == 0 ? 0 : 1, LINE_OUT_OF_SERVICE);
    expect_states(out, _i == 0 ? "dialing ringback disconnected:provider-failed" : "dialing ringback disconnected:unreachable");
    expect_states(in, _i == 0 ? "offering disconnected:cancelled" : "offering disconnected:provider-failed");
}
END_TEST

START_TEST(a_line_out_of_service_is_unreachable) {
    Seen *out;

    put(1, LINE_OUT_OF_SERVICE);
    out = person_dials(alice, 0, adapter.addresses[1]);
    expect_states(out, "dialing disconnected:unreachable");
    expect_refused(ASK(line_dial, world_line(1), bob->client, &(DialOrder) { .address = adapter.addresses[0] }),
                   REFUSAL_LINE_OUT_OF_SERVICE);
    expect_refused(ask_incoming(1, "4711"), REFUSAL_LINE_OUT_OF_SERVICE);
}
END_TEST

START_TEST(a_line_comes_back) {
    Seen *out, *in;

    put(1, LINE_OUT_OF_SERVICE);
    put(1, LINE_IN_SERVICE);
    connect_calls(alice, 0, bob, 1, &out, &in);
}
END_TEST

/* The line fails between the wish to dial and the dialling. */
START_TEST(a_dial_on_a_failing_line_is_answered) {
    static const LineState states[] = { LINE_OUT_OF_SERVICE, LINE_REMOVED };
    Answer *failed = ask_state(0, states[_i]);
    Answer *answer = ASK(line_dial, world_line(0), alice->client, &(DialOrder) { .address = adapter.addresses[1] });

    expect_done(failed);
    AWAIT(answer->arrived > 0);
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}
END_TEST

START_TEST(a_removed_line_voids_its_calls) {
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    put(1, LINE_REMOVED);
    AWAIT(!in->handle);
    AWAIT(strstr(out->states->str, " disconnected:"));
    ck_assert(g_str_has_prefix(bob->closed->str, adapter.lines[1]));
    ck_assert_ptr_null(world_line(1));
    ck_assert_ptr_nonnull(world_line(0));
    ck_assert_uint_eq(spy_count_calls(), 0);
    out = person_dials(alice, 0, adapter.addresses[1]);
    AWAIT(strstr(out->states->str, " disconnected:"));
}
END_TEST

/* Operations on their way when the line goes: each gets one answer. */
START_TEST(a_removed_line_answers_what_was_asked) {
    Answer *answers[4], *removed;
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    removed = ask_state(1, LINE_REMOVED);
    answers[0] = ASK(handle_hold, in->handle);
    answers[1] = ASK(handle_drop, in->handle, REJECT_NONE);
    answers[2] = ASK(handle_mute, in->handle, true);
    answers[3] = ASK(handle_hold, out->handle);
    expect_done(removed);
    for (int i = 0; i < 4; i++)
        AWAIT(answers[i]->arrived > 0);
    AWAIT(spy_count_pending() == 0 && spy_count_calls() == 0);
}
END_TEST

/* ---- Calls out of nowhere, and the bell ---- */

START_TEST(a_call_comes_in) {
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
END_TEST

START_TEST(a_call_that_came_in_is_sent_on) {
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
END_TEST

START_TEST(the_bell_rings_while_a_call_is_offered) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *in = await_call(bob);

    AWAIT(strcmp(bob->rings->str, "normal:1") == 0);
    DO(handle_answer, in->handle);
    DO(handle_drop, out->handle, REJECT_NONE);
    out = person_dials(alice, 0, adapter.addresses[1]);
    AWAIT(strcmp(bob->rings->str, "normal:1 normal:1") == 0);
    AWAIT(strcmp(bob->rings->str, "normal:1 normal:1 normal:2") == 0);
    ck_assert_str_eq(alice->rings->str, "");
}
END_TEST

/* ---- Stop ---- */

START_TEST(a_stop_ends_all_calls) {
    Seen *out, *in, *ringing, *offered;

    connect_calls(alice, 0, bob, 1, &out, &in);
    ringing = person_dials(alice, 0, adapter.addresses[2]);
    offered = await_call(carol);
    expect_states(ringing, "dialing ringback");
    world_stop();
    expect_states(out, "dialing ringback connected disconnected:service-restarted");
    expect_states(in, "offering connected disconnected:service-restarted");
    expect_states(ringing, "dialing ringback disconnected:service-restarted");
    expect_states(offered, "offering disconnected:service-restarted");
}
END_TEST

START_TEST(a_stop_answers_what_was_asked) {
    Answer *answers[4];
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    answers[0] = ASK(handle_hold, out->handle);
    answers[1] = ASK(handle_drop, in->handle, REJECT_NONE);
    answers[2] = ASK(line_dial, world_line(2), carol->client, &(DialOrder) { .address = adapter.addresses[0] });
    answers[3] = ask_incoming(1, "4711");
    world_stop();
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(answers[i]->arrived, 1);
}
END_TEST

void add_line_cases(Suite *suite) {
    TCase *tcase = tcase_create("lines");

    tcase_add_checked_fixture(tcase, set_scene, world_end);
    tcase_set_timeout(tcase, adapter.timeout_s * 10);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, all_lines_are_in_service);
    tcase_add_test(tcase, a_failing_line_ends_its_calls);
    tcase_add_loop_test(tcase, a_failing_line_ends_ringing_calls, 0, 2);
    tcase_add_test(tcase, a_line_out_of_service_is_unreachable);
    tcase_add_test(tcase, a_line_comes_back);
    tcase_add_loop_test(tcase, a_dial_on_a_failing_line_is_answered, 0, 2);
    tcase_add_test(tcase, a_removed_line_voids_its_calls);
    tcase_add_test(tcase, a_removed_line_answers_what_was_asked);
    tcase_add_test(tcase, a_call_comes_in);
    tcase_add_test(tcase, a_call_that_came_in_is_sent_on);
    tcase_add_test(tcase, the_bell_rings_while_a_call_is_offered);
    tcase_add_test(tcase, a_stop_ends_all_calls);
    tcase_add_test(tcase, a_stop_answers_what_was_asked);
}
