/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The call log: what comes in, who finds it and how, and what goes. */
#include <string.h>

#include "service/call-log-private.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Client *a, *other; /* of users 1000 and 1001 */
static CallLog *call_log;
static const DialOrder order = { .address = "tel:030-12 34" };

static void set_up_with(const CallLogSettings *settings) {
    g_autofree char *why = NULL;
    Database *database = NULL;

    ck_assert_int_eq(database_open(NULL, DURABILITY_CRASH, &database, &why), 0);
    manager_set_journal(manager, journal_new(database), 7);
    call_log = call_log_new(manager, settings);
    manager_set_call_log(manager, call_log);
    a = arrives("a");
    other = arrives("A");
}

static void set_up(void) {
    set_up_with(&call_log_settings_default);
}

static void commit(void) {
    ck_assert_int_eq(journal_commit(manager_journal(manager)), 0);
}

static LogReader reader_of(Client *client) {
    return (LogReader) { .client = client };
}

static GPtrArray *page(Client *client, const LogFilter *filter, uint64_t cursor, unsigned limit, uint64_t *ret_next) {
    LogReader reader = { .client = client, .everything = !client };
    GPtrArray *entries = NULL;

    ck_assert_int_eq(call_log_page(call_log, &reader, filter, cursor, limit, &entries, ret_next), 0);
    return entries;
}

/* All that the client finds (NULL: everything), the newest first: "out missed 555, ...". */
static void expect_found(Client *client, LogFilter filter, const char *expected) {
    g_autoptr(GString) text = g_string_new(NULL);
    uint64_t cursor = 0;

    do {
        g_autoptr(GPtrArray) entries = page(client, &filter, cursor, CALL_LOG_PAGE_MAX, &cursor);

        for (unsigned i = 0; i < entries->len; i++) {
            const LogEntry *entry = g_ptr_array_index(entries, i);

            g_string_append_printf(text, "%s%s %s %s", text->len > 0 ? ", " : "", call_direction_to_string(entry->direction),
                                   call_outcome_to_string(entry->outcome), entry->number);
        }
    } while (cursor > 0);
    ck_assert_str_eq(text->str, expected);
}

static void expect_all(const char *expected) {
    commit();
    expect_found(NULL, LOG_FILTER_ALL, expected);
}

static Call *dials(Client *client, const char *call_id) {
    ASK(client, line_dial, line0, client, &order);
    dialled(last_request(), call_id);
    return last_call();
}

static void misses(unsigned n) {
    for (unsigned i = 0; i < n; i++)
        provider_report_ended(comes_in(line0, "x"), CAUSE_CANCELLED, NULL);
    commit();
}

/* ---- What comes in ---- */

START_TEST(a_call_is_logged_once_when_it_is_over) {
    Handle *handle = talks(a, line0);

    expect_all("");
    clock_pass(5 * G_USEC_PER_SEC);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    expect_all("out answered 101");
    handle_release(handle);
    expect_all("out answered 101");
}
END_TEST

START_TEST(an_entry_tells_all_of_it) {
    g_autoptr(GPtrArray) entries = NULL;
    Call *call = dials(a, "id-1");
    const LogEntry *entry;
    uint64_t next = 1;

    clock_pass(3 * G_USEC_PER_SEC);
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    provider_report_party(call, PARTY_CALLED, &(PartyInfo) { .number = "0301234", .name = "Bob" });
    clock_pass(5 * G_USEC_PER_SEC);
    provider_report_ended(call, CAUSE_NORMAL, "the network's own words");
    commit();
    entries = page(a, &LOG_FILTER_ALL, 0, 1, &next);
    entry = g_ptr_array_index(entries, 0);
    ck_assert_str_eq(entry->line, "line0");
    ck_assert_str_eq(entry->call_id, "id-1");
    ck_assert_str_eq(entry->number, "tel:030-12 34");
    ck_assert_str_eq(entry->name, "Bob");
    ck_assert_int_eq(entry->direction, DIRECTION_OUT);
    ck_assert_int_eq(entry->cause, CAUSE_NORMAL);
    ck_assert_int_eq(entry->media_mode, MEDIA_INTERACTIVE_VOICE);
    ck_assert(entry->owned && entry->uid == 1000 && !entry->emergency);
    ck_assert_uint_eq(entry->duration, 5 * G_USEC_PER_SEC);
    ck_assert(entry->started < entry->connected && entry->connected < entry->ended && entry->ended <= entry->id);
    ck_assert_uint_eq(next, 0);
}
END_TEST

