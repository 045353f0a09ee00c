/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* User: a uid and what its clients use up together. */
#include "service/user.h"

#include <glib.h>

#include "service/manager.h"
#include "service/toll.h"

struct User {
    Manager *manager;
    uint32_t uid;
    unsigned refs;
    unsigned requests, handles, clients, emergencies, calls;
};

User *user_ref_by_uid(Manager *manager, uint32_t uid) {
    GHashTable *users = manager_users(manager);
    User *user = g_hash_table_lookup(users, GUINT_TO_POINTER(uid));

    if (!user) {
        user = g_new0(User, 1);
        *user = (User) { .manager = manager, .uid = uid };
        g_hash_table_insert(users, GUINT_TO_POINTER(uid), user);
    }
    user->refs++;
    return user;
}

User *user_unref(User *user) {
    if (!user || --user->refs > 0)
        return NULL;
    g_hash_table_remove(manager_users(user->manager), GUINT_TO_POINTER(user->uid));
    g_free(user);
    return NULL;
}

uint32_t user_uid(const User *user) {
    return user->uid;
}

unsigned *user_requests(User *user) {
    return &user->requests;
}

unsigned *user_handles(User *user) {
    return &user->handles;
}

unsigned *user_clients(User *user) {
    return &user->clients;
}

unsigned *user_emergencies(User *user) {
    return &user->emergencies;
}

unsigned *user_calls(User *user) {
    return &user->calls;
}

Refusal *user_check_client(Manager *manager, uint32_t uid) {
    const User *user = g_hash_table_lookup(manager_users(manager), GUINT_TO_POINTER(uid));
    unsigned max = manager_limits(manager)->clients_per_user;

    if (max == 0 || !user || user->clients < max)
        return NULL;
    toll_tell(manager, uid, limit_table[LIMIT_CLIENTS_PER_USER].key, /* line= */ NULL);
    return refuse(REFUSAL_LIMITS_EXCEEDED, "ClientsPerUser is %u, and so many programs of your user are connected: end one first", max);
}
