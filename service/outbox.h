/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Outbox: what one client is still to be told, in the order in which it happened.
 *
 * Each state of a call is told by itself; other changes of one handle travel together until the end of the turn or
 * until something else has to be told to the same client. Whatever is about to change is touched *before* it changes,
 * so that what is told first still has the values of its time.
 */
#pragma once

#include <glib.h>

#include "service/types.h"

typedef struct Outbox {
    GQueue handles;   /* of Handle, by its outbox link */
    uint64_t lost;    /* handles withheld and not yet told of */
    GList turn_link;  /* in the manager's queue of clients with something to tell */
    bool queued, closed, held;
} Outbox;

/* A handle's part: what is to be told of it. */
typedef struct OutboxEntry {
    GList link;
    uint64_t changed; /* CALL_PROPERTY_BIT set */
    bool queued, added, removed;
} OutboxEntry;

/* The handle is new to its client. */
void outbox_add(Handle *handle);

/* These properties of the handle are about to change. */
void outbox_touch(Handle *handle, uint64_t properties);

/* The handle is void; it is freed once its client was told. */
void outbox_remove(Handle *handle);

/* One more handle was withheld from the client. */
void outbox_lose(Client *client);

/* Tells the client everything that waits. */
void outbox_flush(Client *client);

/* While it is held nothing is told, and all that happens is told as one change: it is about to hear that it has to read again. */
void outbox_hold(Client *client, bool hold);

/* The client is gone: it is told nothing more. */
void outbox_close(Client *client);

/* Forgets everything that waits. */
void outbox_clear(Client *client);
