/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection beside those of the clients. */
#include "tests/bus/util-watcher.h"

#include <check.h>
#include <glib.h>

#include "interfaces/names.h"
#include "service/cleanup.h"

sd_bus *watcher_new(const char *address) {
    sd_bus *watcher = NULL;
    ck_assert_int_ge(sd_bus_new(&watcher), 0);
    ck_assert_int_ge(sd_bus_set_address(watcher, address), 0);
    ck_assert_int_ge(sd_bus_set_bus_client(watcher, true), 0);
    ck_assert_int_ge(sd_bus_start(watcher), 0);
    return watcher;
}

char *watcher_find_service(sd_bus *watcher) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *owner;
    if (sd_bus_call_method(watcher, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetNameOwner", NULL, &reply, "s", CALLBUS_NAME) < 0)
        return NULL;
    return sd_bus_message_read(reply, "s", &owner) > 0 ? g_strdup(owner) : NULL;
}

enum { DEFAULT_LINES = 4 };

bool watcher_sees_lines(sd_bus *watcher, const char *service) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *state;
    guint count = 0;
    if (sd_bus_call_method(watcher, service, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListLines", NULL, &reply, "") < 0)
        return false;
    ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "(osss)"), 0);
    for (; sd_bus_message_read(reply, "(osss)", NULL, NULL, NULL, &state) > 0; count++)
        if (!g_str_equal(state, "in-service"))
            return false;
    return count >= DEFAULT_LINES;
}
