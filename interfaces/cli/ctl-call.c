/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl calls, show; and finding the call that a person means. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/select.h"
#include "interfaces/cli/text.h"
#include "interfaces/names.h"

#include <stdio.h>
#include <string.h>

static void watch_lines(Ctl *ctl, const GPtrArray *lines) {
    for (unsigned i = 0; i < lines->len; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Record *line = g_ptr_array_index(lines, i);
        int r = remote_watch_line(ctl->remote, record_path(line), NULL, &error);
        /* a line that was removed since is no line of the answer, the others are */
        if (r < 0 && !sd_bus_error_has_name(&error, DBUS_ERROR_UNKNOWN_OBJECT))
            ctl_fail_bus(ctl, &error, r, "see the calls on %s", record_name(line));
    }
}

/* Our own handle is no news to whoever asks who else has the call. */
static void leave_ourselves_out(const GPtrArray *calls) {
    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        const char *count = strcmp(record_text(call, "Privilege"), "owner") == 0 ? "Owners" : "Monitors";
        uint64_t n = record_number(call, count);
        if (n > 0)
            record_set_number(call, count, n - 1);
    }
}

int ctl_fetch(Ctl *ctl, GPtrArray **ret_lines, GPtrArray **ret_calls) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(GPtrArray) lines = NULL, calls = NULL, later_lines = NULL, later_calls = NULL;
    int r = remote_list(ctl->remote, &lines, &calls, &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "list the lines");
    watch_lines(ctl, lines);
    r = remote_list(ctl->remote, &later_lines, &later_calls, &error);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "list the calls");
    leave_ourselves_out(later_calls);
    *ret_lines = TAKE_PTR(later_lines);
    *ret_calls = TAKE_PTR(later_calls);
    return EXIT_DONE;
}

static char *time_text(const Record *call) {
    uint64_t now = ctl_now(), talked = record_talk_time(call, now), since = record_number(call, "StateTimestamp");

    if (talked == 0 && now > since && !state_is_over(record_text(call, "State")))
        talked = now - since;
    return talked > 0 ? text_duration(talked) : g_strdup("");
}

static void add_call(const Ctl *ctl, Table *table, const GPtrArray *calls, const Record *call) {
    g_autofree char *short_id = select_short_id(calls, call), *time = time_text(call);
    g_autofree char *from = record_party(call, PARTY_FROM), *to = record_party(call, PARTY_TO);
    const char *state = record_text(call, "State"), *cause = record_text(call, "DisconnectCause");
    g_autofree char *state_and_cause = *cause && strcmp(cause, state) != 0 ? g_strdup_printf("%s (%s)", state, cause)
                                                                           : g_strdup(state);
    bool shorten = ctl->look.terminal && !ctl->full;

    table_add(table, shorten ? short_id : record_text(call, "CallId"), STYLE_STRONG);
    table_add(table, record_line_name(call), STYLE_PLAIN);
    table_add(table, record_text(call, "Direction"), STYLE_PLAIN);
    table_add(table, from, STYLE_PLAIN);
    table_add(table, to, STYLE_PLAIN);
    table_add(table, state_and_cause, state_style(state));
    table_add(table, time, STYLE_PLAIN);
    table_add_number(table, record_number(call, "Owners"));
}

int ctl_calls(Ctl *ctl, char **arguments) {
    static const Column columns[] = {
        {"CALL"}, {"LINE"}, {"DIR"}, {"FROM", .elastic = true}, {"TO", .elastic = true},
        {"STATE", .elastic = true}, {"TIME"}, {"OWNERS", .right = true},
    };
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GPtrArray) lines = NULL, calls = NULL, shown = g_ptr_array_new();
    int status = ctl_fetch(ctl, &lines, &calls);

    if (status != EXIT_DONE)
        return status;
    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        if (ctl->all || !state_is_over(record_text(call, "State")))
            g_ptr_array_add(shown, call);
    }
    if (ctl->json != JSON_OFF) {
        ctl_print_records(ctl, shown);
        return EXIT_DONE;
    }
    for (unsigned i = 0; i < shown->len; i++)
        add_call(ctl, table, shown, g_ptr_array_index(shown, i));
    ctl_print_table(ctl, table, "call", "calls");
    return EXIT_DONE;
}

static const Record *find_line(const GPtrArray *lines, const char *what) {
    size_t length = strcspn(what, "/");

    for (unsigned i = 0; i < lines->len; i++) {
        const char *name = record_name(g_ptr_array_index(lines, i));
        if (strlen(name) == length && strncmp(name, what, length) == 0)
            return g_ptr_array_index(lines, i);
    }
    return NULL;
}

static int fail_to_find(const GPtrArray *lines, const char *what) {
    const Record *line = find_line(lines, what);

    if (line && !strchr(what, '/'))
        return ctl_fail("there is no call on line %s; 'callbusctl calls' lists all", record_name(line));
    if (!line && strchr(what, '/')) {
        g_autofree char *name = g_strndup(what, strcspn(what, "/"));
        return ctl_fail_line(name);
    }
    return ctl_fail("there is no call '%s'; 'callbusctl calls' lists them", what);
}

int ctl_find_calls(Ctl *ctl, const char *what, GPtrArray **ret_all, GPtrArray **ret_calls) {
    g_autoptr(GPtrArray) lines = NULL, all = NULL, calls = NULL;
    int status = ctl_fetch(ctl, &lines, &all);

    if (status != EXIT_DONE)
        return status;
    calls = select_calls(all, what);
    if (calls->len == 0)
        return fail_to_find(lines, what);
    *ret_all = TAKE_PTR(all);
    *ret_calls = TAKE_PTR(calls);
    return EXIT_DONE;
}

