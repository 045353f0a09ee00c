/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hello: what a process says that wants to be a provider. */
#pragma once

#include <systemd/sd-bus.h>

#include "providers/remote/door.h"

/* The first message of a connection: answered, and the link is given to whom it belongs to. Negative: it is to be closed. */
int hello_receive(Door *door, Link *link, sd_bus_message *m);
