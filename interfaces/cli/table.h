/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aligned columns under a header, cut to the width of the terminal. */
#pragma once

#include "interfaces/cli/terminal.h"

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Table Table;

typedef struct Column {
    const char *header;
    bool elastic; /* may be shortened where the terminal is too narrow */
    bool right;   /* numbers */
} Column;

/* The columns must live as long as the table. */
Table *table_new(const Column *columns, size_t n_columns);
Table *table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* The next cell, row by row. The text is made safe for the terminal; "" is shown as "-". */
void table_add(Table *table, const char *text, Style style);
void table_add_number(Table *table, uint64_t number);

size_t table_rows(const Table *table);

char *table_format(const Table *table, const Look *look, bool with_header);
