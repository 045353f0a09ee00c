/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open: what one client opened one line for. */
#pragma once

#include <glib.h>

#include "service/refusal.h"
#include "service/rows.h"
#include "service/types.h"

typedef struct OpenOptions {
    OpenPrivilege privilege;
    uint32_t media_modes;       /* MEDIA_BIT() set; matters with the owner privilege */
    bool offer;                 /* may be chosen as the owner of a call that comes in */
    OnOwnerLost on_owner_lost;  /* for calls that the client will be given */
    const char *app_id;         /* a bus name of the client's, checked; NULL or "" if unknown */
} OpenOptions;

/* What a line is opened with by dialling on it. */
extern const OpenOptions open_options_implicit;

/* Opens the line for the client, or changes what it is open for: handles, their privileges and the place in the order
 * stay. */
Open *open_line_for(Client *client, Line *line, const OpenOptions *options);

/* Made from what was kept of it. NULL: the client has opened the line already. */
Open *open_restore(Client *client, Line *line, const OpenRow *row);
/* Refuses a client that would have too many lines open with this one. */
Refusal *open_check_room(const Client *client, const Line *line);

/* What the client may know of the line only now that it has it open. After the reply where that gives a handle. */
void open_tell(Open *open);

/* How its line forwards has changed. */
void open_tell_forwarding(Open *open);

/* It is about to be closed: what only those may know who have the line open is to be seen no longer, and its client told so. */
void open_begin_close(Open *open);
bool open_is_closing(const Open *open);

/* Gives up the line and every handle on it (rule 11). */
Open *open_close(Open *open);

Line *open_line(const Open *open);
Client *open_client(const Open *open);
const OpenOptions *open_options(const Open *open);
uint64_t open_place(const Open *open); /* in the order of first opens */
bool open_may_own(const Open *open);
