/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Database: the SQLite file in the state folder. */
#include "service/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "service/crash-point.h"
#include "service/log.h"
#include "service/schema.h"

#define FILE_NAME "callbus.db"

enum {
    HEADER_SIZE = 100, /* of a database's file */
    UNUSED_PAGES = 64,       /* in the file, before it shrinks, */
    COPIED_PAGES = 1024,     /* and at most so many in use: some milliseconds */
    CHECKPOINT_PAGES = 4000, /* of the write-ahead log, before it is moved into the file: 16 MB */
};

struct Database {
    sqlite3 *sqlite;
    GHashTable *statements; /* text -> sqlite3_stmt */
    bool lasting;
};

/* ---- Errors ---- */

static int to_errno(int code) {
    static const struct {
        int code, error;
    } rows[] = {
        { SQLITE_OK, 0 },
        { SQLITE_ROW, 0 },
        { SQLITE_DONE, 0 },
        { SQLITE_FULL, ENOSPC },
        { SQLITE_READONLY, EROFS },
        { SQLITE_CORRUPT, EBADMSG },
        { SQLITE_NOTADB, EBADMSG },
        { SQLITE_BUSY, EBUSY },
        { SQLITE_LOCKED, EBUSY },
        { SQLITE_NOMEM, ENOMEM },
        { SQLITE_CANTOPEN, EACCES },
        { SQLITE_TOOBIG, E2BIG },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].code == (code & 0xff))
            return -rows[i].error;
    return -EIO;
}

int database_errno(Database *database) {
    return to_errno(sqlite3_errcode(database->sqlite)) ?: -EIO;
}

static int fail(int error, char **ret_why, const char *folder, const char *hint) {
    *ret_why = g_strdup_printf("%s/" FILE_NAME ": %s: %s", folder, g_strerror(-error), hint);
    return error;
}

/* ---- Statements ---- */

static void finalize(void *statement) {
    sqlite3_finalize(statement);
}

sqlite3_stmt *database_statement(Database *database, const char *sql) {
    sqlite3_stmt *statement = g_hash_table_lookup(database->statements, sql);

    if (statement) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return statement;
    }
    if (sqlite3_prepare_v3(database->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        log_error("event: storage, error: %s", sqlite3_errmsg(database->sqlite));
        return NULL;
    }
    g_hash_table_insert(database->statements, (char *) sql, statement);
    return statement;
}

int database_step(Database *database, sqlite3_stmt *statement) {
    int r;

    if (!statement)
        return database_errno(database);
    r = sqlite3_step(statement);
    if (r == SQLITE_ROW)
        return 1;
    sqlite3_reset(statement);
    return to_errno(r);
}

int database_run(Database *database, sqlite3_stmt *statement) {
    int r = database_step(database, statement);

    if (r > 0)
        sqlite3_reset(statement);
    return MIN(r, 0);
}

const char *database_text(sqlite3_stmt *statement, int column) {
    return (const char *) sqlite3_column_text(statement, column) ?: "";
}

bool database_is_lasting(const Database *database) {
    return database->lasting;
}

int database_begin(Database *database) {
    return database_run(database, database_statement(database, "BEGIN IMMEDIATE"));
}

int database_commit(Database *database) {
    return database_run(database, database_statement(database, "COMMIT"));
}

void database_rollback(Database *database) {
    if (!sqlite3_get_autocommit(database->sqlite))
        database_run(database, database_statement(database, "ROLLBACK"));
}

/* The first column of the first row. */
static int read_number(sqlite3 *sqlite, const char *sql, int64_t *ret) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_step(statement);
    if (r == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return to_errno(r);
}

int database_tidy(Database *database) {
    int64_t pages = 0, unused = 0;
    int r = read_number(database->sqlite, "PRAGMA page_count", &pages);

    if (r >= 0)
        r = read_number(database->sqlite, "PRAGMA freelist_count", &unused);
    if (r >= 0 && unused >= UNUSED_PAGES && pages - unused <= COPIED_PAGES)
        r = to_errno(sqlite3_exec(database->sqlite, "VACUUM", NULL, NULL, NULL));
    return r < 0 ? r : to_errno(sqlite3_exec(database->sqlite, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL));
}

/* ---- Opening ---- */

static int run_text(sqlite3 *sqlite, const char *sql) {
    return to_errno(sqlite3_exec(sqlite, sql, NULL, NULL, NULL));
}

static int on_check_row(void *userdata, int n, char **values, char **names) {
    *(bool *) userdata = n == 1 && g_strcmp0(values[0], "ok") == 0;
    return 0;
}

/* 1: it is one of ours, and whole; 0: there is nothing in it yet. */
static int check(sqlite3 *sqlite, int64_t *ret_version) {
    int64_t application = 0, tables = 0;
    bool whole = false;
    int r;

    r = read_number(sqlite, "PRAGMA application_id", &application);
    if (r >= 0)
        r = read_number(sqlite, "PRAGMA user_version", ret_version);
    if (r >= 0)
        r = read_number(sqlite, "SELECT count(*) FROM sqlite_schema", &tables);
    if (r < 0)
        return r;
    if (tables == 0 && application == 0)
        return 0;
    if (application != SCHEMA_APPLICATION_ID)
        return -EBADMSG;
    if (*ret_version > SCHEMA_VERSION)
        return -ENOTSUP;
    r = to_errno(sqlite3_exec(sqlite, "PRAGMA quick_check(1)", on_check_row, &whole, NULL));
    if (r < 0)
        return r;
    return whole ? 1 : -EBADMSG;
}