START_TEST(each_end_has_its_outcome) {
    Call *call;

    opens(a, line0, OPEN_OWNER);
    provider_report_ended(comes_in(line0, "1"), CAUSE_CANCELLED, NULL);
    call = comes_in(line0, "2");
    ASK(a, handle_drop, client_find_handle_on(a, call), REJECT_BUSY);
    ends_by(call, NULL, last_request(), CAUSE_NORMAL, NULL);
    call = comes_in(line0, "3");
    ASK(a, handle_redirect, client_find_handle_on(a, call), "102");
    ends_by(call, NULL, last_request(), CAUSE_FORWARDED, NULL);
    call = dials(a, "4");
    provider_report_event(call, CALL_EVENT_BUSY, STATE_DETAIL_NONE);
    ASK(a, handle_drop, client_find_handle_on(a, call), REJECT_NONE);
    ends_by(call, NULL, last_request(), CAUSE_NORMAL, NULL);
    call = dials(a, "5");
    ASK(a, handle_drop, client_find_handle_on(a, call), REJECT_NONE);
    ends_by(call, NULL, last_request(), CAUSE_NORMAL, NULL);
    provider_report_ended(dials(a, "6"), CAUSE_NO_ANSWER, NULL);
    provider_report_ended(dials(a, "7"), CAUSE_CONGESTION, NULL);
    expect_all("out failed tel:030-12 34, out no-answer tel:030-12 34, out cancelled tel:030-12 34, out busy tel:030-12 34, "
               "in forwarded 555, in rejected 555, in missed 555");
}
END_TEST

START_TEST(what_the_network_refused_never_was) {
    ASK(a, line_dial, line0, a, &order);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_all("");
}
END_TEST

START_TEST(a_line_takes_its_calls_with_it) {
    dials(a, "x");
    provider_report_line_state(line0, LINE_REMOVED, "");
    expect_all("out failed tel:030-12 34");
    /* Whose it was reads it on. */
    expect_found(a, LOG_FILTER_ALL, "out failed tel:030-12 34");
    expect_found(other, LOG_FILTER_ALL, "");
}
END_TEST

START_TEST(participants_are_logged_and_their_conference_is_not) {
    Handle *handle = talks(a, line0);
    Call *consultation, *conference;

    ASK(a, handle_setup_conference, handle, &order);
    conference_begins(last_request(), "conf", "second");
    consultation = last_call();
    conference = last_conference();
    provider_report_ended(consultation, CAUSE_REJECTED, NULL);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    provider_report_ended(conference, CAUSE_NORMAL, NULL);
    expect_all("out answered 101, out rejected tel:030-12 34");
}
END_TEST

START_TEST(who_withholds_his_number_has_none) {
    IncomingInfo info = { .caller = { .presentation = PRESENTATION_WITHHELD }, .origin = ORIGIN_EXTERNAL };

    provider_report_ended(provider_report_incoming(line0, &info), CAUSE_CANCELLED, NULL);
    expect_all("in missed ");
}
END_TEST

START_TEST(disabled_it_keeps_nothing) {
    CallLogSettings settings = { .enabled = false };

    call_log = call_log_new(manager, &settings);
    manager_set_call_log(manager, call_log);
    misses(1);
    expect_all("");
}
END_TEST

/* ---- Whose it is ---- */

START_TEST(each_user_reads_his_own) {
    provider_report_ended(dials(a, "1"), CAUSE_NO_ANSWER, NULL);
    provider_report_ended(dials(other, "2"), CAUSE_CONGESTION, NULL);
    provider_report_ended(comes_in(line0, "3"), CAUSE_CANCELLED, NULL);
    commit();
    expect_found(a, LOG_FILTER_ALL, "in missed 555, out no-answer tel:030-12 34");
    expect_found(other, LOG_FILTER_ALL, "in missed 555, out failed tel:030-12 34");
}
END_TEST

