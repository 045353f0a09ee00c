/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Call: a call as one client sees it. */
#pragma once

#include "interfaces/bus.h"

extern const sd_bus_vtable call_vtable[];

/* Registers all handles, found on demand and for their own client only. */
int call_object_register(Bus *bus);

/* Answers the commonest question, the read of one property of a handle of the sender's own, without sd-bus looking for the
 * object from prefix to prefix. 1: answered. 0: not such a question, or not a simple one. */
int call_object_answer_get(Peer *peer, sd_bus_message *m);

/* The caller's handle of that path, or NULL: foreign, released and invented ones are alike. */
Handle *call_object_find(Bus *bus, const char *path, sd_bus_message *m);
