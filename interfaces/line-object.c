/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Line: a telephone line, seen by all who may use it. */
#include "interfaces/line-object.h"

#include <errno.h>
#include <string.h>

#include "interfaces/dial-order.h"
#include "interfaces/forward-rules.h"
#include "interfaces/line-properties.h"
#include "interfaces/names.h"
#include "interfaces/options.h"
#include "interfaces/path.h"
#include "interfaces/peer.h"
#include "interfaces/reply.h"
#include "service/completion.h"
#include "service/conference.h"
#include "service/pickup.h"

static Peer *caller(const Line *line, sd_bus_message *m) {
    return peer_of_sender(bus_of(line_manager(line)), m);
}

/* ---- Open ---- */

enum { NAMED_MODES_MAX = 64 }; /* who names one twice means no harm; a million take long */

typedef struct OpenArguments {
    const char *app_id;
    int offer;
    const char *on_owner_lost;
} OpenArguments;

static const Option open_arguments[] = {
    { "app-id", "s", offsetof(OpenArguments, app_id) },
    { "offer", "b", offsetof(OpenArguments, offer) },
    { "on-owner-lost", "s", offsetof(OpenArguments, on_owner_lost) },
};

/* Reads media modes; the name of one that is unknown in *ret_unknown. -E2BIG: there are too many. */
static int read_media_modes(sd_bus_message *m, uint32_t *ret, const char **ret_unknown) {
    const char *name = NULL;
    uint32_t modes = 0;
    unsigned n = 0;
    int r;

    r = sd_bus_message_enter_container(m, 'a', "s");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_read_basic(m, 's', &name)) > 0) {
        MediaMode mode = media_mode_from_string(name);

        if ((int) mode < 0) {
            *ret_unknown = name;
            return -EINVAL;
        }
        if (++n > NAMED_MODES_MAX)
            return -E2BIG;
        modes |= MEDIA_BIT(mode);
    }
    if (r < 0)
        return r;
    *ret = modes ?: MEDIA_BIT(MEDIA_INTERACTIVE_VOICE);
    return sd_bus_message_exit_container(m);
}

/* 1: checked, go on. Else what the handler is to return: refused, or waiting for the bus. */
static int check_app_id(Peer *peer, sd_bus_message *m, const char *app_id) {
    const char *owner = NULL;
    int r;

    if (!app_id || !*app_id)
        return 1;
    if (app_id[0] == ':' || !sd_bus_service_name_is_valid(app_id)) {
        reply_invalid(peer, m, "'%s' is no app id: use a well-known bus name that you own", app_id);
        return 0;
    }
    r = peer_resolve(peer, m, app_id, &owner);
    if (r <= 0)
        return r;
    if (strcmp(owner, peer_name(peer)) == 0)
        return 1;
    reply_now(peer, m, refuse(REFUSAL_ACCESS_DENIED, "You don't own the name '%s': request it on the bus first", app_id));
    return 0;
}

static int on_open(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    OpenArguments arguments = { .offer = true, .on_owner_lost = "drop" };
    OpenOptions options = {};
    const char *privilege = NULL, *unknown = NULL;
    g_autofree char *why = NULL;
    int r;

    r = sd_bus_message_read(m, "s", &privilege);
    if (r < 0)
        return r;
    r = read_media_modes(m, &options.media_modes, &unknown);
    if (r == -E2BIG)
        return reply_invalid(peer, m, "These are more than %d media modes: name each once", NAMED_MODES_MAX);
    if (r < 0)
        return unknown ? reply_invalid(peer, m, "Unknown media mode '%s': see the line's MediaModes", unknown) : r;
    if (options_read(m, open_arguments, G_N_ELEMENTS(open_arguments), &arguments, &why) < 0)
        return reply_invalid(peer, m, "%s", why);

    options.privilege = open_privilege_from_string(privilege);
    options.offer = arguments.offer;
    options.app_id = arguments.app_id;
    options.on_owner_lost = on_owner_lost_from_string(arguments.on_owner_lost);
    if ((int) options.on_owner_lost < 0)
        return reply_invalid(peer, m, "on-owner-lost is '%s': use \"drop\" or \"keep\"", arguments.on_owner_lost);
    if ((int) options.privilege < 0)
        return reply_now(peer, m, refuse(REFUSAL_INVALID_PRIVILEGE,
                                         "'%s' is no privilege of a line: use none, monitor, owner or owner+monitor",
                                         privilege));
    r = check_app_id(peer, m, arguments.app_id);
    if (r <= 0)
        return r < 0 ? r : 1;
    return reply_now(peer, m, line_open(userdata, peer_client(peer), &options));
}

