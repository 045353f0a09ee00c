/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl conference: list conferences, make one, and take calls in. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/select.h"
#include "interfaces/cli/text.h"
#include "interfaces/names.h"

#include <string.h>

static bool is_in(const Record *call, const char *state) {
    return strcmp(record_text(call, "State"), state) == 0;
}

char *ctl_participants(const GPtrArray *calls, const Record *conference) {
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < calls->len; i++) {
        const Record *call = g_ptr_array_index(calls, i);
        if (record_is_participant(call, conference)) {
            g_autofree char *who = ctl_far_end(call);
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", who);
        }
    }
    return g_string_free(out, FALSE);
}

static Json *new_object(const Record *record) {
    Json *object = json_new_object();

    json_merge(object, record_properties(record));
    return object;
}

/* Paths are of our own handles, and void when this is read: so participants are within. */
static void print_objects(const Ctl *ctl, const GPtrArray *calls, const GPtrArray *conferences) {
    g_autoptr(Json) list = json_new_list();

    for (unsigned i = 0; i < conferences->len; i++) {
        const Record *conference = g_ptr_array_index(conferences, i);
        Json *object = new_object(conference), *participants = json_new_list();
        for (unsigned j = 0; j < calls->len; j++)
            if (record_is_participant(g_ptr_array_index(calls, j), conference))
                json_add(participants, new_object(g_ptr_array_index(calls, j)));
        json_set(object, "Participants", participants);
        json_add(list, object);
    }
    ctl_print_json(list, ctl->json);
}

static void print_rows(const Ctl *ctl, const GPtrArray *calls, const GPtrArray *conferences) {
    static const Column columns[] = {
        {"CONFERENCE"}, {"LINE"}, {"STATE", .elastic = true}, {"TIME"}, {"WITH", .elastic = true},
    };
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    bool shorten = ctl->look.terminal && !ctl->full;

    for (unsigned i = 0; i < conferences->len; i++) {
        const Record *conference = g_ptr_array_index(conferences, i);
        g_autofree char *id = select_short_id(conferences, conference), *with = ctl_participants(calls, conference);
        uint64_t began = record_number(conference, "CreatedTimestamp"), now = ctl_now();
        g_autofree char *time = text_duration(now > began ? now - began : 0);
        const char *state = record_text(conference, "State");
        table_add(table, shorten ? id : record_text(conference, "CallId"), STYLE_STRONG);
        table_add(table, record_line_name(conference), STYLE_PLAIN);
        table_add(table, state, state_style(state));
        table_add(table, time, STYLE_PLAIN);
        table_add(table, with, STYLE_PLAIN);
    }
    ctl_print_table(ctl, table, "conference", "conferences");
}

static int list(Ctl *ctl) {
    g_autoptr(GPtrArray) lines = NULL, calls = NULL, conferences = g_ptr_array_new();
    int status = ctl_fetch(ctl, &lines, &calls);

    if (status != EXIT_DONE)
        return status;
    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        if (record_is_conference(call) && !state_is_over(record_text(call, "State")))
            g_ptr_array_add(conferences, call);
    }
    if (ctl->json != JSON_OFF)
        print_objects(ctl, calls, conferences);
    else
        print_rows(ctl, calls, conferences);
    return EXIT_DONE;
}

static int consult(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", NULL};
    g_autoptr(Record) call = NULL;
    int status = ctl_find_call(ctl, arguments[0], states, false, &call);
    const char *member = "SetupConference";

    if (status != EXIT_DONE)
        return status;
    if (record_is_conference(call))
        member = "PrepareAddToConference";
    return ctl_consult(ctl, call, member, arguments[1] ?: "");
}

/* A conference in which people talk has to be on hold while somebody is taken in; it comes back by itself. */
static int make_ready(Ctl *ctl, const Record *conference, bool *ret_held) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(Record) now = NULL;
    int r = remote_get_call(ctl->remote, record_path(conference), &now, &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "read the conference");
    *ret_held = is_in(now, "connected");
    return *ret_held ? ctl_do(ctl, now, "hold", "Hold", NULL, "") : EXIT_DONE;
}

