/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Side bus: one more connection to a message bus, in GLib's loop. */
#include "interfaces/side-bus.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>

enum { MESSAGES_PER_TURN = 64 };

struct SideBus {
    sd_bus *connection;
    GSource *source;
    void (*on_lost)(void *userdata);
    void *userdata;
};

typedef struct SideSource {
    GSource source;
    SideBus *side;
    void *poll_tag;
    int events; /* as polled for now */
} SideSource;

static gboolean prepare(GSource *source, int *ret_timeout) {
    SideSource *self = (SideSource *) source;
    sd_bus *connection = self->side->connection;
    uint64_t until = UINT64_MAX;
    int64_t left;
    int events;

    *ret_timeout = -1;
    events = sd_bus_get_events(connection);
    if (events < 0 || sd_bus_get_timeout(connection, &until) < 0)
        return TRUE;
    if (events != self->events)
        g_source_modify_unix_fd(source, self->poll_tag, events);
    self->events = events;
    if (until == UINT64_MAX)
        return FALSE;
    left = (int64_t) until - g_get_monotonic_time();
    *ret_timeout = left <= 0 ? 0 : MIN(left / 1000 + 1, INT32_MAX);
    return left <= 0;
}

static gboolean check(GSource *source) {
    SideSource *self = (SideSource *) source;
    uint64_t until = UINT64_MAX;

    if (g_source_query_unix_fd(source, self->poll_tag) != 0)
        return TRUE;
    return sd_bus_get_timeout(self->side->connection, &until) >= 0 && until <= (uint64_t) g_get_monotonic_time();
}

/* While it goes down it answers one request after the other with an error; then it is over. */
static gboolean dispatch(GSource *source, GSourceFunc unused, void *unused_data) {
    SideBus *side = ((SideSource *) source)->side;
    int r = 1;

    for (int i = 0; i < MESSAGES_PER_TURN && r > 0; i++)
        r = sd_bus_process(side->connection, NULL);
    if (r < 0) {
        side->on_lost(side->userdata);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_functions = { .prepare = prepare, .check = check, .dispatch = dispatch };

static void attach(SideBus *side) {
    SideSource *self;

    side->source = g_source_new(&source_functions, sizeof(SideSource));
    self = (SideSource *) side->source;
    self->side = side;
    self->events = POLLIN;
    self->poll_tag = g_source_add_unix_fd(side->source, sd_bus_get_fd(side->connection), POLLIN);
    g_source_set_name(side->source, "side bus");
    g_source_attach(side->source, NULL);
}

int side_bus_new(void (*on_lost)(void *userdata), void *userdata, SideBus **ret) {
    _cleanup_(side_bus_freep) SideBus *side = g_new0(SideBus, 1);
    int r;

    *side = (SideBus) { .on_lost = on_lost, .userdata = userdata };
    r = sd_bus_open_system(&side->connection);
    if (r < 0)
        return r;
    attach(side);
    *ret = TAKE_PTR(side);
    return 0;
}

SideBus *side_bus_free(SideBus *side) {
    if (!side)
        return NULL;
    if (side->source) {
        g_source_destroy(side->source);
        g_source_unref(side->source);
    }
    sd_bus_close_unref(side->connection);
    g_free(side);
    return NULL;
}

sd_bus *side_bus_connection(const SideBus *side) {
    return side->connection;
}
