/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection: the way to the message bus, which takes no descriptors. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

int connection_open(bool system, sd_bus **ret);

/* Is it the bus itself that says so? On some buses others can send messages that look the same. What sd-bus makes by itself, as
 * when nothing answers in time, has no sender. */
bool connection_is_bus(sd_bus_message *m);
