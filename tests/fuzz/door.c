/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Door: the whole service in this process, on a bus that is none. */
#include "tests/fuzz/door.h"

#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#include "interfaces/bus.h"
#include "interfaces/names.h"
#include "providers/loopback/provider.h"
#include "service/call-log.h"
#include "service/client.h"
#include "service/journal.h"
#include "service/manager.h"
#include "service/priority.h"
#include "tests/fuzz/clock.h"
#include "tests/fuzz/fuzz.h"

const char *const door_clients[DOOR_CLIENTS] = { ":1.1", ":1.2", ":1.3", ":1.4" };

static const LineInfo info = {
    .name = "fuzz0",
    .label = "Fuzz",
    .addresses = (const char *const[]) { "500", NULL },
    .emergency_numbers = (const char *const[]) { "112", "911", NULL },
    .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE) | MEDIA_BIT(MEDIA_VIDEO),
    .call_id = true,
    .close_drop = true,
    .max_active_calls = 2,
    .max_held_calls = 2,
    .max_conference_parties = 2,
    .answer_mode = ANSWER_MODE_HOLD,
};

static Manager *manager;
static Provider *provider;
static Loopback *loopback;
static Bus *bus;
static sd_bus *outside;
static int service_fd = -1;
static DoorMessage on_message;

int __wrap_sd_bus_request_name(sd_bus *connection, const char *name, uint64_t flags);
int __wrap_connection_open(bool system, sd_bus **ret);
int __wrap_sd_bus_open_system(sd_bus **ret);

/* ---- The connection ---- */

/* The service's end: no bus, as there is nobody who would answer Hello. */
int __wrap_connection_open(bool system, sd_bus **ret) {
    sd_bus *connection = NULL;

    if (system)
        return -ENOENT;
    must(sd_bus_new(&connection) >= 0 && sd_bus_set_fd(connection, service_fd, service_fd) >= 0 &&
         sd_bus_set_anonymous(connection, true) >= 0 && sd_bus_start(connection) >= 0, "there is no connection");
    service_fd = -1;
    *ret = connection;
    return 0;
}

int __wrap_sd_bus_open_system(sd_bus **ret) {
    return -ENOENT;
}

int __wrap_sd_bus_request_name(sd_bus *connection, const char *name, uint64_t flags) {
    return 1;
}

/* What the service asks of the bus itself. */
static void answer_as_bus(sd_bus_message *m) {
    sd_bus_message *reply = NULL;
    const char *member = sd_bus_message_get_member(m) ?: "", *name = "";

    sd_bus_message_read(m, "s", &name);
    if (strcmp(member, "GetConnectionUnixUser") == 0) {
        must(sd_bus_message_new_method_return(m, &reply) >= 0, "no answer");
        sd_bus_message_append(reply, "u", strcmp(name, door_clients[DOOR_CLIENTS - 1]) == 0 ? 1001 : 1000);
    } else if (strcmp(member, "GetConnectionCredentials") == 0) {
        must(sd_bus_message_new_method_return(m, &reply) >= 0, "no answer");
        sd_bus_message_append(reply, "a{sv}", 1, "UnixUserID", "u",
                              strcmp(name, door_clients[DOOR_CLIENTS - 1]) == 0 ? 1001 : 1000);
    } else if (strcmp(member, "GetNameOwner") == 0 && strcmp(name, "org.example.Owned") == 0) {
        must(sd_bus_message_new_method_return(m, &reply) >= 0, "no answer");
        sd_bus_message_append(reply, "s", door_clients[0]);
    } else
        sd_bus_message_new_method_errorf(m, &reply, DBUS_ERROR_NAME_HAS_NO_OWNER, "Nobody has it");
    sd_bus_message_set_sender(reply, DBUS_NAME);
    sd_bus_send(outside, reply, NULL);
    sd_bus_message_unref(reply);
}

static unsigned client_number(const char *name) {
    unsigned i = 0;

    while (i < DOOR_CLIENTS && strcmp(door_clients[i], name) != 0)
        i++;
    return i;
}

/* A client that reads answers the service's Ping, as every library does. */
static void answer_ping(unsigned client, sd_bus_message *m) {
    sd_bus_message *reply = NULL;

    must(sd_bus_message_new_method_return(m, &reply) >= 0, "no answer");
    sd_bus_message_set_sender(reply, door_clients[client]);
    sd_bus_send(outside, reply, NULL);
    sd_bus_message_unref(reply);
}

/* What everybody may know: lines, and whether somebody is in a call. */
static void check_broadcast(sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m) ?: "", *object = "";

    if (sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, NULL))
        must(sd_bus_message_read(m, "o", &object) > 0, "no object");
    must(!g_str_has_prefix(path, CALLBUS_CLIENT_PATH) && !g_str_has_prefix(object, CALLBUS_CLIENT_PATH),
         "everybody is told of %s%s", path, object);
}

