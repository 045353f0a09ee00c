/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Call: a call as one client sees it. */
#include "interfaces/call-object.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "interfaces/call-methods.h"
#include "interfaces/call-properties.h"
#include "interfaces/names.h"
#include "interfaces/path.h"
#include "interfaces/reply.h"
#include "service/call.h"
#include "service/line-policy.h"

/* ---- Finding ---- */

static Handle *find_of(const char *path, const Peer *peer) {
    char client[PATH_SIZE];
    uint64_t epoch, number;

    if (!peer || !parse_handle_path(path, client, &epoch, &number) || strcmp(client, peer_path_name(peer)) != 0)
        return NULL;
    return find_numbered_handle(peer_client(peer), epoch, number);
}

Handle *call_object_find(Bus *bus, const char *path, sd_bus_message *m) {
    return find_of(path, peer_of_sender(bus, m));
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
    handle = find_of(sd_bus_message_get_path(m), peer);
    if (!handle)
        return 0;
    r = answer_get(peer, m, handle);
    if (r > 0)
        return r;
    /* No such property, or no memory: sd-bus knows the error. */
    sd_bus_message_rewind(m, true);
    return 0;
}

/* With --debug the same user, and root, may look at what others hold, but not touch it. */
static bool may_look(Bus *bus, sd_bus_message *m, const Peer *peer) {
    const char *interface = sd_bus_message_get_interface(m);

    if (!bus_is_debug(bus) || !peer || !interface)
        return false;
    if (peer_uid(peer) != getuid() && peer_uid(peer) != 0)
        return false;
    return strcmp(interface, DBUS_PROPERTIES_INTERFACE) == 0 || strcmp(interface, DBUS_INTROSPECTABLE_INTERFACE) == 0;
}

/* Whose line it may not use it may not look at either. */
static bool is_of_usable_line(const Handle *handle, const Peer *reader) {
    return line_is_for(call_line(handle_call(handle)), peer_client(reader));
}

static Handle *find_foreign_of(const Peer *peer, uint64_t epoch, uint64_t number, const Peer *reader) {
    Handle *handle = peer_client(peer) ? find_numbered_handle(peer_client(peer), epoch, number) : NULL;

    return handle && is_of_usable_line(handle, reader) ? handle : NULL;
}

static Handle *find_foreign(Bus *bus, const char *path, const Peer *reader) {
    char client[PATH_SIZE];
    uint64_t epoch, number;
    GHashTableIter iter;
    void *peer;

    if (!parse_handle_path(path, client, &epoch, &number))
        return NULL;
    g_hash_table_iter_init(&iter, bus_peers(bus));
    while (g_hash_table_iter_next(&iter, NULL, &peer))
        if (strcmp(peer_path_name(peer), client) == 0)
            return find_foreign_of(peer, epoch, number, reader);
    return NULL;
}

static int find(sd_bus *connection, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error) {
    Bus *bus = userdata;
    sd_bus_message *m = sd_bus_get_current_message(connection);
    const Peer *peer = m ? peer_of_sender(bus, m) : NULL;
    Handle *handle = find_of(path, peer);

    if (!handle && m && may_look(bus, m, peer))
        handle = find_foreign(bus, path, peer);
    *ret_found = handle;
    return handle ? 1 : 0;
}

static void append_paths(GPtrArray *paths, const Peer *peer, const Peer *reader) {
    g_autoptr(GPtrArray) handles = peer_client(peer) ? client_list_handles(peer_client(peer)) : g_ptr_array_new();
    char path[PATH_SIZE];

    for (unsigned i = 0; i < handles->len; i++)
        if (is_of_usable_line(g_ptr_array_index(handles, i), reader))
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
            append_paths(paths, other, peer);
    } else if (peer) {
        append_paths(paths, peer, peer);
    }
    *ret_nodes = take_paths(paths);
    return *ret_nodes ? 0 : -ENOMEM;
}

#define METHOD(name, in, in_names, handler) METHOD_WITH_RESULT(name, in, in_names, "", "", handler)
#define METHOD_WITH_RESULT(name, in, in_names, out, out_names, handler) \
    SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names, on_call_##handler, SD_BUS_VTABLE_UNPRIVILEGED)
#define PROPERTY(name, type, flags) SD_BUS_PROPERTY(name, type, call_property_get, 0, flags)
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

