/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CSV: rows for a spreadsheet (RFC 4180). */
#include "interfaces/cli/csv.h"

#include <stdbool.h>
#include <string.h>

/* Spreadsheets compute what begins so. A number with its plus sign is what it looks like. */
static bool is_formula(const char *text) {
    const char *digits = text + 1;

    if (*text == '\0' || !strchr("=+-@\t\r\n", *text))
        return false;
    return *text != '+' || *digits == '\0' || strspn(digits, "0123456789 ") != strlen(digits);
}

void csv_add(GString *row, const char *text) {
    g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
    g_autofree char *doubled = g_strjoinv("\"\"", parts);
    const char *guard = is_formula(text) ? "'" : "";

    if (row->len > 0 && row->str[row->len - 1] != '\n')
        g_string_append_c(row, ',');
    if (*guard || strpbrk(text, "\",\r\n") || text[0] == ' ' || g_str_has_suffix(text, " "))
        g_string_append_printf(row, "\"%s%s\"", guard, doubled);
    else
        g_string_append(row, text);
}

void csv_end(GString *row) {
    g_string_append(row, "\r\n");
}
