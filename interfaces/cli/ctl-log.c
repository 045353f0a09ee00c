/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl log: what became of calls. */
#include "interfaces/cli/ctl-log.h"
#include "interfaces/cli/when.h"
#include "service/types.h"

#include <stdio.h>
#include <string.h>

#define LINES_DEFAULT 50

/* ---- What is asked for ---- */

static int parse_time(const char *option, const char *text, uint64_t *ret) {
    if (!text || when_parse(text, ctl_now(), ret))
        return EXIT_DONE;
    return ctl_misuse("%s does not understand '%s': say today, yesterday, -2h, 14:03, 2026-08-05 or '2026-08-05 14:03'", option,
                      text);
}

static int parse_lines(const LogOptions *options, uint64_t *ret) {
    const char *text = options->lines;

    *ret = options->since || options->until || options->export ? UINT64_MAX : LINES_DEFAULT;
    if (!text)
        return EXIT_DONE;
    if (strcmp(text, "all") == 0) {
        *ret = UINT64_MAX;
        return EXIT_DONE;
    }
    if (g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, ret, NULL))
        return EXIT_DONE;
    return ctl_misuse("--lines wants a number or all, not '%s'", text);
}

static int check_words(const LogOptions *options) {
    if (options->missed && options->outcome)
        return ctl_misuse("--missed is --outcome=missed: say only one of them");
    if (options->outcome && (int) call_outcome_from_string(options->outcome) < 0)
        return ctl_misuse("'%s' is no outcome: use answered, missed, rejected, busy, no-answer, cancelled, failed, forwarded, "
                          "answered-elsewhere or blocked", options->outcome);
    if (options->direction && (int) call_direction_from_string(options->direction) < 0)
        return ctl_misuse("'%s' is no direction: use in or out", options->direction);
    if (options->export && strcmp(options->export, "json") != 0 && strcmp(options->export, "csv") != 0)
        return ctl_misuse("--export wants json or csv, not '%s'", options->export);
    return EXIT_DONE;
}

static int parse_query(const Ctl *ctl, LogQuery *ret) {
    const LogOptions *options = &ctl->log;
    LogQuery query = {
        .line = options->line,
        .number = options->number,
        .outcome = options->missed ? "missed" : options->outcome,
        .direction = options->direction,
        .all = ctl->all,
    };
    int status = check_words(options);

    if (status == EXIT_DONE)
        status = parse_time("--since", options->since, &query.since);
    if (status == EXIT_DONE)
        status = parse_time("--until", options->until, &query.until);
    if (status == EXIT_DONE)
        status = parse_lines(options, &query.limit);
    query.narrow = options->since || options->until || query.line || query.number || query.outcome || query.direction;
    *ret = query;
    return status;
}

/* What does not go together. */
static int check_use(const Ctl *ctl, char **arguments) {
    const LogOptions *options = &ctl->log;

    if (*arguments && !options->remove)
        return ctl_misuse("'log' wants no argument, but the ids of entries with --remove");
    if (options->remove && !*arguments)
        return ctl_misuse("--remove wants the ids of entries; 'callbusctl log --full' shows them");
    if (options->remove + ctl->clear + options->follow + (options->export != NULL) > 1)
        return ctl_misuse("--remove, --clear, --follow and --export do not go together: say one of them");
    if (options->reverse && (options->follow || options->export))
        return ctl_misuse("--reverse is for the table, and for --json");
    return EXIT_DONE;
}

/* ---- Reading ---- */

static int append_text(sd_bus_message *message, const char *key, const char *text) {
    return text ? sd_bus_message_append(message, "{sv}", key, "s", text) : 0;
}

static int append_time(sd_bus_message *message, const char *key, uint64_t usec) {
    return usec > 0 ? sd_bus_message_append(message, "{sv}", key, "t", usec) : 0;
}

