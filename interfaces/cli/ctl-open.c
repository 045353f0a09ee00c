/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl open: a link that calls somebody goes to the application that takes such wishes, else it is dialled here. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/link.h"
#include "interfaces/cli/stay.h"
#include "interfaces/names.h"

#include <string.h>

/* Another line may do what this one refuses. */
static bool may_go_on(const sd_bus_error *error) {
    static const char *const names[] = {"InvalidAddress", "NotSupported", "LineOutOfService", "LineBusy"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = g_strconcat(CALLBUS_ERROR_PREFIX, names[i], NULL);
        if (sd_bus_error_has_name(error, name))
            return true;
    }
    return sd_bus_error_has_name(error, DBUS_ERROR_UNKNOWN_OBJECT);
}

/* On the first line in service that takes it. */
static int dial_somewhere(Ctl *ctl, Stay *stay, const GPtrArray *lines, const char *address) {
    g_autofree char *complaint = NULL;

    for (unsigned i = 0; i < lines->len; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Record *line = g_ptr_array_index(lines, i);
        g_autofree char *path = NULL;
        int r;
        if (strcmp(record_text(line, "State"), "in-service") != 0)
            continue;
        r = ctl_place(ctl, record_path(line), address, &path, &error);
        if (r >= 0)
            return ctl_attend(ctl, stay, path);
        if (!may_go_on(&error))
            return ctl_fail_bus(ctl, &error, r, "dial '%s' on %s", address, record_name(line));
        if (!complaint)
            complaint = remote_explain(ctl->remote, &error, r);
    }
    if (complaint)
        return ctl_fail("no line dials '%s': %s", address, complaint);
    return ctl_fail("no application takes calls, and no line is in service; 'callbusctl lines' tells why");
}

static int dial(Ctl *ctl, const char *address) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(stay_freep) Stay *stay = NULL;
    g_autoptr(GPtrArray) lines = NULL, calls = NULL;
    int status = ctl_prepare_stay(ctl, "dial", &stay), r;

    if (status != EXIT_DONE)
        return status;
    r = remote_list(ctl->remote, &lines, &calls, &error);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "list the lines") : dial_somewhere(ctl, stay, lines, address);
}

int ctl_open(Ctl *ctl, char **arguments) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *address = link_address(arguments[0]);
    int r;

    if (!address)
        return ctl_misuse("'%s' is no tel:, sip:, sips: or callto: link", arguments[0]);
    r = remote_call(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "RequestCall", &error, NULL, "sa{sv}",
                    address, 0);
    if (r >= 0)
        return EXIT_DONE;
    if (sd_bus_error_has_name(&error, CALLBUS_ERROR_PREFIX "TargetNotFound"))
        return dial(ctl, address);
    return ctl_fail_bus(ctl, &error, r, "open '%s'", arguments[0]);
}
