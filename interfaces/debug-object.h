/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Debug: what the network would do, done by a test. Only with --debug. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable debug_vtable[];

int debug_object_register(Bus *bus);
