/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl line add, line remove. */
#include "interfaces/cli/ctl.h"
#include "interfaces/names.h"

#include <string.h>

static int append_settings(sd_bus_message *m, char **pairs) {
    int r = sd_bus_message_open_container(m, 'a', "{ss}");

    for (char **pair = pairs; r >= 0 && *pair; pair++) {
        const char *equals = strchr(*pair, '=');
        g_autofree char *key = g_strndup(*pair, equals - *pair);

        r = sd_bus_message_append(m, "{ss}", key, equals + 1);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int ctl_line_add(Ctl *ctl, const char *name, const char *provider, char **pairs) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r;

    for (char **pair = pairs; *pair; pair++)
        if (!strchr(*pair, '='))
            return ctl_misuse("'%s' is no KEY=VALUE, such as User=alice", *pair);
    r = remote_new_method(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "AddLine", &message);
    if (r >= 0)
        r = sd_bus_message_append(message, "ss", name, provider);
    if (r >= 0)
        r = append_settings(message, pairs);
    if (r >= 0)
        r = remote_call_message(ctl->remote, message, &error, NULL);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "add line %s", name) : EXIT_DONE;
}

int ctl_line_remove(Ctl *ctl, const char *name) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = remote_call(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "RemoveLine", &error, NULL, "s", name);

    if (sd_bus_error_has_name(&error, DBUS_ERROR_UNKNOWN_OBJECT))
        return ctl_fail_line(name);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "remove line %s", name) : EXIT_DONE;
}
