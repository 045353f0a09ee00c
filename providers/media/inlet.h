/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inlet: a socket of a call, read as soon as something comes: one thread does that for all calls. */
#pragma once

#include <gio/gio.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Inlet Inlet;

/* Called in the thread that reads. */
typedef void (*InletPacket)(GSocketAddress *from, const uint8_t *data, size_t size, void *userdata);

/* NULL: there is no thread, or no descriptor, for it. */
Inlet *inlet_open(GSocket *socket, InletPacket on_packet, void *userdata);

/* Nothing is told any more, and the socket is of no use to it, once this returns. */
Inlet *inlet_close(Inlet *inlet);
