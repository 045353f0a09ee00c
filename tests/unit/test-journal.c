/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is written down, how often, and what becomes of it while nothing can be written. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "service/journal.h"
#include "tests/unit/run.h"

/* Something that is kept, and how often it was written. */
typedef struct Thing {
    JournalMark mark;
    unsigned written, settled;
} Thing;

static char *folder;
static Database *database;
static Journal *journal;

static int write_thing(Database *where, void *object) {
    Thing *thing = object;
    sqlite3_stmt *statement = database_statement(where, "INSERT OR REPLACE INTO thing VALUES(?, ?, zeroblob(2000))");

    if (!statement)
        return database_errno(where);
    sqlite3_bind_int64(statement, 1, (int64_t) thing->mark.id);
    sqlite3_bind_int64(statement, 2, ++thing->written);
    return database_run(where, statement);
}

static void on_written(void *object) {
    ((Thing *) object)->settled++;
}

static const JournalKind kind = { write_thing, on_written, "DELETE FROM thing WHERE id=?" };

static void set_up(void) {
    g_autofree char *why = NULL;

    folder = g_dir_make_tmp("callbus-journal-XXXXXX", NULL);
    ck_assert_msg(database_open(folder, DURABILITY_CRASH, &database, &why) == 0, "%s", why);
    ck_assert_int_eq(database_run(database, database_statement(database, "CREATE TABLE thing(id INTEGER PRIMARY KEY, n, bytes)")), 0);
    journal = journal_new(database);
}

static void tear_down(void) {
    static const char *const names[] = { "callbus.db", "callbus.db-wal", "callbus.db-shm" };

    journal_free(journal);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_remove(path);
    }
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_free(folder);
}

static int64_t count_things(void) {
    sqlite3_stmt *statement = database_statement(database, "SELECT count(*) FROM thing");
    int64_t n;

    ck_assert_int_eq(database_step(database, statement), 1);
    n = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return n;
}

static void touch(Thing *thing) {
    journal_touch(journal, &thing->mark, &kind, thing);
}

static void commit(void) {
    ck_assert_int_eq(journal_commit(journal), 0);
    ck_assert(journal_is_clean(journal));
}

/* From now on no file can grow, or any may. */
static void fill_disk(bool full) {
    struct rlimit limit = { full ? 0 : RLIM_INFINITY, RLIM_INFINITY };

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(many_changes_are_one_write) {
    Thing thing = { .mark.id = 1 }, other = { .mark.id = 2 };

    ck_assert(journal_is_clean(journal));
    for (int i = 0; i < 10; i++) {
        touch(&thing);
        touch(&other);
    }
    ck_assert(!journal_is_clean(journal));
    commit();
    ck_assert_uint_eq(thing.written, 1);
    ck_assert_uint_eq(thing.settled, 1);
    ck_assert(thing.mark.stored);
    commit();
    ck_assert_uint_eq(thing.written, 1);
    touch(&thing);
    commit();
    ck_assert_uint_eq(thing.written, 2);
    ck_assert_uint_eq(other.written, 1);
    ck_assert_int_eq(count_things(), 2);
}
END_TEST

START_TEST(what_comes_and_goes_is_never_written) {
    Thing thing = { .mark.id = 1 };

    touch(&thing);
    journal_erase(journal, &thing.mark, &kind);
    ck_assert(journal_is_clean(journal));
    commit();
    ck_assert_uint_eq(thing.written, 0);
}
END_TEST

START_TEST(what_goes_takes_its_row_with_it) {
    Thing thing = { .mark.id = 1 }, other = { .mark.id = 2 };

    touch(&thing);
    touch(&other);
    commit();
    touch(&thing);
    journal_erase(journal, &thing.mark, &kind);
    journal_forget(journal, &other.mark);
    ck_assert(!journal_is_clean(journal));
    commit();
    ck_assert_int_eq(count_things(), 1);
    journal_erase_row(journal, &kind, 2);
    commit();
    ck_assert_int_eq(count_things(), 0);
}
END_TEST

START_TEST(a_full_disk_loses_nothing) {
    Thing old = { .mark.id = 1 }, gone = { .mark.id = 2 }, thing = { .mark.id = 3 };

    touch(&old);
    touch(&gone);
    commit();
    fill_disk(true);
    touch(&old);
    touch(&thing);
    journal_erase(journal, &gone.mark, &kind);
    ck_assert_int_lt(journal_commit(journal), 0);
    ck_assert(journal_is_failing(journal));
    ck_assert(!journal_is_clean(journal));
    ck_assert(!thing.mark.stored);
    ck_assert_uint_eq(thing.settled, 0);
    ck_assert_int_lt(journal_commit(journal), 0);
    fill_disk(false);
    commit();
    ck_assert(!journal_is_failing(journal));
    ck_assert_uint_eq(thing.settled, 1);
    ck_assert_int_eq(count_things(), 2);
}
END_TEST

START_TEST(it_is_tried_again_by_itself) {
    Thing thing = { .mark.id = 1 };

    fill_disk(true);
    touch(&thing);
    ck_assert_int_lt(journal_commit(journal), 0);
    fill_disk(false);
    while (journal_is_failing(journal))
        g_main_context_iteration(NULL, TRUE);
    ck_assert_int_eq(count_things(), 1);
}
END_TEST

/* As many come and go as you like: what waits does not grow with them, and the others keep their place. */
START_TEST(nothing_piles_up_while_the_disk_is_full) {
    Thing things[100] = {};

    for (unsigned i = 0; i < G_N_ELEMENTS(things); i++)
        things[i].mark.id = i + 1;
    fill_disk(true);
    for (unsigned i = 0; i < 100000; i++) {
        Thing passing = { .mark.id = 1000 + i };

        touch(&passing);
        if (i < G_N_ELEMENTS(things))
            touch(&things[i]);
        journal_erase(journal, &passing.mark, &kind);
        ck_assert_uint_lt(things[0].mark.place, 5000);
    }
    ck_assert_uint_lt(things[99].mark.place, 5000);
    ck_assert_int_lt(journal_commit(journal), 0);
    fill_disk(false);
    commit();
    ck_assert_int_eq(count_things(), 100);
    for (unsigned i = 0; i < G_N_ELEMENTS(things); i++)
        ck_assert_uint_eq(things[i].settled, 1);
}
END_TEST

START_TEST(without_a_journal_nothing_is_kept) {
    Thing thing = {};

    journal_touch(NULL, &thing.mark, &kind, &thing);
    journal_erase(NULL, &thing.mark, &kind);
    ck_assert(journal_is_clean(NULL));
    ck_assert(!journal_is_failing(NULL));
    ck_assert_ptr_null(journal_database(NULL));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, many_changes_are_one_write);
    tcase_add_test(tcase, what_comes_and_goes_is_never_written);
    tcase_add_test(tcase, what_goes_takes_its_row_with_it);
    tcase_add_test(tcase, a_full_disk_loses_nothing);
    tcase_add_test(tcase, it_is_tried_again_by_itself);
    tcase_add_test(tcase, nothing_piles_up_while_the_disk_is_full);
    tcase_add_test(tcase, without_a_journal_nothing_is_kept);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
