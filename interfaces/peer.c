/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peer: a bus client as the bus knows it. */
#include <errno.h>

#include "interfaces/answer-size.h"
#include "interfaces/authority.h"
#include "interfaces/call-object.h"
#include "interfaces/connection.h"
#include "interfaces/credentials.h"
#include "interfaces/handled.h"
#include "interfaces/held.h"
#include "interfaces/names.h"
#include "interfaces/peer-internal.h"
#include "interfaces/resume.h"

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
    peer->backlog_link.data = peer->question_link.data = peer;
    flow_init(&peer->flow, bus_flow_limits(bus), bus_strangers(bus), bus_flow(bus));
    g_hash_table_insert(bus_peers(bus), peer->name, peer);
    return peer;
}

static void peer_free(Peer *peer) {
    Bus *bus = peer->bus;
    bool is_saved = peer->is_saved;

    g_hash_table_remove(bus_peers(bus), peer->name);
    client_vanish(peer->client);
    authority_forget(bus_authority(peer->bus), peer);
    peer_forget_waiting(peer);
    peer_forget_questions(peer);
    flow_done(&peer->flow);
    sd_bus_slot_unref(peer->credentials);
    sd_bus_slot_unref(peer->ping);
    sd_bus_slot_unref(peer->resolving);
    sd_bus_slot_unref(peer->asking);
    if (peer->retry)
        g_source_remove(peer->retry);
    if (peer->ping_again)
        g_source_remove(peer->ping_again);
    sd_bus_message_unref(peer->resolved_for);
    g_free(peer->resolved_owner);
    g_clear_pointer(&peer->groups, g_array_unref);
    g_free(peer->path_name);
    g_free(peer->name);
    g_free(peer);
    if (is_saved)
        resume_on_gone(bus);
}

static int on_name_lost(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bus *bus = userdata;
    const char *name = NULL;
    Peer *peer;

    /* Others can send such a signal too, to us alone, and the match lets it pass: only the bus knows who is gone. */
    if (!connection_is_bus(m))
        return 0;
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

    for (GList *i = peers; i; i = i->next) {
        ((Peer *) i->data)->is_saved = false;
        peer_free(i->data);
    }
    peers_stop_waiting(bus);
}

/* ---- Who it is ---- */

/* What it was sent and what waits of it counts for its user from now on. */
static void set_user(Peer *peer, uint32_t uid) {
    FlowGroup *user = flow_group(peer->bus, uid);

    peer->uid = uid;
    peer_move_waiting(peer, user);
    flow_set_user(&peer->flow, user);
}

static int make_client(Peer *peer, const Credentials *credentials) {
    set_user(peer, credentials->uid);
    g_clear_pointer(&peer->groups, g_array_unref);
    peer->groups = credentials->groups ? g_array_ref(credentials->groups) : NULL;
    return peer_admit(peer);
}

static void bring_back(Peer *peer) {
    if (!peer->is_saved)
        return;
    peer->is_saved = false;
    peer->was_saved = peer->uid == peer->saved_uid;
    resume_on_known(peer->bus, peer->client, peer->saved_uid);
}

static Peer *ask_credentials(Peer *peer);

static int on_credentials(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    _cleanup_(credentials_clear) Credentials credentials = {};
    Peer *peer = userdata;
    int r = credentials_read(m, &credentials);

    peer->credentials = sd_bus_slot_unref(peer->credentials);
    /* Without a word from the bus nothing that is kept is thrown away: it may be the bus that is gone. */
    if (r == -ECONNRESET && peer->is_saved)
        return 1;
    /* The word of anybody else is none. */
    if (r == -EBADMSG) {
        ask_credentials(peer);
        return 1;
    }
    /* No credentials, no rights: it is gone, or nobody knows it. */
    if (r < 0 || make_client(peer, &credentials) < 0) {
        peer_free(peer);
        return 1;
    }
    bring_back(peer);
    peer_replay(peer);
    return 1;
}

/* Who can't be asked about is nobody. */
static Peer *ask_credentials(Peer *peer) {
    if (credentials_ask(bus_connection(peer->bus), peer->name, on_credentials, peer, &peer->credentials) >= 0)
        return peer;
    peer_free(peer);
    return NULL;
}

