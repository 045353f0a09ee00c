/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every command prints: failures, tables with their legend, sheets, JSON. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void complain(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static void complain(const char *format, va_list arguments) {
    g_autofree char *text = g_strdup_vprintf(format, arguments), *safe = text_safe(text);

    fflush(stdout);
    fprintf(stderr, "callbusctl: %s\n", safe);
}

int ctl_fail(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    complain(format, arguments);
    va_end(arguments);
    return EXIT_FAILED;
}

int ctl_misuse(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    complain(format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int ctl_fail_bus(const Ctl *ctl, const sd_bus_error *error, int r, const char *what, ...) {
    g_autofree char *why = remote_explain(ctl->remote, error, r), *doing = NULL;
    va_list arguments;

    va_start(arguments, what);
    doing = g_strdup_vprintf(what, arguments);
    va_end(arguments);
    return ctl_fail("cannot %s: %s", doing, why);
}

int ctl_fail_line(const char *name) {
    return ctl_fail("there is no line '%s'; 'callbusctl lines' lists them", name);
}

char *ctl_call_name(const Record *call) {
    if (record_is_conference(call))
        return g_strdup_printf("%s/conference", record_line_name(call));
    return g_strdup_printf("%s/%s", record_line_name(call), record_text(call, "Address"));
}

char *ctl_far_end(const Record *call) {
    return record_party(call, strcmp(record_text(call, "Direction"), "out") == 0 ? PARTY_TO : PARTY_FROM);
}

char *ctl_reason(const Record *call) {
    const char *reason = record_text(call, "Reason"), *words = reason_words(reason);
    const char *how = strcmp(reason, "pickup") == 0 || strcmp(reason, "unpark") == 0 ? "from" : "by";
    g_autofree char *who = record_named_party(call, "Redirecting");

    return *words && *who ? g_strdup_printf("%s %s %s", words, how, who) : g_strdup(words);
}

char *ctl_who_to_whom(const Ctl *ctl, const Record *call) {
    g_autofree char *from = record_party(call, PARTY_FROM), *to = record_party(call, PARTY_TO);
    g_autofree char *text = g_strdup_printf("%s %s %s", from, look_arrow(&ctl->look), to);

    return record_is_conference(call) ? g_strdup("conference") : text_safe(text);
}

char *ctl_remark(const Record *call) {
    const char *state = record_text(call, "State"), *cause = record_text(call, "DisconnectCause");
    const char *network = record_text(call, "ProviderCause");
    uint64_t talked = record_talk_time(call, ctl_now());
    g_autofree char *duration = talked > 0 ? text_duration(talked) : NULL;
    GString *out = g_string_new(NULL);

    if (!state_has_cause(state)) {
        g_autofree char *reason = state_is_ringing(state) ? ctl_reason(call) : g_strdup("");
        g_string_append(out, state_detail_words(record_text(call, "StateDetail")));
        if (*reason)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", reason);
        return g_string_free(out, FALSE);
    }
    if (strcmp(cause, state) != 0)
        g_string_append(out, cause);
    if (*network)
        g_string_append_printf(out, "%s(%s)", out->len > 0 ? " " : "", network);
    if (duration)
        g_string_append_printf(out, "%safter %s", out->len > 0 ? ", " : "", duration);
    return g_string_free(out, FALSE);
}

void ctl_print_value(const Ctl *ctl, const char *key, const char *text) {
    g_autofree char *safe = text_safe(text);
    g_autoptr(Json) object = json_new_object();

    json_set(object, key, json_new_text(text));
    if (ctl->json != JSON_OFF)
        ctl_print_json(object, ctl->json);
    else
        puts(safe);
}

void ctl_print_json(const Json *json, JsonFormat format) {
    g_autofree char *text = json_format(json, format);

    puts(text);
}

void ctl_print_records(const Ctl *ctl, const GPtrArray *records) {
    g_autoptr(Json) list = json_new_list();

    for (unsigned i = 0; i < records->len; i++) {
        Json *object = json_new_object();
        json_merge(object, record_properties(g_ptr_array_index(records, i)));
        json_add(list, object);
    }
    ctl_print_json(list, ctl->json);
}

void ctl_print_table(const Ctl *ctl, const Table *table, const char *one, const char *many) {
    size_t rows = table_rows(table);

    if (rows > 0) {
        g_autofree char *text = table_format(table, &ctl->look, !ctl->no_legend);
        fputs(text, stdout);
    }
    if (ctl->no_legend)
        return;
    if (rows == 0)
        printf("No %s.\n", many);
    else
        printf("\n%zu %s listed.\n", rows, rows == 1 ? one : many);
}

void ctl_print_sheet(const Ctl *ctl, const Sheet *sheet) {
    g_autofree char *text = sheet_format(sheet, &ctl->look);

    fputs(text, stdout);
}

uint64_t ctl_now(void) {
    return (uint64_t) g_get_real_time();
}
