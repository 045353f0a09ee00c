/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals, built by hand. */
#include "interfaces/emit.h"

#include <string.h>

#include "interfaces/call-properties.h"
#include "interfaces/held.h"
#include "interfaces/line-properties.h"
#include "interfaces/names.h"
#include "interfaces/path.h"
#include "service/crash-point.h"
#include "service/log.h"

enum {
    HEADER_SIZE = 224, /* about what every signal of ours takes, path and names included */
    BROADCAST_MS = 200,
};

static void warn(const char *member, int r) {
    bus_check_memory(r);
    if (r < 0 && !bus_is_gone(r))
        log_warning("event: signal-failed, member: %s, error: %s", member, g_strerror(-r));
}

/* ---- How the standard signals begin, or are whole ---- */

static int new_interfaces_added(Bus *bus, const char *path, sd_bus_message **ret) {
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), ret, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded");
    return r < 0 ? r : sd_bus_message_append_basic(*ret, 'o', path);
}

static int new_interfaces_removed(Bus *bus, const char *path, const char *interface, sd_bus_message **ret) {
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), ret, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE,
                                  "InterfacesRemoved");
    return r < 0 ? r : sd_bus_message_append(*ret, "oas", path, 1, interface);
}

static int new_properties_changed(Bus *bus, const char *path, const char *interface, sd_bus_message **ret) {
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), ret, path, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged");
    return r < 0 ? r : sd_bus_message_append_basic(*ret, 's', interface);
}

/* No property is only invalidated. */
static int end_properties_changed(sd_bus_message *m) {
    return sd_bus_message_append(m, "as", 0);
}

/* ---- Handles ---- */

int emit_append_handle(sd_bus_message *m, const Handle *handle) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'e', "sa{sv}");
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', CALLBUS_CALL_INTERFACE);
    if (r >= 0)
        r = call_properties_append(m, handle, CALL_PROPERTIES_ALL);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static void on_handle_added(Handle *handle, void *userdata) {
    Bus *bus = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    char path[PATH_SIZE];
    int r;

    r = new_interfaces_added(bus, handle_path(handle, path), &m);
    if (r >= 0)
        r = emit_append_handle(m, handle);
    if (r >= 0)
        peer_send_signal(peer_of_client(handle_client(handle)), m,
                         HEADER_SIZE + call_properties_size(handle, CALL_PROPERTIES_ALL));
    warn("InterfacesAdded", r);
}

static void on_handle_removed(Client *client, uint64_t epoch, uint64_t number, void *userdata) {
    Bus *bus = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    char path[PATH_SIZE];
    int r;

    r = new_interfaces_removed(bus, handle_number_path(client, epoch, number, path), CALLBUS_CALL_INTERFACE, &m);
    if (r >= 0)
        peer_send_signal(peer_of_client(client), m, HEADER_SIZE + 64);
    warn("InterfacesRemoved", r);
}

static void on_handle_changed(Handle *handle, uint64_t properties, void *userdata) {
    Bus *bus = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    char path[PATH_SIZE];
    int r;

    r = new_properties_changed(bus, handle_path(handle, path), CALLBUS_CALL_INTERFACE, &m);
    if (r >= 0)
        r = call_properties_append(m, handle, properties);
    if (r >= 0)
        r = end_properties_changed(m);
    if (r >= 0)
        peer_send_signal(peer_of_client(handle_client(handle)), m, HEADER_SIZE + call_properties_size(handle, properties));
    warn("PropertiesChanged", r);
}

static int new_call_signal(Bus *bus, Handle *handle, const char *member, sd_bus_message **ret) {
    char path[PATH_SIZE];

    return sd_bus_message_new_signal(bus_connection(bus), ret, handle_path(handle, path), CALLBUS_CALL_INTERFACE, member);
}

static void on_digit_received(Handle *handle, char digit, uint64_t usec, void *userdata) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = new_call_signal(userdata, handle, "DigitReceived", &m);
    if (r >= 0)
        r = sd_bus_message_append(m, "st", ((char[]) { digit, '\0' }), usec);
    if (r >= 0)
        peer_send_signal(peer_of_client(handle_client(handle)), m, HEADER_SIZE);
    warn("DigitReceived", r);
}

static void tell_outcome(Bus *bus, Handle *handle, const char *member, DigitsOutcome outcome) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = new_call_signal(bus, handle, member, &m);
    if (r >= 0)
        r = sd_bus_message_append(m, "s", digits_outcome_to_string(outcome));
    if (r >= 0)
        peer_send_signal(peer_of_client(handle_client(handle)), m, HEADER_SIZE);
    warn(member, r);
}

static void on_digits_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    tell_outcome(userdata, handle, "DigitsSent", outcome);
}

static void on_tone_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    tell_outcome(userdata, handle, "ToneSent", outcome);
}

