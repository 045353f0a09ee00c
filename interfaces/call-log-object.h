/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.CallLog: what became of calls. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable call_log_vtable[];

typedef struct CallLogObject CallLogObject;

int call_log_object_register(Bus *bus, CallLogObject **ret);
CallLogObject *call_log_object_free(CallLogObject *object);

/* The service stops: what is still being erased is answered. */
void call_log_object_stop(CallLogObject *object);
