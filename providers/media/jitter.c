/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jitter: the buffer that makes a steady voice of packets. */
#include "providers/media/jitter.h"

#include <stdbool.h>

enum {
    SLOTS = 64,           /* a power of two: sequence numbers wrap */
    WINDOW = 100,         /* takes: how long it must hold too much before some of it is dropped */
    PACKET_MS_USUAL = 20,
    PACKET_MS_MAX = 120,
};

struct Jitter {
    unsigned depth_ms, packet_ms;
    GBytes *slots[SLOTS];  /* those of the sequence numbers from next on */
    unsigned held;         /* slots that are filled */
    uint16_t next;
    bool known;            /* next means something */
    bool giving;
    unsigned waited;       /* takes since the first packet came */
    unsigned starved;      /* takes in vain since the last packet: time that has passed for whatever is lost */
    int strangers;         /* packets far from all others, one after the other */
    uint16_t stranger;
    uint16_t last;         /* sequence number and timestamp of the packet put last */
    uint32_t last_timestamp;
    unsigned takes, fewest; /* of the window */
    uint64_t missed;        /* a bit for each that should have been taken last: it was not here */
    uint64_t late;
};

Jitter *jitter_new(unsigned depth_ms) {
    Jitter *jitter = g_new0(Jitter, 1);

    jitter->depth_ms = depth_ms;
    jitter->packet_ms = PACKET_MS_USUAL;
    jitter_clear(jitter);
    return jitter;
}

void jitter_clear(Jitter *jitter) {
    for (size_t i = 0; i < SLOTS; i++)
        g_clear_pointer(&jitter->slots[i], g_bytes_unref);
    jitter->held = 0;
    jitter->known = jitter->giving = false;
    jitter->waited = 0;
    jitter->starved = 0;
    jitter->strangers = 0;
    jitter->takes = 0;
    jitter->fewest = SLOTS;
}

Jitter *jitter_free(Jitter *jitter) {
    if (!jitter)
        return NULL;
    jitter_clear(jitter);
    g_free(jitter);
    return NULL;
}

/* How long a packet is, from two that follow each other. */
static void measure(Jitter *jitter, const RtpPacket *packet, unsigned clock_rate) {
    uint32_t units = packet->timestamp - jitter->last_timestamp;

    if ((uint16_t) (jitter->last + 1) == packet->sequence) {
        uint64_t ms = clock_rate > 0 ? UINT64_C(1000) * units / clock_rate : 0;

        if (ms > 0 && ms <= PACKET_MS_MAX)
            jitter->packet_ms = (unsigned) ms;
    }
    jitter->last = packet->sequence;
    jitter->last_timestamp = packet->timestamp;
}

/* One that is far from all others is an accident, two in a row are a peer that began anew (RFC 3550, A.1). */
static bool begins_anew(Jitter *jitter, uint16_t sequence) {
    if (jitter->strangers > 0 && (uint16_t) (jitter->stranger + 1) == sequence) {
        jitter_clear(jitter);
        return true;
    }
    jitter->strangers = 1;
    jitter->stranger = sequence;
    return false;
}

static void begin(Jitter *jitter, uint16_t sequence) {
    jitter->next = sequence;
    jitter->known = true;
}

/* The very first ones may come in any order: before it gives, an earlier one moves the beginning. */
static void begin_earlier(Jitter *jitter, int16_t ahead) {
    if (jitter->giving || ahead >= 0 || ahead <= -SLOTS / 2)
        return;
    for (int i = 0; i < -ahead; i++)
        if (jitter->slots[(uint16_t) (jitter->next - 1 - i) % SLOTS])
            return;
    jitter->next = (uint16_t) (jitter->next + ahead);
}

/* It is so many behind the next one. Those that come twice are not late. */
static bool was_missed(Jitter *jitter, unsigned behind) {
    uint64_t bit = behind <= 64 ? UINT64_C(1) << (behind - 1) : 0;
    bool missed = jitter->missed & bit;

    jitter->missed &= ~bit;
    return missed;
}

void jitter_put(Jitter *jitter, const RtpPacket *packet, unsigned clock_rate) {
    GBytes **slot = &jitter->slots[packet->sequence % SLOTS];
    int16_t ahead;

    if (!jitter->known)
        begin(jitter, packet->sequence);
    ahead = (int16_t) (uint16_t) (packet->sequence - jitter->next);
    if (ahead >= SLOTS || ahead < -SLOTS * 2) {
        if (!begins_anew(jitter, packet->sequence))
            return;
        begin(jitter, packet->sequence);
        ahead = 0;
    } else {
        jitter->strangers = 0;
    }
    begin_earlier(jitter, ahead);
    ahead = (int16_t) (uint16_t) (packet->sequence - jitter->next);
    if (ahead < 0 && was_missed(jitter, (unsigned) -ahead))
        jitter->late++;
    if (ahead < 0 || *slot) /* the second of its kind */
        return;
    measure(jitter, packet, clock_rate);
    *slot = g_bytes_new(packet->payload, packet->size);
    jitter->held++;
}

static bool is_ready(Jitter *jitter) {
    if (jitter->giving)
        return true;
    if (jitter->held == 0)
        return false;
    jitter->waited++;
    return jitter->held * jitter->packet_ms >= jitter->depth_ms || jitter->waited * jitter->packet_ms > jitter->depth_ms;
}

static GBytes *advance(Jitter *jitter) {
    GBytes **slot = &jitter->slots[jitter->next % SLOTS], *bytes = *slot;

    *slot = NULL;
    jitter->next++;
    jitter->missed = jitter->missed << 1 | !bytes;
    if (bytes)
        jitter->held--;
    return bytes;
}

/* A peer whose clock is fast, or a burst after a pause: what is never needed is only delay. */
static void shorten(Jitter *jitter) {
    jitter->fewest = MIN(jitter->fewest, jitter->held);
    if (++jitter->takes < WINDOW)
        return;
    if (jitter->fewest * jitter->packet_ms > jitter->depth_ms + jitter->packet_ms)
        for (unsigned i = jitter->depth_ms / jitter->packet_ms; i < jitter->fewest; i++) {
            GBytes *bytes = advance(jitter);

            if (bytes)
                g_bytes_unref(bytes);
        }
    jitter->takes = 0;
    jitter->fewest = SLOTS;
}

JitterTake jitter_take(Jitter *jitter, GBytes **ret) {
    if (!is_ready(jitter))
        return JITTER_EMPTY;
    jitter->giving = true;
    shorten(jitter);
    if (jitter->held == 0) {
        jitter->starved++;
        return JITTER_EMPTY;
    }
    for (*ret = advance(jitter); !*ret && jitter->starved > 0; *ret = advance(jitter))
        jitter->starved--;
    if (!*ret)
        return JITTER_LOST;
    jitter->starved = 0;
    return JITTER_PACKET;
}

void jitter_rest(Jitter *jitter) {
    jitter->giving = false;
    jitter->waited = jitter->starved = 0;
}

uint64_t jitter_late(const Jitter *jitter) {
    return jitter->late;
}

unsigned jitter_held_ms(const Jitter *jitter) {
    return jitter->held * jitter->packet_ms;
}

unsigned jitter_packet_ms(const Jitter *jitter) {
    return jitter->packet_ms;
}
