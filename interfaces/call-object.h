/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Call: a call as one client sees it. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable call_vtable[];

/* Registers all handles, found on demand and for their own client only. */
int call_object_register(Bus *bus);

/* The caller's handle of that path, or NULL: foreign, released and invented ones are alike. */
Handle *call_object_find(Bus *bus, const char *path, sd_bus_message *m);
