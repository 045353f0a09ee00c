/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call log: entries are written where that costs little, and moved to where they are found when there is time. */
#include "service/call-log-private.h"

#include "service/crash-point.h"
#include "service/log.h"
#include "service/manager.h"

enum {
    MANY = 256,          /* entries, which are moved at once: some milliseconds */
    SOON_MS = 1000,
    AFTER_FAILURE_MS = 10000,
};

int call_log_move_within(CallLog *log) {
    int r = database_run(log->database, database_statement(log->database, "INSERT INTO log SELECT * FROM log_new ORDER BY id"));

    crash_point("journal:log-moved");
    return r < 0 ? r : database_run(log->database, database_statement(log->database, "DELETE FROM log_new"));
}

int call_log_move(CallLog *log) {
    int r;

    if (log->n_new == 0)
        return 0;
    r = database_begin(log->database);
    if (r >= 0)
        r = call_log_move_within(log);
    if (r >= 0)
        r = database_commit(log->database);
    if (r < 0) {
        database_rollback(log->database);
        return r;
    }
    log->n_new = 0;
    return 0;
}

/* ---- When ---- */

static void fire(Timer *timer) {
    CallLog *log = TIMER_OWNER(timer, CallLog, moving);
    int r = call_log_move(log);

    if (r >= 0)
        return;
    log_debug("event: call-log, error: %s", g_strerror(-r));
    timer_start(manager_timers(log->manager), timer, AFTER_FAILURE_MS * 1000, fire);
}

void call_log_wrote(CallLog *log, unsigned n) {
    bool were_many = log->n_new >= MANY;

    log->n_new += n;
    if (log->n_new >= MANY && !were_many)
        timer_start(manager_timers(log->manager), &log->moving, 0, fire);
    else if (!log->moving.place)
        timer_start(manager_timers(log->manager), &log->moving, SOON_MS * 1000, fire);
}

void call_log_stop_moving(CallLog *log) {
    timer_stop(&log->moving);
}