START_TEST(the_last_owner_has_it) {
    Handle *handle = talks(a, line0);
    Call *call = handle_call(handle);

    opens(other, line0, OPEN_OWNER);
    expect_granted(handle_handoff(handle, "A"));
    handle_release(handle);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    commit();
    expect_found(a, LOG_FILTER_ALL, "");
    expect_found(other, LOG_FILTER_ALL, "out answered 101");
}
END_TEST

START_TEST(who_left_a_call_last_has_it) {
    Handle *handle = talks(a, line0);
    Call *call = handle_call(handle);

    handle_release(handle);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    commit();
    expect_found(a, LOG_FILTER_ALL, "out answered 101");
    expect_found(other, LOG_FILTER_ALL, "");
}
END_TEST

START_TEST(of_a_line_that_is_for_others_nothing_is_read) {
    LinePolicy *policy = line_policy_new("line0");
    uint32_t uid = 1001;

    policy->users = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(policy->users, uid);
    manager_set_line_policy(manager, policy);
    misses(1);
    provider_report_ended(comes_in(line1, "x"), CAUSE_CANCELLED, NULL);
    commit();
    expect_found(a, LOG_FILTER_ALL, "in missed 555");
    expect_found(other, LOG_FILTER_ALL, "in missed 555, in missed 555");
}
END_TEST

/* ---- Finding ---- */

START_TEST(each_filter_finds_its_own) {
    LogFilter filter = LOG_FILTER_ALL;
    uint64_t before;

    provider_report_ended(dials(a, "1"), CAUSE_NO_ANSWER, NULL);
    clock_pass(G_USEC_PER_SEC);
    before = g_get_real_time();
    provider_report_ended(comes_in(line1, "2"), CAUSE_CANCELLED, NULL);
    commit();

    filter.line = "line1";
    expect_found(a, filter, "in missed 555");
    filter = LOG_FILTER_ALL;
    filter.number = "(030) 1234";
    expect_found(a, filter, "out no-answer tel:030-12 34");
    expect_found(NULL, filter, "out no-answer tel:030-12 34");
    filter.call_id = "1";
    expect_found(a, filter, "out no-answer tel:030-12 34");
    filter.call_id = "2";
    expect_found(a, filter, "");
    filter = LOG_FILTER_ALL;
    filter.direction = DIRECTION_IN;
    expect_found(a, filter, "in missed 555");
    filter = LOG_FILTER_ALL;
    filter.outcome = OUTCOME_NO_ANSWER;
    expect_found(a, filter, "out no-answer tel:030-12 34");
    filter = LOG_FILTER_ALL;
    filter.media_mode = MEDIA_VIDEO;
    expect_found(a, filter, "");
    filter = LOG_FILTER_ALL;
    filter.since = before;
    expect_found(a, filter, "in missed 555");
    filter = LOG_FILTER_ALL;
    filter.until = before;
    expect_found(a, filter, "out no-answer tel:030-12 34");
}
END_TEST

/* Those that are there from the first page on are seen once each, whatever comes and goes meanwhile. */
START_TEST(pages_are_stable) {
    uint64_t cursor = 0, last = UINT64_MAX;
    LogReader reader = reader_of(a);
    unsigned seen = 0, removed;

    misses(25);
    do {
        g_autoptr(GPtrArray) entries = page(a, &LOG_FILTER_ALL, cursor, 10, &cursor);

        for (unsigned i = 0; i < entries->len; i++) {
            const LogEntry *entry = g_ptr_array_index(entries, i);

            ck_assert(entry->id < last);
            last = entry->id;
            seen++;
        }
        misses(3);
        /* The one that the next page begins behind, too. */
        ck_assert_int_eq(call_log_remove(call_log, &reader, &last, 1, &removed), 0);
        ck_assert_uint_eq(removed, 1);
    } while (cursor > 0);
    ck_assert_uint_eq(seen, 25);
}
END_TEST