static int add(Ctl *ctl, const Record *conference, const Record *call) {
    _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;
    bool held = false;
    int status = ctl_borrow_call(ctl, call);

    if (status == EXIT_DONE)
        status = make_ready(ctl, conference, &held);
    if (status != EXIT_DONE)
        return status;
    status = ctl_do(ctl, conference, "add a call to", "AddToConference", NULL, "o", record_path(call));
    if (status != EXIT_DONE && held)
        (void) remote_call(ctl->remote, record_path(conference), CALLBUS_CALL_INTERFACE, "Unhold", &ignored, NULL,
                           NULL);
    ctl_release(ctl, record_path(call));
    return status;
}

/* The conference is ours for as long as this takes. */
static int add_all(Ctl *ctl, const Record *conference, const GPtrArray *calls, unsigned first) {
    int status = EXIT_DONE;

    for (unsigned i = first; i < calls->len && status == EXIT_DONE; i++)
        if (g_ptr_array_index(calls, i) != conference)
            status = add(ctl, conference, g_ptr_array_index(calls, i));
    return status;
}

static int take_in(Ctl *ctl, const Record *conference, const GPtrArray *calls) {
    int status = ctl_borrow_call(ctl, conference);

    if (status != EXIT_DONE)
        return status;
    status = add_all(ctl, conference, calls, 0);
    ctl_release(ctl, record_path(conference));
    return status;
}

/* The first two make the conference, of which we are the only owner until we leave. */
static int make(Ctl *ctl, const GPtrArray *calls) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(Record) conference = NULL;
    g_autofree char *path = NULL;
    int r, status = ctl_unite(ctl, g_ptr_array_index(calls, 0), g_ptr_array_index(calls, 1), "conference", &path);

    if (status != EXIT_DONE)
        return status;
    ctl_keep(ctl, path);
    r = remote_get_call(ctl->remote, path, &conference, &error);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "read the conference");
    status = add_all(ctl, conference, calls, 2);
    if (status == EXIT_DONE)
        return ctl_leave(ctl, path);
    ctl_release(ctl, path);
    return status;
}

static int join(Ctl *ctl, const GPtrArray *calls) {
    for (unsigned i = 0; i < calls->len; i++)
        if (record_is_conference(g_ptr_array_index(calls, i)))
            return take_in(ctl, g_ptr_array_index(calls, i), calls);

    return make(ctl, calls);
}

/* Whoever was called to join. Other calls of the line are not meant: nobody hears others by accident. */
static int join_pending(Ctl *ctl, const char *what) {
    static const char *const states[] = {"on-hold-pending-conference", "on-hold-pending-transfer", NULL};
    g_autoptr(GPtrArray) all = NULL, pair = g_ptr_array_new();
    g_autofree char *name = NULL;
    Record *call = NULL, *partner;
    int status = ctl_find_among(ctl, what, states, false, &all, &call);

    if (status != EXIT_DONE)
        return status;
    partner = select_partner(all, call);
    name = ctl_call_name(call);
    if (!partner && is_in(call, "on-hold-pending-conference"))
        return ctl_fail("nobody is called to join %s any more: 'callbusctl unhold %s' takes it back", name, name);
    if (!partner)
        return ctl_fail("nobody was called to join %s: say 'callbusctl conference --consult %s ADDRESS', or name "
                        "two calls", name, name);
    g_ptr_array_add(pair, call);
    g_ptr_array_add(pair, partner);
    return join(ctl, pair);
}

int ctl_conference(Ctl *ctl, char **arguments) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL;
    int status;

    if (ctl->consult)
        return arguments[0] && (!arguments[1] || !arguments[2])
                   ? consult(ctl, arguments)
                   : ctl_misuse("'conference --consult' wants CALL [ADDRESS]");
    if (!arguments[0])
        return list(ctl);
    if (!arguments[1])
        return join_pending(ctl, arguments[0]);
    status = ctl_find_together(ctl, arguments, &all, &calls);
    return status == EXIT_DONE ? join(ctl, calls) : status;
}
