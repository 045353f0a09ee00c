/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl lines, line. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/rule.h"

#include <stdio.h>
#include <string.h>

static Style line_style(const char *state) {
    return strcmp(state, "in-service") == 0 ? STYLE_GOOD : STYLE_BAD;
}

char *ctl_line_state(const Record *line) {
    const char *state = record_text(line, "State"), *reason = record_text(line, "StateReason");

    return *reason ? g_strdup_printf("%s (%s)", state, reason) : g_strdup(state);
}

/* The counts are only told to those who have the line open: so we open it, and do not count ourselves. */
static int read_lines(Ctl *ctl, GPtrArray **ret) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(GPtrArray) lines = NULL, again = NULL, calls = NULL, more_calls = NULL;
    int r = remote_list(ctl->remote, &lines, &calls, &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "list the lines");
    for (unsigned i = 0; i < lines->len; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;
        /* a line that cannot be opened is shown without its counts */
        (void) remote_open_line(ctl->remote, record_path(g_ptr_array_index(lines, i)), "none", "drop", &ignored);
    }
    r = remote_list(ctl->remote, &again, &more_calls, &error);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "list the lines");
    for (unsigned i = 0; i < again->len; i++) {
        Record *line = g_ptr_array_index(again, i);
        uint64_t opens = record_number(line, "Opens");
        if (opens > 0)
            record_set_number(line, "Opens", opens - 1);
    }
    *ret = TAKE_PTR(again);
    return EXIT_DONE;
}

char *ctl_rules(const Ctl *ctl, const Record *line) {
    return rules_text(json_get(record_properties(line), "Forwarding"), look_arrow(&ctl->look));
}

/* What keeps calls from coming in as ever, and what waits. */
static char *state_and_notes(const Ctl *ctl, const Record *line) {
    uint64_t messages = record_number(line, "MessagesWaiting");
    g_autofree char *rules = ctl_rules(ctl, line), *state = ctl_line_state(line);
    GString *out = g_string_new(state);

    if (*rules)
        g_string_append_printf(out, ", %s", rules);
    if (messages > 0)
        g_string_append_printf(out, ", %" G_GUINT64_FORMAT " message%s", messages, messages == 1 ? "" : "s");
    return g_string_free(out, FALSE);
}

int ctl_lines(Ctl *ctl, char **arguments) {
    static const Column columns[] = {
        {"NAME"}, {"ADDRESS", .elastic = true}, {"PROVIDER"}, {"LABEL", .elastic = true}, {"ACTIVE", .right = true},
        {"HELD", .right = true}, {"STATE", .elastic = true}, /* it may tell a reason, which is long */
    };
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GPtrArray) lines = NULL;
    int status = read_lines(ctl, &lines);

    if (status != EXIT_DONE)
        return status;
    if (ctl->quiet) {
        for (unsigned i = 0; i < lines->len; i++)
            puts(record_name(g_ptr_array_index(lines, i)));
        return EXIT_DONE;
    }
    if (ctl->json != JSON_OFF) {
        ctl_print_records(ctl, lines);
        return EXIT_DONE;
    }
    for (unsigned i = 0; i < lines->len; i++) {
        const Record *line = g_ptr_array_index(lines, i);
        g_autofree char *addresses = record_joined(line, "Addresses"), *state = state_and_notes(ctl, line);
        table_add(table, record_text(line, "Name"), STYLE_PLAIN);
        table_add(table, addresses, STYLE_PLAIN);
        table_add(table, record_text(line, "Provider"), STYLE_PLAIN);
        table_add(table, record_text(line, "Label"), STYLE_PLAIN);
        table_add_number(table, record_number(line, "ActiveCalls"));
        table_add_number(table, record_number(line, "HeldCalls"));
        table_add(table, state, line_style(record_text(line, "State")));
    }
    ctl_print_table(ctl, table, "line", "lines");
    return EXIT_DONE;
}

static char *limits_text(const Record *line) {
    static const struct {
        const char *property, *words;
    } limits[] = {
        {"MaxActiveCalls", "active"},
        {"MaxHeldCalls", "on hold"},
        {"MaxConferenceParties", "in a conference"},
    };
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        uint64_t limit = record_number(line, limits[i].property);
        if (limit > 0)
            g_string_append_printf(out, "%s%" G_GUINT64_FORMAT " %s", out->len > 0 ? ", " : "", limit,
                                   limits[i].words);
    }
    return g_string_free(out, FALSE);
}