/* Not more than so many rows are looked at for one page, and yet all are found. */
START_TEST(a_search_is_done_in_parts) {
    LogFilter filter = LOG_FILTER_ALL;
    uint64_t next = 0;

    provider_report_ended(dials(a, "1"), CAUSE_NO_ANSWER, NULL);
    for (int i = 0; i < 10; i++)
        misses(500);
    filter.outcome = OUTCOME_NO_ANSWER;
    g_ptr_array_unref(page(NULL, &filter, 0, 10, &next));
    ck_assert_uint_gt(next, 0);
    expect_found(NULL, filter, "out no-answer tel:030-12 34");
    expect_found(a, filter, "out no-answer tel:030-12 34");
    expect_found(other, filter, "");
}
END_TEST

/* What SQLite makes of the statement. */
static void expect_plan(LogScope scope, LogKey key, const char *expected) {
    Database *database = journal_database(manager_journal(manager));
    g_autoptr(GString) plan = g_string_new(NULL);
    g_autofree char *text = g_strconcat("EXPLAIN QUERY PLAN ", call_log_select(LOG_PLACE_FINAL, scope, key), NULL);
    sqlite3_stmt *statement = database_statement(database, g_intern_string(text));

    while (database_step(database, statement) > 0)
        g_string_append_printf(plan, "%s;", database_text(statement, 3));
    ck_assert_msg(strstr(plan->str, expected) && !strstr(plan->str, "TEMP B-TREE") && !strstr(plan->str, "SCAN"),
                  "the plan is: %s", plan->str);
}

START_TEST(each_search_has_an_index) {
    expect_plan(LOG_SCOPE_EVERYTHING, LOG_KEY_NONE, "INTEGER PRIMARY KEY");
    expect_plan(LOG_SCOPE_EVERYTHING, LOG_KEY_NUMBER, "log_by_number (plain=?");
    expect_plan(LOG_SCOPE_EVERYTHING, LOG_KEY_CALL_ID, "log_by_call_id (call_id=?");
    expect_plan(LOG_SCOPE_ONE, LOG_KEY_NONE, "log_by_scope (scope=?");
    expect_plan(LOG_SCOPE_ONE, LOG_KEY_NUMBER, "log_by_scope_and_number (scope=? AND plain=?");
    expect_plan(LOG_SCOPE_ONE, LOG_KEY_CALL_ID, "log_by_call_id (call_id=?");
}
END_TEST

START_TEST(an_entry_is_found_before_and_after_it_is_in_its_place) {
    misses(1);
    ck_assert_uint_eq(call_log->n_new, 1);
    expect_found(a, LOG_FILTER_ALL, "in missed 555");
    call_log = call_log_new(manager, &call_log_settings_default);
    manager_set_call_log(manager, call_log);
    ck_assert_uint_eq(call_log->n_new, 0);
    expect_found(a, LOG_FILTER_ALL, "in missed 555");
    misses(1);
    expect_found(a, LOG_FILTER_ALL, "in missed 555, in missed 555");
}
END_TEST

/* ---- Erasing ---- */

static uint64_t newest_id(Client *client) {
    uint64_t next;
    g_autoptr(GPtrArray) entries = page(client, &LOG_FILTER_ALL, 0, 1, &next);

    return ((LogEntry *) g_ptr_array_index(entries, 0))->id;
}

START_TEST(one_erases_his_own) {
    LogReader stranger = reader_of(other), owner = reader_of(a);
    uint64_t ids[2] = { 0, 12345 };
    unsigned removed = 7;

    provider_report_ended(dials(a, "1"), CAUSE_NO_ANSWER, NULL);
    commit();
    ids[0] = newest_id(a);
    ck_assert_int_eq(call_log_remove(call_log, &stranger, ids, 2, &removed), 0);
    ck_assert_uint_eq(removed, 0);
    ck_assert_int_eq(call_log_remove(call_log, &owner, ids, 2, &removed), 0);
    ck_assert_uint_eq(removed, 1);
    expect_all("");
    ck_assert(call_log->untidy);
    ck_assert(!call_log_retention_step(call_log));
    ck_assert(!call_log->untidy);
}
END_TEST

