/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a call log costs that has a million entries: how long the loop stands still for one page, for a step of erasing, at the start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/call-log-private.h"
#include "service/client.h"
#include "service/manager.h"

#define ROUNDS 50

static Manager *manager;
static CallLog *call_log;
static Client *clients[2]; /* of whom the first has nearly all entries */
static unsigned n_entries = 1000000;

static double ms_since(int64_t usec) {
    return (double) (g_get_monotonic_time() - usec) / 1000;
}

/* One row in a hundred is the other user's; each number comes back after a thousand. */
static void fill(Database *database) {
    static const char sql[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
        "INSERT INTO log SELECT i * 1000000, CASE i % 100 WHEN 7 THEN 'user:2' ELSE 'user:1' END, CASE i % 100 WHEN 7 THEN 2 ELSE 1 END, "
        "'loop0', lower(hex(randomblob(16))), CASE i % 2 WHEN 0 THEN 'in' ELSE 'out' END, CASE i WHEN 5 THEN 'blocked' ELSE 'answered' END, "
        "'normal', '+4930' || (1000000 + i % 1000), '+4930' || (1000000 + i % 1000), 'Somebody', 'allowed', 'interactive-voice', 0, "
        "i * 1000000 - 9, i * 1000000 - 5, i * 1000000, 4 FROM n";
    sqlite3_stmt *statement = database_statement(database, sql);

    sqlite3_bind_int64(statement, 1, n_entries);
    if (database_run(database, statement) < 0)
        exit(EXIT_FAILURE);
}

/* Of one page; the page that is asked for goes on where the last one ended. */
static void measure(const char *what, const LogReader *reader, LogFilter filter) {
    double worst = 0, sum = 0;
    uint64_t cursor = 0;
    unsigned found = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        g_autoptr(GPtrArray) entries = NULL;
        int64_t begin = g_get_monotonic_time();
        double ms;

        if (call_log_page(call_log, reader, &filter, cursor, CALL_LOG_PAGE_MAX, &entries, &cursor) < 0)
            exit(EXIT_FAILURE);
        ms = ms_since(begin);
        worst = MAX(worst, ms);
        sum += ms;
        found += entries->len;
    }
    printf("%-60s %8.2f ms  worst %8.2f ms  (%u found)\n", what, sum / ROUNDS, worst, found);
}

static void measure_pages(void) {
    LogReader all = { .everything = true }, many = { .client = clients[0] }, few = { .client = clients[1] };
    LogFilter filter = LOG_FILTER_ALL;

    measure("all entries, 500 a page", &all, filter);
    measure("own entries, 500 a page", &many, filter);
    measure("own entries, one in a hundred", &few, filter);
    filter.number = "+49 (30) 1000-500";
    measure("one number of all", &all, filter);
    measure("one number of one's own", &many, filter);
    filter = LOG_FILTER_ALL;
    filter.outcome = OUTCOME_BLOCKED;
    measure("what there is once, far away", &all, filter);
    measure("the same of one's own", &many, filter);
    filter = LOG_FILTER_ALL;
    filter.until = 1000000;
    measure("before all", &all, filter);
    filter.until = 0;
    filter.since = UINT64_C(999000) * 1000000;
    measure("since a while ago", &all, filter);
    filter = LOG_FILTER_ALL;
    filter.call_id = "nothing";
    measure("a Call ID", &all, filter);
}

static void measure_steps(void) {
    double worst = 0, sum = 0;
    unsigned steps = 0;

    call_log->settings.keep_entries = n_entries - 9600;
    for (bool more = true; more; steps++) {
        int64_t begin = g_get_monotonic_time();
        double ms;

        more = call_log_retention_step(call_log);
        ms = ms_since(begin);
        worst = MAX(worst, ms);
        sum += ms;
    }
    printf("%-60s %8.2f ms  worst %8.2f ms  (%u steps)\n", "a step of erasing 9600 entries", sum / steps, worst, steps);
}

static int run(const char *folder) {
    g_autofree char *why = NULL;
    Database *database = NULL;
    int64_t begin;

    if (database_open(folder, DURABILITY_POWER, &database, &why) < 0) {
        fprintf(stderr, "%s\n", why);
        return EXIT_FAILURE;
    }
    fill(database);
    manager = manager_new(&limits_default);
    manager_set_journal(manager, journal_new(database), 1);
    begin = g_get_monotonic_time();
    call_log = call_log_new(manager, &call_log_settings_default);
    printf("%-60s %8.2f ms\n", "opening the log, once at the start", ms_since(begin));
    manager_set_call_log(manager, call_log);
    for (unsigned i = 0; i < G_N_ELEMENTS(clients); i++)
        if (client_new(manager, i == 0 ? "a" : "b", i + 1, NULL, &clients[i]) < 0)
            return EXIT_FAILURE;
    measure_pages();
    measure_steps();
    for (unsigned i = 0; i < G_N_ELEMENTS(clients); i++)
        client_vanish(clients[i]);
    manager_free(manager);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    g_autofree char *folder = g_dir_make_tmp("callbus-bench-XXXXXX", NULL);
    static const char *const files[] = { "callbus.db", "callbus.db-wal", "callbus.db-shm" };
    int status;

    if (!folder)
        return EXIT_FAILURE;
    if (argc > 1)
        n_entries = (unsigned) strtoul(argv[1], NULL, 10);
    printf("%u entries in a file, durable over power loss; medians are not taken, worst is worst of %d\n", n_entries, ROUNDS);
    status = run(folder);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);

        remove(path);
    }
    remove(folder);
    return status;
}
