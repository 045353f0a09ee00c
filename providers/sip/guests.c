/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests: a measure for each machine. */
#include "providers/sip/guests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

enum {
    RINGING_MAX = 128,   /* at a time: as for 600 calls a second that are answered */
    IN_VAIN_MAX = 128,   /* and each second one of these is forgiven */
    MACHINES_MAX = 1024, /* beyond that, where addresses are made up, all others are one */
};

/* A machine that has calls, or had some in vain. */
struct Guest {
    uint64_t machine;
    unsigned ringing;
    double in_vain;
    gint64 counted_us; /* when that was */
};

struct Guests {
    GHashTable *machines; /* of Guest, by its own number */
};

Guests *guests_new(void) {
    Guests *guests = g_new0(Guests, 1);

    guests->machines = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    return guests;
}

Guests *guests_free(Guests *guests) {
    if (!guests)
        return NULL;
    g_hash_table_unref(guests->machines);
    g_free(guests);
    return NULL;
}

/* Of IPv6, the network: whoever has one has all its addresses. 0: what is none. */
static uint64_t machine_of(const char *address) {
    g_autofree char *bare = address[0] == '[' ? g_strndup(address + 1, strcspn(address + 1, "]")) : g_strdup(address);
    struct in6_addr in6;
    struct in_addr in;
    uint64_t network;

    if (inet_pton(AF_INET, bare, &in) == 1)
        return in.s_addr;
    if (inet_pton(AF_INET6, bare, &in6) != 1)
        return 0;
    memcpy(&network, &in6, sizeof(network));
    return network;
}

static void forgive(Guest *guest, gint64 now_us) {
    double passed_s = (double) (now_us - guest->counted_us) / G_USEC_PER_SEC;

    guest->in_vain = MAX(guest->in_vain - MAX(passed_s, 0), 0);
    guest->counted_us = now_us;
}

static gboolean is_forgotten(void *machine, void *data, void *now) {
    Guest *guest = data;

    forgive(guest, *(gint64 *) now);
    return guest->ringing == 0 && guest->in_vain <= 0;
}

static Guest *find(Guests *guests, uint64_t machine, gint64 now_us) {
    Guest *guest = g_hash_table_lookup(guests->machines, &machine);

    if (!guest && g_hash_table_size(guests->machines) >= MACHINES_MAX) {
        g_hash_table_foreach_remove(guests->machines, is_forgotten, &now_us);
        if (g_hash_table_size(guests->machines) >= MACHINES_MAX)
            machine = 0;
        guest = g_hash_table_lookup(guests->machines, &machine);
    }
    if (guest)
        return guest;
    guest = g_new0(Guest, 1);
    *guest = (Guest) { .machine = machine, .counted_us = now_us };
    g_hash_table_insert(guests->machines, &guest->machine, guest);
    return guest;
}

int guests_let_in(Guests *guests, const char *address, gint64 now_us, Guest **ret) {
    Guest *guest = find(guests, address ? machine_of(address) : 0, now_us);

    forgive(guest, now_us);
    if (guest->ringing >= RINGING_MAX)
        return -EBUSY;
    if (guest->in_vain >= IN_VAIN_MAX)
        return -EAGAIN;
    guest->ringing++;
    *ret = guest;
    return 0;
}

Guest *guest_leave(Guest *guest, bool in_vain, gint64 now_us) {
    if (!guest)
        return NULL;
    forgive(guest, now_us);
    guest->ringing--;
    guest->in_vain += in_vain;
    return NULL;
}