/* What changes of the line is told before the reply, InterfacesRemoved for each handle after it. */
static int on_close(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    Open *open = NULL;
    Refusal *refusal = line_find_open(userdata, peer_client(peer), &open);
    int r;

    if (open)
        open_begin_close(open);
    r = reply_now(peer, m, refusal);
    open_close(open);
    return r;
}

/* ---- Calls that are made ---- */

static int on_dial(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    DialOrder order = {};
    Done done;
    int r;

    r = dial_order_read(peer, m, DIAL_ORDER_CALL, &order);
    if (r != 0)
        return r;
    done = reply_done_with_handle(peer, m);
    return reply_begun(peer, m, done, line_dial(userdata, peer_client(peer), &order, done));
}

static int on_setup_conference(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    DialOrder order = {};
    Done done;
    int r;

    r = dial_order_read(peer, m, DIAL_ORDER_LINE_CONFERENCE, &order);
    if (r != 0)
        return r;
    done = reply_done_with_two_handles(peer, m);
    return reply_begun(peer, m, done, line_setup_conference(userdata, peer_client(peer), &order, done));
}

/* ---- Calls that are there already ---- */

/* The reply first, then InterfacesAdded for each handle. */
static int on_get_new_calls(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    g_autoptr(GPtrArray) handles = NULL;
    Refusal *refusal = line_get_new_calls(userdata, peer_client(peer), &handles);

    return refusal ? reply_now(peer, m, refusal) : reply_handles(peer, m, handles);
}

static int on_pickup(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    const char *address = NULL, *group = NULL;
    Done done;
    int r;

    r = sd_bus_message_read(m, "ss", &address, &group);
    if (r < 0)
        return r;
    done = reply_done_with_handle(peer, m);
    return reply_begun(peer, m, done, line_pickup(userdata, peer_client(peer), address, group, done));
}

static int on_unpark(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    const char *address = NULL;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 's', &address);
    if (r < 0)
        return r;
    done = reply_done_with_handle(peer, m);
    return reply_begun(peer, m, done, line_unpark(userdata, peer_client(peer), address, done));
}

/* ---- Calls that are to come ---- */

static int on_forward(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    g_autoptr(GArray) rules = NULL;
    g_autofree char *why = NULL;
    Done done;
    int r;

    r = forward_rules_read(m, &rules, &why);
    if (r < 0)
        return why ? reply_invalid(peer, m, "%s", why) : r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done,
                       line_forward(userdata, peer_client(peer), (const ForwardRule *) rules->data, rules->len, done));
}

static int on_cancel_completion(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    const char *completion_id = NULL;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 's', &completion_id);
    if (r < 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, line_cancel_completion(userdata, peer_client(peer), completion_id, done));
}

/* Who else is there. */
static int on_list_apps(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = caller(userdata, m);
    g_autoptr(GPtrArray) apps = NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    Refusal *refusal = line_list_apps(userdata, peer_client(peer), &apps);
    int r;

    if (refusal)
        return reply_now(peer, m, refusal);
    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = sd_bus_message_append_strv(reply, (char **) apps->pdata);
    return r < 0 ? r : reply_message(peer, reply, UINT64_C(64) * apps->len);
}

/* ---- Finding ---- */

static bool is_for(const Line *line, const Peer *peer) {
    return peer && peer_client(peer) && line_is_for(line, peer_client(peer));
}

Line *line_find_for(const Peer *peer, const char *name) {
    Line *line = peer ? manager_find_line(bus_manager(peer_bus(peer)), name) : NULL;

    return line && is_for(line, peer) ? line : NULL;
}

Line *line_object_find(const Peer *peer, const char *path) {
    const size_t prefix = strlen(CALLBUS_LINE_PATH "/");

    return strncmp(path, CALLBUS_LINE_PATH "/", prefix) == 0 ? line_find_for(peer, path + prefix) : NULL;
}

/* Who asks, while something is asked. */
static const Peer *asker(sd_bus *connection, Bus *bus) {
    sd_bus_message *m = sd_bus_get_current_message(connection);

    return m ? peer_of_sender(bus, m) : NULL;
}

