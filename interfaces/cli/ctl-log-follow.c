/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl log --follow: what comes in, a line each, until Ctrl-C. */
#include "interfaces/cli/ctl-log.h"
#include "interfaces/cli/interrupt.h"
#include "interfaces/cli/text.h"
#include "interfaces/names.h"

#include <stdio.h>
#include <systemd/sd-event.h>

#define PAGE_FOLLOWED 16
#define LINES_BEFORE 10

typedef struct Follow {
    Ctl *ctl;
    const LogQuery *query;
    sd_event *event;
    uint64_t last; /* id of the newest entry that was seen */
    size_t widths[LOG_CELLS];
} Follow;

/* ---- Printing ---- */

static void print_row(Follow *follow, const Json *entry) {
    const Look *look = &follow->ctl->look;
    unsigned n = follow->ctl->full ? LOG_CELLS : LOG_CELLS - 1;
    LogCell cells[LOG_CELLS];

    log_cells(follow->ctl, entry, ctl_now(), cells);
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *safe = text_safe(*cells[i].text ? cells[i].text : "-");
        g_autofree char *padded = text_pad(safe, i + 1 < n ? follow->widths[i] : 0);

        follow->widths[i] = MAX(follow->widths[i], text_width(safe));
        printf("%s%s%s%s", style_on(look, cells[i].style), padded, style_off(look, cells[i].style), i + 1 < n ? "  " : "\n");
    }
    log_cells_clear(cells);
    fflush(stdout);
}

static void print_entry(Follow *follow, const Json *entry) {
    if (follow->ctl->json == JSON_OFF) {
        print_row(follow, entry);
        return;
    }
    ctl_print_json(entry, JSON_SHORT);
    fflush(stdout);
}

static void measure(Follow *follow, const Json *entry) {
    LogCell cells[LOG_CELLS];

    log_cells(follow->ctl, entry, ctl_now(), cells);
    for (unsigned i = 0; i < LOG_CELLS; i++) {
        g_autofree char *safe = text_safe(cells[i].text);

        follow->widths[i] = MAX(follow->widths[i], text_width(safe));
    }
    log_cells_clear(cells);
}

static void unref_entry(gpointer entry) {
    json_unref(entry);
}

/* The oldest first. */
static void print_all(Follow *follow, const GPtrArray *entries) {
    for (unsigned i = 0; i < entries->len; i++)
        measure(follow, g_ptr_array_index(entries, i));
    for (unsigned i = entries->len; i > 0; i--)
        print_entry(follow, g_ptr_array_index(entries, i - 1));
}

/* ---- Reading ---- */

static uint64_t id_of(const Json *entry) {
    return json_number(json_get(entry, "id"));
}

/* What is newer than the newest that was seen; at first, so many of the newest. */
static int read_new(Follow *follow, uint64_t limit) {
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    uint64_t cursor = 0, newest = 0;

    do {
        g_autoptr(Json) page = NULL;
        int status = log_read_page(follow->ctl, follow->query, cursor, CLAMP(limit, 1, PAGE_FOLLOWED), &page, &cursor);

        if (status != EXIT_DONE)
            return status;
        newest = MAX(newest, id_of(json_at(page, 0)));
        for (size_t i = 0; i < json_size(page) && entries->len < limit; i++) {
            if (id_of(json_at(page, i)) <= follow->last)
                cursor = 0;
            else
                g_ptr_array_add(entries, json_ref((Json *) json_at(page, i)));
        }
    } while (cursor > follow->last && entries->len < limit);
    follow->last = MAX(follow->last, newest);
    print_all(follow, entries);
    return EXIT_DONE;
}

static int subscribe(Follow *follow) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = remote_call(follow->ctl->remote, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, "Subscribe", &error, NULL, "b", (int) true);

    return r < 0 ? ctl_fail_bus(follow->ctl, &error, r, "follow the call log") : EXIT_DONE;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Follow *follow = userdata;

    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected")) {
        (void) sd_event_exit(follow->event, ctl_fail("the bus is gone"));
    } else if (remote_is_service(follow->ctl->remote, message)) {
        /* what the message told of may have been removed, or be only the first of many */
        if (sd_bus_message_is_signal(message, CALLBUS_LOG_INTERFACE, "EntryAdded") ||
            sd_bus_message_is_signal(message, CALLBUS_MANAGER_INTERFACE, "EventsLost"))
            (void) read_new(follow, UINT64_MAX);
    } else if (remote_note_owner(follow->ctl->remote, message) == SERVICE_NEW) {
        if (subscribe(follow) == EXIT_DONE)
            (void) read_new(follow, UINT64_MAX);
    }
    return 0;
}

/* Asked for first, so that nothing is lost between what was there and what comes. */
static int begin(Follow *follow) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    bool all = follow->ctl->log.lines || follow->query->since > 0;
    int status, r = remote_follow(follow->ctl->remote, &error);

    if (r < 0)
        return ctl_fail_bus(follow->ctl, &error, r, "follow the call log");
    status = subscribe(follow);
    return status == EXIT_DONE ? read_new(follow, all ? follow->query->limit : LINES_BEFORE) : status;
}

int log_follow(Ctl *ctl, const LogQuery *query) {
    Follow follow = {.ctl = ctl, .query = query};
    _cleanup_(sd_event_unrefp) sd_event *event = NULL;
    _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *filter = NULL;
    int status, r = sd_event_new(&event);

    follow.event = event;
    if (r >= 0)
        r = interrupt_catch(follow.event, NULL, NULL);
    if (r >= 0)
        r = sd_bus_add_filter(remote_bus(ctl->remote), &filter, on_message, &follow);
    if (r < 0)
        return ctl_fail("cannot follow the call log: %s", g_strerror(-r));
    status = begin(&follow);
    if (status != EXIT_DONE)
        return status;
    r = sd_bus_attach_event(remote_bus(ctl->remote), event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = sd_event_loop(event);
    sd_bus_detach_event(remote_bus(ctl->remote));
    return r < 0 ? ctl_fail("cannot follow the call log: %s", g_strerror(-r)) : r;
}
