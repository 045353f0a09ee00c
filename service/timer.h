/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timer: something that happens after a time, in the main loop. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "service/types.h"

typedef struct Timer Timer;

/* Part of what it happens to. All zero: it does not run. */
struct Timer {
    GSequenceIter *place;
    int64_t due; /* monotonic, usec */
    void (*fire)(Timer *timer);
};

/* The struct that a timer is part of. */
#define TIMER_OWNER(timer, Type, member) ((Type *) ((char *) (timer) - offsetof(Type, member)))

Timers *timers_new(void);
Timers *timers_free(Timers *timers);

/* Fires once, after so many microseconds, never inside this call; one that runs begins anew. */
void timer_start(Timers *timers, Timer *timer, int64_t usec, void (*fire)(Timer *timer));

/* Nothing, if it does not run. */
void timer_stop(Timer *timer);