START_TEST(ids_rise_whatever_was_erased) {
    LogReader reader = reader_of(a);
    uint64_t first, second;
    unsigned removed;

    misses(1);
    first = newest_id(a);
    ck_assert_int_eq(call_log_remove(call_log, &reader, &first, 1, &removed), 0);
    misses(1);
    second = newest_id(a);
    ck_assert_uint_gt(second, first);
    /* As after a start with the clock set back. */
    call_log->last_id = second + UINT64_C(1000) * G_USEC_PER_SEC;
    misses(1);
    ck_assert_uint_gt(newest_id(a), call_log->last_id - 1);
}
END_TEST

static unsigned count_all(void) {
    unsigned n = 0;
    uint64_t cursor = 0;

    do {
        g_autoptr(GPtrArray) entries = page(NULL, &LOG_FILTER_ALL, cursor, CALL_LOG_PAGE_MAX, &cursor);

        n += entries->len;
    } while (cursor > 0);
    return n;
}

START_TEST(only_so_many_are_kept) {
    call_log->settings.keep_entries = 100;
    misses(700);
    ck_assert_uint_eq(count_all(), 700);
    /* In small steps. */
    ck_assert(call_log_retention_step(call_log));
    ck_assert_uint_eq(count_all(), 700 - 32);
    while (call_log_retention_step(call_log))
        ;
    ck_assert_uint_eq(count_all(), 100);
    misses(1);
    while (call_log_retention_step(call_log))
        ;
    ck_assert_uint_eq(count_all(), 100);
}
END_TEST

START_TEST(only_so_long_they_are_kept) {
    call_log->settings.keep_days = 2;
    misses(3);
    clock_pass(INT64_C(86400) * G_USEC_PER_SEC);
    misses(2);
    ck_assert(!call_log_retention_step(call_log));
    clock_pass(INT64_C(86400) * G_USEC_PER_SEC + 60 * G_USEC_PER_SEC);
    while (call_log_retention_step(call_log))
        ;
    ck_assert_uint_eq(count_all(), 2);
}
END_TEST

/* It happens by itself, but not while a call is up, unless there is far too much. */
START_TEST(it_waits_for_calls) {
    Handle *handle;

    call_log->settings.keep_entries = 100;
    misses(105);
    handle = talks(a, line0);
    clock_pass(2 * G_USEC_PER_SEC);
    clock_pass(20 * G_USEC_PER_SEC);
    ck_assert_uint_eq(count_all(), 105);
    misses(10);
    clock_pass(20 * G_USEC_PER_SEC);
    ck_assert_uint_eq(count_all(), 100);
    misses(5);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    commit();
    clock_pass(20 * G_USEC_PER_SEC);
    ck_assert_uint_eq(count_all(), 100);
}
END_TEST

/* ---- The disk ---- */

static void set_writable(bool writable) {
    Database *database = journal_database(manager_journal(manager));

    ck_assert_int_eq(database_run(database, database_statement(database, writable ? "PRAGMA query_only=OFF" : "PRAGMA query_only=ON")), 0);
}

static unsigned heard;

static void on_entry(const LogEntry *entry, void *userdata) {
    heard++;
}

START_TEST(entries_wait_for_the_disk) {
    heard = 0;
    call_log_set_listener(call_log, on_entry, NULL);
    set_writable(false);
    provider_report_ended(comes_in(line0, "1"), CAUSE_CANCELLED, NULL);
    ck_assert_int_lt(journal_commit(manager_journal(manager)), 0);
    provider_report_ended(comes_in(line0, "2"), CAUSE_CANCELLED, NULL);
    ck_assert_int_lt(journal_commit(manager_journal(manager)), 0);
    ck_assert_uint_eq(heard, 0);
    set_writable(true);
    expect_all("in missed 555, in missed 555");
    ck_assert_uint_eq(heard, 2);
    commit();
    ck_assert_uint_eq(heard, 2);
}
END_TEST

