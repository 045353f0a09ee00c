/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gathering: the digits of the far end, collected for one client until they are enough. */
#include "service/gather.h"

#include <string.h>

#include "service/call.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/timer.h"

#define DIGITS "0123456789ABCD*#"

struct Gathering {
    Handle *handle;
    Call *call;
    GString *digits;
    unsigned terminators; /* set of digit_bit() */
    unsigned max, inter_ms;
    Timer timer;
};

/* Of one of the DIGITS. */
static unsigned digit_bit(char digit) {
    return 1U << (strchr(DIGITS, digit) - DIGITS);
}

/* However many were given, there are but sixteen. */
static unsigned set_of(const char *digits) {
    unsigned set = 0;

    for (; *digits; digits++)
        set |= digit_bit(g_ascii_toupper(*digits));
    return set;
}

/* Takes it out of its call. */
static Gathering *gathering_free(Gathering *gathering) {
    Call *call = gathering->call;

    timer_stop(&gathering->timer);
    call_set_gathering(call, NULL);
    call_count_digit_monitors(call, -1);
    g_string_free(gathering->digits, TRUE);
    g_free(gathering);
    return NULL;
}

static Gathering *finish(Gathering *gathering, GatherReason reason) {
    Manager *manager = line_manager(call_line(gathering->call));

    handle_count_signal(gathering->handle);
    manager_observer(manager)->digits_gathered(gathering->handle, gathering->digits->str, reason,
                                               manager_observer_data(manager));
    return gathering_free(gathering);
}

static void on_timeout(Timer *timer) {
    Gathering *gathering = TIMER_OWNER(timer, Gathering, timer);

    finish(gathering, gathering->digits->len > 0 ? GATHER_INTER_TIMEOUT : GATHER_FIRST_TIMEOUT);
}

static void wait_for_digit(Gathering *gathering, unsigned ms) {
    Manager *manager = line_manager(call_line(gathering->call));

    if (ms > 0)
        timer_start(manager_timers(manager), &gathering->timer, ms * INT64_C(1000), on_timeout);
    else
        timer_stop(&gathering->timer);
}

void gathering_hear(Gathering *gathering, char digit) {
    g_string_append_c(gathering->digits, digit);
    if (gathering->terminators & digit_bit(digit))
        finish(gathering, GATHER_TERM_DIGIT);
    else if (gathering->digits->len >= gathering->max)
        finish(gathering, GATHER_BUFFER_FULL);
    else
        wait_for_digit(gathering, gathering->inter_ms);
}

Gathering *gathering_cancel(Gathering *gathering) {
    return gathering ? finish(gathering, GATHER_CANCEL) : NULL;
}

void gathering_drop(Handle *handle) {
    Gathering *gathering = call_gathering(handle_call(handle));

    if (gathering && gathering->handle == handle)
        gathering_free(gathering);
}

static Refusal *check_terminators(const char *terminators) {
    size_t good = strspn(terminators, DIGITS "abcd");

    if (!terminators[good])
        return NULL;
    return refuse(REFUSAL_INVALID_ARGS, "The terminator at position %zu is no digit: use 0-9, A-D, * and #", good + 1);
}

static Refusal *check_max(unsigned max) {
    if (max <= DIGITS_MAX)
        return NULL;
    return refuse(REFUSAL_TOO_BIG, "%u digits are too many: at most %d can be gathered at once", max, DIGITS_MAX);
}

Refusal *handle_gather_digits(Handle *handle, unsigned max, const char *terminators, unsigned first_ms, unsigned inter_ms) {
    Call *call = handle_call(handle);
    Refusal *refusal = check_terminators(terminators) ?: handle_check(handle, OPERATION_GATHER_DIGITS) ?: check_max(max);
    Gathering *gathering;

    if (refusal)
        return refusal;
    if (max > 0)
        call_count_digit_monitors(call, +1); /* before the old one goes, so that the network need not stop and start */
    gathering_cancel(call_gathering(call));
    if (max == 0)
        return NULL;

    gathering = g_new0(Gathering, 1);
    *gathering = (Gathering) {
        .handle = handle,
        .call = call,
        .digits = g_string_new(NULL),
        .terminators = set_of(terminators),
        .max = max,
        .inter_ms = inter_ms,
    };
    call_set_gathering(call, gathering);
    wait_for_digit(gathering, first_ms);
    return NULL;
}
