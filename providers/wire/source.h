/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection between the service and a provider, in GLib's loop. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct WireSource WireSource;

/* Called once, when the connection is lost; the source may be freed in it. */
typedef void (*WireLost)(int error, void *userdata);

/* Begins to speak D-Bus over a connected socket, which is taken (also on failure). Nothing waits; the other end proves who it is by
 * the socket. No descriptors are passed. */
int wire_open(int fd, bool server, sd_bus **ret);

/* Likewise to an address as D-Bus has it: "unix:path=...". */
int wire_connect(const char *address, sd_bus **ret);

/* Reads and writes, up to 64 messages a turn. The source holds a reference of the bus. Attached to the default context. */
WireSource *wire_source_new(sd_bus *bus, WireLost on_lost, void *userdata);
WireSource *wire_source_free(WireSource *source);
