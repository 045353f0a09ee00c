/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding the calls that a person means. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/select.h"
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
    const Record *line = what ? find_line(lines, what) : NULL;

    if (!what)
        return ctl_fail("there is no call");
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
    if (what)
        ctl_fail("'%s' is %u calls, say which:", what, calls->len);
    else
        ctl_fail("there are %u calls, say which:", calls->len);
    text = table_format(table, &look, false);
    fputs(text, stderr);
    return EXIT_FAILED;
}

int ctl_find_among(Ctl *ctl, const char *what, const char *const *states, bool either_end, GPtrArray **ret_all,
                   Record **ret) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL, fitting = NULL;
    Record *chosen = NULL;
    int status = ctl_find_calls(ctl, what, &all, &calls);

    if (status != EXIT_DONE)
        return status;
    fitting = select_in_states(calls, states);
    if (fitting->len == 1)
        chosen = g_ptr_array_index(fitting, 0);
    else
        chosen = select_conference(fitting);
    if (!chosen && either_end)
        chosen = select_caller_end(fitting);
    if (!chosen)
        return fail_ambiguous(ctl, what, all, fitting);
    *ret_all = TAKE_PTR(all);
    *ret = chosen;
    return EXIT_DONE;
}

int ctl_find_call(Ctl *ctl, const char *what, const char *const *states, bool either_end, Record **ret) {
    g_autoptr(GPtrArray) all = NULL;
    Record *call = NULL;
    unsigned index;
    int status = ctl_find_among(ctl, what, states, either_end, &all, &call);

    if (status == EXIT_DONE && g_ptr_array_find(all, call, &index))
        *ret = g_ptr_array_steal_index(all, index);
    return status;
}

/* What the words mean on the line: one call each, or NULL. */
static GPtrArray *one_each(const GPtrArray *all, char **words, const char *line) {
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();

    for (; *words; words++) {
        g_autoptr(GPtrArray) anywhere = select_calls(all, *words), here = select_on_line(anywhere, line);
        Record *call = here->len == 1 ? g_ptr_array_index(here, 0) : select_conference(here);
        if (!call)
            return NULL;
        g_ptr_array_add(chosen, call);
    }
    return g_steal_pointer(&chosen);
}

static bool has_twice(const GPtrArray *calls) {
    for (unsigned i = 0; i < calls->len; i++)
        for (unsigned j = 0; j < i; j++)
            if (g_ptr_array_index(calls, i) == g_ptr_array_index(calls, j))
                return true;

    return false;
}

static int choose_line(const GPtrArray *lines, const GPtrArray *all, char **words, GPtrArray **ret) {
    g_autoptr(GPtrArray) chosen = NULL;

    for (unsigned i = 0; i < lines->len; i++) {
        g_autoptr(GPtrArray) here = one_each(all, words, record_path(g_ptr_array_index(lines, i)));
        if (here && chosen)
            return ctl_fail("'%s' may be meant on two lines; say LINE/NUMBER or LINE/ID", words[0]);
        if (here)
            chosen = g_steal_pointer(&here);
    }
    if (chosen && has_twice(chosen))
        return ctl_fail("the same call is named twice");
    *ret = g_steal_pointer(&chosen);
    return EXIT_DONE;
}

int ctl_find_together(Ctl *ctl, char **words, GPtrArray **ret_all, GPtrArray **ret_calls) {
    g_autoptr(GPtrArray) lines = NULL, all = NULL, calls = NULL;
    int status = ctl_fetch(ctl, &lines, &all);

    if (status != EXIT_DONE)
        return status;
    for (char **word = words; *word; word++) {
        g_autoptr(GPtrArray) meant = select_calls(all, *word);
        if (meant->len == 0)
            return fail_to_find(lines, *word);
    }
    status = choose_line(lines, all, words, &calls);
    if (status != EXIT_DONE)
        return status;
    for (char **word = words; !calls && *word; word++) {
        g_autoptr(GPtrArray) meant = select_calls(all, *word);
        if (meant->len > 1)
            return fail_ambiguous(ctl, *word, all, meant);
    }
    if (!calls)
        return ctl_fail("these are calls of several lines; only calls of one line can be brought together");
    *ret_all = TAKE_PTR(all);
    *ret_calls = TAKE_PTR(calls);
    return EXIT_DONE;
}
