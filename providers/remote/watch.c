/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watch: whether a provider process that is connected still lives. */
#include "providers/remote/watch.h"

#include "providers/wire/names.h"

#define PEER_INTERFACE "org.freedesktop.DBus.Peer"

enum {
    BUSY_MS = 5000,   /* while it has calls, or something to answer */
    IDLE_MS = 30000,
    ANSWER_S = 10,
};

static bool is_busy(const Remote *remote) {
    return remote->asked.length > 0 || g_hash_table_size(remote->calls) > 0;
}

static gboolean on_time(void *userdata);

static void set_time(Remote *remote, unsigned ms) {
    if (remote->ping)
        g_source_destroy(remote->ping);
    g_clear_pointer(&remote->ping, g_source_unref);
    remote->ping = g_timeout_source_new(ms);
    g_source_set_callback(remote->ping, on_time, remote, NULL);
    g_source_attach(remote->ping, NULL);
    remote->closely = ms == BUSY_MS;
}

/* Any answer will do, but that of our own end that none came. */
static int on_pong(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    Remote *remote = userdata;
    const sd_bus_error *error = sd_bus_message_get_error(m);

    remote->pinged = sd_bus_slot_unref(remote->pinged);
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) || sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
        remote_violated(remote, "it does not answer any more");
    else
        set_time(remote, is_busy(remote) ? BUSY_MS : IDLE_MS);
    return 1;
}

static int ping(Remote *remote) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(link_bus(remote->link), &m, NULL, WIRE_PROVIDER_PATH, PEER_INTERFACE, "Ping");

    if (r < 0)
        return r;
    return sd_bus_call_async(link_bus(remote->link), &remote->pinged, m, on_pong, remote, ANSWER_S * G_USEC_PER_SEC);
}

static gboolean on_time(void *userdata) {
    Remote *remote = userdata;

    if (ping(remote) < 0)
        remote_violated(remote, "it can't be asked any more");
    return G_SOURCE_REMOVE;
}

void remote_watch_closely(Remote *remote) {
    if (!remote->closely && !remote->pinged && remote->link)
        set_time(remote, BUSY_MS);
}

void watch_begin(Remote *remote) {
    set_time(remote, BUSY_MS);
}

void watch_end(Remote *remote) {
    if (remote->ping)
        g_source_destroy(remote->ping);
    g_clear_pointer(&remote->ping, g_source_unref);
    remote->pinged = sd_bus_slot_unref(remote->pinged);
    remote->closely = false;
}
