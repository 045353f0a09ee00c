/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row: what is kept of one object. */
#include "service/row.h"

#include <string.h>

#define FIELD(row, column, Type) (*(Type *) ((char *) (row) + (column)->offset))

static int bind(sqlite3_stmt *statement, int at, const Column *column, const void *row) {
    RowBytes bytes;

    switch (column->type) {
    case COLUMN_NUMBER:
        return sqlite3_bind_int64(statement, at, FIELD(row, column, const int64_t));
    case COLUMN_FLAG:
        return sqlite3_bind_int(statement, at, FIELD(row, column, const bool));
    case COLUMN_WORD:
        return sqlite3_bind_text(statement, at, column->words->to_string(FIELD(row, column, const int)), -1, SQLITE_STATIC);
    case COLUMN_TEXT:
        return sqlite3_bind_text(statement, at, FIELD(row, column, const char *const), -1, SQLITE_STATIC);
    case COLUMN_BYTES:
        bytes = FIELD(row, column, const RowBytes);
        return sqlite3_bind_blob64(statement, at, bytes.data, bytes.size, SQLITE_STATIC);
    }
    g_assert_not_reached();
}

int row_write(Database *database, const Table *table, const void *row) {
    sqlite3_stmt *statement = database_statement(database, table->write);

    if (!statement)
        return database_errno(database);
    for (unsigned i = 0; i < table->n_columns; i++)
        if (bind(statement, (int) i + 1, &table->columns[i], row) != SQLITE_OK)
            return database_errno(database);
    return database_run(database, statement);
}

static bool read_number(sqlite3_stmt *statement, int at, int64_t min, int64_t max, int64_t *ret) {
    if (sqlite3_column_type(statement, at) != SQLITE_INTEGER)
        return false;
    *ret = sqlite3_column_int64(statement, at);
    return *ret >= min && *ret <= max;
}

static bool read_flag(sqlite3_stmt *statement, int at, bool *ret) {
    int64_t number = 0;

    if (!read_number(statement, at, 0, 1, &number))
        return false;
    *ret = number;
    return true;
}

static bool read_text(sqlite3_stmt *statement, int at, int64_t max, const char **ret) {
    if (sqlite3_column_type(statement, at) != SQLITE_TEXT)
        return false;
    *ret = (const char *) sqlite3_column_text(statement, at);
    return *ret && sqlite3_column_bytes(statement, at) <= max && g_utf8_validate(*ret, sqlite3_column_bytes(statement, at), NULL);
}

static bool read_word(sqlite3_stmt *statement, int at, const Words *words, int *ret) {
    const char *word = NULL;

    if (!read_text(statement, at, INT_MAX, &word))
        return false;
    *ret = words->from_string(word);
    return *ret >= 0;
}

static bool read_bytes(sqlite3_stmt *statement, int at, int64_t max, RowBytes *ret) {
    int type = sqlite3_column_type(statement, at);

    if (type != SQLITE_BLOB && type != SQLITE_NULL)
        return false;
    ret->data = sqlite3_column_blob(statement, at);
    ret->size = ret->data ? sqlite3_column_bytes(statement, at) : 0;
    return (int64_t) ret->size <= max;
}

static bool read_column(sqlite3_stmt *statement, int at, const Column *column, void *row) {
    switch (column->type) {
    case COLUMN_NUMBER:
        return read_number(statement, at, column->min, column->max, &FIELD(row, column, int64_t));
    case COLUMN_FLAG:
        return read_flag(statement, at, &FIELD(row, column, bool));
    case COLUMN_WORD:
        return read_word(statement, at, column->words, &FIELD(row, column, int));
    case COLUMN_TEXT:
        return read_text(statement, at, column->max, &FIELD(row, column, const char *));
    case COLUMN_BYTES:
        return read_bytes(statement, at, column->max, &FIELD(row, column, RowBytes));
    }
    g_assert_not_reached();
}

bool row_read(sqlite3_stmt *statement, const Table *table, void *row) {
    if (sqlite3_column_count(statement) != (int) table->n_columns)
        return false;
    for (unsigned i = 0; i < table->n_columns; i++)
        if (!read_column(statement, (int) i, &table->columns[i], row))
            return false;
    return true;
}
