/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The database's file: made, found, damaged, somebody else's. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/database.h"
#include "service/rows.h"
#include "service/schema.h"
#include "tests/unit/run.h"

static char *folder, *file;

static void set_up(void) {
    folder = g_dir_make_tmp("callbus-database-XXXXXX", NULL);
    file = g_build_filename(folder, "callbus.db", NULL);
}

static unsigned count_files(const char *beginning) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    unsigned n = 0;

    while ((name = g_dir_read_name(dir)))
        n += g_str_has_prefix(name, beginning);
    return n;
}

static void tear_down(void) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        ck_assert_int_eq(g_remove(path), 0);
    }
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_free(file);
    g_free(folder);
}

static Database *open_it(void) {
    g_autofree char *why = NULL;
    Database *database = NULL;
    int r = database_open(folder, DURABILITY_POWER, &database, &why);

    ck_assert_msg(r == 0, "%s", why);
    return database;
}

/* It can't be opened; the text is one line that names the file, and says so. */
static void expect_failure(int error, const char *text) {
    g_autofree char *why = NULL;
    Database *database = NULL;

    ck_assert_int_eq(database_open(folder, DURABILITY_POWER, &database, &why), -error);
    ck_assert_ptr_null(database);
    ck_assert_msg(strstr(why, file) && strstr(why, text) && !strchr(why, '\n'), "it says '%s'", why);
}

static int64_t read_number(Database *database, const char *sql) {
    sqlite3_stmt *statement = database_statement(database, sql);
    int64_t n;

    ck_assert_int_eq(database_step(database, statement), 1);
    n = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return n;
}

/* Something to be found again. */
static void add_client(Database *database) {
    const ClientRow row = { .id = 7, .uid = 1000, .name = ":1.1", .bus = "b" };

    ck_assert_int_eq(row_write(database, &client_table, &row), 0);
}

static int64_t count_clients(Database *database) {
    return read_number(database, "SELECT count(*) FROM client");
}

