/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inlet: a socket of a call, read as soon as something comes. */
#include "providers/media/inlet.h"

#include <sys/epoll.h>

#include "providers/media/engine.h"

enum {
    PACKET_MAX = 4096, /* bytes: no voice needs as many, and what is longer is dropped */
};

struct Inlet {
    uint64_t number;
    GMutex lock;       /* of the socket, and held while a packet is told */
    GSocket *socket;   /* NULL: it is closed */
    InletPacket on_packet;
    void *userdata;
};

/* All that are open. */
typedef struct Inlets {
    int epoll;
    GMutex lock;       /* of the two below */
    GHashTable *all;   /* by number: what epoll tells may be of one that is closed by now */
    uint64_t last;
} Inlets;

static void clear(void *data) {
    g_mutex_clear(&((Inlet *) data)->lock);
}

static void unref(Inlet *inlet) {
    g_atomic_rc_box_release_full(inlet, clear);
}

/* One only, so that all have their turn. */
static void read_packet(Inlet *inlet) {
    g_autoptr(GSocketAddress) from = NULL;
    uint8_t data[PACKET_MAX + 1];
    gssize size;

    size = g_socket_receive_from(inlet->socket, &from, (char *) data, sizeof(data), NULL, NULL);
    if (size >= 0 && size <= PACKET_MAX)
        inlet->on_packet(from, data, (size_t) size, inlet->userdata);
}

static Inlet *find(Inlets *inlets, uint64_t number) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&inlets->lock);
    Inlet *inlet = g_hash_table_lookup(inlets->all, &number);

    return inlet ? g_atomic_rc_box_acquire(inlet) : NULL;
}

static void *run(void *userdata) {
    Inlets *inlets = userdata;
    struct epoll_event event;

    engine_hurry();
    for (;;) {
        Inlet *inlet = epoll_wait(inlets->epoll, &event, 1, -1) == 1 ? find(inlets, event.data.u64) : NULL;

        if (!inlet)
            continue;
        g_mutex_lock(&inlet->lock);
        if (inlet->socket)
            read_packet(inlet);
        g_mutex_unlock(&inlet->lock);
        unref(inlet);
    }
    return NULL;
}

/* NULL: there is nobody to read. */
static void *make(void *unused) {
    Inlets *inlets = g_new0(Inlets, 1);
    GThread *thread;

    g_mutex_init(&inlets->lock);
    inlets->all = g_hash_table_new(g_int64_hash, g_int64_equal);
    inlets->epoll = epoll_create1(EPOLL_CLOEXEC);
    thread = inlets->epoll < 0 ? NULL : g_thread_try_new("inlets", run, inlets, NULL);
    if (!thread)
        return NULL;
    g_thread_unref(thread);
    return inlets;
}

static Inlets *inlets_get(void) {
    static GOnce once = G_ONCE_INIT;

    return g_once(&once, make, NULL);
}

Inlet *inlet_open(GSocket *socket, InletPacket on_packet, void *userdata) {
    Inlets *inlets = inlets_get();
    struct epoll_event event = { .events = EPOLLIN };
    Inlet *inlet;

    if (!inlets)
        return NULL;
    inlet = g_atomic_rc_box_new0(Inlet);
    g_mutex_init(&inlet->lock);
    inlet->socket = g_object_ref(socket);
    inlet->on_packet = on_packet;
    inlet->userdata = userdata;
    g_mutex_lock(&inlets->lock);
    event.data.u64 = inlet->number = ++inlets->last;
    g_hash_table_insert(inlets->all, &inlet->number, inlet);
    g_mutex_unlock(&inlets->lock);
    return epoll_ctl(inlets->epoll, EPOLL_CTL_ADD, g_socket_get_fd(socket), &event) == 0 ? inlet : inlet_close(inlet);
}

Inlet *inlet_close(Inlet *inlet) {
    Inlets *inlets = inlets_get();

    if (!inlet)
        return NULL;
    epoll_ctl(inlets->epoll, EPOLL_CTL_DEL, g_socket_get_fd(inlet->socket), NULL);
    g_mutex_lock(&inlets->lock);
    g_hash_table_remove(inlets->all, &inlet->number);
    g_mutex_unlock(&inlets->lock);
    g_mutex_lock(&inlet->lock);
    g_clear_object(&inlet->socket);
    g_mutex_unlock(&inlet->lock);
    unref(inlet);
    return NULL;
}
