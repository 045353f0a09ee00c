/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Call: a call as one client sees it. */
#include "interfaces/call-object.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "interfaces/call-properties.h"
#include "interfaces/names.h"
#include "interfaces/options.h"
#include "interfaces/path.h"
#include "interfaces/peer.h"
#include "interfaces/reply.h"
#include "interfaces/variant.h"
#include "service/operations.h"

static Peer *peer_of(const Handle *handle) {
    return peer_of_client(handle_client(handle));
}

/* Of the messages about to be asked of a handle, sd-bus has checked the signature already. */

/* ---- Operations without arguments ---- */

typedef Refusal *(*Start)(Handle *handle, Done done);

static int begin(sd_bus_message *m, Handle *handle, Start start) {
    Peer *peer = peer_of(handle);
    Done done = reply_done(peer, m);

    return reply_begun(peer, m, done, start(handle, done));
}

static int on_accept(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin(m, userdata, handle_accept);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin(m, userdata, handle_answer);
}

static int on_hold(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin(m, userdata, handle_hold);
}

static int on_unhold(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin(m, userdata, handle_unhold);
}

/* ---- Operations with arguments ---- */

static int on_redirect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    const char *address = NULL;
    Done done;
    int r;

    r = sd_bus_message_read(m, "s", &address);
    if (r < 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_redirect(userdata, address, done));
}

typedef struct DropOptions {
    const char *reason;
} DropOptions;

static const Option drop_options[] = {
    { "reason", "s", offsetof(DropOptions, reason) },
};

static int on_drop(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    DropOptions options = {};
    RejectReason reason = REJECT_NONE;
    g_autofree char *why = NULL;
    Done done;

    if (options_read(m, drop_options, G_N_ELEMENTS(drop_options), &options, &why) < 0)
        return reply_invalid(peer, m, "%s", why);
    if (options.reason) {
        reason = reject_reason_from_string(options.reason);
        if ((int) reason < 0)
            return reply_invalid(peer, m, "Unknown reason '%s': use \"busy\" or \"declined\"", options.reason);
    }
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_drop(userdata, reason, done));
}

static int on_swap_hold(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    const char *path = NULL;
    Handle *held;
    Done done;
    int r;

    r = sd_bus_message_read(m, "o", &path);
    if (r < 0)
        return r;
    held = call_object_find(peer_bus(peer), path, m);
    if (!held)
        return reply_now(peer, m, refuse(REFUSAL_UNKNOWN_OBJECT, "Unknown object '%s'.", path));
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_swap_hold(userdata, held, done));
}

typedef struct DigitOptions {
    uint32_t duration_ms, gap_ms;
} DigitOptions;

static const Option digit_options[] = {
    { "duration-ms", "u", offsetof(DigitOptions, duration_ms) },
    { "gap-ms", "u", offsetof(DigitOptions, gap_ms) },
};

static int on_send_digits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    DigitOptions options = { .duration_ms = 80, .gap_ms = 40 };
    g_autofree char *why = NULL;
    const char *digits = NULL;
    Done done;
    int r;

    r = sd_bus_message_read(m, "s", &digits);
    if (r < 0)
        return r;
    if (options_read(m, digit_options, G_N_ELEMENTS(digit_options), &options, &why) < 0)
        return reply_invalid(peer, m, "%s", why);
    if (options.duration_ms < 20 || options.duration_ms > 2000)
        return reply_invalid(peer, m, "duration-ms is %u: it must be 20 to 2000", options.duration_ms);
    if (options.gap_ms > 2000)
        return reply_invalid(peer, m, "gap-ms is %u: it must be 0 to 2000", options.gap_ms);
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_send_digits(userdata, digits, options.duration_ms, options.gap_ms, done));
}

static int on_mute(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    int mute = 0;
    Done done;
    int r;

    r = sd_bus_message_read(m, "b", &mute);
    if (r < 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_mute(userdata, mute, done));
}

/* ---- What the service does by itself ---- */

static int on_monitor_digits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    int enable = 0, r;

    r = sd_bus_message_read(m, "b", &enable);
    if (r < 0)
        return r;
    return reply_now(peer_of(userdata), m, handle_monitor_digits(userdata, enable));
}

