/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: digits that are heard, gathered and sent. */
#include "tests/model/reference.h"

#include <string.h>

#include "tests/model/clock.h"

/* ---- Hearing ---- */

unsigned ref_listeners(int call) {
    unsigned n = ref.calls[call].gathering.client != NOBODY;

    for (int i = 0; i < CLIENTS; i++)
        n += ref.clients[i].there && ref.clients[i].handles[call].there && ref.clients[i].handles[call].digits;
    return n;
}

/* The network hears of the first who listens, and of the last. */
void ref_count_digits(int call, unsigned before, unsigned after) {
    const RefRequest request = {
        .operation = OPERATION_MONITOR_DIGITS,
        .client = NOBODY,
        .user = NOBODY,
        .call = call,
        .other = NOTHING,
        .from = NOTHING,
        .answered = true,
    };

    if (!before != !after && ref.calls[call].at_network && ref.abilities & OPERATION_BIT(OPERATION_MONITOR_DIGITS))
        ref_ask(request, true);
}

int ref_monitor_digits(int client, int call, bool enable) {
    int refusal = ref_check(client, call, OPERATION_MONITOR_DIGITS);
    unsigned before;

    if (refusal != GRANTED)
        return refusal;
    before = ref_listeners(call);
    ref.clients[client].handles[call].digits = enable;
    ref_count_digits(call, before, ref_listeners(call));
    return GRANTED;
}

/* ---- Gathering ---- */

static void tell_gathered(int call, GatherReason reason) {
    const RefGathering *gathering = &ref.calls[call].gathering;

    ref_tell(gathering->client, TOLD_GATHERED, ref.clients[gathering->client].handles[call].number,
             gathered_value(reason, gathering->digits));
}

void ref_stop_gathering(int call) {
    RefGathering *gathering = &ref.calls[call].gathering;
    unsigned before = ref_listeners(call);

    if (gathering->client == NOBODY)
        return;
    *gathering = (RefGathering) { .client = NOBODY };
    ref_count_digits(call, before, ref_listeners(call));
}

static void end_gathering(int call, GatherReason reason) {
    tell_gathered(call, reason);
    ref_stop_gathering(call);
}

void ref_cancel_gathering(int call) {
    if (ref.calls[call].gathering.client != NOBODY)
        end_gathering(call, GATHER_CANCEL);
}

void ref_time_out_gathering(int call) {
    end_gathering(call, ref.calls[call].gathering.n > 0 ? GATHER_INTER_TIMEOUT : GATHER_FIRST_TIMEOUT);
}

/* Rule 18. The network hears nothing of one that takes the place of another. */
int ref_gather(int client, int call, const RefGather *gather) {
    int refusal = ref_check(client, call, OPERATION_GATHER_DIGITS);
    RefGathering *gathering = &ref.calls[call].gathering;
    unsigned before;

    if (refusal != GRANTED || gather->refusal != GRANTED)
        return refusal != GRANTED ? refusal : gather->refusal;
    if (gather->max == 0) {
        ref_cancel_gathering(call);
        return GRANTED;
    }
    before = ref_listeners(call);
    if (gathering->client != NOBODY)
        tell_gathered(call, GATHER_CANCEL);
    *gathering = (RefGathering) {
        .client = client,
        .max = gather->max,
        .terminators = gather->terminators,
        .inter = gather->inter_ms * INT64_C(1000),
        .deadline = gather->first_ms > 0 ? clock_now() + gather->first_ms * INT64_C(1000) : INT64_MAX,
        .stamp = ++ref.stamp,
    };
    ref_count_digits(call, before, ref_listeners(call));
    return GRANTED;
}

static void gather_digit(int call, char digit) {
    RefGathering *gathering = &ref.calls[call].gathering;

    if (gathering->client == NOBODY)
        return;
    gathering->digits[gathering->n++] = digit;
    if (strchr(gathering->terminators, digit)) {
        end_gathering(call, GATHER_TERM_DIGIT);
        return;
    }
    if (gathering->n >= gathering->max) {
        end_gathering(call, GATHER_BUFFER_FULL);
        return;
    }
    gathering->deadline = gathering->inter > 0 ? clock_now() + gathering->inter : INT64_MAX;
    gathering->stamp = ++ref.stamp;
}

void ref_digit(int call, char digit) {
    for (int i = 0; i < CLIENTS; i++) {
        const RefHandle *handle = &ref.clients[i].handles[call];

        if (ref.clients[i].there && handle->there && handle->digits)
            ref_tell(i, TOLD_DIGIT, handle->number, digit);
    }
    gather_digit(call, digit);
}

/* ---- Sending ---- */

void ref_digits_sent(int call, DigitsOutcome outcome, bool tone) {
    int client = ref.calls[call].generator;

    if (client == NOBODY || ref.calls[call].tone != tone)
        return;
    ref.calls[call].generator = NOBODY;
    ref_tell(client, tone ? TOLD_TONE : TOLD_SENT, ref.clients[client].handles[call].number, outcome);
}
