/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection: to the service, made again when it breaks. */
#include "providers/host/connection.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sysexits.h>

#include "bus/source.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"
#include "service/cleanup.h"
#include "service/log.h"

enum {
    RETRY_FAST_MS = 20,
    RETRY_MS = 200,
    RETRY_SLOW_MS = 1000,
    FAST_FOR_MS = 2000,
    NOT_SLOW_FOR_MS = 30000,
    PATIENCE_MS = 20000,       /* when nothing is lost by leaving */
    PATIENCE_BUSY_MS = 300000, /* when there are calls */
    WAITING_MAX = 8192,        /* reports; whoever lets so many wait is told anew, from Hello on */
    OPEN_AFTER_MS = 5000,      /* a service that does not say that it has found its calls is done with it */
};

struct Connection {
    const ConnectionEvents *events;
    void *userdata;
    char *address;
    sd_bus *bus;
    BusSource *source;
    sd_bus_slot *object, *hello;
    ConnectionPhase phase;
    GQueue waiting; /* of sd_bus_message */
    guint timer;    /* to connect, or to open */
    int64_t alone_since; /* when there was a service last, µs */
};

static void connect_later(Connection *connection);

/* ---- Breaking ---- */

static void stop_timer(Connection *connection) {
    if (connection->timer > 0)
        g_source_remove(connection->timer);
    connection->timer = 0;
}

static void forget_waiting(Connection *connection) {
    sd_bus_message *m;

    while ((m = g_queue_pop_head(&connection->waiting)))
        sd_bus_message_unref(m);
}

static void disconnect(Connection *connection) {
    stop_timer(connection);
    forget_waiting(connection);
    connection->phase = CONNECTION_OFF;
    connection->hello = sd_bus_slot_unref(connection->hello);
    connection->object = sd_bus_slot_unref(connection->object);
    connection->source = bus_source_free(connection->source);
    connection->bus = sd_bus_close_unref(connection->bus);
}

static void on_lost(int error, void *userdata) {
    Connection *connection = userdata;
    bool was_there = connection->phase >= CONNECTION_WAITING;

    if (was_there) {
        log_info("event: disconnected, error: %s", g_strerror(-error));
        connection->alone_since = g_get_monotonic_time();
    }
    disconnect(connection);
    if (was_there)
        connection->events->lost(connection->userdata);
    connect_later(connection);
}

static const BusSourceEvents source_events = { .lost = on_lost };

/* ---- Hello ---- */

static gboolean on_open_timeout(void *userdata) {
    Connection *connection = userdata;

    connection->timer = 0;
    connection_open(connection);
    return G_SOURCE_REMOVE;
}

/* Somebody of our name is connected, for now: the service may not have seen yet that it is gone. */
static int refused(Connection *connection, const sd_bus_error *error) {
    if (strcmp(error->name, WIRE_ERROR_PREFIX "Conflict") == 0)
        return 0;
    log_error("The service does not take this provider: %s", error->message ?: error->name);
    return strcmp(error->name, WIRE_ERROR_ACCESS_DENIED) == 0 ? EX_NOPERM : EX_PROTOCOL;
}

static int on_hello_answered(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    Connection *connection = userdata;
    const sd_bus_error *error = sd_bus_message_get_error(m);
    uint64_t epoch = 0;
    int status = 0;

    connection->hello = sd_bus_slot_unref(connection->hello);
    if (error)
        status = refused(connection, error);
    else if (sd_bus_message_read(m, "t", &epoch) < 0)
        status = EX_PROTOCOL;
    if (status != 0) {
        connection->events->given_up(status, connection->userdata);
        return 1;
    }
    if (error) {
        on_lost(-ECONNREFUSED, connection);
        return 1;
    }
    connection->phase = CONNECTION_WAITING;
    connection->timer = g_timeout_add(OPEN_AFTER_MS, on_open_timeout, connection);
    connection->events->greeted(epoch, connection->userdata);
    return 1;
}

static int on_called(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Connection *connection = userdata;
    const char *interface = sd_bus_message_get_interface(m);

    if (!sd_bus_message_is_method_call(m, NULL, NULL) || !interface || strcmp(interface, WIRE_PROVIDER_INTERFACE) != 0)
        return 0;
    if (connection->phase < CONNECTION_WAITING)
        return sd_bus_reply_method_errorf(m, WIRE_ERROR_ACCESS_DENIED, "Hello is not answered yet");
    return connection->events->called(m, connection->userdata);
}

static int greet(Connection *connection) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_add_object(connection->bus, &connection->object, WIRE_PROVIDER_PATH, on_called, connection);
    if (r >= 0)
        r = sd_bus_message_new_method_call(connection->bus, &m, NULL, WIRE_HOST_PATH, WIRE_HOST_INTERFACE, "Hello");
    if (r >= 0)
        r = connection->events->hello(m, connection->userdata);
    /* The service may be on its way, with its socket open already. */
    if (r >= 0)
        r = sd_bus_call_async(connection->bus, &connection->hello, m, on_hello_answered, connection, UINT64_MAX);
    return r;
}