static int on_handoff(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    const char *target = NULL, *owner = NULL;
    Refusal *refusal;
    int r;

    r = sd_bus_message_read(m, "s", &target);
    if (r < 0)
        return r;
    if (!sd_bus_service_name_is_valid(target))
        return reply_invalid(peer, m, "'%s' is no bus name: give the unique or well-known name of a client", target);
    /* Privilege comes before the question who the target is. */
    refusal = handle_check(userdata, OPERATION_HANDOFF);
    if (refusal)
        return reply_now(peer, m, refusal);
    if (target[0] == ':')
        return reply_now(peer, m, handle_handoff(userdata, target));
    r = peer_resolve(peer, m, target, &owner);
    if (r < 0)
        return r;
    if (r == 0)
        return 1;
    if (!*owner)
        return reply_now(peer, m, refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody on the bus has the name '%s'", target));
    return reply_now(peer, m, handle_handoff(userdata, owner));
}

static int on_set_privilege(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *privilege = NULL;
    int r;

    r = sd_bus_message_read(m, "s", &privilege);
    if (r < 0)
        return r;
    return reply_now(peer_of(userdata), m, handle_set_privilege(userdata, privilege));
}

static int on_set_on_owner_lost(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *name = NULL;
    OnOwnerLost on_owner_lost;
    int r;

    r = sd_bus_message_read(m, "s", &name);
    if (r < 0)
        return r;
    on_owner_lost = on_owner_lost_from_string(name);
    if ((int) on_owner_lost < 0)
        return reply_invalid(peer_of(userdata), m, "'%s' is unknown: use \"drop\" or \"keep\"", name);
    return reply_now(peer_of(userdata), m, handle_set_on_owner_lost(userdata, on_owner_lost));
}

static int on_set_call_data(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const void *data = NULL;
    size_t size = 0;
    int r;

    r = sd_bus_message_read_array(m, 'y', &data, &size);
    if (r < 0)
        return r;
    return reply_now(peer_of(userdata), m, handle_set_call_data(userdata, data, size));
}

static int on_set_app_data(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    GVariant *data = NULL;
    int r;

    /* The exact measure is the service's; this one keeps us from building what is far too big. */
    r = variant_read_dictionary(m, 4 * APP_DATA_MAX, &data);
    if (r == -E2BIG)
        return reply_now(peer, m, refuse(REFUSAL_TOO_BIG, "The app data is too big: at most %d bytes are kept", APP_DATA_MAX));
    if (r < 0)
        return reply_invalid(peer, m, "App data can't hold file descriptors, or more than 32 levels");
    return reply_now(peer, m, handle_set_app_data(userdata, data));
}

/* The reply first, then InterfacesRemoved. */
static int on_release(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of(userdata);
    int r;

    outbox_flush(peer_client(peer));
    r = reply_now(peer, m, NULL);
    handle_release(userdata);
    return r;
}

/* ---- Finding ---- */

static Handle *find_of(Bus *bus, const char *path, const Peer *peer) {
    char client[PATH_SIZE];
    uint64_t number;

    if (!peer || !parse_handle_path(bus, path, client, &number) || strcmp(client, peer_path_name(peer)) != 0)
        return NULL;
    return client_find_handle(peer_client(peer), number);
}

Handle *call_object_find(Bus *bus, const char *path, sd_bus_message *m) {
    return find_of(bus, path, peer_of_sender(bus, m));
}

static int answer_get(Peer *peer, sd_bus_message *m, const Handle *handle) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *interface = NULL, *name = NULL;
    int r;

    r = sd_bus_message_read(m, "ss", &interface, &name);
    if (r < 0)
        return r;
    if (strcmp(interface, CALLBUS_CALL_INTERFACE) != 0)
        return 0;
    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = call_property_append(reply, handle, name);
    return r < 0 ? r : reply_message(peer, reply, call_property_size(handle, name));
}

