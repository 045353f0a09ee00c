/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handled: which messages a handler of ours answers. */
#include "interfaces/handled.h"

#include <string.h>

#include "interfaces/call-log-object.h"
#include "interfaces/call-object.h"
#include "interfaces/debug-object.h"
#include "interfaces/line-object.h"
#include "interfaces/manager-object.h"
#include "interfaces/names.h"
#include "interfaces/reply.h"

static const struct {
    const char *interface;
    const sd_bus_vtable *vtable;
} root_tables[] = {
    { CALLBUS_MANAGER_INTERFACE, manager_vtable },
    { CALLBUS_LOG_INTERFACE, call_log_vtable },
    { CALLBUS_DEBUG_INTERFACE, debug_vtable },
};

enum { NAME_SIZE_MAX = 255 }; /* as D-Bus has it */

/* Is the message's method in the table, with these arguments? */
static bool has_method(const sd_bus_vtable *vtable, const char *interface, sd_bus_message *m) {
    const char *wanted = sd_bus_message_get_interface(m), *member = sd_bus_message_get_member(m);

    if (!wanted || strcmp(wanted, interface) != 0)
        return false;
    for (const sd_bus_vtable *v = vtable; v->type != _SD_BUS_VTABLE_END; v++)
        if (v->type == _SD_BUS_VTABLE_METHOD && strcmp(v->x.method.member, member) == 0)
            return sd_bus_message_has_signature(m, v->x.method.signature ?: "");
    return false;
}

static bool is_handled_by_root(Peer *peer, sd_bus_message *m) {
    if (sd_bus_message_is_method_call(m, DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects"))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(root_tables); i++)
        if (has_method(root_tables[i].vtable, root_tables[i].interface, m))
            return root_tables[i].vtable != debug_vtable || bus_is_debug(peer_bus(peer));
    return false;
}

bool is_handled(Peer *peer, sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m);

    if (strcmp(path, CALLBUS_PATH) == 0)
        return is_handled_by_root(peer, m);
    if (g_str_has_prefix(path, CALLBUS_LINE_PATH "/"))
        return has_method(line_vtable, CALLBUS_LINE_INTERFACE, m) && line_object_find(peer, path);
    if (g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/"))
        return has_method(call_vtable, CALLBUS_CALL_INTERFACE, m) && call_object_find(peer_bus(peer), path, m);
    return false;
}

static bool is_object(Peer *peer, sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m);

    return strcmp(path, CALLBUS_PATH) == 0 || line_object_find(peer, path) || call_object_find(peer_bus(peer), path, m);
}

int refuse_unnamed(Peer *peer, sd_bus_message *m) {
    if (sd_bus_message_get_interface(m) || !is_object(peer, m))
        return 0;
    return reply_invalid(peer, m, "The call of %s names no interface: give the one that it is of, such as " CALLBUS_CALL_INTERFACE,
                         sd_bus_message_get_member(m));
}

/* Names of an interface or property are read until one is too long for any. */
static bool has_long_name(sd_bus_message *m) {
    const char *name = NULL;
    bool is_long = false;

    while (!is_long && sd_bus_message_peek_type(m, NULL, NULL) > 0 && sd_bus_message_read_basic(m, 's', &name) > 0)
        is_long = strnlen(name, NAME_SIZE_MAX + 1) > NAME_SIZE_MAX;
    sd_bus_message_rewind(m, true);
    return is_long;
}

int refuse_long_name(Peer *peer, sd_bus_message *m) {
    const char *interface = sd_bus_message_get_interface(m);

    if (!interface || strcmp(interface, DBUS_PROPERTIES_INTERFACE) != 0 || !has_long_name(m))
        return 0;
    if (!is_object(peer, m))
        return reply_now(peer, m, refuse(REFUSAL_UNKNOWN_OBJECT, "Unknown object '%s'.", sd_bus_message_get_path(m)));
    return reply_invalid(peer, m, "A name has more than %d bytes: give one of an interface and a property of the object", NAME_SIZE_MAX);
}
