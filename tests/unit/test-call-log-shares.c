/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The call log: whose entries go, and what may be erased of what is nobody's. */
#include "service/call-log-private.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Client *a, *other; /* of users 1000 and 1001 */
static CallLog *call_log;

static void set_up(void) {
    g_autofree char *why = NULL;
    Database *database = NULL;

    ck_assert_int_eq(database_open(NULL, DURABILITY_CRASH, &database, &why), 0);
    manager_set_journal(manager, journal_new(database), 7);
    call_log = call_log_new(manager, &call_log_settings_default);
    manager_set_call_log(manager, call_log);
    a = arrives("a");
    other = arrives("A");
}

static void commit(void) {
    ck_assert_int_eq(journal_commit(manager_journal(manager)), 0);
}

static uint64_t calls(Client *client) {
    const DialOrder order = { .address = "101" };

    ASK(client, line_dial, line0, client, &order);
    dialled(last_request(), NULL);
    provider_report_ended(last_call(), CAUSE_BUSY, NULL);
    commit();
    return call_log->last_id;
}

static uint64_t misses(void) {
    provider_report_ended(comes_in(line0, "x"), CAUSE_CANCELLED, NULL);
    commit();
    return call_log->last_id;
}

static void tidy(void) {
    while (call_log_retention_step(call_log))
        ;
}

static unsigned erase(const LogReader *reader, const uint64_t *ids, size_t n_ids) {
    unsigned removed = 7;

    ck_assert_int_eq(call_log_remove(call_log, reader, ids, n_ids, &removed), 0);
    return removed;
}

/* On disk, and as it is counted. */
static void expect_share(const char *scope, unsigned expected) {
    Database *database = journal_database(manager_journal(manager));
    sqlite3_stmt *statement = database_statement(database, "SELECT count(*) FROM (SELECT scope FROM log UNION ALL SELECT scope FROM log_new) WHERE scope = ?1");

    sqlite3_bind_text(statement, 1, scope, -1, SQLITE_STATIC);
    ck_assert_int_eq(database_step(database, statement), 1);
    ck_assert_int_eq(sqlite3_column_int64(statement, 0), expected);
    sqlite3_reset(statement);
    ck_assert_uint_eq(GPOINTER_TO_SIZE(g_hash_table_lookup(call_log->shares, scope)), expected);
}

/* Of Alice, of the other user, and of nobody. */
static void expect_shares(unsigned hers, unsigned others, unsigned nobodys) {
    expect_share("user:1000", hers);
    expect_share("user:1001", others);
    expect_share("line:line0", nobodys);
    ck_assert_uint_eq(call_log->n_entries, hers + others + nobodys);
}

/* Whoever makes many calls pushes out his own, and nobody else's. */
START_TEST(whoever_has_the_most_loses_the_oldest) {
    uint64_t hers, last;

    call_log->settings.keep_entries = 11;
    hers = calls(a);
    calls(a);
    calls(a);
    for (int i = 0; i < 5; i++)
        misses();
    for (int i = 0; i < 30; i++) {
        last = calls(other);
        tidy();
    }
    expect_shares(3, 4, 4);
    ck_assert_uint_eq(erase(&(LogReader) { .client = a }, &hers, 1), 1);
    ck_assert_uint_eq(erase(&(LogReader) { .client = other }, &last, 1), 1);
    expect_shares(2, 3, 4);
}
END_TEST

START_TEST(they_are_counted_at_the_start_too) {
    calls(a);
    for (int i = 0; i < 40; i++)
        misses();
    for (int i = 0; i < 100; i++)
        calls(other);
    call_log = call_log_new(manager, &(CallLogSettings) { .enabled = true, .keep_entries = 60 });
    manager_set_call_log(manager, call_log);
    expect_shares(1, 100, 40);
    tidy();
    /* Many go in whole steps. */
    ck_assert_uint_eq(call_log->n_entries, 60);
    expect_share("user:1000", 1);
    call_log->settings.keep_entries = 2;
    tidy();
    ck_assert_uint_eq(call_log->n_entries, 2);
}
END_TEST

START_TEST(what_is_too_old_is_no_longer_counted) {
    calls(a);
    misses();
    call_log->settings.keep_days = 1;
    clock_pass(INT64_C(2) * 86400 * G_USEC_PER_SEC);
    calls(other);
    tidy();
    expect_shares(0, 1, 0);
    ck_assert_uint_eq(g_hash_table_size(call_log->shares), 1);
}
END_TEST

/* What is everybody's to read takes a right to erase, which is asked for where the request comes in. */
START_TEST(what_was_nobodys_is_not_ones_own) {
    LogReader reader = { .client = a }, owner = { .client = a, .only_owned = true };
    LogFilter filter = LOG_FILTER_ALL;
    g_autoptr(GPtrArray) entries = NULL;
    uint64_t ids[3] = { misses(), calls(a), 7 }, next;

    ck_assert(call_log_has_unowned(call_log, &reader, ids, 3));
    ck_assert(!call_log_has_unowned(call_log, &reader, &ids[1], 2));
    ck_assert(!call_log_has_unowned(NULL, &reader, ids, 3));
    ck_assert_int_eq(call_log_page(call_log, &owner, &filter, 0, 10, &entries, &next), 0);
    ck_assert_uint_eq(entries->len, 1);
    ck_assert_uint_eq(erase(&owner, ids, 3), 1);
    expect_shares(0, 0, 1);
    ck_assert_uint_eq(erase(&reader, ids, 3), 1);
    expect_shares(0, 0, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("call log shares");
    TCase *tcase = stage_case(suite, "shares");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, whoever_has_the_most_loses_the_oldest);
    tcase_add_test(tcase, they_are_counted_at_the_start_too);
    tcase_add_test(tcase, what_is_too_old_is_no_longer_counted);
    tcase_add_test(tcase, what_was_nobodys_is_not_ones_own);
    return run_suite(suite);
}
