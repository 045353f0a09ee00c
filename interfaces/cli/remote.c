/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remote: the connection to the bus and, over it, to callbusd. */
#include "interfaces/cli/remote.h"
#include "interfaces/cli/decode.h"
#include "interfaces/names.h"
#include "service/types.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* Somewhat longer than the service waits for a password. */
#define PATIENCE_WITH_PEOPLE_USEC (UINT64_C(310) * 1000 * 1000)

struct Remote {
    sd_bus *bus;
    RemoteBus kind;
    char *owner; /* the service's unique name while we follow it, or NULL */
};

#define OWNER_MATCH \
    "type='signal',sender='" DBUS_NAME "',member='NameOwnerChanged',arg0='" CALLBUS_NAME "'"
#define LINES_MATCH \
    "type='signal',sender='" CALLBUS_NAME "',path_namespace='" CALLBUS_LINE_PATH "'"
#define OBJECTS_MATCH \
    "type='signal',sender='" CALLBUS_NAME "',path='" CALLBUS_PATH "',interface='" DBUS_OBJECT_MANAGER_INTERFACE "'"

int remote_new(RemoteBus kind, const char *host, Remote **ret) {
    _cleanup_(remote_freep) Remote *remote = g_new0(Remote, 1);
    int r = -EINVAL;

    remote->kind = kind;
    switch (kind) {
    case REMOTE_SESSION:
        r = sd_bus_open_user_with_description(&remote->bus, "callbusctl");
        break;
    case REMOTE_SYSTEM:
        r = sd_bus_open_system_with_description(&remote->bus, "callbusctl");
        break;
    case REMOTE_HOST:
        r = sd_bus_open_system_remote(&remote->bus, host);
        break;
    }
    if (r < 0)
        return r;
    /* the end of an event loop is not the end of what we have to say */
    r = sd_bus_set_close_on_exit(remote->bus, false);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(remote);
    return 0;
}

Remote *remote_free(Remote *remote) {
    if (!remote)
        return NULL;
    sd_bus_flush_close_unref(remote->bus);
    g_free(remote->owner);
    g_free(remote);
    return NULL;
}

void remote_allow_asking(Remote *remote) {
    sd_bus_set_allow_interactive_authorization(remote->bus, true);
    sd_bus_set_method_call_timeout(remote->bus, PATIENCE_WITH_PEOPLE_USEC);
}

sd_bus *remote_bus(const Remote *remote) {
    return remote->bus;
}

static int add_match(Remote *remote, const char *rule, sd_bus_error *ret_error) {
    return sd_bus_call_method(remote->bus, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "AddMatch", ret_error, NULL, "s",
                              rule);
}

int remote_find(Remote *remote, sd_bus_error *ret_error) {
    return sd_bus_call_method(remote->bus, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetNameOwner", ret_error, NULL, "s",
                              CALLBUS_NAME);
}

int remote_follow(Remote *remote, sd_bus_error *ret_error) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;
    const char *owner;
    int r = add_match(remote, OWNER_MATCH, ret_error);

    if (r < 0)
        return r;
    /* a bus that can start the service does so now; where it cannot, the next call tells */
    (void) sd_bus_call_method(remote->bus, CALLBUS_NAME, CALLBUS_PATH, DBUS_PEER_INTERFACE, "Ping", &ignored, NULL,
                             NULL);
    r = sd_bus_call_method(remote->bus, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetNameOwner", ret_error, &reply, "s",
                           CALLBUS_NAME);
    if (r < 0)
        return r;
    r = sd_bus_message_read(reply, "s", &owner);
    if (r < 0)
        return r;
    g_free(remote->owner);
    remote->owner = g_strdup(owner);
    return 0;
}

int remote_follow_lines(Remote *remote, sd_bus_error *ret_error) {
    int r = add_match(remote, LINES_MATCH, ret_error);

    return r < 0 ? r : add_match(remote, OBJECTS_MATCH, ret_error);
}

bool remote_is_service(const Remote *remote, sd_bus_message *message) {
    return remote->owner && g_strcmp0(sd_bus_message_get_sender(message), remote->owner) == 0;
}

ServiceChange remote_note_owner(Remote *remote, sd_bus_message *message) {
    const char *name, *before, *after;

    if (!sd_bus_message_is_signal(message, DBUS_INTERFACE, "NameOwnerChanged") ||
        g_strcmp0(sd_bus_message_get_sender(message), DBUS_NAME) != 0)
        return SERVICE_SAME;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || strcmp(name, CALLBUS_NAME) != 0)
        return SERVICE_SAME;
    if (g_strcmp0(remote->owner, *after ? after : NULL) == 0)
        return SERVICE_SAME;
    g_free(remote->owner);
    remote->owner = *after ? g_strdup(after) : NULL;
    return remote->owner ? SERVICE_NEW : SERVICE_GONE;
}

int remote_new_method(Remote *remote, const char *path, const char *interface, const char *member,
                      sd_bus_message **ret) {
    return sd_bus_message_new_method_call(remote->bus, ret, CALLBUS_NAME, path, interface, member);
}

int remote_call_message(Remote *remote, sd_bus_message *message, sd_bus_error *ret_error,
                        sd_bus_message **ret_reply) {
    return sd_bus_call(remote->bus, message, 0, ret_error, ret_reply);
}

int remote_call(Remote *remote, const char *path, const char *interface, const char *member, sd_bus_error *ret_error,
                sd_bus_message **ret_reply, const char *types, ...) {
    va_list arguments;
    int r;

    va_start(arguments, types);
    r = sd_bus_call_methodv(remote->bus, CALLBUS_NAME, path, interface, member, ret_error, ret_reply, types,
                            arguments);
    va_end(arguments);
    return r;
}

