/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source: a connection of sd-bus in GLib's loop. */
#include "bus/source.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>

enum { MESSAGES_PER_TURN = 64 };

struct BusSource {
    GSource source;
    sd_bus *bus;
    const BusSourceEvents *events;
    void *userdata;
    void *poll_tag;
    void *input_tag; /* of one that is fed */
    int polled;      /* for what, for now */
    bool lost;
};

void bus_source_lose(BusSource *self, int error) {
    if (self->lost)
        return;
    self->lost = true;
    self->events->lost(error, self->userdata);
}

static gboolean prepare(GSource *source, int *ret_timeout) {
    BusSource *self = (BusSource *) source;
    uint64_t until = UINT64_MAX;
    int events;

    *ret_timeout = -1;
    if (self->events->waits)
        self->events->waits(self->userdata);
    if (self->lost)
        return FALSE;
    events = sd_bus_get_events(self->bus);
    if (events < 0 || sd_bus_get_timeout(self->bus, &until) < 0)
        return TRUE;
    if (self->input_tag)
        events |= POLLIN;
    /* Changing what is polled for wakes the loop: only if it has to be. */
    if (events != self->polled)
        g_source_modify_unix_fd(source, self->poll_tag, events);
    self->polled = events;
    if (until != UINT64_MAX) {
        int64_t left = (int64_t) until - g_get_monotonic_time();

        *ret_timeout = left <= 0 ? 0 : (int) MIN(left / 1000 + 1, INT32_MAX);
    }
    return *ret_timeout == 0;
}

static gboolean check(GSource *source) {
    BusSource *self = (BusSource *) source;
    uint64_t until = UINT64_MAX;

    if (self->lost)
        return FALSE;
    if (self->input_tag && g_source_query_unix_fd(source, self->input_tag) != 0)
        return TRUE;
    if (g_source_query_unix_fd(source, self->poll_tag) != 0 || sd_bus_get_events(self->bus) < 0)
        return TRUE;
    return sd_bus_get_timeout(self->bus, &until) >= 0 && until <= (uint64_t) g_get_monotonic_time();
}

/* False: there is no more to do now. One that is closing is not asked: it would answer in the name of the other end. */
static bool process(BusSource *self) {
    int r = sd_bus_is_open(self->bus) > 0 ? sd_bus_process(self->bus, NULL) : -ECONNRESET;

    if (r < 0)
        bus_source_lose(self, r);
    return r != 0;
}

static gboolean dispatch(GSource *source, GSourceFunc unused, void *unused_data) {
    BusSource *self = (BusSource *) source;
    bool more = true;

    if (self->events->feed && !self->lost)
        self->events->feed(self->userdata);
    for (int i = 0; i < MESSAGES_PER_TURN && more && !self->lost; i++) {
        more = process(self);
        if (!self->lost && self->events->handled)
            more = self->events->handled(self->userdata) && more;
    }
    if (!self->lost && self->events->turned)
        self->events->turned(self->userdata);
    return G_SOURCE_CONTINUE;
}

static void finalize(GSource *source) {
    sd_bus_unref(((BusSource *) source)->bus);
}

static GSourceFuncs functions = { .prepare = prepare, .check = check, .dispatch = dispatch, .finalize = finalize };

static BusSource *source_new(sd_bus *bus, int socket, const BusSourceEvents *events, void *userdata) {
    BusSource *self = (BusSource *) g_source_new(&functions, sizeof(BusSource));

    self->bus = sd_bus_ref(bus);
    self->events = events;
    self->userdata = userdata;
    self->polled = POLLIN;
    self->poll_tag = g_source_add_unix_fd(&self->source, socket, POLLIN);
    /* Saves three system calls a turn; nothing of ours runs the loop inside a handler. */
    g_source_set_can_recurse(&self->source, TRUE);
    g_source_set_name(&self->source, "bus");
    g_source_attach(&self->source, NULL);
    return self;
}

BusSource *bus_source_new(sd_bus *bus, const BusSourceEvents *events, void *userdata) {
    return source_new(bus, sd_bus_get_fd(bus), events, userdata);
}

BusSource *bus_source_new_fed(sd_bus *bus, int input, int socket, const BusSourceEvents *events, void *userdata) {
    BusSource *self = source_new(bus, socket, events, userdata);

    self->input_tag = g_source_add_unix_fd(&self->source, input, POLLIN);
    return self;
}

BusSource *bus_source_free(BusSource *self) {
    if (!self)
        return NULL;
    self->lost = true;
    g_source_destroy(&self->source);
    g_source_unref(&self->source);
    return NULL;
}
