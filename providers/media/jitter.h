/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jitter: the buffer that makes a steady voice of packets that come as they like, in any order, some twice, some never. Pure: it has
 * no clock, whoever takes from it is the clock.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "providers/media/rtp.h"

typedef struct Jitter Jitter;

typedef enum JitterTake {
    JITTER_PACKET, /* the next one */
    JITTER_LOST,   /* the next one is not here, but one after it is: it was waited for long enough */
    JITTER_EMPTY,  /* nothing is due: not begun yet, or the network is behind */
} JitterTake;

/* It begins to give as soon as it holds so much, and comes back to that when it holds more for long. */
Jitter *jitter_new(unsigned depth_ms);
Jitter *jitter_free(Jitter *jitter);

/* Forgets what it holds: the next packet begins anew. */
void jitter_clear(Jitter *jitter);

/* Of one source and one clock. */
void jitter_put(Jitter *jitter, const RtpPacket *packet, unsigned clock_rate);

/* JITTER_PACKET: *ret is the payload, to be freed. */
JitterTake jitter_take(Jitter *jitter, GBytes **ret);

/* The next one waits until the buffer is full again. */
void jitter_rest(Jitter *jitter);

uint64_t jitter_late(const Jitter *jitter); /* packets that came when their time was over */
unsigned jitter_held_ms(const Jitter *jitter);
unsigned jitter_packet_ms(const Jitter *jitter); /* of one packet, as the peer makes them */
