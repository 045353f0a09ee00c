/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus: the service's connection to the message bus, in GLib's loop. */
#include "interfaces/bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus/byte-order.h"
#include "bus/source.h"
#include "interfaces/authority.h"
#include "interfaces/call-log-object.h"
#include "interfaces/call-object.h"
#include "interfaces/connection.h"
#include "interfaces/debug-object.h"
#include "interfaces/emit.h"
#include "interfaces/held.h"
#include "interfaces/line-object.h"
#include "interfaces/manager-object.h"
#include "interfaces/message-size.h"
#include "interfaces/names.h"
#include "interfaces/peer.h"
#include "interfaces/resume.h"
#include "service/crash-point.h"
#include "service/log.h"

enum {
    REQUESTS_PER_TURN = 64,
    TOLD_PER_TURN = 2048, /* clients told of something, at most about */
    TURNED_SIZE_MAX = 64 * 1024,
};

struct Bus {
    sd_bus *connection;
    Manager *manager;
    BusOptions options;
    BusSource *source;
    Authority *authority;
    GHashTable *peers, *users;
    FlowGroup flow, strangers;
    Backlog backlog;
    ToldFlags told;
    Held held;
    Resume resume;
    CallLogObject *call_log;
    unsigned requests; /* handled in this turn */
    bool serving, lost;
};

/* ---- The loop ---- */

static void on_lost(int error, void *userdata) {
    Bus *bus = userdata;

    bus_check_memory(error);
    bus->lost = true;
    bus_stop_resuming(bus);
    if (bus->options.on_lost)
        bus->options.on_lost(error, bus->options.userdata);
}

/* The turn is over: what changed in it is written down, then told. Before anybody is served nobody is told anything. */
static void end_turn(void *userdata) {
    Bus *bus = userdata;

    if (!bus->serving)
        return;
    crash_point("bus:turn");
    manager_flush(bus->manager);
    emit_flags(bus);
    crash_point("bus:flushed");
    held_release(bus);
}

static bool on_handled(void *userdata) {
    const Bus *bus = userdata;

    authority_end(bus->authority);
    return bus->requests < bus_requests_per_turn(bus);
}

static void on_turned(void *userdata) {
    Bus *bus = userdata;

    bus->requests = 0;
    peers_go_on(bus);
}

static const BusSourceEvents source_events = { .waits = end_turn, .handled = on_handled, .turned = on_turned, .lost = on_lost };

/* ---- Messages ---- */

/* True: it comes again, next, in the order of bytes in which all of its arguments can be read. What is longer is too long for any
 * method of ours. */
static bool turn(Bus *bus, sd_bus_message *m) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *turned = NULL;

    if (!strchr(sd_bus_message_get_signature(m, true), 'a') || !message_is_turned(m) || message_size(m) > TURNED_SIZE_MAX)
        return false;
    return message_turn(bus->connection, m, &turned) >= 0 && sd_bus_enqueue_for_read(bus->connection, turned) >= 0;
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bus *bus = userdata;
    uint8_t type = 0;
    int r;

    if (sd_bus_message_get_type(m, &type) < 0 || type != SD_BUS_MESSAGE_METHOD_CALL)
        return 0;
    if (turn(bus, m))
        return 1;
    crash_point("bus:message");
    r = peer_receive(bus, m);
    crash_point("bus:received");
    bus->requests += r == 0;
    return r;
}

/* The bus gave the name to somebody else. What was asked before that is answered; nothing that comes is handled any more. */
static int on_name_lost(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bus *bus = userdata;

    if (!connection_is_bus(m) || !bus->serving || bus->lost)
        return 0;
    end_turn(bus);
    bus_source_lose(bus->source, -EOWNERDEAD);
    return 0;
}

static int register_all(Bus *bus) {
    int r;

    r = sd_bus_add_filter(bus->connection, NULL, on_message, bus);
    if (r >= 0)
        r = sd_bus_add_match_async(bus->connection, NULL,
                                   "type='signal',sender='" DBUS_NAME "',path='" DBUS_PATH "',interface='" DBUS_INTERFACE
                                   "',member='NameLost',arg0='" CALLBUS_NAME "'",
                                   on_name_lost, NULL, bus);
    if (r >= 0)
        r = peers_watch(bus);
    if (r >= 0)
        r = manager_object_register(bus);
    if (r >= 0)
        r = line_object_register(bus);
    if (r >= 0)
        r = call_object_register(bus);
    if (r >= 0)
        r = call_log_object_register(bus, &bus->call_log);
    if (r >= 0 && bus->options.debug)
        r = debug_object_register(bus);
    return r;
}

