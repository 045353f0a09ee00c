/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pickup: calls that come to a line from where they ring or are parked. */
#pragma once

#include "service/handle.h"
#include "service/request.h"

/* done() gets the handle of the call. Opens the line for the client if need be. */
Refusal *line_pickup(Line *line, Client *client, const char *address, const char *group, Done done);
Refusal *line_unpark(Line *line, Client *client, const char *address, Done done);

/* done() gets the place as text. */
Refusal *handle_park(Handle *handle, const char *address, Done done);
