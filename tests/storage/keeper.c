/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeper: something that is written down as the service does it, and that can be counted afterwards. */
#include "tests/storage/keeper.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Row {
    JournalMark mark;
    unsigned number, turn;
    size_t size;
} Row;

struct Keeper {
    Journal *journal;
    GPtrArray *rows;
    unsigned turns, acknowledged;
};

static int write_row(Database *database, void *object) {
    const Row *row = object;
    sqlite3_stmt *statement = database_statement(database, "INSERT OR REPLACE INTO kept VALUES(?, ?, zeroblob(?))");

    if (!statement)
        return database_errno(database);
    sqlite3_bind_int64(statement, 1, row->number);
    sqlite3_bind_int64(statement, 2, row->turn);
    sqlite3_bind_int64(statement, 3, (int64_t) row->size);
    return database_run(database, statement);
}

static const JournalKind kind = { .write = write_row };

static int make_table(Database *database) {
    sqlite3_stmt *statement = database_statement(database, "CREATE TABLE IF NOT EXISTS kept(number INTEGER PRIMARY KEY, turn INTEGER, data BLOB)");

    return statement ? database_run(database, statement) : database_errno(database);
}

int keeper_new(const char *folder, Durability durability, Keeper **ret, char **ret_why) {
    Database *database = NULL;
    int r = database_open(folder, durability, &database, ret_why);

    if (r < 0)
        return r;
    r = make_table(database);
    if (r < 0) {
        database_free(database);
        *ret_why = g_strdup_printf("the table can't be made: %s", g_strerror(-r));
        return r;
    }
    *ret = g_new0(Keeper, 1);
    (*ret)->journal = journal_new(database);
    (*ret)->rows = g_ptr_array_new_with_free_func(g_free);
    return 0;
}

Keeper *keeper_free(Keeper *keeper) {
    if (!keeper)
        return NULL;
    journal_free(keeper->journal);
    g_ptr_array_unref(keeper->rows);
    g_free(keeper);
    return NULL;
}

int keeper_commit(Keeper *keeper) {
    int r = journal_commit(keeper->journal);

    if (r >= 0)
        keeper->acknowledged = keeper->turns;
    return r;
}

int keeper_turn(Keeper *keeper, size_t size) {
    keeper->turns++;
    for (unsigned i = 0; i < KEEPER_ROWS; i++) {
        Row *row = g_new0(Row, 1);

        *row = (Row) { .number = keeper->rows->len + 1, .turn = keeper->turns, .size = size };
        g_ptr_array_add(keeper->rows, row);
        journal_touch(keeper->journal, &row->mark, &kind, row);
    }
    return keeper_commit(keeper);
}

int keeper_tidy(Keeper *keeper) {
    return database_tidy(journal_database(keeper->journal));
}

unsigned keeper_turns(const Keeper *keeper) {
    return keeper->turns;
}

unsigned keeper_acknowledged(const Keeper *keeper) {
    return keeper->acknowledged;
}

/* ---- Counting ---- */

static bool is_damaged(const char *folder) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)))
        if (strstr(name, ".damaged-"))
            return true;
    return false;
}

static char *count(Database *database, unsigned acknowledged) {
    sqlite3_stmt *statement = database_statement(database, "SELECT turn, count(*) FROM kept GROUP BY turn ORDER BY turn");
    unsigned turns = 0;
    int r;

    /* It was cut off before there was a table. */
    if (!statement)
        return acknowledged > 0 ? g_strdup("there is no table") : NULL;
    while ((r = database_step(database, statement)) > 0) {
        if (sqlite3_column_int64(statement, 0) != ++turns)
            return g_strdup_printf("turn %u is not there, but later ones are", turns);
        if (sqlite3_column_int64(statement, 1) != KEEPER_ROWS)
            return g_strdup_printf("of turn %u only a part is there", turns);
    }
    if (r < 0)
        return g_strdup_printf("can't be read: %s", g_strerror(-r));
    return turns < acknowledged ? g_strdup_printf("%u turns were acknowledged, %u are there", acknowledged, turns) : NULL;
}

char *keeper_check(const char *folder, unsigned acknowledged) {
    Database *database = NULL;
    g_autofree char *why = NULL;
    char *wrong;

    if (database_open(folder, DURABILITY_CRASH, &database, &why) < 0)
        return g_steal_pointer(&why);
    wrong = is_damaged(folder) ? g_strdup("it was damaged") : count(database, acknowledged);
    database_free(database);
    return wrong;
}

/* ---- Folders ---- */

char *keeper_folder(void) {
    /* Nobody waits for a disk. */
    if (access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", /* overwrite= */ FALSE);
    return g_dir_make_tmp("callbus-storage-XXXXXX", NULL);
}

void keeper_empty(const char *folder) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        remove(path);
    }
}

void keeper_remove(char *folder) {
    keeper_empty(folder);
    rmdir(folder);
    g_free(folder);
}
