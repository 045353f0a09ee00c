/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: the time that everything takes. An ordered queue of future events behind one GSource. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Network Network;
typedef struct NetworkEvent NetworkEvent;

typedef void (*NetworkFire)(NetworkEvent *event);

/* An event is part of what it happens to, so that nothing is allocated for it. All zero is an event that nobody waits for. */
struct NetworkEvent {
    NetworkFire fire;
    int64_t due;
    uint64_t serial;
    NetworkEvent *previous, *next; /* in the queue of those that are due at once */
    uint32_t place;                /* in the heap, from 1; 0 when not waiting */
};

/* The struct that an event is part of. */
#define NETWORK_EVENT_OWNER(event, Type, member) ((Type *) ((char *) (event) - offsetof(Type, member)))

/* Lives on the context's main loop (NULL: the default one); `clock` gives microseconds that never go back. */
Network *network_new(GMainContext *context, int64_t (*clock)(void));
Network *network_free(Network *network);

int64_t network_now(const Network *network);

/* Lets the event happen after so many microseconds, never inside this call: 0 is the next turn of the main loop. Events that
 * are due at the same time happen in the order in which they were asked for. An event that waits already is moved. */
void network_after(Network *network, NetworkEvent *event, uint64_t usec, NetworkFire fire);

/* The event won't happen; nothing, if nobody waits for it. */
void network_cancel(Network *network, NetworkEvent *event);

bool network_event_waits(const NetworkEvent *event);

/* Lets everything happen that was due before this call; returns how much that was. The main loop does this by itself. */
unsigned network_run(Network *network);

/* Takes the next event out, whenever it is due, without letting it happen; NULL: none waits. */
NetworkEvent *network_take(Network *network);