START_TEST(only_so_many_wait) {
    uint64_t first;

    misses(1);
    first = newest_id(a);
    set_writable(false);
    for (int i = 0; i < CALL_LOG_WAITING_MAX + 10; i++) {
        provider_report_ended(comes_in(line0, "x"), CAUSE_CANCELLED, NULL);
        journal_commit(manager_journal(manager));
    }
    ck_assert_uint_eq(call_log->waiting.length, CALL_LOG_WAITING_MAX);
    ck_assert_uint_eq(call_log->n_lost, 10);
    set_writable(true);
    commit();
    ck_assert_uint_eq(count_all(), CALL_LOG_WAITING_MAX + 1);
    ck_assert_uint_eq(call_log->n_lost, 0);
    ck_assert_uint_gt(newest_id(a), first);
}
END_TEST

START_TEST(what_can_not_be_erased_stays) {
    LogReader reader = reader_of(a);
    unsigned removed = 7;
    uint64_t id;

    misses(1);
    id = newest_id(a);
    set_writable(false);
    ck_assert_int_lt(call_log_remove(call_log, &reader, &id, 1, &removed), 0);
    ck_assert_uint_eq(removed, 0);
    set_writable(true);
    expect_all("in missed 555");
}
END_TEST

START_TEST(without_a_journal_there_is_no_log) {
    LogFilter filter = LOG_FILTER_ALL;
    LogReader reader = reader_of(a);
    GPtrArray *entries = NULL;
    uint64_t next = 1;
    unsigned removed = 1;

    ck_assert_int_eq(call_log_page(NULL, &reader, &filter, 0, 1, &entries, &next), 0);
    ck_assert(entries->len == 0 && next == 0);
    ck_assert_int_eq(call_log_remove(NULL, &reader, &next, 1, &removed), 0);
    ck_assert_uint_eq(removed, 0);
    g_ptr_array_unref(entries);
}
END_TEST

static TCase *log_case(Suite *suite, const char *name) {
    TCase *tcase = stage_case(suite, name);

    tcase_add_checked_fixture(tcase, set_up, NULL);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("call log");
    TCase *entries = log_case(suite, "entries"), *finding = log_case(suite, "finding"), *going = log_case(suite, "going");

    tcase_add_test(entries, a_call_is_logged_once_when_it_is_over);
    tcase_add_test(entries, an_entry_tells_all_of_it);
    tcase_add_test(entries, each_end_has_its_outcome);
    tcase_add_test(entries, what_the_network_refused_never_was);
    tcase_add_test(entries, a_line_takes_its_calls_with_it);
    tcase_add_test(entries, participants_are_logged_and_their_conference_is_not);
    tcase_add_test(entries, who_withholds_his_number_has_none);
    tcase_add_test(entries, disabled_it_keeps_nothing);
    tcase_add_test(entries, entries_wait_for_the_disk);
    tcase_add_test(entries, only_so_many_wait);
    tcase_add_test(finding, each_user_reads_his_own);
    tcase_add_test(finding, the_last_owner_has_it);
    tcase_add_test(finding, who_left_a_call_last_has_it);
    tcase_add_test(finding, of_a_line_that_is_for_others_nothing_is_read);
    tcase_add_test(finding, each_filter_finds_its_own);
    tcase_add_test(finding, pages_are_stable);
    tcase_add_test(finding, a_search_is_done_in_parts);
    tcase_add_test(finding, each_search_has_an_index);
    tcase_add_test(finding, an_entry_is_found_before_and_after_it_is_in_its_place);
    tcase_add_test(going, one_erases_his_own);
    tcase_add_test(going, ids_rise_whatever_was_erased);
    tcase_add_test(going, only_so_many_are_kept);
    tcase_add_test(going, only_so_long_they_are_kept);
    tcase_add_test(going, it_waits_for_calls);
    tcase_add_test(going, what_can_not_be_erased_stays);
    tcase_add_test(going, without_a_journal_there_is_no_log);
    return run_suite(suite);
}
