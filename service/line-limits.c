/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many calls a line may have. What was asked of the network and is not answered yet counts, so that nobody is too fast for
 * a limit.
 */
#include "service/line.h"

#include "service/call.h"
#include "service/manager.h"
#include "service/request.h"

typedef bool (*Counts)(const Call *call, const Request *request);

/* The conference comes back; what has media of its own makes room by joining. */
static bool comes_back(const Call *conference, const Call *added) {
    return call_state_is_held(call_state(conference)) && added && call_state_is_held(call_state(added));
}

/* Will the call be one more active one? */
static bool becomes_active(const Call *call, const Request *request) {
    Operation operation = request_operation(request);

    if (operation == OPERATION_UNHOLD)
        return call_state_is_held(call_state(call)) && !call_ends_consultation(call);
    if (operation == OPERATION_ANSWER)
        return call_state_is_ringing(call_state(call)) && line_answer_mode(call_line(call)) == ANSWER_MODE_NONE;
    if (operation == OPERATION_ADD_TO_CONFERENCE)
        return comes_back(call, request_other(request));
    if (operation == OPERATION_SETUP_CONFERENCE)
        return !request_other(request);
    return operation == OPERATION_DIAL || operation == OPERATION_PICKUP || operation == OPERATION_UNPARK;
}

/* Will it, or what it is to consult about, be one more held one? */
static bool becomes_held(const Call *call, const Request *request) {
    Operation operation = request_operation(request);

    if (operation == OPERATION_HOLD)
        return call_state(call) == CALL_STATE_CONNECTED;
    if (operation == OPERATION_REMOVE_FROM_CONFERENCE)
        return call_state(call) == CALL_STATE_CONFERENCED;
    return operation == OPERATION_SETUP_TRANSFER || operation == OPERATION_SETUP_CONFERENCE ||
           operation == OPERATION_PREPARE_ADD_TO_CONFERENCE;
}

/* A call is counted once, whatever is asked about it. */
static const Request *first_that_counts(Call *call, Counts counts) {
    for (GList *i = call_requests(call)->head; i; i = i->next)
        if (!request_is_answered(i->data) && counts(call, i->data))
            return i->data;
    return NULL;
}

/* By the requests that wait for an answer: a line can have thousands of calls, most of them long over. */
static unsigned count_coming(const Line *line, Counts counts) {
    unsigned n = 0;

    for (GList *i = manager_deadlines(line_manager(line))->head; i; i = i->next) {
        Call *call = request_call(i->data);

        n += call && call_line(call) == line && first_that_counts(call, counts) == i->data;
    }
    return n;
}

Refusal *line_check_active(const Line *line) {
    unsigned max = line_max_active_calls(line), calls;

    if (max == 0)
        return NULL;
    calls = line_busy_calls(line) + count_coming(line, becomes_active);
    if (calls < max)
        return NULL;
    return refuse(REFUSAL_LINE_BUSY, "Line %s has %u active calls and can't have more: hold or drop one first", line_name(line),
                  calls);
}

Refusal *line_check_answer(const Line *line) {
    switch (line_answer_mode(line)) {
    case ANSWER_MODE_NONE:
        return line_check_active(line);
    case ANSWER_MODE_HOLD:
        return line_busy_calls(line) > 0 ? line_check_held(line) : NULL;
    case ANSWER_MODE_DROP:
    case _ANSWER_MODE_MAX:
    case _ANSWER_MODE_INVALID:
        break;
    }
    return NULL;
}

Refusal *line_check_held(const Line *line) {
    unsigned max = line_max_held_calls(line), calls;

    if (max == 0)
        return NULL;
    calls = line_held_calls(line) + count_coming(line, becomes_held);
    if (calls < max)
        return NULL;
    return refuse(REFUSAL_LINE_BUSY, "Line %s has %u calls on hold and can't have more: retrieve or drop one first",
                  line_name(line), calls);
}

/* Where answering puts the others aside, they are in nobody's way. */
bool line_is_full(const Line *line) {
    unsigned max = line_max_active_calls(line);
    unsigned calls = line_ringing_calls(line) + (line_answer_mode(line) == ANSWER_MODE_NONE ? line_busy_calls(line) : 0);

    return max > 0 && calls >= max;
}
