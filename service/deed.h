/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deed: what a client needs a right for.
 *
 * Where several users share the service somebody judges, see manager_set_judge(); where nobody does all is allowed. A deed is
 * checked when everything else about a request is found right, but for limits, and before anything changes. The judge may need
 * time: then the request is refused with REFUSAL_WAITING, of which the client hears nothing, and is made again later, from the start.
 */
#pragma once

#include "service/refusal.h"
#include "service/types.h"

typedef enum Deed {
    DEED_DIAL,
    DEED_DIAL_COSTLY,
    DEED_DIAL_EMERGENCY, /* everybody may: nobody is asked */
    DEED_CONTROL,        /* to be an owner of calls that others made, or that came in */
    DEED_MONITOR,
    DEED_FORWARD,
    DEED_CONFIGURE,
    DEED_READ_LOG,
    DEED_ERASE_LOG,
    _DEED_MAX,
} Deed;

/* NULL: it may. `line` is NULL where the deed is about none. */
typedef Refusal *(*Judge)(Client *client, Deed deed, const Line *line, void *userdata);

/* May the client do that, on that line? NULL: it may. */
Refusal *deed_check(Client *client, Deed deed, const Line *line);

/* May it have a call go to that address? What kind of deed it is we decide. "": it will be dialled later. */
Refusal *deed_check_dial(Client *client, const Line *line, const char *address);

/* The same for a number of which digits may follow: the beginning of an emergency number may be dialled by everybody. */
Refusal *deed_check_dial_begin(Client *client, const Line *line, const char *digits);

/* May it send a call of others there? They are flooded by that as by any other: there an emergency number is no exception. */
Refusal *deed_check_send(Client *client, const Line *line, const char *address);

/* The same where a call is parked, or comes from: it is nothing unless a network could take it for a number that is costly. */
Refusal *deed_check_place(Client *client, const Line *line, const char *address);

/* What it means to open the line so. */
Refusal *deed_check_open(Client *client, const Line *line, OpenPrivilege privilege);
