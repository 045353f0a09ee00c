/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Link: one connection with a process that is, or wants to be, a provider. */
#pragma once

#include <systemd/sd-bus.h>

#include "providers/remote/door.h"

/* Over a connected socket, which is taken. NULL: it can't be spoken over, and is closed. */
Link *link_new(Door *door, int fd, pid_t pid);

/* Closes the connection; nobody is called any more. May be called in a handler of it. */
Link *link_free(Link *link);

sd_bus *link_bus(const Link *link);

/* The bytes of all that it has said. */
uint64_t link_count(const Link *link);

/* It has said hello, and belongs to that one. */
void link_give(Link *link, Remote *remote);

/* Kills the process. */
void link_kill(const Link *link);
