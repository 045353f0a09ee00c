/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl log --export: the whole log, page by page, so that it may be larger than memory. */
#include "interfaces/cli/csv.h"
#include "interfaces/cli/ctl-log.h"
#include "interfaces/cli/text.h"
#include "interfaces/cli/when.h"

#include <stdio.h>
#include <string.h>

/* ---- JSON: a list, with an entry a line ---- */

static void write_json(const Json *entry, void *userdata) {
    bool *first = userdata;
    g_autofree char *text = json_format(entry, JSON_SHORT);

    printf("%s\n%s", *first ? "" : ",", text);
    *first = false;
}

static int export_json(const Ctl *ctl, const LogQuery *query) {
    bool first = true, more;
    int status;

    fputs("[", stdout);
    status = log_for_each(ctl, query, write_json, &first, &more);
    /* a list that breaks off is no JSON, so nobody takes it for all */
    if (status == EXIT_DONE)
        fputs("\n]\n", stdout);
    return status;
}

/* ---- CSV ---- */

typedef enum Kind {
    KIND_TEXT,
    KIND_NUMBER,
    KIND_TIME,
    KIND_SECONDS,
    KIND_FLAG,
    KIND_USER,
} Kind;

static const struct {
    const char *key;
    Kind kind;
} columns[] = {
    {"id", KIND_NUMBER},      {"started", KIND_TIME},      {"connected", KIND_TIME},  {"ended", KIND_TIME},
    {"duration", KIND_SECONDS}, {"direction", KIND_TEXT},  {"outcome", KIND_TEXT},    {"cause", KIND_TEXT},
    {"number", KIND_TEXT},    {"name", KIND_TEXT},         {"presentation", KIND_TEXT}, {"line", KIND_TEXT},
    {"call-id", KIND_TEXT},   {"media-mode", KIND_TEXT},   {"emergency", KIND_FLAG},  {"user", KIND_USER},
};

static char *cell(const Json *value, Kind kind) {
    uint64_t number = json_number(value);

    switch (kind) {
    case KIND_TEXT:
        return g_strdup(json_text(value));
    case KIND_NUMBER:
        return g_strdup_printf("%" G_GUINT64_FORMAT, number);
    case KIND_TIME:
        return when_exact(number);
    case KIND_SECONDS:
        return g_strdup_printf("%" G_GUINT64_FORMAT ".%03" G_GUINT64_FORMAT, number / USEC_PER_SEC,
                               number % USEC_PER_SEC / USEC_PER_MSEC);
    case KIND_FLAG:
        return g_strdup(json_flag(value) ? "yes" : "no");
    case KIND_USER:
        return value ? g_strdup_printf("%" G_GUINT64_FORMAT, number) : g_strdup("");
    }
    return NULL;
}

static void write_row(const Json *entry, void *userdata) {
    g_autoptr(GString) row = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        g_autofree char *text = cell(json_get(entry, columns[i].key), columns[i].kind);

        csv_add(row, text);
    }
    csv_end(row);
    fputs(row->str, stdout);
}

static int export_csv(const Ctl *ctl, const LogQuery *query) {
    g_autoptr(GString) head = g_string_new(NULL);
    bool more;

    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        csv_add(head, columns[i].key);
    csv_end(head);
    fputs(head->str, stdout);
    return log_for_each(ctl, query, write_row, NULL, &more);
}

int log_export(const Ctl *ctl, const LogQuery *query, const char *format) {
    return strcmp(format, "json") == 0 ? export_json(ctl, query) : export_csv(ctl, query);
}