int call_object_answer_get(Peer *peer, sd_bus_message *m) {
    const Handle *handle;
    int r;

    if (!sd_bus_message_is_method_call(m, DBUS_PROPERTIES_INTERFACE, "Get") || !sd_bus_message_has_signature(m, "ss"))
        return 0;
    handle = find_of(peer_bus(peer), sd_bus_message_get_path(m), peer);
    if (!handle)
        return 0;
    r = answer_get(peer, m, handle);
    if (r > 0)
        return r;
    /* No such property, or no memory: sd-bus knows the error. */
    sd_bus_message_rewind(m, true);
    return 0;
}

/* With --debug the same user may look at what others hold, but not touch it. */
static bool may_look(Bus *bus, sd_bus_message *m, const Peer *peer) {
    const char *interface = sd_bus_message_get_interface(m);

    if (!bus_is_debug(bus) || !peer || !interface)
        return false;
    if (peer_uid(peer) != getuid())
        return false;
    return strcmp(interface, DBUS_PROPERTIES_INTERFACE) == 0 || strcmp(interface, DBUS_INTROSPECTABLE_INTERFACE) == 0;
}

static Handle *find_foreign(Bus *bus, const char *path) {
    char client[PATH_SIZE];
    uint64_t number;
    GHashTableIter iter;
    void *peer;

    if (!parse_handle_path(bus, path, client, &number))
        return NULL;
    g_hash_table_iter_init(&iter, bus_peers(bus));
    while (g_hash_table_iter_next(&iter, NULL, &peer))
        if (strcmp(peer_path_name(peer), client) == 0 && peer_client(peer))
            return client_find_handle(peer_client(peer), number);
    return NULL;
}

static int find(sd_bus *connection, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error) {
    Bus *bus = userdata;
    sd_bus_message *m = sd_bus_get_current_message(connection);
    const Peer *peer = m ? peer_of_sender(bus, m) : NULL;
    Handle *handle = find_of(bus, path, peer);

    if (!handle && m && may_look(bus, m, peer))
        handle = find_foreign(bus, path);
    *ret_found = handle;
    return handle ? 1 : 0;
}

static void append_paths(GPtrArray *paths, const Peer *peer) {
    g_autoptr(GPtrArray) handles = peer_client(peer) ? client_list_handles(peer_client(peer)) : g_ptr_array_new();
    char path[PATH_SIZE];

    for (unsigned i = 0; i < handles->len; i++)
        g_ptr_array_add(paths, strdup(handle_path(g_ptr_array_index(handles, i), path)));
}

static char **take_paths(GPtrArray *paths) {
    char **strv = calloc(paths->len + 1, sizeof(char *));

    if (strv && paths->len > 0)
        memcpy(strv, paths->pdata, paths->len * sizeof(char *));
    return strv;
}

static int enumerate(sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
    Bus *bus = userdata;
    sd_bus_message *m = sd_bus_get_current_message(connection);
    const Peer *peer = m ? peer_of_sender(bus, m) : NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    GHashTableIter iter;
    void *other;

    if (m && may_look(bus, m, peer)) {
        g_hash_table_iter_init(&iter, bus_peers(bus));
        while (g_hash_table_iter_next(&iter, NULL, &other))
            append_paths(paths, other);
    } else if (peer) {
        append_paths(paths, peer);
    }
    *ret_nodes = take_paths(paths);
    return *ret_nodes ? 0 : -ENOMEM;
}

#define METHOD(name, in, names, handler) \
    SD_BUS_METHOD_WITH_NAMES(name, in, names, "", "", handler, SD_BUS_VTABLE_UNPRIVILEGED)
#define PROPERTY(name, type, flags) SD_BUS_PROPERTY(name, type, call_property_get, 0, flags)
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

