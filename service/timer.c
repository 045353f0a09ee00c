/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timer: all timers in one list ordered by time, behind one source of the main loop. */
#include "service/timer.h"

struct Timers {
    GSequence *waiting; /* of Timer, the earliest first */
    GSource *source;
};

static int compare(const void *a, const void *b, void *userdata) {
    const Timer *x = a, *y = b;

    return x->due < y->due ? -1 : x->due > y->due;
}

static Timer *first(const Timers *timers) {
    GSequenceIter *place = g_sequence_get_begin_iter(timers->waiting);

    return g_sequence_iter_is_end(place) ? NULL : g_sequence_get(place);
}

static gboolean dispatch(GSource *source, GSourceFunc unused, void *userdata) {
    Timers *timers = *(Timers **) (source + 1);
    int64_t now = g_get_monotonic_time();
    Timer *timer;

    while ((timer = first(timers)) && timer->due <= now) {
        timer_stop(timer);
        timer->fire(timer);
    }
    g_source_set_ready_time(source, timer ? timer->due : -1);
    return G_SOURCE_CONTINUE;
}

Timers *timers_new(void) {
    static GSourceFuncs functions = { .dispatch = dispatch };
    Timers *timers = g_new0(Timers, 1);

    timers->waiting = g_sequence_new(NULL);
    timers->source = g_source_new(&functions, sizeof(GSource) + sizeof(Timers *));
    *(Timers **) (timers->source + 1) = timers;
    g_source_set_name(timers->source, "timers");
    g_source_attach(timers->source, NULL);
    return timers;
}

Timers *timers_free(Timers *timers) {
    if (!timers)
        return NULL;
    g_assert(g_sequence_is_empty(timers->waiting));
    g_sequence_free(timers->waiting);
    g_source_destroy(timers->source);
    g_source_unref(timers->source);
    g_free(timers);
    return NULL;
}

void timer_start(Timers *timers, Timer *timer, int64_t usec, void (*fire)(Timer *timer)) {
    timer_stop(timer);
    timer->due = g_get_monotonic_time() + usec;
    timer->fire = fire;
    timer->place = g_sequence_insert_sorted(timers->waiting, timer, compare, NULL);
    g_source_set_ready_time(timers->source, first(timers)->due);
}

/* The source may wake once for nothing: that is cheaper than to set its time. */
void timer_stop(Timer *timer) {
    if (!timer->place)
        return;
    g_sequence_remove(timer->place);
    timer->place = NULL;
}
