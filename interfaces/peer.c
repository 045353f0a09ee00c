/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peer: a bus client as the bus knows it. */
#include "interfaces/peer.h"

#include <errno.h>
#include <string.h>

#include "interfaces/call-object.h"
#include "interfaces/emit.h"
#include "interfaces/message-size.h"
#include "interfaces/names.h"
#include "service/log.h"

enum {
    WAITING_WITHOUT_CREDENTIALS_MAX = 64,
    WAITING_MAX = 16384,
    WAITING_BYTES_MAX = 4 * 1024 * 1024,
    RETRY_MS = 250,
};

struct Peer {
    Bus *bus;
    char *name, *path_name;
    uint32_t uid;
    Client *client; /* NULL until the bus told who it is */
    Flow flow;
    GQueue waiting;       /* messages to be handled before any new one, in order */
    size_t waiting_bytes;
    sd_bus_message *queued; /* the first of them, once it is back in the bus' queue */
    sd_bus_slot *credentials, *ping, *resolving, *asking;
    uint64_t asked_at; /* bytes sent when the bus was asked what it holds for the peer */
    unsigned retry;    /* source that asks again */
    char *resolved_name, *resolved_owner;
};

/* ---- Life ---- */

static FlowGroup *flow_group(Bus *bus, uint32_t uid) {
    FlowGroup *group = g_hash_table_lookup(bus_users(bus), GUINT_TO_POINTER(uid));

    if (!group) {
        group = g_new0(FlowGroup, 1);
        g_hash_table_insert(bus_users(bus), GUINT_TO_POINTER(uid), group);
    }
    return group;
}

static Peer *peer_new(Bus *bus, const char *name) {
    Peer *peer = g_new0(Peer, 1);

    peer->bus = bus;
    peer->name = g_strdup(name);
    /* ":1.42" is "1_42" in a path. */
    peer->path_name = g_strdelimit(g_strdup(name + 1), ".-", '_');
    g_hash_table_insert(bus_peers(bus), peer->name, peer);
    return peer;
}

static void unref_message(void *m) {
    sd_bus_message_unref(m);
}

static void peer_free(Peer *peer) {
    g_hash_table_remove(bus_peers(peer->bus), peer->name);
    client_vanish(peer->client);
    flow_done(&peer->flow);
    sd_bus_slot_unref(peer->credentials);
    sd_bus_slot_unref(peer->ping);
    sd_bus_slot_unref(peer->resolving);
    sd_bus_slot_unref(peer->asking);
    if (peer->retry)
        g_source_remove(peer->retry);
    g_queue_clear_full(&peer->waiting, unref_message);
    g_free(peer->resolved_name);
    g_free(peer->resolved_owner);
    g_free(peer->path_name);
    g_free(peer->name);
    g_free(peer);
}

static int on_name_lost(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bus *bus = userdata;
    const char *name = NULL;
    Peer *peer;

    if (sd_bus_message_read(m, "sss", &name, NULL, NULL) < 0 || name[0] != ':')
        return 0;
    peer = g_hash_table_lookup(bus_peers(bus), name);
    if (peer)
        peer_free(peer);
    return 0;
}

int peers_watch(Bus *bus) {
    /* One rule for all clients: who lost its name and got no successor is gone. */
    return sd_bus_add_match_async(bus_connection(bus), NULL,
                                  "type='signal',sender='" DBUS_NAME "',path='" DBUS_PATH "',interface='" DBUS_INTERFACE
                                  "',member='NameOwnerChanged',arg2=''",
                                  on_name_lost, NULL, bus);
}

void peers_forget(Bus *bus) {
    g_autoptr(GList) peers = g_hash_table_get_values(bus_peers(bus));

    for (GList *i = peers; i; i = i->next)
        peer_free(i->data);
}

/* ---- Messages that wait ---- */

static bool has_to_wait(const Peer *peer) {
    return !peer->client || peer->resolving || flow_is_stalled(&peer->flow);
}

/* Puts the first message that waits back into the bus' queue; the next follows when it comes out. */
static void replay(Peer *peer) {
    sd_bus_message *m = g_queue_peek_head(&peer->waiting);

    if (!m || peer->queued || has_to_wait(peer))
        return;
    sd_bus_message_rewind(m, true);
    if (sd_bus_enqueue_for_read(bus_connection(peer->bus), m) >= 0)
        peer->queued = m;
}

static void forget_first(Peer *peer) {
    sd_bus_message *m = g_queue_pop_head(&peer->waiting);

    peer->waiting_bytes -= message_size(m);
    sd_bus_message_unref(m);
}

