/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals, built by hand: sd-bus can only broadcast its own. Those about a call go to its holder alone. */
#pragma once

#include "interfaces/peer.h"
#include "service/observer.h"

/* The service's events become signals; its data is a Bus. */
extern const Observer emit_observer;

/* Tells a peer, before anything else, that the service has started again. */
void emit_resumed(Peer *peer);

/* Tells a peer, before anything else, how many messages it missed. */
void emit_events_lost(Peer *peer, uint64_t count);

/* Appends the interfaces and properties of an object, as a{sa{sv}}. */
int emit_append_handle(sd_bus_message *m, const Handle *handle);
int emit_append_line(sd_bus_message *m, Line *line, const Client *reader);

/* The turn is over: tells all whether there is a call, if that is new. After the replies, so that nobody hears of a call
 * of its own before it has it. */
void emit_flags(Bus *bus);

/* Forgets what waits to be broadcast. */
void emit_stop(Bus *bus);
