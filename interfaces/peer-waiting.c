/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peer: messages that can't be handled yet. */
#include "interfaces/authority.h"
#include "interfaces/held.h"
#include "interfaces/message-size.h"
#include "interfaces/names.h"
#include "interfaces/peer-internal.h"

#define MIB (UINT64_C(1024) * 1024)

enum {
    WAITING_WITHOUT_CREDENTIALS_MAX = 64,
    WAITING_MAX = 16384,
    WAITING_BYTES_MIN = 64 * 1024, /* for one client, however much waits of others */
    WAITING_OVERHEAD = 768,        /* what a kept message costs beyond its bytes */
    QUEUED_MAX = 2048,             /* messages that the bus has not taken yet: beyond, nothing is to be added */
    CROWDED_MS = 100,
    REFUSAL_SIZE = 256,
};

/* Of requests that wait: of one client, of one user, of all. */
static const uint64_t waiting_max = 16 * MIB, waiting_user_max = 32 * MIB, waiting_all_max = 64 * MIB;

/* Who has not answered a Ping when others have answered one that was sent so much later is late: it is not waited for. A
 * busy machine makes all slow alike. If nobody answers at all, time decides. */
static const int64_t patience_usec = 5 * G_USEC_PER_SEC;

static void count_waiting(Peer *peer, int64_t change) {
    peer->waiting_bytes += change;
    peer->flow.user->waiting += change;
    peer->flow.all->waiting += change;
}

static void leave_backlog(Peer *peer) {
    if (!peer->in_backlog)
        return;
    g_queue_unlink(&bus_backlog(peer->bus)->peers, &peer->backlog_link);
    peer->in_backlog = false;
}

static bool has_to_wait(const Peer *peer) {
    return !peer->client || !bus_is_serving(peer->bus) || peer->resolving || flow_is_stalled(&peer->flow);
}

/* Much is on its way to others, or to the bus: nothing is to be added to it. */
static bool is_crowded(const Peer *peer) {
    uint64_t queued = 0;

    sd_bus_get_n_queued_write(bus_connection(peer->bus), &queued);
    return queued + held_count(peer->bus) > QUEUED_MAX || flow_is_crowded(&peer->flow);
}

static bool is_late(const Peer *peer) {
    int64_t last_patience_usec = peer->flow.limits->patience_s * G_USEC_PER_SEC;

    return peer->pinged_usec + patience_usec < bus_backlog(peer->bus)->answered_usec ||
           peer->pinged_usec + last_patience_usec < g_get_monotonic_time();
}

static void give_up_on_late_ones(Bus *bus) {
    GHashTableIter iter;
    void *data;

    g_hash_table_iter_init(&iter, bus_peers(bus));
    while (g_hash_table_iter_next(&iter, NULL, &data)) {
        Peer *peer = data;

        if (peer->flow.pinged && !peer->flow.late && is_late(peer))
            flow_set_late(&peer->flow);
    }
}

/* Those who wait are likely to read: their answers tell how late the others are. */
static void ping_waiting(Backlog *backlog) {
    for (GList *i = backlog->peers.head; i; i = i->next)
        if (!((Peer *) i->data)->flow.pinged)
            peer_ping(i->data);
}

static gboolean on_crowded(void *userdata) {
    Backlog *backlog = bus_backlog(userdata);

    give_up_on_late_ones(userdata);
    peers_go_on(userdata);
    ping_waiting(backlog);
    if (!g_queue_is_empty(&backlog->peers))
        return G_SOURCE_CONTINUE;
    backlog->timer = 0;
    return G_SOURCE_REMOVE;
}

static void join_backlog(Peer *peer) {
    Backlog *backlog = bus_backlog(peer->bus);

    if (peer->in_backlog)
        return;
    peer->in_backlog = true;
    g_queue_push_tail_link(&backlog->peers, &peer->backlog_link);
    if (backlog->timer == 0)
        backlog->timer = g_timeout_add(CROWDED_MS, on_crowded, peer->bus);
}

