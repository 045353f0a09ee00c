/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ledger: what each client asked and was told. */
#include "tests/fuzz/ledger.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "interfaces/names.h"
#include "tests/fuzz/door.h"
#include "tests/fuzz/fuzz.h"

static GHashTable *asked;                 /* cookie -> client + 1 */
static GPtrArray *paths[DOOR_CLIENTS];    /* that were announced and are not void */
static GHashTable *given[DOOR_CLIENTS];   /* that were ever announced */
static char *errors[DOOR_CLIENTS];

/* Of the bus library, beside ours. */
static const char *const documented[] = {
    DBUS_ERROR_ACCESS_DENIED, DBUS_ERROR_INVALID_ARGS, DBUS_ERROR_IO_ERROR, DBUS_ERROR_LIMITS_EXCEEDED, DBUS_ERROR_UNKNOWN_OBJECT,
    "org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownInterface",
    "org.freedesktop.DBus.Error.UnknownProperty", "org.freedesktop.DBus.Error.PropertyReadOnly",
};

static const char *const ours[] = {
    "InvalidState", "NotOwner", "NotSupported", "InvalidAddress", "InvalidPrivilege", "LineNotOpen", "LineOutOfService", "LineBusy",
    "TargetNotFound", "TargetSelf", "NoConference", "ConferenceFull", "NotConference", "InvalidCompletion", "TooBig",
    "ProviderFailed", "Timeout", "Conflict",
};

void ledger_begin(void) {
    asked = g_hash_table_new(NULL, NULL);
    for (unsigned i = 0; i < DOOR_CLIENTS; i++) {
        paths[i] = g_ptr_array_new();
        given[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        errors[i] = g_strdup("");
    }
}

void ledger_end(void) {
    g_hash_table_unref(asked);
    for (unsigned i = 0; i < DOOR_CLIENTS; i++) {
        g_ptr_array_unref(paths[i]);
        g_hash_table_unref(given[i]);
        g_free(errors[i]);
    }
}

void ledger_sent(unsigned client, uint64_t cookie) {
    g_hash_table_insert(asked, GSIZE_TO_POINTER(cookie), GUINT_TO_POINTER(client + 1));
}

static gboolean is_of(void *cookie, void *who, void *client) {
    return who == client;
}

void ledger_left(unsigned client) {
    g_hash_table_foreach_remove(asked, is_of, GUINT_TO_POINTER(client + 1));
    g_ptr_array_set_size(paths[client], 0);
}

unsigned ledger_pending(void) {
    return g_hash_table_size(asked);
}

const char *ledger_path(unsigned client, unsigned n) {
    return n < paths[client]->len ? g_ptr_array_index(paths[client], paths[client]->len - 1 - n) : NULL;
}

const char *ledger_error(unsigned client) {
    return errors[client];
}

/* ---- Replies ---- */

static bool is_documented(const char *name) {
    if (g_str_has_prefix(name, CALLBUS_ERROR_PREFIX)) {
        for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
            if (strcmp(name + strlen(CALLBUS_ERROR_PREFIX), ours[i]) == 0)
                return true;
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(documented); i++)
        if (strcmp(name, documented[i]) == 0)
            return true;
    return false;
}

static void check_reply(unsigned client, sd_bus_message *m) {
    const sd_bus_error *error = sd_bus_message_get_error(m);
    uint64_t cookie = 0;

    must(sd_bus_message_get_reply_cookie(m, &cookie) >= 0, "a reply to nothing");
    must(GPOINTER_TO_UINT(g_hash_table_lookup(asked, GSIZE_TO_POINTER(cookie))) == client + 1,
         "client %u gets a reply to %" PRIu64 ", which it did not ask, or a second time", client, cookie);
    g_hash_table_remove(asked, GSIZE_TO_POINTER(cookie));
    g_free(errors[client]);
    errors[client] = error ? g_strdup_printf("%s: %s", error->name, error->message) : g_strdup("");
    if (!error)
        return;
    must(is_documented(error->name), "%s is no documented error: %s", error->name, error->message);
    must(error->message && g_utf8_validate(error->message, -1, NULL) && *error->message, "%s says nothing", error->name);
}

/* ---- Signals ---- */

static bool is_own(unsigned client, const char *path) {
    g_autofree char *name = g_strdelimit(g_strdup(door_clients[client] + 1), ".", '_');
    g_autofree char *prefix = g_strdup_printf(CALLBUS_CLIENT_PATH "/%s/call/", name);

    return g_str_has_prefix(path, prefix);
}

static void added(unsigned client, const char *path) {
    char *copy;

    must(is_own(client, path), "client %u is told of %s", client, path);
    must(!g_hash_table_contains(given[client], path), "%s is given twice", path);
    copy = g_strdup(path);
    g_hash_table_add(given[client], copy);
    g_ptr_array_add(paths[client], copy);
}

static bool find(unsigned client, const char *path, unsigned *ret) {
    for (unsigned i = 0; i < paths[client]->len; i++)
        if (strcmp(g_ptr_array_index(paths[client], i), path) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static void removed(unsigned client, const char *path) {
    unsigned i = 0;

    must(find(client, path, &i), "%s ends, and was not there", path);
    g_ptr_array_remove_index(paths[client], i);
}

static void check_signal(unsigned client, sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m), *member = sd_bus_message_get_member(m), *object = NULL;
    unsigned i;

    if (sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, NULL)) {
        must(sd_bus_message_read(m, "o", &object) > 0, "no path in it");
        if (!g_str_has_prefix(object, CALLBUS_CLIENT_PATH))
            return;
        if (strcmp(member, "InterfacesAdded") == 0)
            added(client, object);
        else
            removed(client, object);
    } else if (g_str_has_prefix(path, CALLBUS_CLIENT_PATH))
        must(find(client, path, &i), "client %u is sent %s of %s, which it has not", client, member, path);
}

void ledger_message(unsigned client, sd_bus_message *m) {
    uint8_t type = 0;

    sd_bus_message_get_type(m, &type);
    if (type == SD_BUS_MESSAGE_SIGNAL)
        check_signal(client, m);
    else if (type == SD_BUS_MESSAGE_METHOD_CALL)
        must(false, "the service calls %s of client %u", sd_bus_message_get_member(m), client);
    else
        check_reply(client, m);
}
