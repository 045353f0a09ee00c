/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Row: what is kept of one object, as a plain struct, and how it is written to and read from its table: one column for each field, in
 * the order of the schema. Nothing that is read is trusted.
 */
#pragma once

#include "service/database.h"

typedef struct RowBytes {
    const void *data; /* NULL if there are none */
    size_t size;
} RowBytes;

typedef enum ColumnType {
    COLUMN_NUMBER, /* int64_t, from `min` to `max` */
    COLUMN_FLAG,   /* bool */
    COLUMN_WORD,   /* an enumeration in an int, by the words of the bus */
    COLUMN_TEXT,   /* const char *, UTF-8 of at most `max` bytes; "" for none */
    COLUMN_BYTES,  /* RowBytes, at most `max` */
} ColumnType;

typedef struct Words {
    const char *(*to_string)(int value);
    int (*from_string)(const char *word);
} Words;

typedef struct Column {
    const char *name;
    ColumnType type;
    size_t offset;
    int64_t min, max;
    const Words *words;
} Column;

typedef struct Table {
    const char *name, *read, *write; /* statements */
    const Column *columns;
    unsigned n_columns;
} Table;

/* Writes the row, in place of one with the same id. 0 or a negative errno. */
int row_write(Database *database, const Table *table, const void *row);

/* The row that the statement, one of table->read, has come to. Texts and bytes are valid until its next step. False: it makes no
 * sense. */
bool row_read(sqlite3_stmt *statement, const Table *table, void *row);
