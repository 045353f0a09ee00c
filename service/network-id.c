/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network ids: an index of what peers call their calls. */
#include "service/network-id.h"

#include "service/client.h"
#include "service/manager.h"

/* A newline is in no id: provider.c lets none in. */
static char *key_of(const char *kind, const char *id) {
    return g_strconcat(kind, "\n", id, NULL);
}

GHashTable *manager_find_network_id(const Manager *manager, const char *kind, const char *id) {
    g_autofree char *key = key_of(kind, id);

    return g_hash_table_lookup(manager_network_ids(manager), key);
}

GPtrArray *client_find_network_id(const Client *client, const char *kind, const char *id) {
    GHashTable *calls = manager_find_network_id(client_manager(client), kind, id);
    GPtrArray *handles = g_ptr_array_new();
    GHashTableIter iter;
    void *call;

    if (!calls)
        return handles;
    g_hash_table_iter_init(&iter, calls);
    while (g_hash_table_iter_next(&iter, &call, NULL)) {
        Handle *handle = client_find_handle_on(client, call);

        if (handle)
            g_ptr_array_add(handles, handle);
    }
    client_sort_handles(handles);
    return handles;
}

void network_id_add(Manager *manager, Call *call, const char *kind, const char *id) {
    GHashTable *calls = manager_find_network_id(manager, kind, id);

    if (!calls) {
        calls = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(manager_network_ids(manager), key_of(kind, id), calls);
    }
    g_hash_table_add(calls, call);
}

void network_id_remove(Manager *manager, Call *call, const char *kind, const char *id) {
    g_autofree char *key = key_of(kind, id);
    GHashTable *calls = g_hash_table_lookup(manager_network_ids(manager), key);

    g_hash_table_remove(calls, call);
    if (g_hash_table_size(calls) == 0)
        g_hash_table_remove(manager_network_ids(manager), key);
}