static int fail_ambiguous(const Ctl *ctl, const char *what, const GPtrArray *all, const GPtrArray *calls) {
    static const Column columns[] = {{"  "}, {"CALL"}, {"STATE"}, {"WHO"}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    g_autofree char *text = NULL;
    Look look = ctl->look;

    look.colours = false;
    for (unsigned i = 0; i < calls->len; i++) {
        const Record *call = g_ptr_array_index(calls, i);
        g_autofree char *name = select_plain_name(all, call), *who = ctl_who_to_whom(ctl, call);
        table_add(table, " ", STYLE_PLAIN);
        table_add(table, name, STYLE_PLAIN);
        table_add(table, record_text(call, "State"), STYLE_PLAIN);
        table_add(table, who, STYLE_PLAIN);
    }
    ctl_fail("'%s' is %u calls, say which:", what, calls->len);
    text = table_format(table, &look, false);
    fputs(text, stderr);
    return EXIT_FAILED;
}

int ctl_find_call(Ctl *ctl, const char *what, const char *const *states, bool either_end, Record **ret) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL, fitting = NULL;
    Record *chosen = NULL;
    unsigned index;
    int status = ctl_find_calls(ctl, what, &all, &calls);

    if (status != EXIT_DONE)
        return status;
    fitting = select_in_states(calls, states);
    if (fitting->len == 1)
        chosen = g_ptr_array_index(fitting, 0);
    else if (either_end)
        chosen = select_caller_end(fitting);
    if (!chosen || !g_ptr_array_find(all, chosen, &index))
        return fail_ambiguous(ctl, what, all, fitting);
    *ret = g_ptr_array_steal_index(all, index);
    return EXIT_DONE;
}

static char *end_text(const Record *call) {
    const char *cause = record_text(call, "DisconnectCause"), *network = record_text(call, "ProviderCause");

    return *network ? g_strdup_printf("%s (%s)", cause, network) : g_strdup(cause);
}

static char *since_text(uint64_t when) {
    g_autofree char *date = text_date_time(when), *ago = NULL;
    uint64_t now = ctl_now();

    if (when == 0)
        return g_strdup("");
    ago = text_duration(now > when ? now - when : 0);
    return g_strdup_printf("%s; %s ago", date, ago);
}

static char *owners_text(const Record *call) {
    g_autofree char *apps = record_joined(call, "OwnerApps");
    uint64_t owners = record_number(call, "Owners");

    return g_strdup_printf("%" G_GUINT64_FORMAT "%s%s%s", owners, *apps ? " (" : "", apps, *apps ? ")" : "");
}

static char *audio_text(const Record *call) {
    return g_strconcat(record_text(call, "MediaMode"), record_flag(call, "Muted") ? ", muted" : "",
                       record_flag(call, "Encrypted") ? ", encrypted" : "",
                       record_flag(call, "Emergency") ? ", emergency call" : "", NULL);
}

static char *state_text(const Record *call) {
    const char *state = record_text(call, "State"), *detail = record_text(call, "StateDetail");

    return *detail ? g_strdup_printf("%s (%s)", state, detail) : g_strdup(state);
}

static void print_call(const Ctl *ctl, const Record *call) {
    g_autoptr(Sheet) sheet = sheet_new();
    g_autofree char *who = ctl_who_to_whom(ctl, call), *end = end_text(call), *state = state_text(call);
    g_autofree char *created = since_text(record_number(call, "CreatedTimestamp"));
    g_autofree char *connected = since_text(record_number(call, "ConnectedTimestamp"));
    g_autofree char *ended = since_text(record_number(call, "EndedTimestamp"));
    g_autofree char *owners = owners_text(call), *audio = audio_text(call);
    uint64_t talked = record_talk_time(call, ctl_now());
    g_autofree char *duration = talked > 0 ? text_duration(talked) : NULL;

    sheet_add(sheet, "Call", record_text(call, "CallId"), STYLE_STRONG);
    sheet_add(sheet, "Related", record_text(call, "RelatedCallId"), STYLE_PLAIN);
    sheet_add(sheet, "Line", record_line_name(call), STYLE_PLAIN);
    sheet_add(sheet, "Direction", record_text(call, "Direction"), STYLE_PLAIN);
    sheet_add(sheet, "Who", who, STYLE_PLAIN);
    sheet_add(sheet, "For", record_text(call, "CalledParty"), STYLE_PLAIN);
    sheet_add(sheet, "Comment", record_text(call, "Comment"), STYLE_PLAIN);
    sheet_add(sheet, "State", state, state_style(record_text(call, "State")));
    sheet_add(sheet, "Cause", end, STYLE_PLAIN);
    sheet_add(sheet, "Began", created, STYLE_PLAIN);
    sheet_add(sheet, "Connected", connected, STYLE_PLAIN);
    sheet_add(sheet, "Ended", ended, STYLE_PLAIN);
    sheet_add(sheet, "Talked", duration, STYLE_PLAIN);
    sheet_add(sheet, "Media", audio, STYLE_PLAIN);
    sheet_add(sheet, "Owners", owners, STYLE_PLAIN);
    sheet_add_number(sheet, "Monitors", record_number(call, "Monitors"));
    ctl_print_sheet(ctl, sheet);
}

int ctl_show(Ctl *ctl, char **arguments) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL;
    int status = ctl_find_calls(ctl, arguments[0], &all, &calls);

    if (status != EXIT_DONE)
        return status;
    if (ctl->json != JSON_OFF) {
        ctl_print_records(ctl, calls);
        return EXIT_DONE;
    }
    for (unsigned i = 0; i < calls->len; i++) {
        if (i > 0)
            putchar('\n');
        print_call(ctl, g_ptr_array_index(calls, i));
    }
    return EXIT_DONE;
}
