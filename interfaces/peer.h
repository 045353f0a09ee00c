/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peer: a bus client as the bus knows it: its unique name, its user, what it sent too early and what it was sent. */
#pragma once

#include "interfaces/bus.h"
#include "service/client.h"

/* Watches who comes and goes on the bus. */
int peers_watch(Bus *bus);
void peers_forget(Bus *bus);

/* Sees every method call first. 1: the message waits or is swallowed; 0: it may be handled now. */
int peer_receive(Bus *bus, sd_bus_message *m);

/* Asks those whom something is to be asked: whether they read. */
void peers_ask(Bus *bus);

/* Handles what waited for others to read, if they have. */
void peers_go_on(Bus *bus);

/* Whose message it is; for one that peer_receive() let pass, never NULL. */
Peer *peer_of_sender(Bus *bus, sd_bus_message *m);
Peer *peer_of_client(const Client *client);

Client *peer_client(const Peer *peer);
Bus *peer_bus(const Peer *peer);
const char *peer_name(const Peer *peer);      /* ":1.42" */
const char *peer_path_name(const Peer *peer); /* "1_42" */
uint32_t peer_uid(const Peer *peer);

/* A client that was there before the service started anew: asks the bus whether it still is. resume_on_known() or resume_on_gone()
 * follows, or nothing. */
void peer_ask_saved(Bus *bus, const char *name, uint32_t uid);

/* Whoever the bus has not told of by now is gone. */
void peers_give_up_saved(Bus *bus);

/* Was it brought back? */
bool peer_was_saved(const Peer *peer);

/* From now on messages are handled; those that came too early, too. */
void peers_serve(Bus *bus);

/* Sends to the peer, if it may have it. `size` is about the size on the wire. */
void peer_send(Peer *peer, sd_bus_message *m, uint64_t size);

/* Sends a signal to the peer alone. */
void peer_send_signal(Peer *peer, sd_bus_message *m, uint64_t size);

/* Does it wait for its turn? */
bool peer_has_waiting(const Peer *peer, const sd_bus_message *m);

/* The unique name that owns `name`. 1: it is in *ret ("" if nobody does). 0: the bus was asked; the message waits, and its
 * handler will run again from the start. */
int peer_resolve(Peer *peer, sd_bus_message *m, const char *name, const char **ret);
