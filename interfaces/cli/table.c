/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aligned columns under a header, cut to the width of the terminal. */
#include "interfaces/cli/table.h"
#include "interfaces/cli/text.h"

#include <string.h>

#define GAP 2
#define COLUMN_MIN 4

typedef struct Cell {
    char *text;
    Style style;
} Cell;

struct Table {
    const Column *columns;
    size_t n_columns;
    GArray *cells;
};

static void clear_cell(gpointer data) {
    g_free(((Cell *) data)->text);
}

Table *table_new(const Column *columns, size_t n_columns) {
    Table *table = g_new0(Table, 1);

    table->columns = columns;
    table->n_columns = n_columns;
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    g_array_set_clear_func(table->cells, clear_cell);
    return table;
}

Table *table_free(Table *table) {
    if (table)
        g_array_unref(table->cells);
    g_free(table);
    return NULL;
}

void table_add(Table *table, const char *text, Style style) {
    Cell cell = {.text = text && *text ? text_safe(text) : g_strdup("-"), .style = style};

    g_array_append_val(table->cells, cell);
}

void table_add_number(Table *table, uint64_t number) {
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

    table_add(table, text, STYLE_PLAIN);
}

size_t table_rows(const Table *table) {
    return table->cells->len / table->n_columns;
}

static const Cell *cell_at(const Table *table, size_t row, size_t column) {
    return &g_array_index(table->cells, Cell, row * table->n_columns + column);
}

/* Takes columns from the widest elastic one until the row fits or nothing is left to take. */
static void fit(const Table *table, size_t *widths, unsigned limit) {
    size_t total = GAP * (table->n_columns - 1);

    for (size_t i = 0; i < table->n_columns; i++)
        total += widths[i];
    while (total > limit) {
        size_t *widest = NULL;
        for (size_t i = 0; i < table->n_columns; i++)
            if (table->columns[i].elastic && widths[i] > COLUMN_MIN && (!widest || widths[i] > *widest))
                widest = &widths[i];
        if (!widest)
            return;
        (*widest)--;
        total--;
    }
}

static size_t *measure(const Table *table, const Look *look, bool with_header) {
    size_t *widths = g_new0(size_t, table->n_columns);

    for (size_t column = 0; column < table->n_columns; column++) {
        if (with_header)
            widths[column] = strlen(table->columns[column].header);
        for (size_t row = 0; row < table_rows(table); row++)
            widths[column] = MAX(widths[column], text_width(cell_at(table, row, column)->text));
    }
    if (look->width != WIDTH_UNLIMITED)
        fit(table, widths, look->width);
    return widths;
}

static void write_cell(GString *out, const Table *table, size_t column, size_t width, const char *text,
                       Style style, const Look *look) {
    g_autofree char *shown = text_shorten(text, width, look_ellipsis(look));
    int blanks = (int) (width - MIN(text_width(shown), width));
    bool last = column + 1 == table->n_columns, right = table->columns[column].right;

    g_string_append_printf(out, "%*s%s%s%s", right ? blanks : 0, "", style_on(look, style), shown,
                           style_off(look, style));
    if (last)
        g_string_append_c(out, '\n');
    else
        g_string_append_printf(out, "%*s", (right ? 0 : blanks) + GAP, "");
}

char *table_format(const Table *table, const Look *look, bool with_header) {
    g_autofree size_t *widths = measure(table, look, with_header);
    GString *out = g_string_new(NULL);

    for (size_t column = 0; with_header && column < table->n_columns; column++)
        write_cell(out, table, column, widths[column], table->columns[column].header, STYLE_HEADER, look);
    for (size_t row = 0; row < table_rows(table); row++)
        for (size_t column = 0; column < table->n_columns; column++) {
            const Cell *cell = cell_at(table, row, column);
            write_cell(out, table, column, widths[column], cell->text, cell->style, look);
        }
    return g_string_free(out, FALSE);
}
