/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The harness of the bus tests: a private bus with callbusd on it, and clients that record all they hear.
 *
 * A test reads like a script: alice dials, bob answers, carol watches. Nothing sleeps: await_*() waits for an
 * event (the limit means "hung", nothing else), and client_barrier() proves that nothing more was on its way.
 * Each client checks while it listens, and once more at the end, what must hold for every client at every
 * moment (util-shadow.c lists it). With CALLBUS_TEST_BUS=dbus-broker in the environment the bus is that one
 * instead of dbus-daemon; with "system" or "system-broker" it is like the bus of a system, whatever the test says
 * (util-system.h); with CALLBUS_TEST_LOOPBACK=process the provider is a process of its own; CALLBUS_TEST_TRACE=1 prints all that is
 * heard.
 * Text that these functions return stays valid until the end of the test.
 */
#pragma once

#include <check.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "interfaces/names.h"

#define LINE(name) CALLBUS_LINE_PATH "/" name
#define PROPERTIES(member) DBUS_PROPERTIES_INTERFACE "." member

typedef struct Bus Bus;
typedef struct Client Client;

/* ---- The bus and the service on it ---- */

typedef struct BusOptions {
    bool no_debug;              /* callbusd without --debug */
    bool system;                /* a bus like that of a system: see util-system.h */
    const char *config;         /* text of callbusd.conf, or NULL for none */
    const char *const *lines;   /* pairs: file name in lines.d, text; NULL-terminated; or NULL */
    const char *preload;        /* a library that callbusd is to have loaded first, by its path; or NULL */
    const char *const *environ; /* further "NAME=value" of callbusd, NULL-terminated; or NULL */
} BusOptions;

/* The bus of the running test, made by a checked fixture. */
extern Bus *t;

Bus *bus_new(const BusOptions *options);

/* Checks every client's view, ends the service with SIGTERM, checks its exit status and its log. */
void bus_finish(Bus *bus);

/* Checked fixtures: an ordinary bus (with --debug), one without --debug, and the end of either. */
void bus_setup(void);
void bus_setup_no_debug(void);
void bus_setup_system(void);
void bus_teardown(void);

/* Adds a test case with a fixture, the ordinary one or another; runs the suite. */
TCase *bus_case(Suite *suite, const char *name);
TCase *bus_case_no_debug(Suite *suite, const char *name);
TCase *bus_case_system(Suite *suite, const char *name);
TCase *bus_case_with(Suite *suite, const char *name, void (*setup)(void));
int bus_main(Suite *suite);

bool bus_is_broker(void); /* dbus-broker instead of dbus-daemon */
const char *bus_address(const Bus *bus);
const char *bus_directory(const Bus *bus);    /* of this test alone, removed at the end */
const char *bus_top_directory(void);          /* of the whole program: for what has to be there before the bus */
const char *bus_service_name(const Bus *bus); /* callbusd's unique name */
pid_t bus_service_pid(const Bus *bus);
char *bus_service_log(const Bus *bus);

/* Ends the service with a signal and returns its wait status; starts it again with the same folders: each client
 * that has handles is told, and reads them anew. */
int bus_stop_service(Bus *bus, int signal);
void bus_start_service(Bus *bus);

/* Starts it to be killed at that point (service/crash-point.h), or NULL. False: it was, before it had its name. And has
 * it ended, by now? */
bool bus_launch_service(Bus *bus, const char *crash_at);
bool bus_service_ended(Bus *bus);

/* While the service is down: the bus ends, and another is there. Clients of before are gone with it. */
void bus_replace_bus(Bus *bus);

/* While the service is down: what it kept is gone, and whatever the clients have is void. */
void bus_lose_state(Bus *bus);

/* What Resumed told the client: how often, and the epoch of the last one. */
guint client_resumed_count(const Client *client);
uint64_t client_resumed_epoch(const Client *client);

