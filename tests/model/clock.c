/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clock: the time that the service sees. */
#include "tests/model/clock.h"

#include <glib.h>

#define REAL_START (INT64_C(1700000000) * G_USEC_PER_SEC)

/* Libraries that are linked may use the clocks, too. */
#define VISIBLE __attribute__((visibility("default")))

VISIBLE gint64 __wrap_g_get_monotonic_time(void);
VISIBLE gint64 __wrap_g_get_real_time(void);
VISIBLE void __wrap_g_source_set_ready_time(GSource *source, gint64 usec);
void __real_g_source_set_ready_time(GSource *source, gint64 usec);

#define START INT64_C(1000000)

static int64_t now = START, ticks, ahead;

void clock_reset(void) {
    now = START;
    ticks = ahead = 0;
}

int64_t clock_now(void) {
    return now;
}

/* A source that waits is dispatched whenever time passes and asks the clock itself; what it asks for then is the same wait
 * again, so one turn is enough. */
void clock_pass(int64_t usec) {
    now += usec;
    g_main_context_iteration(NULL, FALSE);
}

void clock_set_ahead(int64_t usec) {
    ahead += usec;
}

gint64 __wrap_g_get_monotonic_time(void) {
    return now;
}

/* Never twice the same, so that a time that changed without being told stands out. */
gint64 __wrap_g_get_real_time(void) {
    return REAL_START + ahead + now + ++ticks;
}

void __wrap_g_source_set_ready_time(GSource *source, gint64 usec) {
    __real_g_source_set_ready_time(source, usec < 0 ? -1 : 0);
}
