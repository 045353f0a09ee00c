/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Side bus: one more connection to a message bus, in GLib's loop, for what we ask of others. Nothing of it ever blocks. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "service/cleanup.h"

typedef struct SideBus SideBus;

/* Begins to connect to the system bus; what is sent meanwhile waits. `on_lost`: the connection is over, and all that was asked over
 * it has been answered with an error. */
int side_bus_new(void (*on_lost)(void *userdata), void *userdata, SideBus **ret);

/* Sends what it can at once and closes; nobody is called any more. */
SideBus *side_bus_free(SideBus *side);
DEFINE_CLEANUP(SideBus *, side_bus_free)

sd_bus *side_bus_connection(const SideBus *side);