static void on_digits_gathered(Handle *handle, const char *digits, GatherReason reason, void *userdata) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = new_call_signal(userdata, handle, "DigitsGathered", &m);
    if (r >= 0)
        r = sd_bus_message_append(m, "ss", digits, gather_reason_to_string(reason));
    if (r >= 0)
        peer_send_signal(peer_of_client(handle_client(handle)), m, HEADER_SIZE + strlen(digits));
    warn("DigitsGathered", r);
}

/* ---- Clients ---- */

void emit_events_lost(Peer *peer, uint64_t count) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_message_new_signal(bus_connection(peer_bus(peer)), &m, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "EventsLost");
    if (r >= 0)
        r = sd_bus_message_append(m, "t", count);
    if (r >= 0)
        peer_send_signal(peer, m, HEADER_SIZE);
    warn("EventsLost", r);
}

void emit_resumed(Peer *peer) {
    Bus *bus = peer_bus(peer);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), &m, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "Resumed");
    if (r >= 0)
        r = sd_bus_message_append(m, "t", manager_epoch(bus_manager(bus)));
    crash_point("bus:resumed");
    if (r >= 0)
        peer_send_signal(peer, m, HEADER_SIZE);
    warn("Resumed", r);
}

static void on_events_lost(Client *client, uint64_t count, void *userdata) {
    emit_events_lost(peer_of_client(client), count);
}

/* What was said of the call, but for what is as usual. */
static int append_wish(sd_bus_message *m, const CallWish *wish) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0)
        r = sd_bus_message_append(m, "{sv}", "media-mode", "s", media_mode_to_string(wish->media_mode));
    if (r >= 0 && wish->called_party)
        r = sd_bus_message_append(m, "{sv}", "called-party", "s", wish->called_party);
    if (r >= 0 && wish->comment)
        r = sd_bus_message_append(m, "{sv}", "comment", "s", wish->comment);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static void on_call_requested(Client *client, const CallWish *wish, void *userdata) {
    Bus *bus = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), &m, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "CallRequested");
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', wish->address);
    if (r >= 0)
        r = append_wish(m, wish);
    if (r >= 0)
        peer_send_signal(peer_of_client(client), m, HEADER_SIZE + 3 * TEXT_MAX);
    warn("CallRequested", r);
}

/* ---- Lines ---- */

static void on_line_closed(Client *client, Line *line, const char *reason, void *userdata) {
    Bus *bus = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), &m, line_path(line, path), CALLBUS_LINE_INTERFACE, "Closed");
    if (r >= 0)
        r = sd_bus_message_append(m, "s", reason);
    if (r >= 0)
        peer_send_signal(peer_of_client(client), m, HEADER_SIZE + 64);
    warn("Closed", r);
}

static void on_line_rang(Client *client, Line *line, const char *mode, unsigned count, void *userdata) {
    Bus *bus = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_new_signal(bus_connection(bus), &m, line_path(line, path), CALLBUS_LINE_INTERFACE, "Rang");
    if (r >= 0)
        r = sd_bus_message_append(m, "su", mode, count);
    if (r >= 0)
        peer_send_signal(peer_of_client(client), m, HEADER_SIZE);
    warn("Rang", r);
}

int emit_append_line(sd_bus_message *m, Line *line, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'e', "sa{sv}");
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', CALLBUS_LINE_INTERFACE);
    if (r >= 0)
        r = line_properties_append_all(m, line, reader);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Nothing of a call is in what is said to all. */
static void broadcast(Bus *bus, sd_bus_message *m, const char *member, int r) {
    warn(member, r);
    if (r >= 0)
        held_send(bus, m);
}

/* Makes the signal that is the same for all. */
typedef int (*NewLineSignal)(Bus *bus, Line *line, unsigned properties, sd_bus_message **ret);

/* A line that is not for everybody is a secret to the others: those who may know of it are told one by one. */
static void tell_entitled(Bus *bus, Line *line, unsigned properties, const char *member, NewLineSignal new_signal) {
    GHashTableIter iter;
    void *peer;

    g_hash_table_iter_init(&iter, bus_peers(bus));
    while (g_hash_table_iter_next(&iter, NULL, &peer)) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        if (!peer_client(peer) || !line_is_for(line, peer_client(peer)))
            continue;
        r = new_signal(bus, line, properties, &m);
        if (r >= 0)
            peer_send_signal(peer, m, HEADER_SIZE + line_properties_size(line, /* reader= */ NULL));
        warn(member, r);
    }
}

static void tell_of_line(Bus *bus, Line *line, unsigned properties, const char *member, NewLineSignal new_signal) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    /* Nobody was told of lines yet, and who was, before, asks again. */
    if (!bus_is_serving(bus))
        return;
    if (!line_is_for_all(line)) {
        tell_entitled(bus, line, properties, member, new_signal);
        return;
    }
    r = new_signal(bus, line, properties, &m);
    broadcast(bus, m, member, r);
}

