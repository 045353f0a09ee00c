/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Held: messages to clients that wait until what they tell of is written down. One queue over all clients, so that nobody hears of
 * something earlier than before. While nothing has changed, and nothing waits, nothing is held.
 *
 * It is emptied at the end of each turn of the loop, so it never has more than what one turn brings forth; what is held counts for
 * its receiver as if it were sent.
 */
#pragma once

#include "interfaces/bus.h"

typedef struct Held {
    GPtrArray *messages;
    GQueue questions; /* of Peer: those who are to be asked something once these messages are on their way */
    unsigned retry;   /* source, while what could not be written is not tried again */
} Held;

void held_init(Held *held);
void held_done(Held *held);

/* Sends the message, now or with all that waits. A failure was told in the log. */
int held_send(Bus *bus, sd_bus_message *m);

/* How many wait. */
unsigned held_count(Bus *bus);

/* Is there something to be written down, or to be sent? */
bool held_is_due(Bus *bus);

/* Writes down what changed, and sends what waits, written or not: what is up goes on while the disk is full. What could not be written
 * is tried again twice a second, not with every message. Only between two messages: while one is handled, an object may be about
 * to change. */
void held_release(Bus *bus);
