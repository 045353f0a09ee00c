/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Manager and the object manager: what there is, for the one who asks. */
#include "interfaces/manager-object.h"

#include "interfaces/call-properties.h"
#include "interfaces/emit.h"
#include "interfaces/line-properties.h"
#include "interfaces/manager-lines.h"
#include "interfaces/names.h"
#include "interfaces/options.h"
#include "interfaces/path.h"
#include "interfaces/peer.h"
#include "interfaces/reply.h"
#include "service/call.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/network-id.h"
#include "service/priority.h"
#include "service/recipient.h"

enum {
    /* Buses refuse messages of more than 32 MiB, and whoever sends one is thrown off. */
    OBJECTS_SIZE_MAX = 24 * 1024 * 1024,
};

/* ---- Manager ---- */

static int append_line(sd_bus_message *reply, const Line *line) {
    char path[PATH_SIZE];

    return sd_bus_message_append(reply, "(osss)", line_path(line, path), line_name(line), provider_name(line_provider(line)),
                                 line_state_to_string(line_state(line)));
}

static int append_lines(sd_bus_message *reply, Manager *manager, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(reply, 'a', "(osss)");
    for (GList *i = manager_lines(manager)->head; r >= 0 && i; i = i->next)
        if (line_is_for(i->data, reader))
            r = append_line(reply, i->data);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_list_lines(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Manager *manager = bus_manager(userdata);
    Peer *peer = peer_of_sender(userdata, m);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = append_lines(reply, manager, peer_client(peer));
    return r < 0 ? r : reply_message(peer, reply, UINT64_C(96) * manager_lines(manager)->length);
}

static int append_calls(sd_bus_message *reply, const GPtrArray *handles) {
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_open_container(reply, 'a', "(osss)");
    for (unsigned i = 0; r >= 0 && i < handles->len; i++) {
        const Handle *handle = g_ptr_array_index(handles, i);
        const Call *call = handle_call(handle);

        r = sd_bus_message_append(reply, "(osss)", handle_path(handle, path), call_call_id(call),
                                  call_state_to_string(call_state(call)), privilege_to_string(handle_privilege(handle)));
    }
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int on_list_calls(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    g_autoptr(GPtrArray) handles = client_list_handles(peer_client(peer));
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = append_calls(reply, handles);
    return r < 0 ? r : reply_message(peer, reply, UINT64_C(128) * handles->len);
}

static int on_find_calls(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    g_autoptr(GPtrArray) handles = NULL;
    const char *call_id = NULL;
    int r;

    r = sd_bus_message_read_basic(m, 's', &call_id);
    if (r < 0)
        return r;
    handles = client_find_calls(peer_client(peer), call_id);
    return reply_handles(peer, m, handles);
}

static int on_find_by_network_id(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    g_autoptr(GPtrArray) handles = NULL;
    const char *kind = NULL, *id = NULL;
    int r;

    r = sd_bus_message_read(m, "ss", &kind, &id);
    if (r < 0)
        return r;
    handles = client_find_network_id(peer_client(peer), kind, id);
    return reply_handles(peer, m, handles);
}

/* ---- Priorities ---- */

/* Reads the mode that both methods begin with. 0: read. Else what the handler is to return. */
static int read_media_mode(Peer *peer, sd_bus_message *m, MediaMode *ret) {
    const char *name = NULL;
    int r;

    r = sd_bus_message_read_basic(m, 's', &name);
    if (r < 0)
        return r;
    *ret = media_mode_from_string(name);
    if ((int) *ret < 0)
        return reply_invalid(peer, m, "Unknown media mode '%s': see the MediaModes of a line", name);
    return 0;
}

/* The texts stay the message's. Of more than there may be, one more is read: a million would keep us busy for long. */
static int read_apps(sd_bus_message *m, const char *apps[static APPS_MAX + 2]) {
    unsigned n = 0;
    int r;

    r = sd_bus_message_enter_container(m, 'a', "s");
    while (r > 0 && n <= APPS_MAX) {
        r = sd_bus_message_read_basic(m, 's', &apps[n]);
        n += r > 0;
    }
    apps[n] = NULL;
    return r;
}

static int on_set_app_priority(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    const char *apps[APPS_MAX + 2];
    MediaMode mode;
    int r;

    r = read_media_mode(peer, m, &mode);
    if (r != 0)
        return r;
    r = read_apps(m, apps);
    if (r < 0)
        return r;
    for (unsigned i = 0; apps[i]; i++)
        if (apps[i][0] == ':' || !sd_bus_service_name_is_valid(apps[i]))
            return reply_invalid(peer, m, "'%s' is no app id: use the well-known bus name of an application", apps[i]);
    return reply_now(peer, m, priorities_check(apps) ?: deed_check(peer_client(peer), DEED_CONFIGURE, /* line= */ NULL)
                                  ?: priorities_set(manager_priorities(bus_manager(userdata)), mode, apps));
}

static int on_get_app_priority(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *const *apps;
    MediaMode mode;
    int r;

    r = read_media_mode(peer, m, &mode);
    if (r != 0)
        return r;
    apps = priorities_get(manager_priorities(bus_manager(userdata)), mode);
    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = sd_bus_message_append_strv(reply, (char **) apps);
    return r < 0 ? r : reply_message(peer, reply, UINT64_C(256) * g_strv_length((char **) apps));
}

/* ---- Wishes for calls ---- */

typedef struct WishOptions {
    const char *media_mode, *called_party, *comment;
} WishOptions;

static const Option wish_options[] = {
    { "media-mode", "s", offsetof(WishOptions, media_mode) },
    { "called-party", "s", offsetof(WishOptions, called_party) },
    { "comment", "s", offsetof(WishOptions, comment) },
};

static int on_request_call(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    WishOptions options = { .media_mode = "interactive-voice" };
    g_autofree char *why = NULL;
    CallWish wish = {};
    int r;

    r = sd_bus_message_read_basic(m, 's', &wish.address);
    if (r < 0)
        return r;
    if (options_read(m, wish_options, G_N_ELEMENTS(wish_options), &options, &why) < 0)
        return reply_invalid(peer, m, "%s", why);
    wish.media_mode = media_mode_from_string(options.media_mode);
    if ((int) wish.media_mode < 0)
        return reply_invalid(peer, m, "Unknown media mode '%s': see the MediaModes of a line", options.media_mode);
    wish.called_party = options.called_party;
    wish.comment = options.comment;
    wish.user = client_user(peer_client(peer));
    return reply_now(peer, m, manager_request_call(bus_manager(userdata), &wish));
}

static int on_register_recipient(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    int enable = 0, r;

    r = sd_bus_message_read_basic(m, 'b', &enable);
    if (r < 0)
        return r;
    client_register_recipient(peer_client(peer), enable);
    return reply_now(peer, m, NULL);
}

/* ---- Properties ---- */

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                       void *userdata, sd_bus_error *error) {
    return sd_bus_message_append_basic(reply, 's', CALLBUS_VERSION);
}

static int get_providers(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                         void *userdata, sd_bus_error *error) {
    const GPtrArray *providers = manager_providers(bus_manager(userdata));
    int r;

    r = sd_bus_message_open_container(reply, 'a', "s");
    for (unsigned i = 0; r >= 0 && i < providers->len; i++)
        r = sd_bus_message_append_basic(reply, 's', provider_name(g_ptr_array_index(providers, i)));
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_in_call(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                       void *userdata, sd_bus_error *error) {
    int value = manager_in_call(bus_manager(userdata));

    return sd_bus_message_append_basic(reply, 'b', &value);
}

static int get_ringing(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                       void *userdata, sd_bus_error *error) {
    int value = manager_ringing(bus_manager(userdata));

    return sd_bus_message_append_basic(reply, 'b', &value);
}

/* ---- Object manager: sd-bus' own would ask every node, and tell a reader's calls to all ---- */

static uint64_t size_of_objects(Bus *bus, const Client *reader, const GPtrArray *handles) {
    uint64_t size = 0;

    for (GList *i = manager_lines(bus_manager(bus))->head; i; i = i->next)
        if (line_is_for(i->data, reader))
            size += line_properties_size(i->data, reader);
    for (unsigned i = 0; i < handles->len; i++)
        size += 128 + call_properties_size(g_ptr_array_index(handles, i), CALL_PROPERTIES_ALL);
    return size;
}

static int append_line_object(sd_bus_message *reply, Line *line, const Client *reader) {
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}");
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 'o', line_path(line, path));
    if (r >= 0)
        r = emit_append_line(reply, line, reader);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_handle_object(sd_bus_message *reply, const Handle *handle) {
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}");
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 'o', handle_path(handle, path));
    if (r >= 0)
        r = emit_append_handle(reply, handle);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_objects(sd_bus_message *reply, Bus *bus, const Client *reader, const GPtrArray *handles) {
    int r;

    r = sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}");
    for (GList *i = manager_lines(bus_manager(bus))->head; r >= 0 && i; i = i->next)
        if (line_is_for(i->data, reader))
            r = append_line_object(reply, i->data, reader);
    for (unsigned i = 0; r >= 0 && i < handles->len; i++)
        r = append_handle_object(reply, g_ptr_array_index(handles, i));
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_managed_objects(Bus *bus, sd_bus_message *m) {
    Peer *peer = peer_of_sender(bus, m);
    g_autoptr(GPtrArray) handles = client_list_handles(peer_client(peer));
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    uint64_t size = size_of_objects(bus, peer_client(peer), handles);
    int r;

    if (size > OBJECTS_SIZE_MAX)
        return reply_now(peer, m, refuse(REFUSAL_LIMITS_EXCEEDED,
                                         "Your %u handles don't fit into one message: use ListCalls, and GetAll on each",
                                         handles->len));
    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = append_objects(reply, bus, peer_client(peer), handles);
    return r < 0 ? r : reply_message(peer, reply, size);
}

