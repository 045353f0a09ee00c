/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call log: the present, by which the age of its entries is counted. */
#include "service/call-log-private.h"

#include "service/log.h"
#include "service/rate.h"

/* Times as fast as time passes it may get to where the clock is: who has the service for an hour a day is up to date. */
enum { HASTE = 32 };

#define HOUR_USEC (UINT64_C(3600) * G_USEC_PER_SEC)
#define DAY_USEC (24 * HOUR_USEC)

/* What is lost by a failure is an hour. */
static void keep(CallLog *log) {
    sqlite3_stmt *statement = database_statement(log->database, "INSERT OR REPLACE INTO log_present VALUES(1, ?1)");

    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, (int64_t) log->present);
    if (database_run(log->database, statement) >= 0)
        log->present_kept = log->present;
}

/* Without one that was kept it is when the newest entry was made. */
void call_log_present_begin(CallLog *log) {
    sqlite3_stmt *statement = database_statement(log->database, "SELECT present FROM log_present");

    log->present = log->last_id ?: (uint64_t) g_get_real_time();
    log->looked_usec = rate_now();
    if (database_step(log->database, statement) <= 0)
        return;
    log->present = log->present_kept = (uint64_t) sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
}

uint64_t call_log_present(CallLog *log) {
    uint64_t now = (uint64_t) g_get_real_time(), passed = (uint64_t) (rate_now() - log->looked_usec);

    log->present = MIN(now, log->present + passed * HASTE);
    log->looked_usec += (int64_t) passed;
    if (now - log->present > DAY_USEC && !log->told_far) {
        log->told_far = true;
        log_info("event: call-log, effect: entries are not erased for their age at once, why: the clock is %u days ahead of when the "
                 "service last ran", (unsigned) ((now - log->present) / DAY_USEC));
    }
    if (log->present < log->present_kept || log->present - log->present_kept >= HOUR_USEC)
        keep(log);
    return log->present;
}

void call_log_present_end(CallLog *log) {
    if (log->settings.keep_days > 0 && call_log_present(log) != log->present_kept)
        keep(log);
}