static void hold(Peer *peer, sd_bus_message *m) {
    unsigned max = peer->client ? WAITING_MAX : WAITING_WITHOUT_CREDENTIALS_MAX;
    size_t size = message_size(m);

    if (g_queue_get_length(&peer->waiting) < max && peer->waiting_bytes + size <= WAITING_BYTES_MAX) {
        g_queue_push_tail(&peer->waiting, sd_bus_message_ref(m));
        peer->waiting_bytes += size;
        return;
    }
    /* Whoever does not read would not read this either. */
    if (!peer->client || !flow_is_stalled(&peer->flow))
        sd_bus_reply_method_errorf(m, DBUS_ERROR_LIMITS_EXCEEDED, "Too many messages at once: wait for replies first");
}

/* True: the message may be handled now. False: it waits, or can't even wait. */
static bool take_turn(Peer *peer, sd_bus_message *m) {
    bool back = m == peer->queued;

    if (back)
        peer->queued = NULL;
    if (!has_to_wait(peer) && (back ? g_queue_peek_head(&peer->waiting) == m : g_queue_is_empty(&peer->waiting))) {
        if (back)
            forget_first(peer);
        replay(peer);
        return true;
    }
    if (!back)
        hold(peer, m);
    replay(peer);
    return false;
}

/* The message is handled again once what it needs is there; those behind it stay behind it. */
static void hold_again(Peer *peer, sd_bus_message *m) {
    g_queue_push_head(&peer->waiting, sd_bus_message_ref(m));
    peer->waiting_bytes += message_size(m);
}

/* ---- Who it is ---- */

static int on_credentials(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = userdata;
    uint32_t uid = 0;

    peer->credentials = sd_bus_slot_unref(peer->credentials);
    if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "u", &uid) < 0) {
        /* No credentials, no rights: it is gone, or nobody knows it. */
        peer_free(peer);
        return 1;
    }
    peer->uid = uid;
    flow_init(&peer->flow, &flow_limits_default, flow_group(peer->bus, uid), bus_flow(peer->bus));
    if (client_new(bus_manager(peer->bus), peer->name, uid, peer, &peer->client) < 0) {
        peer_free(peer);
        return 1;
    }
    replay(peer);
    return 1;
}

static int ask_credentials(Peer *peer) {
    return sd_bus_call_method_async(bus_connection(peer->bus), &peer->credentials, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE,
                                    "GetConnectionUnixUser", on_credentials, peer, "s", peer->name);
}

/* ---- Does it read? ---- */

static void after_answer(Peer *peer) {
    uint64_t lost = flow_resume(&peer->flow);

    if (lost > 0)
        emit_events_lost(peer, lost);
    replay(peer);
}

static int on_pong(sd_bus_message *m, void *userdata, sd_bus_error *error);

static void send_ping(Peer *peer) {
    sd_bus *bus = bus_connection(peer->bus);
    sd_bus_message *m = NULL;

    if (sd_bus_message_new_method_call(bus, &m, peer->name, CALLBUS_PATH, DBUS_PEER_INTERFACE, "Ping") < 0)
        return;
    sd_bus_message_set_auto_start(m, false);
    if (sd_bus_call_async(bus, &peer->ping, m, on_pong, peer, UINT64_MAX) >= 0)
        flow_pinged(&peer->flow);
    sd_bus_message_unref(m);
}

/* Any answer shows that it reads, an error too; if the bus forbids us to ask, we have to believe it. */
static int on_pong(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = userdata;

    peer->ping = sd_bus_slot_unref(peer->ping);
    if (flow_answered(&peer->flow))
        send_ping(peer);
    after_answer(peer);
    return 1;
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
    /* A bus that does not tell has quotas of its own; then who asks and waits is taken to read the answers. */
    if (sd_bus_message_is_method_error(m, NULL) || !read_stat(m, "OutgoingBytes", &queued)) {
        if (!g_queue_is_empty(&peer->waiting))
            believe(peer);
        return 1;
    }
    if (queued < flow_limits_default.window)
        believe(peer);
    return 1;
}

