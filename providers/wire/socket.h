/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Socket: D-Bus between the service and a provider, over a socket of their own. Nothing waits, and no descriptors are passed. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Begins to speak over a connected socket, which is taken (also on failure). The other end proves who it is by the socket. */
int wire_open(int fd, bool server, sd_bus **ret);

/* Likewise as the server, with a descriptor of its own to read from; both are taken. Who the other end is has been found out. */
int wire_serve(int input, int output, sd_bus **ret);

/* Likewise to an address as D-Bus has it: "unix:path=...". */
int wire_connect(const char *address, sd_bus **ret);
