/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection: the way to the message bus, which takes no descriptors. */
#include "interfaces/connection.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "interfaces/names.h"
#include "service/cleanup.h"

#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"

/* Where the bus is, as sd_bus_open_system() and sd_bus_open_user() find it. */
static char *find_address(bool system) {
    const char *address = secure_getenv(system ? "DBUS_SYSTEM_BUS_ADDRESS" : "DBUS_SESSION_BUS_ADDRESS");
    const char *folder = secure_getenv("XDG_RUNTIME_DIR");
    g_autofree char *escaped = NULL;

    if (address || system)
        return g_strdup(address ?: SYSTEM_BUS);
    if (!folder)
        return NULL;
    escaped = g_uri_escape_string(folder, "/", /* allow_utf8= */ FALSE);
    return g_strconcat("unix:path=", escaped, "/bus", NULL);
}

/* By hand: what opens a bus at once also takes descriptors at once, and it is too late to say no then. Whoever sends one is
 * refused by the bus; else any client could fill our table of them. */
int connection_open(bool system, sd_bus **ret) {
    _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
    g_autofree char *address = find_address(system);
    int r;

    if (!address)
        return -ENOMEDIUM;
    r = sd_bus_new(&bus);
    if (r >= 0)
        r = sd_bus_set_address(bus, address);
    if (r >= 0)
        r = sd_bus_set_bus_client(bus, true);
    if (r >= 0)
        r = sd_bus_negotiate_fds(bus, false);
    /* Rights are ours to check: nobody is asked for credentials message by message. */
    if (r >= 0)
        r = sd_bus_set_trusted(bus, !system);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(bus);
    return 0;
}

bool connection_is_bus(sd_bus_message *m) {
    const char *sender = sd_bus_message_get_sender(m);

    return !sender || strcmp(sender, DBUS_NAME) == 0;
}
