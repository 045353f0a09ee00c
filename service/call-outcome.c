/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call outcome: what came of a call. One table for those that were never connected. */
#include "service/call-outcome.h"


/* Whoever rang and was not turned away was missed, also when the network broke down meanwhile: somebody wanted something. */
static const struct {
    CallOutcome in, out;
} unconnected[_CAUSE_MAX] = {
    [CAUSE_NONE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_NORMAL] = { OUTCOME_MISSED, OUTCOME_NO_ANSWER },
    [CAUSE_UNKNOWN] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_UNAVAILABLE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_REJECTED] = { OUTCOME_REJECTED, OUTCOME_REJECTED },
    [CAUSE_ANSWERED_ELSEWHERE] = { OUTCOME_ANSWERED_ELSEWHERE, OUTCOME_ANSWERED_ELSEWHERE },
    [CAUSE_FORWARDED] = { OUTCOME_FORWARDED, OUTCOME_FORWARDED },
    [CAUSE_BUSY] = { OUTCOME_REJECTED, OUTCOME_BUSY },
    [CAUSE_NO_ANSWER] = { OUTCOME_MISSED, OUTCOME_NO_ANSWER },
    [CAUSE_BAD_ADDRESS] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_UNREACHABLE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_CONGESTION] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_INCOMPATIBLE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_NO_DIAL_TONE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_NUMBER_CHANGED] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_OUT_OF_ORDER] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_TEMPORARY_FAILURE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_QOS_UNAVAILABLE] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_BLOCKED] = { OUTCOME_BLOCKED, OUTCOME_BLOCKED },
    [CAUSE_DO_NOT_DISTURB] = { OUTCOME_BLOCKED, OUTCOME_REJECTED },
    [CAUSE_CANCELLED] = { OUTCOME_MISSED, OUTCOME_CANCELLED },
    [CAUSE_PROVIDER_FAILED] = { OUTCOME_MISSED, OUTCOME_FAILED },
    [CAUSE_SERVICE_RESTARTED] = { OUTCOME_MISSED, OUTCOME_FAILED },
};

/* The network had said already what came of it when we dropped the call. */
static CallOutcome outcome_of_drop(const CallEnding *ending) {
    if (ending->direction == DIRECTION_IN)
        return OUTCOME_REJECTED;
    if (ending->from == CALL_STATE_BUSY)
        return OUTCOME_BUSY;
    return ending->from == CALL_STATE_SPECIAL_INFO ? OUTCOME_FAILED : OUTCOME_CANCELLED;
}

CallOutcome call_outcome_of(const CallEnding *ending) {
    bool in = ending->direction == DIRECTION_IN;

    if (ending->was_connected)
        return OUTCOME_ANSWERED;
    if (ending->ours && ending->cause == CAUSE_NORMAL)
        return outcome_of_drop(ending);
    return in ? unconnected[ending->cause].in : unconnected[ending->cause].out;
}
