/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handle: one client's view of one call. Facts live in Call; rights, privacy and retention live here. */
#pragma once

#include <glib.h>

#include "service/call-state.h"
#include "service/outbox.h"
#include "service/refusal.h"
#include "service/rows.h"
#include "service/types.h"

/* Gives the client a handle of the call, or raises the privilege of the one it has. NULL: the client has no room for
 * one (a monitor handle is then counted as lost to it). */
Handle *handle_give(Client *client, Call *call, Privilege privilege, OnOwnerLost on_owner_lost);

/* Made from what was kept of it: its client has it already, and it is not retired yet. NULL: it makes no sense. */
Handle *handle_restore(Client *client, Call *call, const HandleRow *row);

/* A handle that the client had, of a call that is no more: it is told so. */
void handle_restore_void(Client *client, uint64_t epoch, uint64_t number);

/* The client gives the handle up; the call is not touched by it (rule 10). Void from now on. */
void handle_release(Handle *handle);

/* The handle ends because its client closed the line or is gone (rule 11). */
void handle_lose(Handle *handle);

/* The handle ends because the line was taken away (rule 12). */
void handle_void(Handle *handle);

/* Frees a handle that was ended and of whose end its client was told. */
void handle_free(Handle *handle);

Client *handle_client(const Handle *handle);
Call *handle_call(const Handle *handle);
uint64_t handle_epoch(const Handle *handle);  /* of the start of the service that made it */
uint64_t handle_number(const Handle *handle); /* of all that its client ever had, over all epochs */
Privilege handle_privilege(const Handle *handle);
OnOwnerLost handle_on_owner_lost(const Handle *handle);
uint64_t handle_sequence(const Handle *handle);
GVariant *handle_app_data(const Handle *handle); /* a{sv}, or NULL if empty */

/* What its client can do with it now (rule 15). */
Operations handle_features(const Handle *handle);

/* Refuses what this handle can't do now: privilege, ability, state, in that order (rule 14). */
Refusal *handle_check(const Handle *handle, Operation operation);

/* The app id that the client opened the line with, "" if unknown. */
const char *handle_app_id(const Handle *handle);

/* ---- The methods that ask nothing of the network ---- */

Refusal *handle_set_privilege(Handle *handle, const char *privilege);
Refusal *handle_set_on_owner_lost(Handle *handle, OnOwnerLost on_owner_lost);

/* a{sv}, taken as it is; empty clears. */
Refusal *handle_set_app_data(Handle *handle, GVariant *app_data);
Refusal *handle_set_call_data(Handle *handle, const uint8_t *data, size_t size);

/* Shared by all handles of the call. */
Refusal *handle_set_media_mode(Handle *handle, MediaMode media_mode);

/* Gives ownership to another client of that name; the giver keeps its own (rule 7). To itself it changes nothing. */
Refusal *handle_handoff(Handle *handle, const char *target);

/* The same to the client that opened the line with that app id; and to the one that a call of the media mode would be
 * offered to. */
Refusal *handle_handoff_app(Handle *handle, const char *app_id);
Refusal *handle_handoff_media(Handle *handle, MediaMode media_mode);

/* ---- for the service ---- */

OutboxEntry *handle_outbox_entry(Handle *handle);

/* All or some properties of the handle are being told. Says which derived ones changed since the last time, and counts
 * the signal if it is one that counts. */
uint64_t handle_announce(Handle *handle, bool counts);

/* A signal of its own goes out for this handle: everything before it is told first, and it is counted. */
void handle_count_signal(Handle *handle);

/* Does it count for the limits of its client? Not if its call was an emergency when it was given, until that is idle. */
bool handle_is_counted(const Handle *handle);

bool handle_wants_digits(const Handle *handle);
void handle_want_digits(Handle *handle, bool enable);

/* The call of the handle has become idle. */
void handle_retire(Handle *handle);
