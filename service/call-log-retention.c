/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call log: what is too old, or too much, is erased; in small steps, and when no call is up. */
#include "service/call-log-private.h"

#include "service/log.h"
#include "service/manager.h"

enum {
    ROWS_PER_STEP = 32,
    STEP_MS = 20,
    SOON_MS = 1000,
    BUSY_MS = 10000,       /* until it is looked again whether a call is up */
    AGAIN_MS = 3600 * 1000, /* one hour */
    EXCESS_DIVISOR = 10,   /* with a tenth too much, calls are not waited for */
};

static bool is_too_many(const CallLog *log, unsigned excess) {
    return log->settings.keep_entries > 0 && log->n_entries > (uint64_t) log->settings.keep_entries + excess;
}

/* Deletes the oldest, at most so many and all below the id; how many. */
static int delete_oldest(CallLog *log, uint64_t below, uint64_t n) {
    sqlite3_stmt *statement = database_statement(
        log->database, "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id < ?1 ORDER BY id LIMIT ?2) RETURNING 1");
    int r, deleted = 0;

    if (!statement)
        return database_errno(log->database);
    sqlite3_bind_int64(statement, 1, (int64_t) below);
    sqlite3_bind_int64(statement, 2, (int64_t) MIN(n, ROWS_PER_STEP));
    while ((r = database_step(log->database, statement)) > 0)
        deleted++;
    return r < 0 ? r : deleted;
}

/* An id is the time at which its call ended, or later where the clock was set back: nothing goes too early. */
static int delete_old(CallLog *log) {
    uint64_t now = (uint64_t) g_get_real_time(), age = log->settings.keep_days * UINT64_C(86400) * G_USEC_PER_SEC;

    return age > 0 && now > age ? delete_oldest(log, now - age, ROWS_PER_STEP) : 0;
}

static int delete_excess(CallLog *log) {
    return is_too_many(log, 0) ? delete_oldest(log, INT64_MAX, log->n_entries - log->settings.keep_entries) : 0;
}

static int prune(CallLog *log) {
    int r = call_log_move(log);

    if (r == 0)
        r = delete_old(log);
    if (r == 0)
        r = delete_excess(log);
    if (r > 0) {
        log->n_entries -= MIN((uint64_t) r, log->n_entries);
        log->untidy = true;
    }
    return r;
}

bool call_log_retention_step(CallLog *log) {
    int r = prune(log);

    if (r == 0 && log->untidy) {
        r = database_tidy(log->database);
        log->untidy = r < 0;
    }
    if (r < 0)
        log_debug("event: call-log, error: %s", g_strerror(-r));
    return r > 0;
}

/* ---- When ---- */

static void fire(Timer *timer);

/* Not later than that. */
static void arm(CallLog *log, int64_t ms) {
    int64_t usec = ms * 1000;

    if (!log->database || (log->retention.place && log->retention.due <= g_get_monotonic_time() + usec))
        return;
    timer_start(manager_timers(log->manager), &log->retention, usec, fire);
}

static void fire(Timer *timer) {
    CallLog *log = TIMER_OWNER(timer, CallLog, retention);
    bool busy = manager_in_call(log->manager) || manager_ringing(log->manager);

    if (busy && !is_too_many(log, log->settings.keep_entries / EXCESS_DIVISOR))
        arm(log, BUSY_MS);
    else if (call_log_retention_step(log))
        arm(log, STEP_MS);
    else
        arm(log, log->untidy ? BUSY_MS : AGAIN_MS);
}

void call_log_retention_start(CallLog *log) {
    arm(log, SOON_MS);
}

void call_log_retention_stop(CallLog *log) {
    timer_stop(&log->retention);
}

void call_log_deleted(CallLog *log, uint64_t n) {
    if (n == 0)
        return;
    log->n_entries -= MIN(n, log->n_entries);
    log->untidy = true;
    arm(log, SOON_MS);
}
