/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl watch: what happens on all lines, one line an event, for as long as a person likes. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/decode.h"
#include "interfaces/cli/interrupt.h"
#include "interfaces/cli/report.h"
#include "interfaces/names.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

typedef struct Watch {
    Ctl *ctl;
    Report *report;
    sd_event *event;
    GHashTable *lines;   /* by path: Record */
    GHashTable *calls;   /* by path: Record */
    GHashTable *present; /* paths of calls that were there before we were */
} Watch;

static void free_record(gpointer record) {
    record_free(record);
}

static Watch *watch_free(Watch *watch) {
    sd_bus_detach_event(remote_bus(watch->ctl->remote));
    sd_event_unref(watch->event);
    report_free(watch->report);
    g_hash_table_unref(watch->lines);
    g_hash_table_unref(watch->calls);
    g_hash_table_unref(watch->present);
    g_free(watch);
    return NULL;
}
DEFINE_CLEANUP(Watch *, watch_free)

static void note_failure(Watch *watch, const Record *line, const sd_bus_error *error, int r) {
    /* one that was removed meanwhile says so by itself */
    if (!sd_bus_error_has_name(error, DBUS_ERROR_UNKNOWN_OBJECT))
        ctl_fail_bus(watch->ctl, error, r, "watch line %s", record_name(line));
}

/* Takes a handle for each call on the line; what they are like, InterfacesAdded tells after this. */
static void open_line(Watch *watch, const Record *line) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_auto(GStrv) paths = NULL;
    int r = remote_watch_line(watch->ctl->remote, record_path(line), &paths, &error);

    if (r < 0) {
        note_failure(watch, line, &error, r);
        return;
    }
    for (char **path = paths; *path; path++)
        g_hash_table_add(watch->present, g_strdup(*path));
}

static Record *add_line(Watch *watch, const char *path, const Json *properties) {
    Json *copy = json_new_object();
    Record *line;

    json_merge(copy, properties);
    line = record_new(path, copy);
    g_hash_table_insert(watch->lines, g_strdup(path), line);
    report_know_line(watch->report, line);
    return line;
}

/* A call that is over has nothing more to tell: its handle is given back, so that they never pile up. */
static void forget_if_over(Watch *watch, const Record *call) {
    if (!state_is_over(record_text(call, "State")))
        return;
    (void) remote_release(watch->ctl->remote, record_path(call));
    g_hash_table_remove(watch->calls, record_path(call));
}

/* The answer does not matter: a line that can't, or a call that ended, has no digits to be heard. */
static void listen(Watch *watch, const Record *call) {
    const char *state = record_text(call, "State");

    if (watch->ctl->digits && !state_is_over(state) && strcmp(state, "disconnected") != 0)
        (void) sd_bus_call_method_async(remote_bus(watch->ctl->remote), NULL, CALLBUS_NAME, record_path(call),
                                       CALLBUS_CALL_INTERFACE, "MonitorDigits", NULL, NULL, "b", (int) true);
}

static void add_call(Watch *watch, const char *path, const Json *properties) {
    bool was_there = g_hash_table_remove(watch->present, path);
    Json *copy;
    Record *call;

    if (g_hash_table_contains(watch->calls, path))
        return;
    copy = json_new_object();
    json_merge(copy, properties);
    call = record_new(path, copy);
    g_hash_table_insert(watch->calls, g_strdup(path), call);
    if (!was_there || !state_is_over(record_text(call, "State")))
        report_call(watch->report, call, was_there);
    listen(watch, call);
    forget_if_over(watch, call);
}

static void change_call(Watch *watch, Record *call, const Json *changed) {
    g_autoptr(Json) before = json_new_object();

    json_merge(before, record_properties(call));
    if (!record_update(call, changed))
        return;
    report_change(watch->report, call, before);
    forget_if_over(watch, call);
}

static void change_line(Watch *watch, Record *line, const Json *changed) {
    g_autoptr(Json) before = json_new_object();

    json_merge(before, record_properties(line));
    if (record_update(line, changed))
        report_line_change(watch->report, line, before);
}

static int on_added(Watch *watch, sd_bus_message *m) {
    g_autoptr(Json) interfaces = NULL;
    const Json *call, *line;
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);

    if (r < 0)
        return r;
    r = decode_value(m, &interfaces);
    if (r < 0)
        return r;
    call = json_get(interfaces, CALLBUS_CALL_INTERFACE);
    line = json_get(interfaces, CALLBUS_LINE_INTERFACE);
    if (call)
        add_call(watch, path, call);
    if (line && !g_hash_table_contains(watch->lines, path)) {
        Record *added = add_line(watch, path, line);
        report_line(watch->report, added, "line-new", "new line");
        open_line(watch, added);
    }
    return 0;
}