START_TEST(it_is_made_and_found_again) {
    struct stat status;
    Database *database;

    umask(0);
    database = open_it();
    ck_assert_int_eq(stat(file, &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0600);
    ck_assert_int_eq(read_number(database, "PRAGMA user_version"), SCHEMA_VERSION);
    ck_assert_int_eq(read_number(database, "PRAGMA synchronous"), 2);
    add_client(database);
    database_free(database);
    database = open_it();
    ck_assert_int_eq(count_clients(database), 1);
    database_free(database);
    ck_assert_uint_eq(count_files("callbus.db.damaged"), 0);
}
END_TEST

START_TEST(what_a_killed_service_committed_is_there) {
    Database *database;
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        add_client(open_it());
        kill(getpid(), SIGKILL);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    database = open_it();
    ck_assert_int_eq(count_clients(database), 1);
    database_free(database);
}
END_TEST

START_TEST(only_one_uses_it) {
    int to_child[2], to_parent[2], status;
    char byte = 0;
    pid_t pid;

    ck_assert_int_eq(pipe(to_child) | pipe(to_parent), 0);
    pid = fork();
    if (pid == 0) {
        Database *database = open_it();

        if (write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1)
            _exit(1);
        database_free(database);
        _exit(0);
    }
    ck_assert_int_eq(read(to_parent[0], &byte, 1), 1);
    expect_failure(EBUSY, "another callbusd uses it");
    ck_assert_int_eq(write(to_child[1], &byte, 1), 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    database_free(open_it());
}
END_TEST

START_TEST(one_of_a_newer_version_is_left_alone) {
    g_autofree char *before = NULL, *after = NULL;
    size_t size = 0, size_after = 0;
    Database *database = open_it();

    add_client(database);
    ck_assert_int_eq(database_run(database, database_statement(database, "PRAGMA user_version=1000")), 0);
    database_free(database);
    ck_assert(g_file_get_contents(file, &before, &size, NULL));
    expect_failure(ENOTSUP, "newer");
    ck_assert(g_file_get_contents(file, &after, &size_after, NULL));
    ck_assert_uint_eq(size, size_after);
    ck_assert_mem_eq(before, after, size);
    ck_assert_uint_eq(count_files("callbus.db.damaged"), 0);
}
END_TEST

/* What the first version wrote is there in this one. */
START_TEST(one_of_an_older_version_is_brought_up_to_date) {
    static const char rows[] =
        "PRAGMA application_id=0x43616c62; PRAGMA user_version=1;"
        "INSERT INTO client VALUES(7, 1000, ':1.1', 'b', 0);"
        "INSERT INTO handle VALUES(8, 9, 7, 1, 3, 'owner', 'drop', 64, 0, NULL)";
    sqlite3 *old = NULL;
    Database *database;

    ck_assert_int_eq(sqlite3_open(file, &old), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(old, schema_steps[0], NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(old, rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(old);
    database = open_it();
    ck_assert_int_eq(read_number(database, "PRAGMA user_version"), SCHEMA_VERSION);
    ck_assert_int_eq(count_clients(database), 1);
    ck_assert_int_eq(read_number(database, "SELECT number FROM handle WHERE client = 7"), 3);
    database_free(database);
    ck_assert_uint_eq(count_files("callbus.db.damaged"), 0);
}
END_TEST

static void expect_set_aside(void) {
    Database *database = open_it();

    ck_assert_int_eq(count_clients(database), 0);
    add_client(database);
    database_free(database);
    ck_assert_uint_eq(count_files("callbus.db.damaged"), 1);
    database = open_it();
    ck_assert_int_eq(count_clients(database), 1);
    database_free(database);
    ck_assert_uint_eq(count_files("callbus.db.damaged"), 1);
}

START_TEST(garbage_is_set_aside) {
    static const char *const texts[] = { "x", "This is no database at all, but it is long enough to be asked whether it is one. "
                                         "This is no database at all, but it is long enough to be asked whether it is one.",
                                         "SQLite format 3" };

    ck_assert(g_file_set_contents(file, texts[_i], -1, NULL));
    expect_set_aside();
}
END_TEST

START_TEST(the_database_of_another_program_is_set_aside) {
    sqlite3 *other = NULL;

    ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "CREATE TABLE photos(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    expect_set_aside();
}
END_TEST

/* Cut in the middle, or with a page of nonsense in it. */
START_TEST(a_damaged_one_is_set_aside) {
    Database *database = open_it();
    struct stat status;
    int fd;

    add_client(database);
    database_free(database);
    ck_assert_int_eq(stat(file, &status), 0);
    if (_i == 0) {
        ck_assert_int_eq(truncate(file, status.st_size / 2 + 100), 0);
    } else {
        fd = open(file, O_WRONLY | O_CLOEXEC);
        for (off_t at = 4096; at < status.st_size; at += 64)
            ck_assert_int_eq(pwrite(fd, "nonsense", 8, at), 8);
        close(fd);
    }
    expect_set_aside();
}
END_TEST

START_TEST(an_empty_file_is_a_new_one) {
    ck_assert(g_file_set_contents(file, "", 0, NULL));
    database_free(open_it());
    ck_assert_uint_eq(count_files("callbus.db.damaged"), 0);
}
END_TEST

START_TEST(what_is_no_file_is_no_database) {
    ck_assert_int_eq(g_mkdir(file, 0700), 0);
    expect_failure(EISDIR, "it must be a file");
    ck_assert_int_eq(g_rmdir(file), 0);
    ck_assert_int_eq(symlink("/dev/null", file), 0);
    expect_failure(ELOOP, "it must be a file");
}
END_TEST

START_TEST(in_memory_there_is_no_file) {
    g_autofree char *why = NULL;
    Database *database = NULL;

    ck_assert_int_eq(database_open(NULL, DURABILITY_CRASH, &database, &why), 0);
    add_client(database);
    ck_assert_int_eq(count_clients(database), 1);
    database_free(database);
    ck_assert_uint_eq(count_files(""), 0);
}
END_TEST

START_TEST(it_shrinks_when_there_is_time) {
    Database *database = open_it();
    struct stat status;

    ck_assert_int_eq(database_run(database, database_statement(database, "CREATE TABLE big(x)")), 0);
    ck_assert_int_eq(database_run(database, database_statement(database, "INSERT INTO big VALUES(zeroblob(1000000))")), 0);
    ck_assert_int_eq(database_run(database, database_statement(database, "DELETE FROM big")), 0);
    ck_assert_int_eq(database_tidy(database), 0);
    ck_assert_int_eq(stat(file, &status), 0);
    ck_assert_int_lt(status.st_size, 300000);
    database_free(database);
}
END_TEST

/* A column for each field, of that name, in that order. */
START_TEST(tables_have_the_columns_of_their_rows) {
    static const Table *const tables[] = { &client_table, &open_table, &call_table, &handle_table, &token_table };
    Database *database = open_it();

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        sqlite3_stmt *statement = database_statement(database, tables[i]->read);

        ck_assert_uint_eq((unsigned) sqlite3_column_count(statement), tables[i]->n_columns);
        for (unsigned j = 0; j < tables[i]->n_columns; j++)
            ck_assert_str_eq(sqlite3_column_name(statement, (int) j), tables[i]->columns[j].name);
        ck_assert_ptr_nonnull(database_statement(database, tables[i]->write));
    }
    database_free(database);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("database");
    TCase *tcase = tcase_create("database");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_is_made_and_found_again);
    tcase_add_test(tcase, what_a_killed_service_committed_is_there);
    tcase_add_test(tcase, only_one_uses_it);
    tcase_add_test(tcase, one_of_a_newer_version_is_left_alone);
    tcase_add_test(tcase, one_of_an_older_version_is_brought_up_to_date);
    tcase_add_loop_test(tcase, garbage_is_set_aside, 0, 3);
    tcase_add_test(tcase, the_database_of_another_program_is_set_aside);
    tcase_add_loop_test(tcase, a_damaged_one_is_set_aside, 0, 2);
    tcase_add_test(tcase, an_empty_file_is_a_new_one);
    tcase_add_test(tcase, what_is_no_file_is_no_database);
    tcase_add_test(tcase, in_memory_there_is_no_file);
    tcase_add_test(tcase, it_shrinks_when_there_is_time);
    tcase_add_test(tcase, tables_have_the_columns_of_their_rows);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
