/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Link: one connection with a process that is, or wants to be, a provider. */
#include "providers/remote/link.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>

#include "bus/source.h"
#include "providers/remote/gate.h"
#include "providers/remote/hello.h"
#include "providers/remote/remote-private.h"
#include "providers/remote/reports.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"
#include "service/log.h"

enum {
    HELLO_MS = 10000,
    QUEUED_MAX = 64 * 1024, /* messages: four for each call that it can have */
};

struct Link {
    Door *door;
    Remote *remote; /* NULL: it has not said hello */
    Gate *gate;
    sd_bus *bus;
    BusSource *source;
    sd_bus_slot *object;
    GSource *limit;
    int pidfd;
};

static void forget(Link *link) {
    door_let_go(link->door, link);
    link_free(link);
}

static void turn_away(Link *link, const char *why) {
    log_debug("event: provider, turned away, why: %s", why);
    forget(link);
}

static void on_lost(int error, void *userdata) {
    Link *link = userdata;

    if (link->remote)
        remote_disconnected(link->remote, "it left");
    else
        turn_away(link, "it left before it said hello");
}

/* It takes more than it is given, of memory that belongs to all. */
static void break_off(Link *link, const char *why) {
    if (link->remote) {
        remote_violated(link->remote, why);
        return;
    }
    log_warning("event: provider, turned away, why: %s", why);
    forget(link);
}

static void on_feed(void *userdata) {
    Link *link = userdata;
    g_autofree char *why = NULL;
    uint64_t queued = 0;

    if (!gate_feed(link->gate, sd_bus_is_ready(link->bus) > 0, &why))
        break_off(link, why);
    else if (gate_has_long_hello(link->gate) && !door_lets_talk(link->door, link))
        break_off(link, "another one has as many calls, and is first");
    else if (sd_bus_get_n_queued_write(link->bus, &queued) >= 0 && queued > QUEUED_MAX)
        break_off(link, "it does not read what it is told");
}

static const BusSourceEvents source_events = { .feed = on_feed, .lost = on_lost };

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

/* Over both ends of the gate. The socket is closed with the bus. */
static int open_bus(Link *link, int fd) {
    int input = -1, r;

    link->gate = gate_new(fd, &input);
    if (!link->gate) {
        close(fd);
        return -EMFILE;
    }
    r = wire_serve(input, fd, &link->bus);
    if (r < 0)
        return r;
    link->source = bus_source_new_fed(link->bus, input, fd, &source_events, link);
    return sd_bus_add_object(link->bus, &link->object, WIRE_HOST_PATH, on_message, link);
}

Link *link_new(Door *door, int fd, pid_t pid) {
    Link *link = g_new0(Link, 1);

    *link = (Link) { .door = door, .pidfd = pidfd_open(pid, 0) };
    if (open_bus(link, fd) < 0)
        return link_free(link);
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
    gate_free(link->gate);
    if (link->pidfd >= 0)
        close(link->pidfd);
    g_free(link);
    return NULL;
}

sd_bus *link_bus(const Link *link) {
    return link->bus;
}

uint64_t link_count(const Link *link) {
    return gate_count(link->gate);
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
