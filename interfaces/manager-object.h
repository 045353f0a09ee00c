/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Manager and the object manager: what there is, for the one who asks. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable manager_vtable[];

int manager_object_register(Bus *bus);
