/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is known of one thing: a label and a text a line, wrapped at the width of the terminal. */
#include "interfaces/cli/sheet.h"
#include "interfaces/cli/text.h"

#include <string.h>

#define TEXT_WIDTH_MIN 20

typedef struct Row {
    const char *label;
    char *text;
    Style style;
} Row;

struct Sheet {
    GArray *rows;
};

static void clear_row(gpointer data) {
    g_free(((Row *) data)->text);
}

Sheet *sheet_new(void) {
    Sheet *sheet = g_new0(Sheet, 1);

    sheet->rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_array_set_clear_func(sheet->rows, clear_row);
    return sheet;
}

Sheet *sheet_free(Sheet *sheet) {
    if (sheet)
        g_array_unref(sheet->rows);
    g_free(sheet);
    return NULL;
}

void sheet_add(Sheet *sheet, const char *label, const char *text, Style style) {
    Row row = {.label = label, .style = style};

    if (!text || !*text)
        return;
    row.text = text_safe(text);
    g_array_append_val(sheet->rows, row);
}

void sheet_add_number(Sheet *sheet, const char *label, uint64_t number) {
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

    sheet_add(sheet, label, text, STYLE_PLAIN);
}

/* Words that do not fit any more begin a new line, under the first one. */
static void write_text(GString *out, const char *text, size_t indent, size_t width) {
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    size_t used = 0;

    for (char **word = words; *word; word++) {
        size_t needed = text_width(*word);
        if (used > 0 && used + 1 + needed > width) {
            g_string_append_printf(out, "\n%*s", (int) indent, "");
            used = 0;
        } else if (word != words) {
            g_string_append_c(out, ' ');
            used++;
        }
        g_string_append(out, *word);
        used += needed;
    }
}

char *sheet_format(const Sheet *sheet, const Look *look) {
    GString *out = g_string_new(NULL);
    size_t indent = 0, width = SIZE_MAX / 2;

    for (unsigned i = 0; i < sheet->rows->len; i++)
        indent = MAX(indent, strlen(g_array_index(sheet->rows, Row, i).label) + strlen(": "));
    if (look->width != WIDTH_UNLIMITED)
        width = look->width > indent + TEXT_WIDTH_MIN ? look->width - indent : TEXT_WIDTH_MIN;
    for (unsigned i = 0; i < sheet->rows->len; i++) {
        const Row *row = &g_array_index(sheet->rows, Row, i);
        g_string_append_printf(out, "%*s: %s", (int) (indent - strlen(": ")), row->label, style_on(look, row->style));
        write_text(out, row->text, indent, width);
        g_string_append_printf(out, "%s\n", style_off(look, row->style));
    }
    return g_string_free(out, FALSE);
}