static const char *answering_words(const Record *line) {
    const char *mode = record_text(line, "AnswerMode");

    if (strcmp(mode, "drop") == 0)
        return "ends the call that talks";
    return strcmp(mode, "hold") == 0 ? "puts the call that talks on hold" : "";
}

static void print_line(const Ctl *ctl, const Record *line) {
    g_autoptr(Sheet) sheet = sheet_new();
    g_autofree char *addresses = record_joined(line, "Addresses"), *state = ctl_line_state(line);
    g_autofree char *media = record_joined(line, "MediaModes"), *rules = ctl_rules(ctl, line);
    const Json *capabilities = json_get(record_properties(line), "Capabilities");
    g_autofree char *can = ability_words(capabilities, true), *cannot = ability_words(capabilities, false);
    g_autofree char *emergency = record_joined(line, "EmergencyNumbers"), *limits = limits_text(line);
    g_autofree char *calls = g_strdup_printf(
        "%" G_GUINT64_FORMAT " active, %" G_GUINT64_FORMAT " on hold", record_number(line, "ActiveCalls"),
        record_number(line, "HeldCalls"));
    uint64_t opens = record_number(line, "Opens");
    g_autofree char *users = g_strdup_printf("%" G_GUINT64_FORMAT " application%s", opens, opens == 1 ? "" : "s");

    sheet_add(sheet, "Line", record_text(line, "Name"), STYLE_STRONG);
    sheet_add(sheet, "Label", record_text(line, "Label"), STYLE_PLAIN);
    sheet_add(sheet, "Provider", record_text(line, "Provider"), STYLE_PLAIN);
    sheet_add(sheet, "Address", addresses, STYLE_PLAIN);
    sheet_add(sheet, "State", state, line_style(record_text(line, "State")));
    sheet_add(sheet, "Calls", calls, STYLE_PLAIN);
    sheet_add(sheet, "Limits", limits, STYLE_PLAIN);
    sheet_add(sheet, "Forwarding", rules, STYLE_NOTICE);
    sheet_add(sheet, "Answering", answering_words(line), STYLE_PLAIN);
    sheet_add(sheet, "Opened by", users, STYLE_PLAIN);
    if (record_number(line, "MessagesWaiting") > 0)
        sheet_add_number(sheet, "Messages", record_number(line, "MessagesWaiting"));
    sheet_add(sheet, "Media", media, STYLE_PLAIN);
    sheet_add(sheet, "Can do", can, STYLE_PLAIN);
    sheet_add(sheet, "Cannot", cannot, STYLE_PLAIN);
    sheet_add(sheet, "Emergency", emergency, STYLE_PLAIN);
    sheet_add(sheet, "Object", record_path(line), STYLE_DIM);
    ctl_print_sheet(ctl, sheet);
}

static int show_line(Ctl *ctl, const char *name) {
    g_autoptr(GPtrArray) lines = NULL;
    int status = read_lines(ctl, &lines);

    if (status != EXIT_DONE)
        return status;
    for (unsigned i = 0; i < lines->len; i++) {
        const Record *line = g_ptr_array_index(lines, i);
        if (strcmp(record_name(line), name) != 0)
            continue;
        if (ctl->json != JSON_OFF)
            ctl_print_json(record_properties(line), ctl->json);
        else
            print_line(ctl, line);
        return EXIT_DONE;
    }
    return ctl_fail_line(name);
}

/* A line may well be named "add": to show it takes one word. */
int ctl_line(Ctl *ctl, char **arguments) {
    unsigned n = g_strv_length(arguments);

    if (n == 1)
        return show_line(ctl, arguments[0]);
    if (strcmp(arguments[0], "add") == 0 && n >= 3)
        return ctl_line_add(ctl, arguments[1], arguments[2], arguments + 3);
    if (strcmp(arguments[0], "remove") == 0 && n == 2)
        return ctl_line_remove(ctl, arguments[1]);
    return ctl_misuse("'line' wants NAME, or 'add NAME PROVIDER [KEY=VALUE...]', or 'remove NAME'");
}