int log_append_filter(sd_bus_message *message, const LogQuery *query) {
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = append_time(message, "since", query->since);
    if (r >= 0)
        r = append_time(message, "until", query->until);
    if (r >= 0)
        r = append_text(message, "line", query->line);
    if (r >= 0)
        r = append_text(message, "number", query->number);
    if (r >= 0)
        r = append_text(message, "outcome", query->outcome);
    if (r >= 0)
        r = append_text(message, "direction", query->direction);
    if (r >= 0)
        r = sd_bus_message_append(message, "{sv}", "all", "b", (int) query->all);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int log_for_each(const Ctl *ctl, const LogQuery *query, void (*take)(const Json *entry, void *userdata), void *userdata,
                 bool *ret_more) {
    uint64_t cursor = 0, left = query->limit;

    *ret_more = false;
    while (left > 0) {
        g_autoptr(Json) entries = NULL;
        int status = log_read_page(ctl, query, cursor, MIN(left, LOG_PAGE), &entries, &cursor);

        if (status != EXIT_DONE)
            return status;
        for (size_t i = 0; i < json_size(entries); i++)
            take(json_at(entries, i), userdata);
        left -= json_size(entries);
        *ret_more = cursor > 0;
        if (cursor == 0)
            break;
    }
    return EXIT_DONE;
}

/* ---- Showing ---- */

static void collect(const Json *entry, void *userdata) {
    g_ptr_array_add(userdata, json_ref((Json *) entry));
}

static void unref_entry(gpointer entry) {
    json_unref(entry);
}

static const Json *entry_at(const Ctl *ctl, const GPtrArray *entries, unsigned i) {
    return g_ptr_array_index(entries, ctl->log.reverse ? entries->len - 1 - i : i);
}

static void print_ids(const Ctl *ctl, const GPtrArray *entries) {
    for (unsigned i = 0; i < entries->len; i++)
        printf("%" G_GUINT64_FORMAT "\n", json_number(json_get(entry_at(ctl, entries, i), "id")));
}

static void print_json(const Ctl *ctl, const GPtrArray *entries) {
    g_autoptr(Json) list = json_new_list();

    for (unsigned i = 0; i < entries->len; i++)
        json_add(list, json_ref((Json *) entry_at(ctl, entries, i)));
    ctl_print_json(list, ctl->json);
}

static void print_table(const Ctl *ctl, const GPtrArray *entries) {
    unsigned n_columns = ctl->full ? LOG_CELLS : LOG_CELLS - 1;
    g_autoptr(Table) table = table_new(log_columns, n_columns);

    for (unsigned i = 0; i < entries->len; i++) {
        LogCell cells[LOG_CELLS];

        log_cells(ctl, entry_at(ctl, entries, i), ctl_now(), cells);
        for (unsigned j = 0; j < n_columns; j++)
            table_add(table, cells[j].text, cells[j].style);
        log_cells_clear(cells);
    }
    ctl_print_table(ctl, table, "call", "calls");
}

static int show(const Ctl *ctl, const LogQuery *query) {
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    bool more;
    int status = log_for_each(ctl, query, collect, entries, &more);

    if (status != EXIT_DONE)
        return status;
    if (ctl->quiet) {
        print_ids(ctl, entries);
        return EXIT_DONE;
    }
    if (ctl->json != JSON_OFF) {
        print_json(ctl, entries);
        return EXIT_DONE;
    }
    print_table(ctl, entries);
    if (more && !ctl->no_legend)
        printf("There are older ones: say --lines=all, or --since=.\n");
    return EXIT_DONE;
}

int ctl_log(Ctl *ctl, char **arguments) {
    LogQuery query;
    int status = check_use(ctl, arguments);

    if (status == EXIT_DONE)
        status = parse_query(ctl, &query);
    if (status != EXIT_DONE)
        return status;
    if (ctl->log.remove)
        return log_remove(ctl, arguments);
    if (ctl->clear)
        return log_clear(ctl, &query);
    if (ctl->log.export)
        return log_export(ctl, &query, ctl->log.export);
    return ctl->log.follow ? log_follow(ctl, &query) : show(ctl, &query);
}