/* One `{sa{sv}}` of an object: a line, a call, or something that is not for us. */
static int read_interface(sd_bus_message *m, const char *path, GPtrArray *lines, GPtrArray *calls) {
    g_autoptr(Json) properties = NULL;
    GPtrArray *home = NULL;
    const char *interface;
    int r = sd_bus_message_read(m, "s", &interface);

    if (r < 0)
        return r;
    r = decode_properties(m, &properties);
    if (r < 0)
        return r;
    if (strcmp(interface, CALLBUS_LINE_INTERFACE) == 0)
        home = lines;
    else if (strcmp(interface, CALLBUS_CALL_INTERFACE) == 0)
        home = calls;
    if (home)
        g_ptr_array_add(home, record_new(path, TAKE_PTR(properties)));
    return 0;
}

static int read_object(sd_bus_message *m, GPtrArray *lines, GPtrArray *calls) {
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);

    if (r < 0)
        return r;
    r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
        r = read_interface(m, path, lines, calls);
        if (r < 0)
            return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
            return r;
    }
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

static void free_record(gpointer record) {
    record_free(record);
}

int remote_list(Remote *remote, GPtrArray **ret_lines, GPtrArray **ret_calls, sd_bus_error *ret_error) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(free_record);
    g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func(free_record);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r = remote_call(remote, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects", ret_error, &reply,
                        NULL);

    if (r < 0)
        return r;
    r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
        r = read_object(reply, lines, calls);
        if (r < 0)
            return r;
        r = sd_bus_message_exit_container(reply);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return r;
    g_ptr_array_sort(lines, record_compare_names);
    g_ptr_array_sort(calls, record_compare_ages);
    *ret_lines = TAKE_PTR(lines);
    *ret_calls = TAKE_PTR(calls);
    return 0;
}

int remote_get_call(Remote *remote, const char *path, Record **ret, sd_bus_error *ret_error) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    Json *properties = NULL;
    int r = remote_call(remote, path, DBUS_PROPERTIES_INTERFACE, "GetAll", ret_error, &reply, "s",
                        CALLBUS_CALL_INTERFACE);

    if (r < 0)
        return r;
    r = decode_properties(reply, &properties);
    if (r < 0)
        return r;
    *ret = record_new(path, properties);
    return 0;
}

int remote_open_line(Remote *remote, const char *path, const char *privilege, const char *on_owner_lost,
                     sd_bus_error *ret_error) {
    return remote_call(remote, path, CALLBUS_LINE_INTERFACE, "Open", ret_error, NULL, "sasa{sv}", privilege, 0, 2,
                       "offer", "b", (int) false, "on-owner-lost", "s", on_owner_lost);
}

int remote_watch_line(Remote *remote, const char *path, GStrv *ret_paths, sd_bus_error *ret_error) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const char *call;
    int r = remote_open_line(remote, path, "monitor", "drop", ret_error);

    if (r < 0)
        return r;
    r = remote_call(remote, path, CALLBUS_LINE_INTERFACE, "GetNewCalls", ret_error, &reply, NULL);
    if (r < 0)
        return r;
    r = sd_bus_message_enter_container(reply, 'a', "o");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_read(reply, "o", &call)) > 0)
        g_strv_builder_add(builder, call);
    if (r < 0)
        return r;
    if (ret_paths)
        *ret_paths = g_strv_builder_end(builder);
    return 0;
}

int remote_release(Remote *remote, const char *path) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r = remote_new_method(remote, path, CALLBUS_CALL_INTERFACE, "Release", &message);

    if (r < 0)
        return r;
    r = sd_bus_message_set_expect_reply(message, false);
    if (r < 0)
        return r;
    return sd_bus_send(remote->bus, message, NULL);
}

char *remote_line_path(const char *name) {
    return line_name_is_valid(name) ? g_strconcat(CALLBUS_LINE_PATH "/", name, NULL) : NULL;
}

/* An installed one is started by the bus as soon as it is asked for: unless it was not to be. */
static char *explain_absence(const Remote *remote) {
    switch (remote->kind) {
    case REMOTE_SESSION:
        return g_strdup("callbusd is not running on the session bus; start it with 'callbusd --session', install it, or "
                        "say --system");
    case REMOTE_SYSTEM:
        return g_strdup("callbusd is not running on the system bus; start it with 'systemctl start callbusd', install it, "
                        "or say --session");
    case REMOTE_HOST:
        return g_strdup("callbusd is not running on the system bus of that machine; start it there with 'systemctl start "
                        "callbusd', or install it");
    }
    return NULL;
}

char *remote_explain(const Remote *remote, const sd_bus_error *error, int r) {
    if (sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.ServiceUnknown") ||
        sd_bus_error_has_name(error, DBUS_ERROR_NAME_HAS_NO_OWNER))
        return explain_absence(remote);
    if (error && error->name && g_str_has_prefix(error->name, "org.freedesktop.DBus.Error.Spawn."))
        return g_strdup_printf("the bus could not start callbusd: %s", error->message);
    if (remote->kind == REMOTE_HOST && (r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE))
        return g_strdup("the connection to that machine broke; does ssh reach it, and is systemd-stdio-bridge there?");
    if (sd_bus_error_has_name(error, DBUS_ERROR_NO_REPLY) || r == -ECONNRESET || r == -ENOTCONN)
        return g_strdup("callbusd went away without an answer; 'callbusctl lines' tells whether it is back");
    if (r == -ETIMEDOUT || sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.Timeout"))
        return g_strdup("callbusd did not answer in time; try again, or look at what it logs");
    if (error && error->message && *error->message)
        return g_strdup(error->message);
    return g_strdup(g_strerror(-r));
}
