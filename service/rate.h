/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rate: how much of something was used lately. A level that rises by what is used and sinks evenly, so that a full one is empty after
 * the period: so much can be used at once, and then as much as has sunk. What the clock is set to does not matter.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Rate {
    double level;
    int64_t at; /* when the level was so: by rate_now() */
} Rate;

/* Microseconds since the machine was started, the time asleep included. */
int64_t rate_now(void);

/* What is left of the level by now. */
double rate_level(const Rate *rate, unsigned max, int64_t period_usec, int64_t now);

/* Can n more be used? If not, in so many microseconds; never (-1) if n is more than there can be at once. */
bool rate_has_room(const Rate *rate, unsigned max, int64_t period_usec, int64_t now, unsigned n);
int64_t rate_wait(const Rate *rate, unsigned max, int64_t period_usec, int64_t now, unsigned n);

void rate_use(Rate *rate, unsigned max, int64_t period_usec, int64_t now, unsigned n);

/* What was kept of an earlier run, maybe of an earlier start of the machine: it has sunk for as long as that was for certain. */
Rate rate_restored(double level, int64_t at, int64_t now);