static int try_to_connect(Connection *connection) {
    int r = wire_connect(connection->address, &connection->bus);

    if (r < 0)
        return r;
    connection->phase = CONNECTION_GREETING;
    connection->source = bus_source_new(connection->bus, &source_events, connection);
    r = greet(connection);
    if (r < 0)
        disconnect(connection);
    return r;
}

/* ---- Trying ---- */

static int64_t alone_ms(const Connection *connection) {
    return (g_get_monotonic_time() - connection->alone_since) / 1000;
}

static gboolean on_retry(void *userdata) {
    Connection *connection = userdata;
    int patience = connection->events->is_busy(connection->userdata) ? PATIENCE_BUSY_MS : PATIENCE_MS, r;

    connection->timer = 0;
    if (alone_ms(connection) > patience) {
        log_error("There is no service at %s: leaving", connection->address);
        connection->events->given_up(EX_UNAVAILABLE, connection->userdata);
        return G_SOURCE_REMOVE;
    }
    r = try_to_connect(connection);
    if (r >= 0)
        return G_SOURCE_REMOVE;
    log_debug("event: not connected, error: %s", g_strerror(-r));
    connect_later(connection);
    return G_SOURCE_REMOVE;
}

static void connect_later(Connection *connection) {
    int64_t ms = alone_ms(connection);
    guint interval = ms < FAST_FOR_MS ? RETRY_FAST_MS : ms < NOT_SLOW_FOR_MS ? RETRY_MS : RETRY_SLOW_MS;

    stop_timer(connection);
    connection->timer = g_timeout_add(interval, on_retry, connection);
}

Connection *connection_new(const char *address, const ConnectionEvents *events, void *userdata) {
    Connection *connection = g_new0(Connection, 1);

    connection->events = events;
    connection->userdata = userdata;
    connection->address = g_strdup(address);
    connection->alone_since = g_get_monotonic_time();
    connection->timer = g_timeout_add(0, on_retry, connection);
    return connection;
}

Connection *connection_free(Connection *connection) {
    if (!connection)
        return NULL;
    disconnect(connection);
    g_free(connection->address);
    g_free(connection);
    return NULL;
}

ConnectionPhase connection_phase(const Connection *connection) {
    return connection ? connection->phase : CONNECTION_OFF;
}

/* ---- Telling ---- */

/* If it can't be sent, the service reads no more, or memory is short: without it, the service would be told nonsense from now on. */
static void send_now(Connection *connection, sd_bus_message *m) {
    int r = sd_bus_send(connection->bus, m, NULL);

    if (r >= 0)
        return;
    log_error("event: not sent, member: %s, error: %s", sd_bus_message_get_member(m), g_strerror(-r));
    on_lost(r, connection);
}

void connection_open(Connection *connection) {
    sd_bus_message *m;

    if (connection->phase != CONNECTION_WAITING)
        return;
    stop_timer(connection);
    connection->phase = CONNECTION_OPEN;
    while (connection->phase == CONNECTION_OPEN && (m = g_queue_pop_head(&connection->waiting))) {
        send_now(connection, m);
        sd_bus_message_unref(m);
    }
    if (connection->phase == CONNECTION_OPEN)
        connection->events->opened(connection->userdata);
}

int connection_call_new(const Connection *connection, const char *member, sd_bus_message **ret) {
    if (connection_phase(connection) == CONNECTION_OFF)
        return -ENOTCONN;
    return sd_bus_message_new_method_call(connection->bus, ret, NULL, WIRE_HOST_PATH, WIRE_HOST_INTERFACE, member);
}

void connection_report(Connection *connection, sd_bus_message *m) {
    if (sd_bus_message_set_expect_reply(m, false) < 0)
        return;
    if (connection->phase == CONNECTION_OPEN)
        send_now(connection, m);
    else if (connection->phase != CONNECTION_OFF && connection->waiting.length < WAITING_MAX)
        g_queue_push_tail(&connection->waiting, sd_bus_message_ref(m));
    else if (connection->phase != CONNECTION_OFF)
        on_lost(-ENOBUFS, connection);
}

void connection_send(Connection *connection, sd_bus_message *m) {
    if (connection->phase >= CONNECTION_WAITING && sd_bus_message_set_expect_reply(m, false) >= 0)
        send_now(connection, m);
}

int connection_ask(Connection *connection, sd_bus_message *m, sd_bus_message_handler_t on_answer, void *userdata,
                   sd_bus_slot **ret) {
    if (connection->phase != CONNECTION_OPEN)
        return -ENOTCONN;
    return sd_bus_call_async(connection->bus, ret, m, on_answer, userdata, UINT64_MAX);
}

void connection_flush(Connection *connection) {
    if (connection_phase(connection) >= CONNECTION_WAITING)
        sd_bus_flush(connection->bus);
}
