/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection between the service and a provider, in GLib's loop. */
#include "providers/wire/source.h"

#include <errno.h>
#include <poll.h>

#include "service/cleanup.h"

enum { MESSAGES_PER_TURN = 64 };

struct WireSource {
    GSource source;
    sd_bus *bus;
    WireLost on_lost;
    void *userdata;
    void *poll_tag;
    int events; /* as polled for now */
    bool lost;
};

int wire_open(int fd, bool server, sd_bus **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    sd_id128_t id;
    int r = sd_bus_new(&bus);

    if (r < 0) {
        close(fd);
        return r;
    }
    r = sd_bus_set_fd(bus, fd, fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    r = sd_bus_negotiate_fds(bus, false);
    if (r >= 0 && server)
        r = sd_id128_randomize(&id);
    if (r >= 0 && server)
        r = sd_bus_set_server(bus, true, id);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0) {
        sd_bus_close(bus);
        return r;
    }
    *ret = TAKE_PTR(bus);
    return 0;
}

int wire_connect(const char *address, sd_bus **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_new(&bus);

    if (r >= 0)
        r = sd_bus_set_address(bus, address);
    if (r >= 0)
        r = sd_bus_negotiate_fds(bus, false);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(bus);
    return 0;
}

/* The last thing that is done with the source: it may be gone after. */
static void lose(WireSource *self, int error) {
    if (self->lost)
        return;
    self->lost = true;
    self->on_lost(error, self->userdata);
}

static gboolean prepare(GSource *source, int *ret_timeout) {
    WireSource *self = (WireSource *) source;
    uint64_t until = UINT64_MAX;
    int events;

    *ret_timeout = -1;
    if (self->lost)
        return FALSE;
    events = sd_bus_get_events(self->bus);
    if (events < 0 || sd_bus_get_timeout(self->bus, &until) < 0)
        return TRUE;
    /* Changing what is polled for wakes the loop: only if it has to be. */
    if (events != self->events)
        g_source_modify_unix_fd(source, self->poll_tag, events);
    self->events = events;
    if (until != UINT64_MAX) {
        int64_t left = (int64_t) until - g_get_monotonic_time();

        *ret_timeout = left <= 0 ? 0 : (int) MIN(left / 1000 + 1, INT32_MAX);
    }
    return *ret_timeout == 0;
}

static gboolean check(GSource *source) {
    WireSource *self = (WireSource *) source;
    uint64_t until = UINT64_MAX;

    if (self->lost)
        return FALSE;
    if (g_source_query_unix_fd(source, self->poll_tag) != 0 || sd_bus_get_events(self->bus) < 0)
        return TRUE;
    return sd_bus_get_timeout(self->bus, &until) >= 0 && until <= (uint64_t) g_get_monotonic_time();
}

static gboolean dispatch(GSource *source, GSourceFunc unused, void *unused_data) {
    WireSource *self = (WireSource *) source;

    for (int i = 0; i < MESSAGES_PER_TURN && !self->lost && !g_source_is_destroyed(source); i++) {
        int r = sd_bus_process(self->bus, NULL);

        if (r == 0)
            break;
        if (r < 0)
            lose(self, r);
    }
    return G_SOURCE_CONTINUE;
}

static void finalize(GSource *source) {
    sd_bus_close_unref(((WireSource *) source)->bus);
}

static GSourceFuncs functions = { .prepare = prepare, .check = check, .dispatch = dispatch, .finalize = finalize };

WireSource *wire_source_new(sd_bus *bus, WireLost on_lost, void *userdata) {
    WireSource *self = (WireSource *) g_source_new(&functions, sizeof(WireSource));

    self->bus = sd_bus_ref(bus);
    self->on_lost = on_lost;
    self->userdata = userdata;
    self->events = POLLIN;
    self->poll_tag = g_source_add_unix_fd(&self->source, sd_bus_get_fd(bus), POLLIN);
    /* Saves three system calls a turn; nothing of ours runs the loop inside a handler. */
    g_source_set_can_recurse(&self->source, TRUE);
    g_source_set_name(&self->source, "wire");
    g_source_attach(&self->source, NULL);
    return self;
}

WireSource *wire_source_free(WireSource *self) {
    if (!self)
        return NULL;
    self->lost = true;
    g_source_destroy(&self->source);
    g_source_unref(&self->source);
    return NULL;
}
