/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop below all clients of the benchmark: epoll, so that 1,000 idle ones cost nothing. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/bench/load.h"

#define EVENTS_PER_TURN 64
#define QUIET_MS 30

struct Load {
    int epoll;
    GPtrArray *connections;
    SignalHook hook;
    void *userdata;
};

static void connection_free(Connection *connection) {
    sd_bus_close_unref(connection->bus);
    g_ptr_array_unref(connection->handles);
    g_free(connection);
}

Load *load_new(void) {
    Load *load = g_new0(Load, 1);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->connections = g_ptr_array_new_with_free_func((GDestroyNotify) connection_free);
    return load;
}

Load *load_free(Load *load) {
    g_ptr_array_unref(load->connections);
    close(load->epoll);
    g_free(load);
    return NULL;
}

void load_disconnect(Connection *connection) {
    epoll_ctl(connection->load->epoll, EPOLL_CTL_DEL, sd_bus_get_fd(connection->bus), NULL);
    g_ptr_array_remove(connection->load->connections, connection);
}

void load_set_signal_hook(Load *load, SignalHook hook, void *userdata) {
    load->hook = hook;
    load->userdata = userdata;
}

/* Sees all but the replies. A Ping of the service is answered by sd-bus after this. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Connection *connection = userdata;
    if (sd_bus_message_is_method_call(m, NULL, NULL))
        connection->pings++;
    if (!sd_bus_message_is_signal(m, NULL, NULL) || sd_bus_message_is_signal(m, "org.freedesktop.DBus", NULL))
        return 0;
    connection->signals++;
    if (connection->load->hook)
        connection->load->hook(connection, m, connection->load->userdata);
    return 0;
}

static int watch(Load *load, Connection *connection, int operation) {
    struct epoll_event event = {
        .events = EPOLLIN | (connection->writing ? (uint32_t) EPOLLOUT : 0),
        .data.ptr = connection,
    };
    return epoll_ctl(load->epoll, operation, sd_bus_get_fd(connection->bus), &event) < 0 ? -errno : 0;
}

static int add_connection(Load *load, sd_bus *bus, Connection **ret) {
    Connection *connection = g_new0(Connection, 1);
    connection->load = load;
    connection->bus = sd_bus_ref(bus);
    connection->handles = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(load->connections, connection);

    int r = sd_bus_set_bus_client(bus, true);
    if (r < 0)
        return r;
    r = sd_bus_start(bus);
    if (r < 0)
        return r;
    r = sd_bus_get_unique_name(bus, &connection->name);
    if (r < 0)
        return r;
    r = sd_bus_add_filter(bus, NULL, on_message, connection);
    if (r < 0)
        return r;
    *ret = connection;
    return watch(load, connection, EPOLL_CTL_ADD);
}

int load_connect(Load *load, const char *address, Connection **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_new(&bus);
    if (r < 0)
        return r;
    r = sd_bus_set_address(bus, address);
    return r < 0 ? r : add_connection(load, bus, ret);
}

int load_connect_fd(Load *load, int fd, Connection **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_new(&bus);
    if (r < 0)
        return r;
    r = sd_bus_set_fd(bus, fd, fd);
    return r < 0 ? r : add_connection(load, bus, ret);
}

int load_connect_many(Load *load, const char *address, unsigned count, Connection **ret) {
    for (unsigned i = 0; i < count; i++) {
        int r = load_connect(load, address, &ret[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int serve(Load *load, Connection *connection) {
    int r, done = 0;
    while ((r = sd_bus_process(connection->bus, NULL)) > 0)
        done++;
    if (r < 0)
        return r;
    bool writing = sd_bus_get_events(connection->bus) & POLLOUT;
    if (writing != connection->writing) {
        connection->writing = writing;
        r = watch(load, connection, EPOLL_CTL_MOD);
    }
    return r < 0 ? r : done;
}

int load_turn(Load *load, int timeout_ms) {
    struct epoll_event events[EVENTS_PER_TURN];
    int done = 0;
    int n = epoll_wait(load->epoll, events, EVENTS_PER_TURN, timeout_ms);
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        int r = serve(load, events[i].data.ptr);
        if (r < 0)
            return r;
        done += r;
    }
    return n > 0 ? MAX(done, 1) : 0;
}

/* Blocking calls and new calls from outside the loop may have left messages in the queues of sd-bus. */
static int serve_all(Load *load) {
    for (unsigned i = 0; i < load->connections->len; i++) {
        int r = serve(load, g_ptr_array_index(load->connections, i));
        if (r < 0)
            return r;
    }
    return 0;
}

int load_settle_for(Load *load, int quiet_ms) {
    int r = serve_all(load);
    while (r >= 0) {
        r = load_turn(load, quiet_ms);
        if (r == 0)
            return 0;
    }
    return r;
}

int load_settle(Load *load) {
    return load_settle_for(load, QUIET_MS);
}

int connection_send(Connection *connection, sd_bus_message *m, sd_bus_message **ret_reply) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_call(connection->bus, m, 0, &error, ret_reply);
    if (r < 0) {
        fprintf(stderr, "%s of %s: %s\n", sd_bus_message_get_member(m), sd_bus_message_get_path(m),
                error.message ?: strerror(-r));
        return r;
    }
    return serve(connection->load, connection);
}

int connection_call(Connection *connection, const char *destination, const char *path, const char *interface,
                    const char *member, sd_bus_message **ret_reply, const char *types, ...) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    va_list arguments;
    int r = sd_bus_message_new_method_call(connection->bus, &m, destination, path, interface, member);
    if (r < 0)
        return r;
    va_start(arguments, types);
    r = sd_bus_message_appendv(m, types ?: "", arguments);
    va_end(arguments);
    return r < 0 ? r : connection_send(connection, m, ret_reply);
}