/* Stops the service with SIGSTOP and lets it go on. What clients send meanwhile waits at the service in that
 * very order if each sender calls client_reach_bus() after it: an interleaving can be made to happen. */
void bus_freeze(Bus *bus);
void bus_thaw(Bus *bus);
void client_reach_bus(Client *client);

/* One turn of all clients: handles what came, or waits for more. Fails the test past the deadline. */
void bus_pump(Bus *bus, uint64_t deadline, const char *awaited, const char *file, int line);
uint64_t bus_deadline(void);

#define AWAIT(bus, condition)                                              \
    do {                                                                   \
        uint64_t _deadline = bus_deadline();                               \
        while (!(condition))                                               \
            bus_pump((bus), _deadline, #condition, __FILE__, __LINE__);    \
    } while (0)

/* ---- Clients ---- */

Client *bus_client(Bus *bus);

/* On a bus like that of a system, as root: a client of another account, in its own group and a further one, or NULL. */
Client *bus_client_of(Bus *bus, const char *account, const char *group);
guint bus_client_count(const Bus *bus);
Client *bus_client_at(const Bus *bus, guint i);

const char *client_name(const Client *client); /* unique name */
sd_bus *client_connection(Client *client);
Bus *client_bus(Client *client);

/* Closes the connection as a dying process would; nothing is checked for it any more. */
void client_kill(Client *client);
bool client_is_open(const Client *client);

/* A deaf client does not read its socket, nor does anything wait for it. */
void client_set_deaf(Client *client, bool deaf);

void client_own_name(Client *client, const char *name);

/* ---- Requests ---- */

/* `member` may carry its interface ("org.freedesktop.DBus.Properties.Get"), else the path tells it. Types and
 * arguments as in sd_bus_message_append(). client_send() pipelines; client_await() gives that request's
 * answer, an error too. */
uint64_t client_send(Client *client, const char *path, const char *member, const char *types, ...);
uint64_t client_sendv(Client *client, const char *path, const char *member, const char *types,
                      va_list arguments);
uint64_t client_send_message(Client *client, sd_bus_message *message);
sd_bus_message *client_await(Client *client, uint64_t request);
sd_bus_message *client_await_success(Client *client, uint64_t request);
bool client_answered(const Client *client, uint64_t request);

/* Calls and waits. client_call() fails the test on an error; client_try() gives its name, NULL for none. */
sd_bus_message *client_call(Client *client, const char *path, const char *member, const char *types, ...);
const char *client_try(Client *client, const char *path, const char *member, const char *types, ...);

/* Fails unless it is refused with that error: a full name, or what follows "org.callbus1.Error.". */
void expect_error(Client *client, const char *error, const char *path, const char *member, const char *types,
                  ...);
void expect_answer_error(Client *client, uint64_t request, const char *error);

/* "error-name: text" of an error, or the text of a reply's content. */
const char *answer_text(Client *client, sd_bus_message *answer);

/* Everything that the service sent to this client before now has been handled after this. */
void client_barrier(Client *client);
void bus_barrier(Bus *bus); /* of all clients that listen */

/* ---- The usual requests ---- */

void client_open(Client *client, const char *line, const char *privilege);
void client_close_line(Client *client, const char *line);
/* Both wait until the handle is announced. Params as in "a{sv}": count, then key, type, value... */
#define client_dial(client, line, address) client_dial_types((client), (line), "sa{sv}", (address), 0)
#define client_dial_with(client, line, address, ...) \
    client_dial_types((client), (line), "sa{sv}", (address), __VA_ARGS__)
const char *client_dial_types(Client *client, const char *line, const char *types, ...);
void client_drop(Client *client, const char *path);
void client_release(Client *client, const char *path);
/* A handle of each new call, as GetNewCalls gives them. NULL-terminated. */
const char *const *client_get_new_calls(Client *client, const char *line);
const char *const *client_find_calls(Client *client, const char *call_id);
/* An incoming call by the Debug interface: its Call ID. */
const char *client_incoming(Client *client, const char *line, const char *from);
void client_set_line_state(Client *client, const char *line, const char *state, const char *reason);

/* ---- Reading ---- */

const char *get_string(Client *client, const char *path, const char *property); /* s or o */
uint64_t get_number(Client *client, const char *path, const char *property);    /* u, t or b */
const char *get_text(Client *client, const char *path, const char *property);   /* any type, as text */
/* Is the word in that array? */
bool get_has(Client *client, const char *path, const char *property, const char *word);
/* What the client knows of a handle from signals alone. */
const char *known_text(Client *client, const char *path, const char *property);
const char *known_state(Client *client, const char *path);
/* All states that this client was told of, in order: "dialing ringback connected". */
const char *known_states(Client *client, const char *path);
bool known_alive(Client *client, const char *path);
guint known_alive_count(Client *client);

/* ---- Waiting ---- */

/* The next handle that is announced and that no await_handle() returned so far. */
const char *await_handle(Client *client);
bool client_has_new_handle(const Client *client);
void await_state(Client *client, const char *path, const char *state);
void await_text(Client *client, const char *path, const char *property, const char *text);
void await_removed(Client *client, const char *path);
/* The next signal of that name (path NULL: any), none twice. */
sd_bus_message *await_signal(Client *client, const char *path, const char *member);

/* ---- The record ---- */

typedef enum EventKind {
    EVENT_SIGNAL,
    EVENT_REPLY,
    EVENT_ERROR,
} EventKind;

typedef struct Event {
    EventKind kind;
    uint64_t request; /* answers: what client_send() returned */
    char *path;       /* of the signal, or of the request that this answers */
    char *interface;
    char *member;
    sd_bus_message *message;
    bool awaited;
} Event;

guint client_event_count(const Client *client);
const Event *client_event(const Client *client, guint i);
/* The place of the request's answer, and of the first signal of that kind from `start` on; -1: none. For an
 * InterfacesAdded or -Removed, `path` is the object that it names. */
int answer_place(const Client *client, uint64_t request);
int signal_place(const Client *client, guint start, const char *path, const char *member);
/* The place of the first PropertiesChanged that gives the property that value, as text. */
int change_place(const Client *client, guint start, const char *path, const char *property, const char *text);
guint signal_count(const Client *client, guint start, const char *path, const char *member);

/* No signal to this client since the place `start` of the record (client_event_count() then), and none on its
 * way. What is broadcast (of lines and the Manager) does not count, nor does the bell. */
void expect_no_signal_since(Client *client, guint start);
void expect_no_signal_within_barrier(Client *client);

/* ---- All that anybody can see ---- */

/* Lines, handles, all properties (but MediaStats, which live) as every client reads them. */
char *bus_snapshot(Bus *bus);
void expect_unchanged(Bus *bus, const char *snapshot);

/* ---- Values (util-value.c) ---- */

/* The next value of the message as text: "s", 7, [1, 2], {"a": <s "b">}, dictionaries sorted. */
void value_append(GString *text, sd_bus_message *message);
/* The whole content of a message. */
char *message_text(sd_bus_message *message);
/* Reads a{sv} into a new table of name to text; and to type if the second is wanted. */
GHashTable *properties_read(sd_bus_message *message, GHashTable **ret_types);

/* For util-*.c only. */
Client *client_new(Bus *bus, guint number);
Client *client_free(Client *client);
void client_check(Client *client);
bool client_process(Client *client);
bool client_listens(const Client *client);
void client_forget(Client *client); /* what it had is gone */
void client_expect_resumed(Client *client);
void client_await_resumed(Client *client); /* if it has to be told */
bool bus_is_service_name(const Bus *bus, const char *name);
bool bus_is_current_service(const Bus *bus, const char *name);
const char *bus_keep_text(Bus *bus, char *text);
void bus_note_request(Bus *bus, sd_bus_message *message); /* it was sent to the service: util-secrets.h */
