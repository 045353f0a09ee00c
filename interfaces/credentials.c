/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials: what the bus vouches for of a connection. */
#include "interfaces/credentials.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "interfaces/bus.h"
#include "interfaces/connection.h"
#include "interfaces/names.h"

int credentials_ask(sd_bus *bus, const char *name, sd_bus_message_handler_t on_credentials, void *userdata, sd_bus_slot **ret_slot) {
    int r = sd_bus_call_method_async(bus, ret_slot, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetConnectionCredentials", on_credentials,
                                     userdata, "s", name);

    /* Of whom nothing is known, all that was kept would be thrown away. */
    bus_check_memory(r);
    return r;
}

static int read_groups(sd_bus_message *m, GArray *groups) {
    const void *ids = NULL;
    size_t size = 0;
    int r;

    r = sd_bus_message_enter_container(m, 'v', "au");
    if (r >= 0)
        r = sd_bus_message_read_array(m, 'u', &ids, &size);
    if (r < 0)
        return r;
    g_array_set_size(groups, 0);
    g_array_append_vals(groups, ids, size / sizeof(uint32_t));
    return sd_bus_message_exit_container(m);
}

/* One entry of a{sv}. What is of no use here, or of another type than it should be, is left out. */
static int read_entry(sd_bus_message *m, Credentials *credentials, bool *has_uid) {
    const char *key = NULL, *contents = NULL;
    int r;

    r = sd_bus_message_read_basic(m, 's', &key);
    if (r >= 0)
        r = sd_bus_message_peek_type(m, NULL, &contents);
    if (r < 0)
        return r;
    if (strcmp(key, "UnixUserID") == 0 && strcmp(contents, "u") == 0) {
        *has_uid = true;
        return sd_bus_message_read(m, "v", "u", &credentials->uid);
    }
    if (strcmp(key, "UnixGroupIDs") == 0 && strcmp(contents, "au") == 0)
        return read_groups(m, credentials->groups);
    return sd_bus_message_skip(m, "v");
}

static int read_all(sd_bus_message *m, Credentials *credentials, bool *has_uid) {
    int r;

    r = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        r = read_entry(m, credentials, has_uid);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    return r;
}

int credentials_read(sd_bus_message *m, Credentials *ret) {
    Credentials credentials = { .uid = UINT32_MAX };
    bool has_uid = false;
    int r;

    if (!connection_is_bus(m))
        return -EBADMSG;
    if (sd_bus_message_is_method_error(m, DBUS_ERROR_NAME_HAS_NO_OWNER))
        return -ENXIO;
    if (sd_bus_message_is_method_error(m, DBUS_ERROR_NO_REPLY))
        return -ECONNRESET;
    if (sd_bus_message_is_method_error(m, NULL))
        return -EIO;
    credentials.groups = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    r = read_all(m, &credentials, &has_uid);
    bus_check_memory(r);
    /* The highest number is nobody's: it means "unknown" to the kernel. */
    if (r >= 0 && (!has_uid || credentials.uid == UINT32_MAX))
        r = -ENODATA;
    if (r < 0) {
        credentials_clear(&credentials);
        return r;
    }
    *ret = credentials;
    return 0;
}

void credentials_clear(Credentials *credentials) {
    g_clear_pointer(&credentials->groups, g_array_unref);
}