const sd_bus_vtable call_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD("Accept", "", "", on_accept),
    METHOD("Answer", "", "", on_answer),
    METHOD("Redirect", "s", SD_BUS_PARAM(address), on_redirect),
    METHOD("Drop", "a{sv}", SD_BUS_PARAM(options), on_drop),
    METHOD("Hold", "", "", on_hold),
    METHOD("Unhold", "", "", on_unhold),
    METHOD("SwapHold", "o", SD_BUS_PARAM(held), on_swap_hold),
    METHOD("SendDigits", "sa{sv}", SD_BUS_PARAM(digits) SD_BUS_PARAM(options), on_send_digits),
    METHOD("MonitorDigits", "b", SD_BUS_PARAM(enable), on_monitor_digits),
    METHOD("Handoff", "s", SD_BUS_PARAM(target), on_handoff),
    METHOD("SetPrivilege", "s", SD_BUS_PARAM(privilege), on_set_privilege),
    METHOD("SetOnOwnerLost", "s", SD_BUS_PARAM(on_owner_lost), on_set_on_owner_lost),
    METHOD("SetCallData", "ay", SD_BUS_PARAM(data), on_set_call_data),
    METHOD("SetAppData", "a{sv}", SD_BUS_PARAM(data), on_set_app_data),
    METHOD("Mute", "b", SD_BUS_PARAM(mute), on_mute),
    METHOD("Release", "", "", on_release),
    SD_BUS_SIGNAL_WITH_NAMES("DigitReceived", "st", SD_BUS_PARAM(digit) SD_BUS_PARAM(usec), 0),
    SD_BUS_SIGNAL_WITH_NAMES("DigitsSent", "s", SD_BUS_PARAM(outcome), 0),
    PROPERTY("CallId", "s", CHANGES),
    PROPERTY("RelatedCallId", "s", CHANGES),
    PROPERTY("NetworkIds", "a{ss}", CHANGES),
    PROPERTY("Line", "o", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Address", "s", CHANGES),
    PROPERTY("State", "s", CHANGES),
    PROPERTY("StateDetail", "s", CHANGES),
    PROPERTY("DisconnectCause", "s", CHANGES),
    PROPERTY("ProviderCause", "s", CHANGES),
    PROPERTY("Privilege", "s", CHANGES),
    PROPERTY("Features", "as", CHANGES),
    PROPERTY("Origin", "s", CHANGES),
    PROPERTY("Reason", "s", CHANGES),
    PROPERTY("Direction", "s", CHANGES),
    PROPERTY("MediaMode", "s", CHANGES),
    PROPERTY("Emergency", "b", CHANGES),
    PROPERTY("Encrypted", "b", CHANGES),
    PROPERTY("Muted", "b", CHANGES),
    PROPERTY("Caller", "(sss)", CHANGES),
    PROPERTY("Called", "(sss)", CHANGES),
    PROPERTY("Connected", "(sss)", CHANGES),
    PROPERTY("Redirecting", "(sss)", CHANGES),
    PROPERTY("Redirection", "(sss)", CHANGES),
    PROPERTY("CalledParty", "s", CHANGES),
    PROPERTY("Comment", "s", CHANGES),
    PROPERTY("Owners", "u", CHANGES),
    PROPERTY("OwnerApps", "as", CHANGES),
    PROPERTY("Monitors", "u", 0),
    PROPERTY("MediaStats", "a{sv}", 0),
    PROPERTY("AudioDevice", "s", CHANGES),
    PROPERTY("Conference", "o", CHANGES),
    PROPERTY("CallData", "ay", CHANGES),
    PROPERTY("AppData", "a{sv}", CHANGES),
    PROPERTY("UserUserInfo", "ay", CHANGES),
    PROPERTY("CreatedTimestamp", "t", CHANGES),
    PROPERTY("ConnectedTimestamp", "t", CHANGES),
    PROPERTY("EndedTimestamp", "t", CHANGES),
    PROPERTY("StateTimestamp", "t", CHANGES),
    PROPERTY("Sequence", "t", CHANGES),
    SD_BUS_VTABLE_END,
};

int call_object_register(Bus *bus) {
    int r;

    r = sd_bus_add_fallback_vtable(bus_connection(bus), NULL, CALLBUS_CLIENT_PATH, CALLBUS_CALL_INTERFACE, call_vtable, find,
                                   bus);
    if (r < 0)
        return r;
    return sd_bus_add_node_enumerator(bus_connection(bus), NULL, CALLBUS_CLIENT_PATH, enumerate, bus);
}