/* ---- Those of before ---- */

void peer_ask_saved(Bus *bus, const char *name, uint32_t uid) {
    Peer *peer = g_hash_table_lookup(bus_peers(bus), name) ?: peer_new(bus, name);

    peer->is_saved = true;
    peer->saved_uid = uid;
    /* Of whom nothing can be asked nothing is heard. */
    credentials_ask(bus_connection(bus), name, on_credentials, peer, &peer->credentials);
}

void peers_give_up_saved(Bus *bus) {
    g_autoptr(GList) peers = g_hash_table_get_values(bus_peers(bus));

    for (GList *i = peers; i; i = i->next)
        if (((Peer *) i->data)->is_saved)
            peer_free(i->data);
}

bool peer_was_saved(const Peer *peer) {
    return peer->was_saved;
}

void peers_serve(Bus *bus) {
    g_autoptr(GList) peers = g_hash_table_get_values(bus_peers(bus));

    for (GList *i = peers; i; i = i->next) {
        Peer *peer = i->data;

        if (peer->client)
            peer_replay(peer);
        else if (!peer->credentials)
            ask_credentials(peer);
    }
}

/* ---- Sending ---- */

void peer_send(Peer *peer, sd_bus_message *m, uint64_t size) {
    if (flow_admit(&peer->flow) && held_send(peer->bus, m) >= 0)
        peer_charge(peer, size);
}

void peer_send_signal(Peer *peer, sd_bus_message *m, uint64_t size) {
    /* Who was brought back reads all anew when it is told so. */
    if (!bus_is_serving(peer->bus))
        return;
    bus_check_memory(sd_bus_message_set_destination(m, peer->name));
    sd_bus_message_set_auto_start(m, false);
    peer_send(peer, m, size);
}

/* ---- Receiving ---- */

/* 1: swallowed. Whoever does not read gets no answers either; what it asks of the rules still happens. Our own answers are
 * charged when they are sent, the others here. */
static int charge_builtin(Peer *peer, sd_bus_message *m) {
    const char *interface = sd_bus_message_get_interface(m);
    bool builtin = interface && g_str_has_prefix(interface, "org.freedesktop.DBus.");

    if (sd_bus_message_get_expect_reply(m) <= 0)
        return 0;
    if (builtin && !flow_admit(&peer->flow))
        return 1;
    peer_charge(peer, builtin_answer_size(peer, m));
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
        /* Before, nobody is known but those of before. */
        if (bus_is_serving(bus) && !ask_credentials(peer))
            return 1;
    }
    /* Each is counted once. */
    if (m != peer->queued && !authority_knows(bus_authority(bus), m) && peer_refuse(peer, m))
        return 1;
    if (!peer_take_turn(peer, m)) {
        peer_ask_while_stalled(peer);
        return 1;
    }
    authority_begin(bus_authority(bus), m);
    outbox_flush(peer->client);
    if (refuse_long_name(peer, m) > 0 || call_object_answer_get(peer, m) > 0 || refuse_unnamed(peer, m) > 0)
        return 1;
    /* What sd-bus answers by itself tells of what is, and overtakes what is held. */
    if (held_is_due(bus) && !is_handled(peer, m))
        held_release(bus);
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
    if (connection_is_bus(m) && !sd_bus_message_is_method_error(m, NULL))
        sd_bus_message_read(m, "s", &owner);
    g_free(peer->resolved_owner);
    peer->resolved_owner = g_strdup(owner);
    peer_replay(peer);
    return 1;
}

int peer_resolve(Peer *peer, sd_bus_message *m, const char *name, const char **ret) {
    int r;

    /* Good for the message that asked: the name may have another owner later. */
    if (peer->resolved_for == m) {
        peer->resolved_for = sd_bus_message_unref(peer->resolved_for);
        *ret = peer->resolved_owner;
        return 1;
    }
    r = sd_bus_call_method_async(bus_connection(peer->bus), &peer->resolving, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE,
                                 "GetNameOwner", on_owner, peer, "s", name);
    if (r < 0)
        return r;
    sd_bus_message_unref(peer->resolved_for);
    peer->resolved_for = sd_bus_message_ref(m);
    peer_hold_again(peer, m);
    return 0;
}
