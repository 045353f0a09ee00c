/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rate: how much of something was used lately. */
#include "service/rate.h"

#include <glib.h>
#include <math.h>
#include <time.h>

/* What is lost in sums of fractions makes no difference to anybody. */
static const double tolerance = 1e-6;

static int64_t to_usec(const struct timespec *time) {
    return (int64_t) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

/* The monotonic clock stands still while the machine sleeps. */
static int64_t slept(void) {
    struct timespec boot = {}, awake = {};

    clock_gettime(CLOCK_MONOTONIC, &awake);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    return MAX(to_usec(&boot) - to_usec(&awake), 0) / 1000 * 1000;
}

int64_t rate_now(void) {
    return g_get_monotonic_time() + slept();
}

double rate_level(const Rate *rate, unsigned max, int64_t period_usec, int64_t now) {
    double sunk = (double) MAX(now - rate->at, 0) * max / (double) period_usec;

    return MAX(rate->level - sunk, 0);
}

bool rate_has_room(const Rate *rate, unsigned max, int64_t period_usec, int64_t now, unsigned n) {
    return rate_level(rate, max, period_usec, now) + n <= max + tolerance;
}

int64_t rate_wait(const Rate *rate, unsigned max, int64_t period_usec, int64_t now, unsigned n) {
    double excess = rate_level(rate, max, period_usec, now) + n - max;

    if (n > max)
        return -1;
    return excess <= 0 ? 0 : (int64_t) ceil(excess * (double) period_usec / max);
}

void rate_use(Rate *rate, unsigned max, int64_t period_usec, int64_t now, unsigned n) {
    rate->level = rate_level(rate, max, period_usec, now) + n;
    rate->at = now;
}

/* A machine that was started again counts from 0; if it has run for longer than it had by then, nothing tells. Either way at least as
 * much time has passed as the difference, or as it runs. */
Rate rate_restored(double level, int64_t at, int64_t now) {
    if (!isfinite(level) || level < 0)
        level = 0;
    return (Rate) { .level = level, .at = at >= 0 && at <= now ? at : 0 };
}