/* From an older version, or from nothing, to this one: wholly or not at all. */
static int upgrade(sqlite3 *sqlite, int64_t version) {
    g_autofree char *head = g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%d", SCHEMA_APPLICATION_ID, SCHEMA_VERSION);
    int r = run_text(sqlite, "BEGIN EXCLUSIVE");

    for (int64_t i = version; r >= 0 && i < SCHEMA_VERSION; i++)
        r = run_text(sqlite, schema_steps[i]);
    if (r >= 0)
        r = run_text(sqlite, head);
    crash_point("journal:upgrade");
    if (r >= 0)
        r = run_text(sqlite, "COMMIT");
    crash_point("journal:upgraded");
    if (r < 0)
        run_text(sqlite, "ROLLBACK");
    return r;
}

static int prepare(sqlite3 *sqlite, Durability durability) {
    /* The file is not kept small all the time (auto_vacuum): that would cost a page more in most transactions. */
    static const char settings[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;"
                                   " PRAGMA cache_size=-100";
    int64_t version = 0;
    int r;

    r = run_text(sqlite, settings);
    if (r < 0)
        return r;
    r = check(sqlite, &version);
    if (r >= 0)
        r = run_text(sqlite, "PRAGMA journal_mode=WAL");
    if (r >= 0)
        r = run_text(sqlite, durability == DURABILITY_POWER ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    if (r >= 0 && version < SCHEMA_VERSION)
        r = upgrade(sqlite, version);
    sqlite3_wal_autocheckpoint(sqlite, CHECKPOINT_PAGES);
    return r;
}

/* Readable by its user alone, from the first moment on. SQLite takes what is too short to be a database for none yet, and would write
 * over it. */
static int make_file(const char *path) {
    _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    return status.st_size > 0 && status.st_size < HEADER_SIZE ? -EBADMSG : 0;
}

static int open_file(const char *path, Durability durability, sqlite3 **ret) {
    sqlite3 *sqlite = NULL;
    int r = strcmp(path, ":memory:") == 0 ? 0 : make_file(path);

    if (r < 0)
        return r;
    r = to_errno(sqlite3_open_v2(path, &sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    if (r >= 0)
        r = prepare(sqlite, durability);
    if (r < 0) {
        sqlite3_close(sqlite);
        return r;
    }
    *ret = sqlite;
    return 0;
}

/* The file and what belongs to it gets another name, under which nothing is yet. */
static int set_aside(const char *path) {
    static const char *const endings[] = { "", "-wal", "-shm" };
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *when = g_date_time_format(now, "%Y%m%d-%H%M%S");

    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *from = g_strconcat(path, endings[i], NULL);
        g_autofree char *to = g_strdup_printf("%s.damaged-%s-%d%s", path, when, (int) getpid(), endings[i]);

        crash_point("journal:set-aside");
        if (rename(from, to) < 0 && errno != ENOENT)
            return -errno;
        if (i == 0)
            log_error("%s: damaged, or no database of Callbus: it is kept as %s, and a new one begins", path, to);
    }
    return 0;
}

static int explain(int r, const char *folder, char **ret_why) {
    switch (-r) {
    case EBUSY:
        return fail(r, ret_why, folder, "another callbusd uses it: stop that one, or give another folder with --state");
    case ENOTSUP:
        *ret_why = g_strdup_printf("%s/" FILE_NAME ": a newer callbusd made it, and this one leaves it alone: start that one, or "
                                   "give another folder with --state", folder);
        return r;
    case ENOSPC:
        return fail(r, ret_why, folder, "make room on its disk, or give another folder with --state");
    }
    return fail(r, ret_why, folder, "it must be a file that can be read and written; or give another folder with --state");
}

int database_open(const char *folder, Durability durability, Database **ret, char **ret_why) {
    g_autofree char *path = folder ? g_build_filename(folder, FILE_NAME, NULL) : g_strdup(":memory:");
    sqlite3 *sqlite = NULL;
    int r;

    r = open_file(path, durability, &sqlite);
    if (r == -EBADMSG) {
        r = set_aside(path);
        if (r >= 0)
            r = open_file(path, durability, &sqlite);
    }
    if (r < 0)
        return explain(r, folder ?: "memory", ret_why);
    *ret = g_new(Database, 1);
    **ret = (Database) { .sqlite = sqlite, .statements = g_hash_table_new_full(NULL, NULL, NULL, finalize), .lasting = folder };
    return 0;
}

Database *database_free(Database *database) {
    if (!database)
        return NULL;
    g_hash_table_unref(database->statements);
    sqlite3_close(database->sqlite);
    g_free(database);
    return NULL;
}
