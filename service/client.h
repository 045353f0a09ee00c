/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client: somebody who uses the service, known by a name that is never used twice while the service runs. */
#pragma once

#include <glib.h>

#include "service/outbox.h"
#include "service/refusal.h"
#include "service/rows.h"
#include "service/types.h"
#include "service/user.h"

/* A client appears. `name` is what handoff() will know it by; `data` is the interface's own. -EEXIST: it is here. */
int client_new(Manager *manager, const char *name, uint32_t uid, void *data, Client **ret);

/* The client is gone: its opens are closed and its handles end by the rules (11); its requests are forgotten. */
Client *client_vanish(Client *client);

Manager *client_manager(const Client *client);
/* The id of the row that it is kept in. */
uint64_t client_row_id(const Client *client);
const char *client_name(const Client *client);
User *client_user(const Client *client);
void *client_data(const Client *client);

/* The groups that its user was in when it connected, as the bus vouches for; an array of uint32_t, shared; NULL: unknown. */
void client_set_groups(Client *client, GArray *groups);
const GArray *client_groups(const Client *client);
Outbox *client_outbox(Client *client);

/* The client's handle by number, or on that call; NULL if there is none. */
Handle *client_find_handle(const Client *client, uint64_t number);
Handle *client_find_handle_on(const Client *client, const Call *call);

unsigned client_count_handles(const Client *client);
unsigned client_count_opens(const Client *client);

/* All its handles, by rising number. */
GPtrArray *client_list_handles(const Client *client);

/* Its handles of the calls with that Call ID; none for "". */
GPtrArray *client_find_calls(const Client *client, const char *call_id);

/* Its open of a line, or NULL. */
Open *client_find_open(const Client *client, const Line *line);

/* The best place that any of the applications it opened lines as has in the list of priorities; UINT_MAX: none has one. */
unsigned client_rank(const Client *client, MediaMode media_mode);

/* ---- for the service ---- */

/* It has something that is kept, and so it is kept itself. */
void client_keep(Client *client);

/* It is the one that the row tells of. */
void client_restore(Client *client, const ClientRow *row);

/* It has the handle again; false: it has one of that number, or on that call. */
bool client_restore_handle(Client *client, Handle *handle);

/* By rising number. */
void client_sort_handles(GPtrArray *handles);

/* Does it take the wishes of others for calls? Its place among those who do. */
GList *client_recipient_link(Client *client);
void client_set_recipient(Client *client, uint64_t recipient);

/* Takes a place for a handle of the call: at the limit the oldest idle handle is released for it, but not for a call that is
 * idle itself. False: no room. */
bool client_make_room(Client *client, const Call *call);

/* Needs an emergency call no room? So many of a user at a time can't all be emergencies: then they are calls like others. */
bool client_spares_emergency(const Client *client);

/* Is there room for so many handles of calls that are not idle, and takes it likewise. */
bool client_has_room(const Client *client, unsigned n);
bool client_has_place(const Client *client); /* without that any has to go: for one of an idle call */
bool client_make_room_for(Client *client, unsigned n);
uint64_t client_add_handle(Client *client, Handle *handle);
void client_remove_handle(Client *client, Handle *handle);
void client_count_retired(Client *client); /* that of an emergency call, which is over: it counts now */
GQueue *client_idle_handles(Client *client);
void client_add_open(Client *client, Open *open);
void client_remove_open(Client *client, Open *open);
GQueue *client_requests(Client *client);
