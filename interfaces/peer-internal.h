/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of Peer share. */
#pragma once

#include "interfaces/peer.h"

struct Peer {
    Bus *bus;
    char *name, *path_name;
    uint32_t uid;
    GArray *groups; /* of uint32_t: of its user; NULL: unknown */
    Client *client; /* NULL until the bus told who it is */
    bool surplus;   /* its user has too many clients: it is none */
    sd_bus_slot *credentials, *resolving;
    uint32_t saved_uid;      /* whose it was before the service started anew */
    bool is_saved, was_saved; /* is the bus asked whether it is still there; it was, and has back what it had */
    sd_bus_message *resolved_for; /* whose handler asked who owns a name, */
    char *resolved_owner;         /* and what the bus said */

    /* Does it read? */
    Flow flow;
    int64_t pinged_usec; /* monotonic */
    sd_bus_slot *ping, *asking;
    uint64_t asked_at; /* bytes sent when the bus was asked what it holds for the peer */
    unsigned retry;    /* source that asks again */
    unsigned ping_again; /* source: the bus had no room for the Ping */
    GList question_link; /* among those who are asked once what is held was sent */
    bool ping_due, stats_due;

    /* What it asked and has to wait. */
    GQueue waiting; /* messages to be handled before any new one, in order */
    uint64_t waiting_bytes;
    sd_bus_message *queued; /* the first of them, once it is back in the bus' queue */
    GList backlog_link;
    bool in_backlog;
};

/* ---- peer-reading.c: does it read? ---- */

/* Asks it to show that it does. */
void peer_ping(Peer *peer);

/* Nothing is asked any more. */
void peer_forget_questions(Peer *peer);

/* It was sent something of that size. */
void peer_charge(Peer *peer, uint64_t size);

/* Requests wait because the peer seems not to read: finds out, and again until it does. */
void peer_ask_while_stalled(Peer *peer);

/* ---- peer-limits.c: does its user ask for too much? ---- */

/* The bus has told who it is: it becomes a client, unless it is one too many. */
int peer_admit(Peer *peer);
int peer_become_client(Peer *peer);

/* True: the message was refused, and answered. Once for each that comes. */
bool peer_refuse(Peer *peer, sd_bus_message *m);

/* ---- peer-waiting.c: messages that wait ---- */

/* True: the message may be handled now. False: it waits, or can't even wait. */
bool peer_take_turn(Peer *peer, sd_bus_message *m);

/* The message is handled again once what it needs is there; those behind it stay behind it. */
void peer_hold_again(Peer *peer, sd_bus_message *m);

/* Nothing is to be waited for any more: handles what waited, unless there is something else to wait for. */
void peer_replay(Peer *peer);

/* What waits counts for that user from now on. */
void peer_move_waiting(Peer *peer, FlowGroup *user);

/* Those that wait are refused, up to one that is not. */
void peer_refuse_waiting(Peer *peer);

void peer_forget_waiting(Peer *peer);
void peers_stop_waiting(Bus *bus);
