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

/* ---- Whose they are ---- */

static void count(CallLog *log, char *scope, size_t n) {
    if (n > 0)
        g_hash_table_replace(log->shares, scope, GSIZE_TO_POINTER(n));
    else {
        g_hash_table_remove(log->shares, scope);
        g_free(scope);
    }
}

static size_t share_of(const CallLog *log, const char *scope) {
    return GPOINTER_TO_SIZE(g_hash_table_lookup(log->shares, scope));
}

static void count_by(CallLog *log, const char *sql) {
    sqlite3_stmt *statement = database_statement(log->database, sql);

    while (database_step(log->database, statement) > 0) {
        char *scope = g_strdup(database_text(statement, 0));
        size_t n = (size_t) sqlite3_column_int64(statement, 1);

        count(log, scope, share_of(log, scope) + n);
        log->n_entries += n;
    }
}

void call_log_count_all(CallLog *log) {
    count_by(log, "SELECT scope, count(*) FROM log GROUP BY scope");
    count_by(log, "SELECT scope, count(*) FROM log_new GROUP BY scope");
}

void call_log_added(CallLog *log, const LogEntry *entry) {
    char *scope = log_entry_scope(entry->owned, entry->uid, entry->line);

    count(log, scope, share_of(log, scope) + 1);
    log->n_entries++;
}

void call_log_deleted(CallLog *log, const GPtrArray *scopes) {
    for (unsigned i = 0; i < scopes->len; i++) {
        const char *scope = g_ptr_array_index(scopes, i);
        size_t share = share_of(log, scope);

        count(log, g_strdup(scope), share - MIN(share, 1));
    }
    log->n_entries -= MIN(scopes->len, log->n_entries);
    log->untidy |= scopes->len > 0;
}

/* Who has the most, and in *ret_lead how many more than whoever comes next. NULL: nobody has any. */
static const char *find_largest(const CallLog *log, size_t *ret_lead) {
    GHashTableIter iter;
    void *scope, *share;
    const char *largest = NULL;
    size_t most = 0, next = 0;

    g_hash_table_iter_init(&iter, log->shares);
    while (g_hash_table_iter_next(&iter, &scope, &share)) {
        size_t n = GPOINTER_TO_SIZE(share);

        next = MAX(next, MIN(n, most));
        if (n > most) {
            most = n;
            largest = scope;
        }
    }
    *ret_lead = most - next;
    return largest;
}

/* ---- Deleting ---- */

/* What a statement deletes that has an id and a number as its first two parameters, and maybe a scope as its third. How many. */
static int run_delete(CallLog *log, const char *sql, uint64_t below, uint64_t n, const char *scope) {
    sqlite3_stmt *statement = database_statement(log->database, sql);
    g_autoptr(GPtrArray) scopes = g_ptr_array_new_with_free_func(g_free);
    int r;

    if (!statement)
        return database_errno(log->database);
    sqlite3_bind_int64(statement, 1, (int64_t) below);
    sqlite3_bind_int64(statement, 2, (int64_t) MIN(n, ROWS_PER_STEP));
    if (scope)
        sqlite3_bind_text(statement, 3, scope, -1, SQLITE_STATIC);
    while ((r = database_step(log->database, statement)) > 0)
        g_ptr_array_add(scopes, g_strdup(database_text(statement, 0)));
    sqlite3_clear_bindings(statement);
    if (r < 0)
        return r;
    call_log_deleted(log, scopes);
    return (int) scopes->len;
}

/* An id is the time at which its call ended, or later where the clock was set back: nothing goes too early. */
static int delete_old(CallLog *log) {
    static const char sql[] = "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id < ?1 ORDER BY id LIMIT ?2) RETURNING scope";
    uint64_t age = log->settings.keep_days * UINT64_C(86400) * G_USEC_PER_SEC, now = age > 0 ? call_log_present(log) : 0;

    return now > age ? run_delete(log, sql, now - age, ROWS_PER_STEP, /* scope= */ NULL) : 0;
}

/* The oldest of those of whoever has the most: nobody's are pushed out by others' as long as they are fewer. Where much is to be
 * done it is done in whole steps, and whoever comes next may have a few more then. */
static int delete_excess(CallLog *log) {
    static const char sql[] =
        "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE scope = ?3 AND id < ?1 ORDER BY id LIMIT ?2) RETURNING scope";
    uint64_t excess = is_too_many(log, 0) ? log->n_entries - log->settings.keep_entries : 0;
    size_t lead = 0;
    const char *largest = excess > 0 ? find_largest(log, &lead) : NULL;

    if (!largest)
        return 0;
    return run_delete(log, sql, INT64_MAX, excess > ROWS_PER_STEP ? excess : MIN(excess, MAX(lead, 1)), largest);
}

static int prune(CallLog *log) {
    int r = call_log_move(log);

    if (r == 0)
        r = delete_old(log);
    return r == 0 ? delete_excess(log) : r;
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
