/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of the answers that sd-bus gives by itself. */
#include "interfaces/answer-size.h"

#include <string.h>

#include "interfaces/call-object.h"
#include "interfaces/call-properties.h"
#include "interfaces/line-object.h"
#include "interfaces/line-properties.h"
#include "interfaces/message-size.h"
#include "interfaces/names.h"

enum {
    ERROR_SIZE = 256,
    ALL_PROPERTIES_SIZE = 3072,
    INTROSPECTION_SIZE = 12288,
    NODE_SIZE = 64,
};

/* What its holder, its owners and the network have put into a call. */
#define DATA (CALL_PROPERTY_BIT(CALL_PROPERTY_CALL_DATA) | CALL_PROPERTY_BIT(CALL_PROPERTY_APP_DATA) | \
              CALL_PROPERTY_BIT(CALL_PROPERTY_USER_USER_INFO) | CALL_PROPERTY_BIT(CALL_PROPERTY_NETWORK_IDS))

static uint64_t size_of_properties(Peer *peer, sd_bus_message *m, const char *path) {
    const Handle *handle = NULL;
    Line *line;
    uint64_t size = 0;

    if (g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/"))
        handle = call_object_find(peer_bus(peer), path, m);
    if (handle)
        size += call_properties_size(handle, DATA);
    line = line_object_find(peer, path);
    if (line)
        size += line_properties_size(line, peer_client(peer));
    if (sd_bus_message_is_method_call(m, NULL, "GetAll"))
        size += ALL_PROPERTIES_SIZE;
    return size;
}

/* An error tells what it was asked for, however long that is. */
uint64_t builtin_answer_size(Peer *peer, sd_bus_message *m) {
    const char *interface = sd_bus_message_get_interface(m) ?: "", *path = sd_bus_message_get_path(m);
    uint64_t size;

    if (!g_str_has_prefix(interface, "org.freedesktop.DBus."))
        return ERROR_SIZE + strlen(path);
    size = message_size(m);
    if (strcmp(interface, DBUS_PROPERTIES_INTERFACE) == 0)
        return size + size_of_properties(peer, m, path);
    if (strcmp(interface, DBUS_INTROSPECTABLE_INTERFACE) == 0)
        return size + INTROSPECTION_SIZE + UINT64_C(1) * NODE_SIZE * client_count_handles(peer_client(peer));
    return size;
}
