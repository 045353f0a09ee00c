/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Line: a telephone line, seen by all who may use it. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable line_vtable[];

int line_object_register(Bus *bus);

/* The line of that path, or NULL: one that is not for the peer is like one that does not exist. */
Line *line_object_find(const Peer *peer, const char *path);

/* The same by its name. */
Line *line_find_for(const Peer *peer, const char *name);