static int on_outside(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *to = sd_bus_message_get_destination(m);
    unsigned client;

    if (!to) {
        check_broadcast(m);
        return 1;
    }
    if (strcmp(to, DBUS_NAME) == 0) {
        answer_as_bus(m);
        return 1;
    }
    client = client_number(to);
    must(client < DOOR_CLIENTS, "the service wrote to '%s'", to);
    if (sd_bus_message_is_method_call(m, DBUS_PEER_INTERFACE, "Ping"))
        answer_ping(client, m);
    else
        on_message(client, m);
    return 1;
}

static void make_connection(void) {
    int fds[2];
    sd_id128_t id = SD_ID128_MAKE(f0, 0d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0, "no sockets");
    service_fd = fds[0];
    must(sd_bus_new(&outside) >= 0 && sd_bus_set_fd(outside, fds[1], fds[1]) >= 0 && sd_bus_set_server(outside, true, id) >= 0 &&
         sd_bus_set_anonymous(outside, true) >= 0 && sd_bus_start(outside) >= 0, "no server");
    sd_bus_add_filter(outside, NULL, on_outside, NULL);
}

/* Until nothing moves on either side. */
static void settle(void) {
    bool moved = true;

    while (moved) {
        moved = false;
        while (sd_bus_process(outside, NULL) > 0)
            moved = true;
        while (g_main_context_iteration(NULL, FALSE))
            moved = true;
    }
}

/* ---- The service ---- */

static void on_ready(const char *failure, void *userdata) {
    must(!failure, "%s", failure);
    *(bool *) userdata = true;
}

static void on_lost(int error, void *userdata) {
    must(false, "the bus is gone: %s", g_strerror(-error));
}

static void keep_journal(bool keep) {
    Database *database = NULL;
    g_autofree char *why = NULL;

    must(!keep || database_open(NULL, DURABILITY_CRASH, &database, &why) >= 0, "%s", why);
    manager_set_journal(manager, keep ? journal_new(database) : NULL, /* epoch= */ 7);
    manager_set_call_log(manager, call_log_new(manager, &call_log_settings_default));
}

void door_open(bool journal, DoorMessage on_message_) {
    LoopbackConfig config = { .default_lines = true, .lines = &info, .n_lines = 1 };
    BusOptions options = { .on_lost = on_lost };
    bool started = false;

    fuzz_clock_reset();
    on_message = on_message_;
    make_connection();
    manager = manager_new(&limits_default);
    keep_journal(journal);
    manager_set_priorities(manager, priorities_new(NULL));
    must(bus_new(manager, &options, &bus) >= 0, "no bus");
    loopback = loopback_new(&config);
    provider = provider_new(manager, &loopback_ops, loopback);
    manager_start(manager, on_ready, &started);
    settle();
    must(started && bus_take_name(bus) >= 0, "it does not start");
}

void door_close(void) {
    bool stopped = false;

    for (unsigned i = 0; i < DOOR_CLIENTS; i++)
        door_leave(i);
    must(manager_count_clients(manager) == 0, "clients are left");
    manager_stop(manager, on_ready, &stopped);
    settle();
    must(stopped, "it does not stop");
    must(journal_is_clean(manager_journal(manager)), "something is not written down");
    bus = bus_free(bus);
    provider = provider_free(provider);
    loopback = loopback_free(loopback);
    manager = manager_free(manager);
    outside = sd_bus_close_unref(outside);
    fuzz_clock_reset();
}

sd_bus *door_bus(void) {
    return outside;
}

uint64_t door_send(unsigned client, sd_bus_message *m, void (*on_sent)(unsigned client, uint64_t cookie)) {
    uint64_t cookie = 0;

    if (sd_bus_message_set_sender(m, door_clients[client]) < 0 || sd_bus_send(outside, m, &cookie) < 0)
        return 0;
    on_sent(client, cookie);
    settle();
    return cookie;
}

void door_leave(unsigned client) {
    sd_bus_message *m = NULL;

    must(sd_bus_message_new_signal(outside, &m, DBUS_PATH, DBUS_INTERFACE, "NameOwnerChanged") >= 0 &&
         sd_bus_message_append(m, "sss", door_clients[client], door_clients[client], "") >= 0 &&
         sd_bus_message_set_sender(m, DBUS_NAME) >= 0 && sd_bus_send(outside, m, NULL) >= 0, "no signal");
    sd_bus_message_unref(m);
    settle();
}

bool door_has(unsigned client) {
    return manager_find_client(manager, door_clients[client]) != NULL;
}

void door_pass(unsigned ms) {
    fuzz_clock_pass(ms * INT64_C(1000));
    settle();
}
