/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus: the service's connection to the message bus, in GLib's loop, and what hangs on it. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#include "interfaces/flow.h"
#include "service/manager.h"

typedef struct Authority Authority;
typedef struct Bus Bus;
typedef struct Peer Peer;
typedef struct Held Held;
typedef struct Resume Resume;

typedef struct BusOptions {
    bool system;     /* the system bus, else the session bus */
    bool debug;      /* the Debug interface, and foreign handles readable for the same user */
    /* The bus went away, with a negative errno; -EOWNERDEAD: it is there, but took the name away. Nothing is served any more. */
    void (*on_lost)(int error, void *userdata);
    void *userdata;
} BusOptions;

/* Connects and registers all objects; becomes the manager's observer. Nothing is served before bus_take_name(). */
int bus_new(Manager *manager, const BusOptions *options, Bus **ret);
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_free)

/* Takes the well-known name, and begins to serve. -EEXIST: somebody has it. */
int bus_take_name(Bus *bus);

/* Answers and sends everything that waits; the last that is written down. */
void bus_finish(Bus *bus);

/* Gives the name back: whoever asks for it from now on asks the next service. */
void bus_leave(Bus *bus);

/* Did something fail because the bus is not there any more? That is told once, by on_lost(). */
bool bus_is_gone(int error);

/* Ends the service at once where that error is want of memory, as GLib does where it is GLib that has none: what could not be said
 * would be missed for ever, and the next start has all that was written down. */
void bus_check_memory(int error);

/* The id of the bus: it is another when the bus has started anew. */
int bus_read_id(const Bus *bus, char ret[static SD_ID128_STRING_MAX]);

sd_bus *bus_connection(const Bus *bus);
Manager *bus_manager(const Bus *bus);
bool bus_is_debug(const Bus *bus);
bool bus_is_system(const Bus *bus);
Authority *bus_authority(const Bus *bus); /* NULL on a session bus */
const FlowLimits *bus_flow_limits(const Bus *bus);
FlowGroup *bus_flow(Bus *bus);     /* over all clients */
FlowGroup *bus_strangers(Bus *bus); /* of whom is not known yet whose they are */
GHashTable *bus_peers(Bus *bus);   /* unique name -> Peer */
GHashTable *bus_users(Bus *bus);   /* uid -> FlowGroup */
Held *bus_held(Bus *bus);          /* what waits until it is written down */
Resume *bus_resuming(Bus *bus);    /* who is there of before */
bool bus_is_serving(const Bus *bus);

/* Those whose requests wait for others to read. */
typedef struct Backlog {
    GQueue peers;
    unsigned timer;
    int64_t answered_usec; /* when the last of the answered Pings was sent */
} Backlog;

Backlog *bus_backlog(Bus *bus);

/* How many requests may be handled before what came of them is looked at. */
unsigned bus_requests_per_turn(const Bus *bus);

/* What was told of the manager's flags, and when it may be told again. */
typedef struct ToldFlags {
    unsigned timer;
    bool due; /* they may have changed */
    bool in_call, ringing;
} ToldFlags;

ToldFlags *bus_told_flags(Bus *bus);

/* The Bus whose observer this is. */
Bus *bus_of(Manager *manager);
