/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peer: does it read what it is sent? */
#include <string.h>

#include "interfaces/connection.h"
#include "interfaces/emit.h"
#include "interfaces/held.h"
#include "interfaces/names.h"
#include "interfaces/peer-internal.h"

enum { RETRY_MS = 250, PING_AGAIN_MS = 1000 };

static gboolean on_ping_again(void *userdata);

static void after_answer(Peer *peer) {
    uint64_t lost = flow_resume(&peer->flow);

    if (lost > 0)
        emit_events_lost(peer, lost);
    peer_replay(peer);
}

/* A bus lets so many questions be open, and no more: this one was not even asked. */
static bool was_not_asked(sd_bus_message *m) {
    return sd_bus_message_is_method_error(m, DBUS_ERROR_LIMITS_EXCEEDED) && connection_is_bus(m);
}

/* Any answer shows that it reads, an error too; if the bus forbids us to ask, we have to believe it. But where many do not read,
 * the others owe an answer until there is room for the question. */
static int on_pong(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = userdata;
    Backlog *backlog = bus_backlog(peer->bus);

    peer->ping = sd_bus_slot_unref(peer->ping);
    if (was_not_asked(m)) {
        if (!peer->ping_again)
            peer->ping_again = g_timeout_add(PING_AGAIN_MS, on_ping_again, peer);
        return 1;
    }
    backlog->answered_usec = MAX(backlog->answered_usec, peer->pinged_usec);
    if (flow_answered(&peer->flow))
        peer_ping(peer);
    after_answer(peer);
    return 1;
}

/* ---- Questions come behind what is held: the answer tells of that ---- */

static bool is_asked_later(Peer *peer) {
    if (held_count(peer->bus) == 0)
        return false;
    if (!peer->ping_due && !peer->stats_due)
        g_queue_push_tail_link(&bus_held(peer->bus)->questions, &peer->question_link);
    return true;
}

void peer_forget_questions(Peer *peer) {
    if (peer->ping_due || peer->stats_due)
        g_queue_unlink(&bus_held(peer->bus)->questions, &peer->question_link);
    peer->ping_due = peer->stats_due = false;
}

static int send_ping(Peer *peer) {
    sd_bus *bus = bus_connection(peer->bus);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_message_new_method_call(bus, &m, peer->name, CALLBUS_PATH, DBUS_PEER_INTERFACE, "Ping");
    if (r < 0)
        return r;
    sd_bus_message_set_auto_start(m, false);
    return sd_bus_call_async(bus, &peer->ping, m, on_pong, peer, UINT64_MAX);
}

static gboolean on_ping_again(void *userdata) {
    Peer *peer = userdata;

    peer->ping_again = 0;
    if (!peer->ping && !peer->ping_due && peer->flow.pinged && send_ping(peer) < 0)
        peer->ping_again = g_timeout_add(PING_AGAIN_MS, on_ping_again, peer);
    return G_SOURCE_REMOVE;
}

void peer_ping(Peer *peer) {
    bool later = is_asked_later(peer);

    if (later)
        peer->ping_due = true;
    else if (send_ping(peer) < 0)
        return;
    flow_pinged(&peer->flow);
    peer->pinged_usec = g_get_monotonic_time();
}

/* The value of a key of type u in a{sv}. */
static bool read_stat(sd_bus_message *m, const char *wanted, uint32_t *ret) {
    const char *key, *contents;

    if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
        return false;
    while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
        if (sd_bus_message_read(m, "s", &key) < 0)
            return false;
        if (strcmp(key, wanted) == 0 && sd_bus_message_peek_type(m, NULL, &contents) > 0 && strcmp(contents, "u") == 0)
            return sd_bus_message_read(m, "v", "u", ret) > 0;
        if (sd_bus_message_skip(m, "v") < 0 || sd_bus_message_exit_container(m) < 0)
            return false;
    }
    return false;
}

/* It reads, but only looks at the replies that it waits for: our Ping lies unanswered in its own queue. */
static void believe(Peer *peer) {
    flow_acknowledge(&peer->flow, peer->asked_at);
    after_answer(peer);
}

static int on_stats(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = userdata;
    uint32_t queued = 0;

    peer->asking = sd_bus_slot_unref(peer->asking);
    if (!connection_is_bus(m))
        return 1;
    /* A bus that does not tell has quotas of its own; then who asks and waits is taken to read the answers. */
    if (sd_bus_message_is_method_error(m, NULL) || !read_stat(m, "OutgoingBytes", &queued)) {
        if (!g_queue_is_empty(&peer->waiting))
            believe(peer);
        return 1;
    }
    if (queued < peer->flow.limits->window)
        believe(peer);
    return 1;
}

static void ask_stats(Peer *peer) {
    peer->asked_at = peer->flow.sent;
    sd_bus_call_method_async(bus_connection(peer->bus), &peer->asking, DBUS_NAME, DBUS_PATH, DBUS_STATS_INTERFACE,
                             "GetConnectionStats", on_stats, peer, "s", peer->name);
}

/* A program that only ever waits for replies never answers a Ping. The bus knows what lies unread. */
static void ask_bus(Peer *peer) {
    if (peer->asking || peer->stats_due)
        return;
    if (is_asked_later(peer))
        peer->stats_due = true;
    else
        ask_stats(peer);
}

void peers_ask(Bus *bus) {
    Peer *peer;

    while ((peer = g_queue_peek_head(&bus_held(bus)->questions))) {
        bool ping = peer->ping_due, stats = peer->stats_due;

        peer_forget_questions(peer);
        /* Who can't be asked is believed. */
        if (ping && send_ping(peer) < 0)
            flow_answered(&peer->flow);
        if (stats)
            ask_stats(peer);
    }
}

static gboolean on_retry(void *userdata) {
    Peer *peer = userdata;

    if (g_queue_is_empty(&peer->waiting) || !flow_is_stalled(&peer->flow)) {
        peer->retry = 0;
        return G_SOURCE_REMOVE;
    }
    ask_bus(peer);
    return G_SOURCE_CONTINUE;
}

void peer_ask_while_stalled(Peer *peer) {
    if (!peer->client || !flow_is_stalled(&peer->flow) || peer->retry)
        return;
    ask_bus(peer);
    peer->retry = g_timeout_add(RETRY_MS, on_retry, peer);
}

void peer_charge(Peer *peer, uint64_t size) {
    if (flow_charge(&peer->flow, size))
        peer_ping(peer);
    else if (flow_is_doubtful(&peer->flow))
        ask_bus(peer);
}