static void remove_object(Watch *watch, const char *path) {
    Record *line = g_hash_table_lookup(watch->lines, path), *call = g_hash_table_lookup(watch->calls, path);

    if (line) {
        report_line(watch->report, line, "line-gone", "line is gone");
        g_hash_table_remove(watch->lines, path);
    }
    if (call) {
        report_loss(watch->report, call);
        g_hash_table_remove(watch->calls, path);
    }
}

static int on_removed(Watch *watch, sd_bus_message *m) {
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);

    if (r >= 0)
        remove_object(watch, path);
    return r;
}

static int on_properties(Watch *watch, sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m), *interface;
    Record *call = g_hash_table_lookup(watch->calls, path), *line = g_hash_table_lookup(watch->lines, path);
    g_autoptr(Json) changed = NULL;
    int r = sd_bus_message_read(m, "s", &interface);

    if (r < 0)
        return r;
    r = decode_properties(m, &changed);
    if (r < 0)
        return r;
    if (call && strcmp(interface, CALLBUS_CALL_INTERFACE) == 0)
        change_call(watch, call, changed);
    if (line && strcmp(interface, CALLBUS_LINE_INTERFACE) == 0)
        change_line(watch, line, changed);
    return 0;
}

static int on_rang(Watch *watch, sd_bus_message *m) {
    const Record *line = g_hash_table_lookup(watch->lines, sd_bus_message_get_path(m));
    const char *mode;
    uint32_t count;
    int r = sd_bus_message_read(m, "su", &mode, &count);

    if (r >= 0 && line)
        report_ring(watch->report, line, mode, count);
    return r;
}

/* Only those who asked for it are told what is heard; what is sent and gathered is told to whoever asked for that. */
static int on_sound(Watch *watch, sd_bus_message *m) {
    static const struct {
        const char *member, *event, *words;
    } sounds[] = {
        {"DigitReceived", "digit", "digit heard"},
        {"DigitsGathered", "gathered", "digits gathered"},
        {"DigitsSent", "digits-sent", "digits sent"},
        {"ToneSent", "tone-sent", "tone sent"},
    };
    const Record *call = g_hash_table_lookup(watch->calls, sd_bus_message_get_path(m));
    const char *text;
    int r = sd_bus_message_read(m, "s", &text);

    for (size_t i = 0; i < G_N_ELEMENTS(sounds) && r >= 0 && call; i++)
        if (strcmp(sd_bus_message_get_member(m), sounds[i].member) == 0)
            report_sound(watch->report, call, sounds[i].event, sounds[i].words, text);
    return r;
}

/* What we know of and the service does not list any more, is gone. */
static void remove_unlisted(Watch *watch, GHashTable *known, const GPtrArray *listed) {
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer path;

    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        bool found = false;
        for (unsigned i = 0; i < listed->len && !found; i++)
            found = strcmp(record_path(g_ptr_array_index(listed, i)), path) == 0;
        if (!found)
            g_ptr_array_add(gone, g_strdup(path));
    }
    for (unsigned i = 0; i < gone->len; i++)
        remove_object(watch, g_ptr_array_index(gone, i));
}

static void take_lines(Watch *watch, const GPtrArray *lines) {
    for (unsigned i = 0; i < lines->len; i++) {
        const Record *line = g_ptr_array_index(lines, i);
        if (!g_hash_table_contains(watch->lines, record_path(line)))
            add_line(watch, record_path(line), record_properties(line));
        open_line(watch, line);
    }
}

static void take_calls(Watch *watch, const GPtrArray *calls) {
    for (unsigned i = 0; i < calls->len; i++) {
        const Record *now = g_ptr_array_index(calls, i);
        Record *call = g_hash_table_lookup(watch->calls, record_path(now));
        if (call)
            change_call(watch, call, record_properties(now));
        else
            add_call(watch, record_path(now), record_properties(now));
    }
}

/* Reads all there is; with the handles that it takes, calls go on where we were cut off. */
static int read_all(Watch *watch) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(GPtrArray) lines = NULL, calls = NULL;
    int r = remote_list(watch->ctl->remote, &lines, &calls, &error);

    if (r < 0)
        return ctl_fail_bus(watch->ctl, &error, r, "list the lines");
    remove_unlisted(watch, watch->lines, lines);
    remove_unlisted(watch, watch->calls, calls);
    take_calls(watch, calls);
    take_lines(watch, lines);
    return EXIT_DONE;
}