static int new_line_added(Bus *bus, Line *line, unsigned properties, sd_bus_message **ret) {
    char path[PATH_SIZE];
    int r;

    r = new_interfaces_added(bus, line_path(line, path), ret);
    return r < 0 ? r : emit_append_line(*ret, line, /* reader= */ NULL);
}

static void on_line_added(Line *line, void *userdata) {
    tell_of_line(userdata, line, /* properties= */ 0, "InterfacesAdded", new_line_added);
}

static int new_line_removed(Bus *bus, Line *line, unsigned properties, sd_bus_message **ret) {
    char path[PATH_SIZE];

    return new_interfaces_removed(bus, line_path(line, path), CALLBUS_LINE_INTERFACE, ret);
}

static void on_line_removed(Line *line, void *userdata) {
    tell_of_line(userdata, line, /* properties= */ 0, "InterfacesRemoved", new_line_removed);
}

static int new_line_changed_for(Bus *bus, Line *line, unsigned properties, const Client *reader, sd_bus_message **ret) {
    char path[PATH_SIZE];
    int r;

    r = new_properties_changed(bus, line_path(line, path), CALLBUS_LINE_INTERFACE, ret);
    if (r >= 0)
        r = line_properties_append_changed(*ret, line, properties, reader);
    return r < 0 ? r : end_properties_changed(*ret);
}

static int new_line_changed(Bus *bus, Line *line, unsigned properties, sd_bus_message **ret) {
    return new_line_changed_for(bus, line, properties, /* reader= */ NULL, ret);
}

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
    tell_of_line(userdata, line, properties, "PropertiesChanged", new_line_changed);
}

static void on_line_changed_for(Client *client, Line *line, unsigned properties, void *userdata) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = new_line_changed_for(userdata, line, properties, client, &m);

    if (r >= 0)
        peer_send_signal(peer_of_client(client), m, HEADER_SIZE + line_properties_size(line, client));
    warn("PropertiesChanged", r);
}

/* ---- The manager ----
 *
 * Whether there is a call flips with every call; those who pause their music want to know at once, but not ten thousand
 * times a second. The first change is told at once, later ones when BROADCAST_MS have passed. */

static int append_flag(sd_bus_message *m, const char *name, bool value, bool old) {
    return value == old ? 0 : sd_bus_message_append(m, "{sv}", name, "b", (int) value);
}

static bool tell_flags(Bus *bus) {
    ToldFlags *told = bus_told_flags(bus);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    bool in_call = manager_in_call(bus_manager(bus)), ringing = manager_ringing(bus_manager(bus));
    int r;

    if (in_call == told->in_call && ringing == told->ringing)
        return false;
    r = new_properties_changed(bus, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, &m);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0)
        r = append_flag(m, "InCall", in_call, told->in_call);
    if (r >= 0)
        r = append_flag(m, "Ringing", ringing, told->ringing);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    if (r >= 0)
        r = end_properties_changed(m);
    broadcast(bus, m, "PropertiesChanged", r);
    told->in_call = in_call;
    told->ringing = ringing;
    return true;
}

static gboolean on_broadcast_due(void *userdata) {
    if (tell_flags(userdata))
        return G_SOURCE_CONTINUE;
    bus_told_flags(userdata)->timer = 0;
    return G_SOURCE_REMOVE;
}

static void on_manager_changed(unsigned properties, void *userdata) {
    bus_told_flags(userdata)->due = true;
}

void emit_flags(Bus *bus) {
    ToldFlags *told = bus_told_flags(bus);

    if (!told->due)
        return;
    told->due = false;
    if (told->timer == 0 && tell_flags(bus))
        told->timer = g_timeout_add(BROADCAST_MS, on_broadcast_due, bus);
}

void emit_stop(Bus *bus) {
    ToldFlags *told = bus_told_flags(bus);

    if (told->timer)
        g_source_remove(told->timer);
    told->timer = 0;
}

const Observer emit_observer = {
    .handle_added = on_handle_added,
    .handle_changed = on_handle_changed,
    .handle_removed = on_handle_removed,
    .digit_received = on_digit_received,
    .digits_sent = on_digits_sent,
    .tone_sent = on_tone_sent,
    .digits_gathered = on_digits_gathered,
    .call_requested = on_call_requested,
    .events_lost = on_events_lost,
    .line_closed = on_line_closed,
    .line_rang = on_line_rang,
    .line_added = on_line_added,
    .line_changed = on_line_changed,
    .line_changed_for = on_line_changed_for,
    .line_removed = on_line_removed,
    .manager_changed = on_manager_changed,
};