int bus_new(Manager *manager, const BusOptions *options, Bus **ret) {
    _cleanup_(bus_freep) Bus *bus = g_new0(Bus, 1);
    int r;

    *bus = (Bus) {
        .manager = manager,
        .options = *options,
        .peers = g_hash_table_new(g_str_hash, g_str_equal),
        .users = g_hash_table_new_full(NULL, NULL, NULL, g_free),
    };
    held_init(&bus->held);
    r = connection_open(options->system, &bus->connection);
    if (r < 0)
        return r;
    r = register_all(bus);
    if (r < 0)
        return r;
    bus->source = bus_source_new(bus->connection, &source_events, bus);
    if (options->system)
        bus->authority = authority_new(bus);
    manager_set_observer(manager, &emit_observer, bus);
    *ret = TAKE_PTR(bus);
    return 0;
}

int bus_take_name(Bus *bus) {
    int r;

    crash_point("bus:name");
    /* Nobody may take it over, and nobody is waited for: either it is ours now, or it is not. */
    r = sd_bus_request_name(bus->connection, CALLBUS_NAME, 0);
    if (r < 0)
        return r;
    crash_point("bus:named");
    bus->serving = true;
    bus_tell_resumed(bus);
    peers_serve(bus);
    return 0;
}

void bus_finish(Bus *bus) {
    authority_stop(bus->authority);
    call_log_object_stop(bus->call_log);
    end_turn(bus);
}

void bus_leave(Bus *bus) {
    if (bus->lost)
        return;
    crash_point("bus:leave");
    sd_bus_release_name(bus->connection, CALLBUS_NAME);
    crash_point("bus:left");
    sd_bus_flush(bus->connection);
}

Bus *bus_free(Bus *bus) {
    if (!bus)
        return NULL;
    if (bus->connection) {
        bus_stop_resuming(bus);
        peers_forget(bus);
        emit_stop(bus);
    }
    authority_free(bus->authority);
    bus_source_free(bus->source);
    call_log_object_free(bus->call_log);
    sd_bus_close_unref(bus->connection);
    g_hash_table_unref(bus->peers);
    g_hash_table_unref(bus->users);
    held_done(&bus->held);
    g_free(bus);
    return NULL;
}

bool bus_is_gone(int error) {
    return error == -ENOTCONN || error == -ECONNRESET;
}

void bus_check_memory(int error) {
    if (error != -ENOMEM)
        return;
    log_error("event: out-of-memory, effect: the service ends, to be started again");
    abort();
}

sd_bus *bus_connection(const Bus *bus) {
    return bus->connection;
}

Manager *bus_manager(const Bus *bus) {
    return bus->manager;
}

bool bus_is_debug(const Bus *bus) {
    return bus->options.debug;
}

bool bus_is_system(const Bus *bus) {
    return bus->options.system;
}

Authority *bus_authority(const Bus *bus) {
    return bus->authority;
}

const FlowLimits *bus_flow_limits(const Bus *bus) {
    return bus->options.system ? &flow_limits_system : &flow_limits_session;
}

FlowGroup *bus_flow(Bus *bus) {
    return &bus->flow;
}

FlowGroup *bus_strangers(Bus *bus) {
    return &bus->strangers;
}

Backlog *bus_backlog(Bus *bus) {
    return &bus->backlog;
}

/* Each may have to be told to everybody. */
unsigned bus_requests_per_turn(const Bus *bus) {
    return CLAMP(TOLD_PER_TURN / (g_hash_table_size(bus->peers) + 1), 1, REQUESTS_PER_TURN);
}

GHashTable *bus_peers(Bus *bus) {
    return bus->peers;
}

GHashTable *bus_users(Bus *bus) {
    return bus->users;
}

Held *bus_held(Bus *bus) {
    return &bus->held;
}

Resume *bus_resuming(Bus *bus) {
    return &bus->resume;
}

bool bus_is_serving(const Bus *bus) {
    return bus->serving;
}

int bus_read_id(const Bus *bus, char ret[static SD_ID128_STRING_MAX]) {
    sd_id128_t id;
    int r = sd_bus_get_bus_id(bus->connection, &id);

    if (r >= 0)
        sd_id128_to_string(id, ret);
    return r;
}

ToldFlags *bus_told_flags(Bus *bus) {
    return &bus->told;
}

Bus *bus_of(Manager *manager) {
    return manager_observer_data(manager);
}