static int on_object_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    if (!sd_bus_message_is_method_call(m, DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects"))
        return 0;
    if (!sd_bus_message_has_signature(m, ""))
        return reply_invalid(peer_of_sender(userdata, m), m, "GetManagedObjects has no arguments");
    return get_managed_objects(userdata, m);
}

#define METHOD(name, in, in_names, out, out_names, handler) \
    SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names, handler, SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable manager_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD("ListLines", "", "", "a(osss)", SD_BUS_PARAM(lines), on_list_lines),
    METHOD("ListCalls", "", "", "a(osss)", SD_BUS_PARAM(calls), on_list_calls),
    METHOD("FindCalls", "s", SD_BUS_PARAM(call_id), "ao", SD_BUS_PARAM(calls), on_find_calls),
    METHOD("FindByNetworkId", "ss", SD_BUS_PARAM(kind) SD_BUS_PARAM(id), "ao", SD_BUS_PARAM(calls), on_find_by_network_id),
    METHOD("SetAppPriority", "sas", SD_BUS_PARAM(media_mode) SD_BUS_PARAM(app_ids), "", "", on_set_app_priority),
    METHOD("GetAppPriority", "s", SD_BUS_PARAM(media_mode), "as", SD_BUS_PARAM(app_ids), on_get_app_priority),
    METHOD("AddLine", "ssa{ss}", SD_BUS_PARAM(name) SD_BUS_PARAM(provider) SD_BUS_PARAM(settings), "", "", on_manager_add_line),
    METHOD("RemoveLine", "s", SD_BUS_PARAM(name), "", "", on_manager_remove_line),
    METHOD("RequestCall", "sa{sv}", SD_BUS_PARAM(address) SD_BUS_PARAM(options), "", "", on_request_call),
    METHOD("RegisterRecipient", "b", SD_BUS_PARAM(enable), "", "", on_register_recipient),
    SD_BUS_SIGNAL_WITH_NAMES("CallRequested", "sa{sv}", SD_BUS_PARAM(address) SD_BUS_PARAM(options), 0),
    SD_BUS_SIGNAL_WITH_NAMES("Resumed", "t", SD_BUS_PARAM(epoch), 0),
    SD_BUS_SIGNAL_WITH_NAMES("EventsLost", "t", SD_BUS_PARAM(count), 0),
    SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Providers", "as", get_providers, 0, 0),
    SD_BUS_PROPERTY("InCall", "b", get_in_call, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Ringing", "b", get_ringing, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END,
};

int manager_object_register(Bus *bus) {
    sd_bus *connection = bus_connection(bus);
    int r;

    r = sd_bus_add_object(connection, NULL, CALLBUS_PATH, on_object_message, bus);
    if (r < 0)
        return r;
    /* For the introspection only: on_object_message() answers before it. */
    r = sd_bus_add_object_manager(connection, NULL, CALLBUS_PATH);
    if (r < 0)
        return r;
    return sd_bus_add_object_vtable(connection, NULL, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, manager_vtable, bus);
}
