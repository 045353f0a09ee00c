/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of a call, by how it ended. */
#include <glib.h>

#include "service/call-outcome.h"
#include "tests/unit/run.h"

/* By the network, without having been connected; each cause is here. */
static const struct {
    DisconnectCause cause;
    CallOutcome in, out;
} by_network[] = {
    { CAUSE_NONE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_NORMAL, OUTCOME_MISSED, OUTCOME_NO_ANSWER },
    { CAUSE_UNKNOWN, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_UNAVAILABLE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_REJECTED, OUTCOME_REJECTED, OUTCOME_REJECTED },
    { CAUSE_ANSWERED_ELSEWHERE, OUTCOME_ANSWERED_ELSEWHERE, OUTCOME_ANSWERED_ELSEWHERE },
    { CAUSE_FORWARDED, OUTCOME_FORWARDED, OUTCOME_FORWARDED },
    { CAUSE_BUSY, OUTCOME_REJECTED, OUTCOME_BUSY },
    { CAUSE_NO_ANSWER, OUTCOME_MISSED, OUTCOME_NO_ANSWER },
    { CAUSE_BAD_ADDRESS, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_UNREACHABLE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_CONGESTION, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_INCOMPATIBLE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_NO_DIAL_TONE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_NUMBER_CHANGED, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_OUT_OF_ORDER, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_TEMPORARY_FAILURE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_QOS_UNAVAILABLE, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_BLOCKED, OUTCOME_BLOCKED, OUTCOME_BLOCKED },
    { CAUSE_DO_NOT_DISTURB, OUTCOME_BLOCKED, OUTCOME_REJECTED },
    { CAUSE_CANCELLED, OUTCOME_MISSED, OUTCOME_CANCELLED },
    { CAUSE_PROVIDER_FAILED, OUTCOME_MISSED, OUTCOME_FAILED },
    { CAUSE_SERVICE_RESTARTED, OUTCOME_MISSED, OUTCOME_FAILED },
};
_Static_assert(G_N_ELEMENTS(by_network) == _CAUSE_MAX, "a row for each cause");

static void expect(CallEnding ending, CallOutcome expected) {
    ck_assert_str_eq(call_outcome_to_string(call_outcome_of(&ending)), call_outcome_to_string(expected));
}

START_TEST(the_network_ended_it) {
    DisconnectCause cause = by_network[_i].cause;

    ck_assert_int_eq(cause, _i);
    expect((CallEnding) { .direction = DIRECTION_IN, .cause = cause, .from = CALL_STATE_OFFERING }, by_network[_i].in);
    expect((CallEnding) { .direction = DIRECTION_OUT, .cause = cause, .from = CALL_STATE_RINGBACK }, by_network[_i].out);
    expect((CallEnding) { .direction = DIRECTION_NONE, .cause = cause, .from = CALL_STATE_RINGBACK }, by_network[_i].out);
}
END_TEST

/* However it ended then. */
START_TEST(what_was_connected_was_answered) {
    CallEnding ending = { .direction = DIRECTION_IN, .cause = by_network[_i].cause, .from = CALL_STATE_CONNECTED, .was_connected = true };

    expect(ending, OUTCOME_ANSWERED);
    ending.direction = DIRECTION_OUT;
    ending.ours = true;
    expect(ending, OUTCOME_ANSWERED);
}
END_TEST

START_TEST(we_dropped_it) {
    static const struct {
        CallDirection direction;
        CallState from;
        CallOutcome outcome;
    } rows[] = {
        { DIRECTION_IN, CALL_STATE_OFFERING, OUTCOME_REJECTED },
        { DIRECTION_IN, CALL_STATE_ACCEPTED, OUTCOME_REJECTED },
        { DIRECTION_OUT, CALL_STATE_DIALING, OUTCOME_CANCELLED },
        { DIRECTION_OUT, CALL_STATE_PROCEEDING, OUTCOME_CANCELLED },
        { DIRECTION_OUT, CALL_STATE_RINGBACK, OUTCOME_CANCELLED },
        { DIRECTION_OUT, CALL_STATE_BUSY, OUTCOME_BUSY },
        { DIRECTION_OUT, CALL_STATE_SPECIAL_INFO, OUTCOME_FAILED },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        expect((CallEnding) { .direction = rows[i].direction, .cause = CAUSE_NORMAL, .from = rows[i].from, .ours = true },
               rows[i].outcome);
}
END_TEST

/* As Redirect does. */
START_TEST(we_sent_it_elsewhere) {
    expect((CallEnding) { .direction = DIRECTION_IN, .cause = CAUSE_FORWARDED, .from = CALL_STATE_OFFERING, .ours = true },
           OUTCOME_FORWARDED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("call outcome");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, the_network_ended_it, 0, _CAUSE_MAX);
    tcase_add_loop_test(tcase, what_was_connected_was_answered, 0, _CAUSE_MAX);
    tcase_add_test(tcase, we_dropped_it);
    tcase_add_test(tcase, we_sent_it_elsewhere);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
