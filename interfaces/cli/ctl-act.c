/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a command acts: it becomes an owner, calls a method, and goes without touching the call's life. */
#include "interfaces/cli/ctl.h"
#include "interfaces/names.h"

#include <stdarg.h>
#include <stdio.h>

int ctl_take_call(Ctl *ctl, const Record *call, bool keep) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *name = ctl_call_name(call);
    int r = remote_open_line(ctl->remote, record_text(call, "Line"), "owner", keep ? "keep" : "drop", &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "open line %s", record_line_name(call));
    r = remote_call(ctl->remote, record_path(call), CALLBUS_CALL_INTERFACE, "SetPrivilege", &error, NULL, "s",
                    "owner");
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "become an owner of %s", name) : EXIT_DONE;
}

int ctl_borrow_call(Ctl *ctl, const Record *call) {
    /* a call that nobody else owns must not end because we leave */
    return ctl_take_call(ctl, call, record_number(call, "Owners") == 0);
}

void ctl_release(Ctl *ctl, const char *path) {
    _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;

    (void) remote_call(ctl->remote, path, CALLBUS_CALL_INTERFACE, "Release", &ignored, NULL, NULL);
}

void ctl_keep(Ctl *ctl, const char *path) {
    _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;

    (void) remote_call(ctl->remote, path, CALLBUS_CALL_INTERFACE, "SetOnOwnerLost", &ignored, NULL, "s", "keep");
}

int ctl_leave(Ctl *ctl, const char *path) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(Record) call = NULL;
    g_autofree char *name = NULL;
    int r = remote_get_call(ctl->remote, path, &call, &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "read the call");
    r = remote_call(ctl->remote, path, CALLBUS_CALL_INTERFACE, "Release", &error, NULL, NULL);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "leave the call");
    name = ctl_call_name(call);
    if (ctl->json != JSON_OFF)
        ctl_print_json(record_properties(call), JSON_SHORT);
    else
        puts(*record_text(call, "CallId") ? record_text(call, "CallId") : name);
    return EXIT_DONE;
}

static int call_method(Ctl *ctl, const char *path, const char *interface, const char *member, sd_bus_error *error,
                       sd_bus_message **ret_reply, const char *types, va_list arguments) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r = remote_new_method(ctl->remote, path, interface, member, &message);

    if (r >= 0)
        r = sd_bus_message_appendv(message, types, arguments);
    return r < 0 ? r : remote_call_message(ctl->remote, message, error, ret_reply);
}

int ctl_do(Ctl *ctl, const Record *call, const char *verb, const char *member, sd_bus_message **ret_reply,
           const char *types, ...) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *name = ctl_call_name(call);
    va_list arguments;
    int r;

    va_start(arguments, types);
    r = call_method(ctl, record_path(call), CALLBUS_CALL_INTERFACE, member, &error, ret_reply, types, arguments);
    va_end(arguments);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "%s %s", verb, name) : EXIT_DONE;
}

int ctl_open_line(Ctl *ctl, const char *name, char **ret_path) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *path = remote_line_path(name);
    int r;

    if (!path)
        return ctl_fail_line(name);
    r = remote_open_line(ctl->remote, path, "none", "keep", &error);
    if (sd_bus_error_has_name(&error, DBUS_ERROR_UNKNOWN_OBJECT))
        return ctl_fail_line(name);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "open line %s", name);
    *ret_path = TAKE_PTR(path);
    return EXIT_DONE;
}

int ctl_get_call(Ctl *ctl, const char *path, const char *verb, const char *member, const char *types, ...) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *call;
    va_list arguments;
    int r;

    va_start(arguments, types);
    r = call_method(ctl, path, CALLBUS_LINE_INTERFACE, member, &error, &reply, types, arguments);
    va_end(arguments);
    if (r >= 0)
        r = sd_bus_message_read(reply, "o", &call);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "%s", verb);
    ctl_keep(ctl, call);
    return ctl_leave(ctl, call);
}