static int find(sd_bus *connection, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error) {
    Line *line = line_object_find(asker(connection, userdata), path);

    *ret_found = line;
    return line ? 1 : 0;
}

static int enumerate(sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
    const Peer *peer = asker(connection, userdata);
    GQueue *lines = manager_lines(bus_manager(userdata));
    char **paths = calloc(lines->length + 1, sizeof(char *));
    char path[PATH_SIZE];
    size_t n = 0;

    if (!paths)
        return -ENOMEM;
    for (GList *i = lines->head; i; i = i->next)
        if (is_for(i->data, peer))
            paths[n++] = strdup(line_path(i->data, path));
    *ret_nodes = paths;
    return 0;
}

#define METHOD(name, in, in_names, out, out_names, handler) \
    SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names, handler, SD_BUS_VTABLE_UNPRIVILEGED)
#define PROPERTY(name, type, flags) SD_BUS_PROPERTY(name, type, line_property_get, 0, flags)
#define FIXED SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

const sd_bus_vtable line_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD("Open", "sasa{sv}", SD_BUS_PARAM(privilege) SD_BUS_PARAM(media_modes) SD_BUS_PARAM(options), "", "", on_open),
    METHOD("Close", "", "", "", "", on_close),
    METHOD("Dial", "sa{sv}", SD_BUS_PARAM(address) SD_BUS_PARAM(params), "o", SD_BUS_PARAM(call), on_dial),
    METHOD("GetNewCalls", "", "", "ao", SD_BUS_PARAM(calls), on_get_new_calls),
    METHOD("ListApps", "", "", "as", SD_BUS_PARAM(app_ids), on_list_apps),
    METHOD("SetupConference", "a{sv}", SD_BUS_PARAM(params), "oo", SD_BUS_PARAM(conference) SD_BUS_PARAM(consultation),
           on_setup_conference),
    METHOD("Pickup", "ss", SD_BUS_PARAM(address) SD_BUS_PARAM(group), "o", SD_BUS_PARAM(call), on_pickup),
    METHOD("Unpark", "s", SD_BUS_PARAM(address), "o", SD_BUS_PARAM(call), on_unpark),
    METHOD("Forward", "a(sssu)", SD_BUS_PARAM(rules), "", "", on_forward),
    METHOD("CancelCompletion", "s", SD_BUS_PARAM(completion_id), "", "", on_cancel_completion),
    SD_BUS_SIGNAL_WITH_NAMES("Closed", "s", SD_BUS_PARAM(reason), 0),
    SD_BUS_SIGNAL_WITH_NAMES("Rang", "su", SD_BUS_PARAM(mode) SD_BUS_PARAM(count), 0),
    PROPERTY("Name", "s", FIXED),
    PROPERTY("Label", "s", CHANGES),
    PROPERTY("Provider", "s", FIXED),
    PROPERTY("Addresses", "as", CHANGES),
    PROPERTY("State", "s", CHANGES),
    PROPERTY("StateReason", "s", CHANGES),
    PROPERTY("MediaModes", "as", CHANGES),
    PROPERTY("Capabilities", "as", CHANGES),
    PROPERTY("MaxActiveCalls", "u", CHANGES),
    PROPERTY("MaxHeldCalls", "u", CHANGES),
    PROPERTY("MaxConferenceParties", "u", CHANGES),
    PROPERTY("AnswerMode", "s", CHANGES),
    PROPERTY("CloseDrop", "b", CHANGES),
    PROPERTY("Forwarding", "a(sssu)", CHANGES),
    PROPERTY("MessagesWaiting", "u", CHANGES),
    PROPERTY("EmergencyNumbers", "as", CHANGES),
    PROPERTY("ActiveCalls", "u", 0),
    PROPERTY("HeldCalls", "u", 0),
    PROPERTY("Opens", "u", 0),
    SD_BUS_VTABLE_END,
};

int line_object_register(Bus *bus) {
    int r;

    r = sd_bus_add_fallback_vtable(bus_connection(bus), NULL, CALLBUS_LINE_PATH, CALLBUS_LINE_INTERFACE, line_vtable, find,
                                   bus);
    if (r < 0)
        return r;
    return sd_bus_add_node_enumerator(bus_connection(bus), NULL, CALLBUS_LINE_PATH, enumerate, bus);
}