/* Puts the first message that waits back into the bus' queue; the next follows when it comes out. */
void peer_replay(Peer *peer) {
    sd_bus_message *m = g_queue_peek_head(&peer->waiting);

    if (!m || peer->queued || has_to_wait(peer))
        return;
    if (is_crowded(peer)) {
        join_backlog(peer);
        return;
    }
    sd_bus_message_rewind(m, true);
    if (sd_bus_enqueue_for_read(bus_connection(peer->bus), m) >= 0)
        peer->queued = m;
}

/* As many as a turn may handle, the longest waiting first. */
void peers_go_on(Bus *bus) {
    unsigned left = bus_requests_per_turn(bus);

    for (GList *i = bus_backlog(bus)->peers.head; i && left > 0;) {
        Peer *peer = i->data;

        i = i->next;
        if (is_crowded(peer))
            continue;
        leave_backlog(peer);
        peer_replay(peer);
        left--;
    }
}

static uint64_t cost_of(sd_bus_message *m) {
    return WAITING_OVERHEAD + message_size(m);
}

static void forget_first(Peer *peer) {
    sd_bus_message *m = g_queue_pop_head(&peer->waiting);

    count_waiting(peer, -(int64_t) cost_of(m));
    sd_bus_message_unref(m);
}

void peer_refuse_waiting(Peer *peer) {
    while (peer->surplus && !g_queue_is_empty(&peer->waiting))
        if (peer_refuse(peer, g_queue_peek_head(&peer->waiting)))
            forget_first(peer);
}

static bool has_room_for(const Peer *peer, uint64_t cost) {
    if (peer->waiting.length >= (peer->client ? WAITING_MAX : WAITING_WITHOUT_CREDENTIALS_MAX))
        return false;
    if (peer->waiting_bytes + cost <= WAITING_BYTES_MIN)
        return true;
    return peer->waiting_bytes + cost <= waiting_max && peer->flow.user->waiting + cost <= waiting_user_max &&
           peer->flow.all->waiting + cost <= waiting_all_max;
}

static void hold(Peer *peer, sd_bus_message *m) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    uint64_t cost = cost_of(m);

    if (has_room_for(peer, cost)) {
        g_queue_push_tail(&peer->waiting, sd_bus_message_ref(m));
        count_waiting(peer, cost);
        return;
    }
    authority_drop(bus_authority(peer->bus), m);
    if (sd_bus_message_get_expect_reply(m) > 0 &&
        sd_bus_message_new_method_errorf(m, &reply, DBUS_ERROR_LIMITS_EXCEEDED,
                                         "Too many messages at once: wait for replies first") >= 0)
        peer_send(peer, reply, REFUSAL_SIZE);
}

bool peer_take_turn(Peer *peer, sd_bus_message *m) {
    bool back = m == peer->queued;

    if (back)
        peer->queued = NULL;
    if (!has_to_wait(peer) && !is_crowded(peer) &&
        (back ? g_queue_peek_head(&peer->waiting) == m : g_queue_is_empty(&peer->waiting))) {
        if (back)
            forget_first(peer);
        peer_replay(peer);
        return true;
    }
    if (!back)
        hold(peer, m);
    peer_replay(peer);
    return false;
}

bool peer_has_waiting(const Peer *peer, const sd_bus_message *m) {
    return g_queue_find((GQueue *) &peer->waiting, m);
}

void peer_hold_again(Peer *peer, sd_bus_message *m) {
    g_queue_push_head(&peer->waiting, sd_bus_message_ref(m));
    count_waiting(peer, cost_of(m));
}

void peer_move_waiting(Peer *peer, FlowGroup *user) {
    peer->flow.user->waiting -= peer->waiting_bytes;
    user->waiting += peer->waiting_bytes;
}

static void unref_message(void *m) {
    sd_bus_message_unref(m);
}

void peer_forget_waiting(Peer *peer) {
    leave_backlog(peer);
    count_waiting(peer, -(int64_t) peer->waiting_bytes);
    g_queue_clear_full(&peer->waiting, unref_message);
}

void peers_stop_waiting(Bus *bus) {
    Backlog *backlog = bus_backlog(bus);

    if (backlog->timer)
        g_source_remove(backlog->timer);
    backlog->timer = 0;
}