const sd_bus_vtable call_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD("Accept", "", "", accept),
    METHOD("Answer", "", "", answer),
    METHOD("Redirect", "s", SD_BUS_PARAM(address), redirect),
    METHOD("Drop", "a{sv}", SD_BUS_PARAM(options), drop),
    METHOD("Hold", "", "", hold),
    METHOD("Unhold", "", "", unhold),
    METHOD("SwapHold", "o", SD_BUS_PARAM(held), swap_hold),
    METHOD("BlindTransfer", "s", SD_BUS_PARAM(address), blind_transfer),
    METHOD_WITH_RESULT("SetupTransfer", "sa{sv}", SD_BUS_PARAM(address) SD_BUS_PARAM(params),
                       "o", SD_BUS_PARAM(consultation), setup_transfer),
    METHOD_WITH_RESULT("CompleteTransfer", "os", SD_BUS_PARAM(consultation) SD_BUS_PARAM(mode),
                       "o", SD_BUS_PARAM(conference), complete_transfer),
    METHOD_WITH_RESULT("SetupConference", "sa{sv}", SD_BUS_PARAM(address) SD_BUS_PARAM(params),
                       "oo", SD_BUS_PARAM(conference) SD_BUS_PARAM(consultation), setup_conference),
    METHOD_WITH_RESULT("PrepareAddToConference", "sa{sv}", SD_BUS_PARAM(address) SD_BUS_PARAM(params),
                       "o", SD_BUS_PARAM(consultation), prepare_add_to_conference),
    METHOD("AddToConference", "o", SD_BUS_PARAM(call), add_to_conference),
    METHOD("RemoveFromConference", "", "", remove_from_conference),
    METHOD_WITH_RESULT("GetConferenceCalls", "", "", "ao", SD_BUS_PARAM(calls), get_conference_calls),
    METHOD_WITH_RESULT("Park", "s", SD_BUS_PARAM(address), "s", SD_BUS_PARAM(place), park),
    METHOD_WITH_RESULT("CompleteCall", "s", SD_BUS_PARAM(mode), "s", SD_BUS_PARAM(completion_id), complete_call),
    METHOD("DialDigits", "s", SD_BUS_PARAM(digits), dial_digits),
    METHOD("SendDigits", "sa{sv}", SD_BUS_PARAM(digits) SD_BUS_PARAM(options), send_digits),
    METHOD("MonitorDigits", "b", SD_BUS_PARAM(enable), monitor_digits),
    METHOD("GatherDigits", "usuu",
           SD_BUS_PARAM(max) SD_BUS_PARAM(terminators) SD_BUS_PARAM(first_ms) SD_BUS_PARAM(inter_ms), gather_digits),
    METHOD("SendTone", "su", SD_BUS_PARAM(tone) SD_BUS_PARAM(ms), send_tone),
    METHOD("Handoff", "s", SD_BUS_PARAM(target), handoff),
    METHOD("SetPrivilege", "s", SD_BUS_PARAM(privilege), set_privilege),
    METHOD("SetOnOwnerLost", "s", SD_BUS_PARAM(on_owner_lost), set_on_owner_lost),
    METHOD("SetMediaMode", "s", SD_BUS_PARAM(media_mode), set_media_mode),
    METHOD("SetCallData", "ay", SD_BUS_PARAM(data), set_call_data),
    METHOD("SetAppData", "a{sv}", SD_BUS_PARAM(data), set_app_data),
    METHOD("SendUserUserInfo", "ay", SD_BUS_PARAM(data), send_user_user_info),
    METHOD("Mute", "b", SD_BUS_PARAM(mute), mute),
    METHOD("SetAudioDevice", "s", SD_BUS_PARAM(device), set_audio_device),
    METHOD("SetVolume", "u", SD_BUS_PARAM(volume), set_volume),
    METHOD("Secure", "", "", secure),
    METHOD("Release", "", "", release),
    SD_BUS_SIGNAL_WITH_NAMES("DigitReceived", "st", SD_BUS_PARAM(digit) SD_BUS_PARAM(usec), 0),
    SD_BUS_SIGNAL_WITH_NAMES("DigitsSent", "s", SD_BUS_PARAM(outcome), 0),
    SD_BUS_SIGNAL_WITH_NAMES("DigitsGathered", "ss", SD_BUS_PARAM(digits) SD_BUS_PARAM(reason), 0),
    SD_BUS_SIGNAL_WITH_NAMES("ToneSent", "s", SD_BUS_PARAM(outcome), 0),
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
    PROPERTY("Volume", "u", CHANGES),
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
