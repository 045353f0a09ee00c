/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handled: which messages a handler of ours answers. All others sd-bus answers by itself, at once. */
#pragma once

#include "interfaces/peer.h"

/* Will one of our handlers get the message? */
bool is_handled(Peer *peer, sd_bus_message *m);
