/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handled: which messages a handler of ours answers. All others sd-bus answers by itself, at once. */
#pragma once

#include "interfaces/peer.h"

/* Will one of our handlers get the message? */
bool is_handled(Peer *peer, sd_bus_message *m);

/* D-Bus lets a call name no interface, but nothing is found without one. 1: it is for an object of ours, and refused. */
int refuse_unnamed(Peer *peer, sd_bus_message *m);

/* Nothing has a name so long, but for sd-bus to find that out, and to repeat it, takes long where it is millions. 1: it is refused. */
int refuse_long_name(Peer *peer, sd_bus_message *m);