static int resume(Watch *watch) {
    int status = read_all(watch);

    if (status == EXIT_DONE)
        report_begin(watch->report, g_hash_table_size(watch->lines));
    return status;
}

static int on_events_lost(Watch *watch, sd_bus_message *m) {
    uint64_t count;
    int r = sd_bus_message_read(m, "t", &count);

    if (r < 0)
        return r;
    report_missed(watch->report, count);
    (void) read_all(watch);
    return 0;
}

/* When it is back, the calls that we know of are there again, or are told to be gone. */
static void on_service(Watch *watch, ServiceChange change) {
    if (change == SERVICE_SAME)
        return;
    g_hash_table_remove_all(watch->lines);
    if (change == SERVICE_GONE) {
        g_hash_table_remove_all(watch->present);
        report_service(watch->report, "callbusd is gone; waiting for it to come back", false);
    } else {
        report_service(watch->report, "callbusd is there", true);
        (void) resume(watch);
    }
}

static int dispatch(Watch *watch, sd_bus_message *m) {
    static const struct {
        const char *interface, *member;
        int (*handle)(Watch *watch, sd_bus_message *m);
    } handlers[] = {
        {DBUS_PROPERTIES_INTERFACE, "PropertiesChanged", on_properties},
        {DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded", on_added},
        {DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesRemoved", on_removed},
        {CALLBUS_LINE_INTERFACE, "Rang", on_rang},
        {CALLBUS_CALL_INTERFACE, "DigitReceived", on_sound},
        {CALLBUS_CALL_INTERFACE, "DigitsGathered", on_sound},
        {CALLBUS_CALL_INTERFACE, "DigitsSent", on_sound},
        {CALLBUS_CALL_INTERFACE, "ToneSent", on_sound},
        {CALLBUS_MANAGER_INTERFACE, "EventsLost", on_events_lost},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++)
        if (sd_bus_message_is_signal(m, handlers[i].interface, handlers[i].member))
            return handlers[i].handle(watch, m);

    return 0;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Watch *watch = userdata;
    int r = 0;

    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected"))
        (void) sd_event_exit(watch->event, ctl_fail("the bus is gone"));
    else if (remote_is_service(watch->ctl->remote, message))
        r = dispatch(watch, message);
    else
        on_service(watch, remote_note_owner(watch->ctl->remote, message));
    if (r < 0)
        ctl_fail("callbusd said what I do not understand (%s); are both of one version?", g_strerror(-r));
    return 0;
}

static Watch *watch_new(Ctl *ctl) {
    Watch *watch = g_new0(Watch, 1);

    watch->ctl = ctl;
    watch->report = report_new(ctl);
    watch->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_record);
    watch->calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_record);
    watch->present = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return watch;
}

/* A service that is not there yet is waited for: whoever leaves this running wants to see it come. */
static int begin(Watch *watch) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = remote_follow_lines(watch->ctl->remote, &error);

    if (r < 0)
        return ctl_fail_bus(watch->ctl, &error, r, "watch");
    r = remote_follow(watch->ctl->remote, &error);
    if (sd_bus_error_has_name(&error, DBUS_ERROR_NAME_HAS_NO_OWNER)) {
        report_service(watch->report, "callbusd is not running; waiting for it to start", false);
        return EXIT_DONE;
    }
    return r < 0 ? ctl_fail_bus(watch->ctl, &error, r, "watch") : resume(watch);
}

int ctl_watch(Ctl *ctl, char **arguments) {
    _cleanup_(watch_freep) Watch *watch = watch_new(ctl);
    _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *filter = NULL;
    int status, r = sd_event_new(&watch->event);

    if (r >= 0)
        r = interrupt_catch(watch->event, NULL, NULL);
    if (r >= 0)
        r = sd_bus_add_filter(remote_bus(ctl->remote), &filter, on_message, watch);
    if (r < 0)
        return ctl_fail("cannot watch: %s", g_strerror(-r));
    status = begin(watch);
    if (status != EXIT_DONE)
        return status;
    r = sd_bus_attach_event(remote_bus(ctl->remote), watch->event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = sd_event_loop(watch->event);
    return r < 0 ? ctl_fail("cannot watch: %s", g_strerror(-r)) : r;
}
