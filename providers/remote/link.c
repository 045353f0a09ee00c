/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Link: one connection with a process that is, or wants to be, a provider. */
#include "providers/remote/link.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>

#include "bus/source.h"
#include "providers/remote/hello.h"
#include "providers/remote/remote-private.h"
#include "providers/remote/reports.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"
#include "service/log.h"

enum { HELLO_MS = 10000 };

struct Link {
    Door *door;
    Remote *remote; /* NULL: it has not said hello */
    sd_bus *bus;
    BusSource *source;
    sd_bus_slot *object;
    GSource *limit;
    int pidfd;
};

static void turn_away(Link *link, const char *why) {
    log_debug("event: provider, turned away, why: %s", why);
    door_let_go(link->door, link);
    link_free(link);
}

static void on_lost(int error, void *userdata) {
    Link *link = userdata;

    if (link->remote)
        remote_disconnected(link->remote, "it left");
    else
        turn_away(link, "it left before it said hello");
}

static const BusSourceEvents source_events = { .lost = on_lost };

/* Whatever the connection brings that is not an answer. A stranger can do nothing but say who it is. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Link *link = userdata;
    int r;

    if (link->remote)
        return remote_hear(link->remote, m);
    r = hello_receive(link->door, link, m);
    if (r < 0)
        turn_away(link, "it did not say hello");
    return 1;
}

static gboolean on_limit(void *userdata) {
    turn_away(userdata, "it did not say hello in time");
    return G_SOURCE_REMOVE;
}

static void start_limit(Link *link) {
    link->limit = g_timeout_source_new(HELLO_MS);
    g_source_set_callback(link->limit, on_limit, link, NULL);
    g_source_attach(link->limit, NULL);
}

static void stop_limit(Link *link) {
    if (link->limit)
        g_source_destroy(link->limit);
    g_clear_pointer(&link->limit, g_source_unref);
}

Link *link_new(Door *door, int fd, pid_t pid) {
    Link *link = g_new0(Link, 1);

    *link = (Link) { .door = door, .pidfd = pidfd_open(pid, 0) };
    if (wire_open(fd, /* server= */ true, &link->bus) < 0)
        return link_free(link);
    if (sd_bus_add_object(link->bus, &link->object, WIRE_HOST_PATH, on_message, link) < 0)
        return link_free(link);
    link->source = bus_source_new(link->bus, &source_events, link);
    start_limit(link);
    return link;
}

Link *link_free(Link *link) {
    if (!link)
        return NULL;
    stop_limit(link);
    sd_bus_slot_unref(link->object);
    bus_source_free(link->source);
    sd_bus_close_unref(link->bus);
    if (link->pidfd >= 0)
        close(link->pidfd);
    g_free(link);
    return NULL;
}

sd_bus *link_bus(const Link *link) {
    return link->bus;
}

void link_give(Link *link, Remote *remote) {
    stop_limit(link);
    door_let_go(link->door, link);
    link->remote = remote;
}

void link_kill(const Link *link) {
    if (link->pidfd >= 0)
        pidfd_send_signal(link->pidfd, SIGKILL, NULL, 0);
}
