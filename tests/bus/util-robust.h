/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of robustness need beside the harness: bare connections, of which nothing is recorded and nothing
 * checked, as there are thousands of them or as they behave badly; a client in a process of its own, that can be killed;
 * a client that measures how soon it is answered; and what the processes use up.
 */
#pragma once

#include "service/cleanup.h"
#include "tests/bus/util-bus.h"

/* With sanitizers all is some ten times slower, and memory says nothing: smaller numbers, no bounds of memory. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#else
#define SANITIZED false
#endif
#define FULL_OR(full, sanitized) (SANITIZED ? (sanitized) : (full))

/* However busy the machine is, who is served at all waits for no answer so long. */
#define STALLED_USEC (20 * G_USEC_PER_SEC)

/* ---- Bare connections ---- */

sd_bus *bare_new(Bus *bus);
sd_bus *bare_new_of(Bus *bus, const char *account); /* of another user, see util-system.h */

/* Gone at once, as a dying process is. */
sd_bus *bare_free(sd_bus *bare);

/* A request of the service; `member` and `types` as in client_send(). */
sd_bus_message *bare_message(sd_bus *bare, const char *path, const char *member, const char *types, ...);
sd_bus_message *bare_messagev(sd_bus *bare, const char *path, const char *member, const char *types, va_list arguments);

/* Sends it, for no answer is waited. */
void bare_send(sd_bus *bare, const char *path, const char *member, const char *types, ...);

/* Calls, and hears nothing but the answer meanwhile; fails the test on an error. The answer is the caller's. */
sd_bus_message *bare_call(sd_bus *bare, const char *path, const char *member, const char *types, ...);

sd_bus_message *bare_callv(sd_bus *bare, const char *path, const char *member, const char *types, va_list arguments);

/* Writes all that is to be written, without reading anything; the bus has all of it then. */
void bare_push(sd_bus *bare);

/* Lets the connection work until the condition holds. */
#define AWAIT_BARE(bare, condition)                                     \
    do {                                                                \
        uint64_t _deadline = bus_deadline();                            \
        while (!(condition))                                            \
            bare_pump((bare), _deadline, #condition, __FILE__, __LINE__); \
    } while (0)
void bare_pump(sd_bus *bare, uint64_t deadline, const char *awaited, const char *file, int line);

/* Has the bus forgotten that name? Waits until it has. */
void await_gone(Bus *bus, const char *name);

/* ---- Processes ---- */

pid_t bus_daemon_pid(Bus *bus);
guint process_fds(pid_t pid);
uint64_t process_kib(pid_t pid);      /* what it holds in memory of its own */
uint64_t process_peak_kib(pid_t pid); /* the most that it ever had */
void allow_many_files(void);

/* What the service holds for all clients together, as --debug shows it: paths of handles, a line each. */
char *service_handles(Bus *bus);

/* A property of type u. */
uint64_t read_number(sd_bus *bare, const char *path, const char *property);
void expect_number(sd_bus *bare, const char *path, const char *property, uint64_t number);

/* It has that value soon: what the service asks of the network takes its time. */
void await_number(sd_bus *bare, const char *path, const char *property, uint64_t number);

/* No handle of that client is left, and the service has as many descriptors as before. */
void expect_nothing_of(Bus *bus, const char *name);

/* A figure for the one who reads the output: a comment of TAP. */
void robust_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- A client in a process of its own ---- */

typedef struct Victim Victim;

/* Runs in the new process; when it returns, the process sits and waits. */
typedef void (*VictimScript)(Client *me, Victim *victim, const void *argument);

Victim *victim_new(Bus *bus, VictimScript script, const void *argument);

/* SIGKILL. It is gone for the bus, and the service has been told, when this returns. */
void victim_kill(Victim *victim);
Victim *victim_free(Victim *victim);
const char *victim_name(Victim *victim);

/* In the script: says a line. In the test: the next line that it said. */
void victim_say(Victim *victim, const char *text);
const char *victim_hear(Victim *victim);

/* In the script: waits for the test to say "go on". */
void victim_wait(Victim *victim);
void victim_go_on(Victim *victim);

/* ---- How soon is a client answered? ---- */

typedef struct Meter Meter;

typedef struct Latency {
    guint count;
    uint64_t median_usec, max_usec;
} Latency;

/* Another process that reads a property over and over. It fails the test if it gets no answer. */
Meter *meter_new(Bus *bus);
/* Since the last time that this was called, and over that many answers at least. */
Latency meter_read(Meter *meter, guint count);
Meter *meter_free(Meter *meter);

/* ---- What does a flood cost? ---- */

typedef struct Costs {
    Bus *bus;
    uint64_t service_kib, bus_kib;
    pid_t bus_pid;
    Meter *meter;
    Latency quiet;
} Costs;

Costs costs_begin(Bus *bus);
/* Others were answered in time, and neither the service nor the bus has grown by more than that. */
void costs_check(Costs *costs, const char *what, uint64_t service_kib_max, uint64_t bus_kib_max);
void costs_end(Costs *costs);
