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

/* The loopback lines are there for tests: whoever has a line to a network wants that. */
static GPtrArray *lines_to_dial_on(const GPtrArray *lines) {
    GPtrArray *all = g_ptr_array_new();
    g_autoptr(GPtrArray) outside = g_ptr_array_new();

    for (unsigned i = 0; i < lines->len; i++) {
        Record *line = g_ptr_array_index(lines, i);
        g_ptr_array_add(all, line);
        if (strcmp(record_text(line, "Provider"), "loopback") != 0)
            g_ptr_array_add(outside, line);
    }
    if (outside->len == 0)
        return all;
    g_ptr_array_unref(all);
    return g_steal_pointer(&outside);
}

static int dial_somewhere(Ctl *ctl, Stay *stay, const GPtrArray *lines, const char *address) {
    g_autofree char *complaint = NULL;

    for (unsigned i = 0; i < lines->len; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Record *line = g_ptr_array_index(lines, i);
        g_autofree char *path = NULL;
        int r = ctl_place(ctl, record_path(line), address, &path, &error);
        if (r >= 0)
            return ctl_attend(ctl, stay, path);
        if (!may_go_on(&error))
            return ctl_fail_bus(ctl, &error, r, "dial '%s' on %s", address, record_name(line));
        if (!complaint)
            complaint = remote_explain(ctl->remote, &error, r);
    }
    if (complaint)
        return ctl_fail("no line dials '%s': %s", address, complaint);
    return ctl_fail("no line is there to dial '%s'; 'callbusctl line add' adds one", address);
}

static bool has_name(const GPtrArray *lines, const char *name) {
    for (unsigned i = 0; i < lines->len; i++)
        if (strcmp(record_name(g_ptr_array_index(lines, i)), name) == 0)
            return true;

    return false;
}

int ctl_dial_anywhere(Ctl *ctl, const char *address) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(stay_freep) Stay *stay = NULL;
    g_autoptr(GPtrArray) lines = NULL, calls = NULL, chosen = NULL;
    int status = ctl_prepare_stay(ctl, "dial", &stay), r;

    if (status != EXIT_DONE)
        return status;
    r = remote_list(ctl->remote, &lines, &calls, &error);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "list the lines");
    if (has_name(lines, address))
        return ctl_misuse("'%s' is a line: whom to call on it? Say 'callbusctl dial %s ADDRESS'", address, address);
    chosen = lines_to_dial_on(lines);
    return dial_somewhere(ctl, stay, chosen, address);
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
        return ctl_dial_anywhere(ctl, address);
    return ctl_fail_bus(ctl, &error, r, "open '%s'", arguments[0]);
}
