/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clock: time that passes only when it is told to. */
#include "tests/fuzz/clock.h"

#include <glib.h>

#define REAL_START (INT64_C(1700000000) * G_USEC_PER_SEC)

gint64 __wrap_g_get_monotonic_time(void);
gint64 __wrap_g_get_real_time(void);
void __wrap_g_source_set_ready_time(GSource *source, gint64 usec);
void __real_g_source_set_ready_time(GSource *source, gint64 usec);
guint __wrap_g_timeout_add(guint ms, GSourceFunc function, void *data);
guint __wrap_g_timeout_add_seconds(guint seconds, GSourceFunc function, void *data);

static int64_t now = G_USEC_PER_SEC;
static GHashTable *waiting; /* source -> when it is due; both are this table's */

gint64 __wrap_g_get_monotonic_time(void) {
    return now;
}

gint64 __wrap_g_get_real_time(void) {
    return REAL_START + now;
}

void __wrap_g_source_set_ready_time(GSource *source, gint64 usec) {
    if (!waiting)
        waiting = g_hash_table_new_full(NULL, NULL, (GDestroyNotify) g_source_unref, g_free);
    if (usec < 0)
        g_hash_table_remove(waiting, source);
    else
        g_hash_table_insert(waiting, g_source_ref(source), g_memdup2(&usec, sizeof(usec)));
    __real_g_source_set_ready_time(source, usec >= 0 && usec <= now ? 0 : -1);
}

static gboolean is_due(void *source, void *due, void *unused) {
    if (g_source_is_destroyed(source))
        return TRUE;
    if (*(gint64 *) due > now)
        return FALSE;
    __real_g_source_set_ready_time(source, 0);
    return TRUE;
}

void fuzz_clock_pass(int64_t usec) {
    now += usec;
    if (waiting)
        g_hash_table_foreach_remove(waiting, is_due, NULL);
}

void fuzz_clock_reset(void) {
    now = G_USEC_PER_SEC;
    if (waiting)
        g_hash_table_remove_all(waiting);
}

/* ---- Timers of GLib ---- */

typedef struct Alarm {
    GSource source;
    gint64 usec;
} Alarm;

static gboolean on_alarm(GSource *source, GSourceFunc function, void *data) {
    __real_g_source_set_ready_time(source, -1);
    if (!function(data))
        return G_SOURCE_REMOVE;
    __wrap_g_source_set_ready_time(source, now + ((Alarm *) source)->usec);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs alarm_functions = { .dispatch = on_alarm };

static guint add_alarm(gint64 usec, GSourceFunc function, void *data) {
    GSource *source = g_source_new(&alarm_functions, sizeof(Alarm));
    guint id = g_source_attach(source, NULL);

    ((Alarm *) source)->usec = usec;
    g_source_set_callback(source, function, data, NULL);
    __wrap_g_source_set_ready_time(source, now + usec);
    g_source_unref(source);
    return id;
}

guint __wrap_g_timeout_add(guint ms, GSourceFunc function, void *data) {
    return add_alarm(ms * INT64_C(1000), function, data);
}

guint __wrap_g_timeout_add_seconds(guint seconds, GSourceFunc function, void *data) {
    return add_alarm(seconds * G_USEC_PER_SEC, function, data);
}
