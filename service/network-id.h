/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network ids: what networks call their calls. Peers choose them, so they find calls but never group them. */
#pragma once

#include <glib.h>

#include "service/types.h"

/* The calls that say so; NULL: none. */
GHashTable *manager_find_network_id(const Manager *manager, const char *kind, const char *id); /* set of Call */

/* The client's handles of them, by rising number. */
GPtrArray *client_find_network_id(const Client *client, const char *kind, const char *id);

/* ---- for Call ---- */

void network_id_add(Manager *manager, Call *call, const char *kind, const char *id);
void network_id_remove(Manager *manager, Call *call, const char *kind, const char *id);
