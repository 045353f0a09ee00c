/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Line: a telephone line, seen by all who may use it. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable line_vtable[];

int line_object_register(Bus *bus);

/* The line of that path, or NULL. */
Line *line_object_find(Bus *bus, const char *path);