/* A program that only ever waits for replies never answers a Ping. The bus knows what lies unread. */
static void ask_bus(Peer *peer) {
    if (peer->asking)
        return;
    peer->asked_at = peer->flow.sent;
    sd_bus_call_method_async(bus_connection(peer->bus), &peer->asking, DBUS_NAME, DBUS_PATH, DBUS_STATS_INTERFACE,
                             "GetConnectionStats", on_stats, peer, "s", peer->name);
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

/* Requests wait because the peer seems not to read: find out, and again until it does. */
static void ask_while_stalled(Peer *peer) {
    if (!peer->client || !flow_is_stalled(&peer->flow) || peer->retry)
        return;
    ask_bus(peer);
    peer->retry = g_timeout_add(RETRY_MS, on_retry, peer);
}

static void charge(Peer *peer, uint64_t size) {
    if (flow_charge(&peer->flow, size))
        send_ping(peer);
    else if (flow_is_doubtful(&peer->flow))
        ask_bus(peer);
}

void peer_send(Peer *peer, sd_bus_message *m, uint64_t size) {
    int r;

    if (!flow_admit(&peer->flow))
        return;
    r = sd_bus_send(bus_connection(peer->bus), m, NULL);
    if (r < 0) {
        log_warning("event: send-failed, error: %s", g_strerror(-r));
        return;
    }
    charge(peer, size);
}

void peer_send_signal(Peer *peer, sd_bus_message *m, uint64_t size) {
    if (sd_bus_message_set_destination(m, peer->name) < 0)
        return;
    sd_bus_message_set_auto_start(m, false);
    peer_send(peer, m, size);
}

/* ---- Receiving ---- */

/* What sd-bus answers by itself, so that we see only the question: about the size of the answer. */
static uint64_t size_of_builtin_answer(sd_bus_message *m) {
    if (sd_bus_message_is_method_call(m, DBUS_PROPERTIES_INTERFACE, "GetAll"))
        return 3072;
    if (sd_bus_message_is_method_call(m, DBUS_INTROSPECTABLE_INTERFACE, "Introspect"))
        return 12288;
    if (g_str_has_prefix(sd_bus_message_get_interface(m) ?: "", "org.freedesktop.DBus."))
        return 256;
    return 0;
}

/* 1: swallowed. Whoever does not read gets no answers either; what it asks of the rules still happens. */
static int charge_builtin(Peer *peer, sd_bus_message *m) {
    uint64_t size = size_of_builtin_answer(m);

    if (size == 0)
        return 0;
    if (!flow_admit(&peer->flow))
        return 1;
    charge(peer, size);
    return 0;
}

int peer_receive(Bus *bus, sd_bus_message *m) {
    const char *sender = sd_bus_message_get_sender(m);
    Peer *peer;

    if (!sender || sender[0] != ':')
        return 1;
    peer = g_hash_table_lookup(bus_peers(bus), sender);
    if (!peer) {
        peer = peer_new(bus, sender);
        if (ask_credentials(peer) < 0) {
            peer_free(peer);
            return 1;
        }
    }
    if (!take_turn(peer, m)) {
        ask_while_stalled(peer);
        return 1;
    }
    outbox_flush(peer->client);
    if (call_object_answer_get(peer, m) > 0)
        return 1;
    return charge_builtin(peer, m);
}

Peer *peer_of_sender(Bus *bus, sd_bus_message *m) {
    const char *sender = sd_bus_message_get_sender(m);

    return sender ? g_hash_table_lookup(bus_peers(bus), sender) : NULL;
}

Peer *peer_of_client(const Client *client) {
    return client_data(client);
}

Client *peer_client(const Peer *peer) {
    return peer->client;
}

Bus *peer_bus(const Peer *peer) {
    return peer->bus;
}

const char *peer_name(const Peer *peer) {
    return peer->name;
}

const char *peer_path_name(const Peer *peer) {
    return peer->path_name;
}

uint32_t peer_uid(const Peer *peer) {
    return peer->uid;
}

/* ---- Names ---- */

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = userdata;
    const char *owner = "";

    peer->resolving = sd_bus_slot_unref(peer->resolving);
    if (!sd_bus_message_is_method_error(m, NULL))
        sd_bus_message_read(m, "s", &owner);
    g_free(peer->resolved_owner);
    peer->resolved_owner = g_strdup(owner);
    replay(peer);
    return 1;
}

int peer_resolve(Peer *peer, sd_bus_message *m, const char *name, const char **ret) {
    int r;

    if (peer->resolved_owner && g_strcmp0(peer->resolved_name, name) == 0) {
        /* Good for this once: the name may have another owner later. */
        g_clear_pointer(&peer->resolved_name, g_free);
        *ret = peer->resolved_owner;
        return 1;
    }
    g_free(peer->resolved_name);
    peer->resolved_name = g_strdup(name);
    g_clear_pointer(&peer->resolved_owner, g_free);
    r = sd_bus_call_method_async(bus_connection(peer->bus), &peer->resolving, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE,
                                 "GetNameOwner", on_owner, peer, "s", name);
    if (r < 0)
        return r;
    hold_again(peer, m);
    return 0;
}
