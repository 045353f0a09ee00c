/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conference: a call of its own, whose participants are other calls of the same line (rule 19). */
#pragma once

#include "service/dial.h"
#include "service/handle.h"

/* done() gets the handles of the conference and of the consultation. */
Refusal *handle_setup_conference(Handle *handle, const DialOrder *order, Done done);
Refusal *line_setup_conference(Line *line, Client *client, const DialOrder *order, Done done);

/* done() gets the handle of the consultation. */
Refusal *handle_prepare_add_to_conference(Handle *handle, const DialOrder *order, Done done);

Refusal *handle_add_to_conference(Handle *handle, Handle *added, Done done);
Refusal *handle_remove_from_conference(Handle *handle, Done done);

/* The client's handles of the conference and then of its participants, in the order in which they joined; those that it did
 * not have are monitor handles. */
Refusal *handle_get_conference_calls(Handle *handle, GPtrArray **ret);
