/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages in the other order of bytes, which D-Bus leaves to whoever sends: some bindings always send the one of networks. sd-bus
 * reads them, but gives none of their arrays as a whole. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Rewinds the message. */
bool message_is_turned(sd_bus_message *m);

/* The same method call in the order of this machine: from the same sender, and what answers it answers the other. */
int message_turn(sd_bus *bus, sd_bus_message *m, sd_bus_message **ret);
