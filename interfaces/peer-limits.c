/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peer: does its user ask for more than is good for others? What is refused here costs next to nothing. */
#include <string.h>

#include "interfaces/names.h"
#include "interfaces/peer-internal.h"
#include "service/line.h"
#include "service/toll.h"

enum { REFUSAL_SIZE = 256 };

/* What is not for its user does not exist: nobody finds out by a call for help. */
static Line *find_line(const Peer *peer, const char *path) {
    const char *name = path && g_str_has_prefix(path, CALLBUS_LINE_PATH "/") ? path + strlen(CALLBUS_LINE_PATH "/") : NULL;
    Line *line = name ? manager_find_line(bus_manager(peer->bus), name) : NULL;

    return line && line_is_for_user(line, peer->uid, peer->groups) ? line : NULL;
}

/* Nothing keeps anybody from calling for help. */
static bool is_emergency(Peer *peer, sd_bus_message *m) {
    const char *member = sd_bus_message_get_member(m), *address = NULL;
    bool dials = member && strcmp(member, "Dial") == 0 && sd_bus_message_has_signature(m, "sa{sv}");
    Line *line = dials ? find_line(peer, sd_bus_message_get_path(m)) : NULL;
    bool emergency = line && sd_bus_message_read_basic(m, 's', &address) > 0 && line_is_emergency_number(line, address);

    if (line)
        sd_bus_message_rewind(m, true);
    return emergency;
}

static void answer(Peer *peer, sd_bus_message *m, const char *text) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

    if (sd_bus_message_get_expect_reply(m) > 0 &&
        sd_bus_message_new_method_errorf(m, &reply, DBUS_ERROR_LIMITS_EXCEEDED, "%s", text) >= 0)
        peer_send(peer, reply, REFUSAL_SIZE);
}

int peer_become_client(Peer *peer) {
    int r = client_new(bus_manager(peer->bus), peer->name, peer->uid, peer, &peer->client);

    if (r >= 0)
        client_set_groups(peer->client, peer->groups);
    peer->surplus = false;
    return r;
}

int peer_admit(Peer *peer) {
    /* Whoever was here before comes back. */
    _cleanup_(refusal_freep) Refusal *refusal = peer->is_saved ? NULL : user_check_client(bus_manager(peer->bus), peer->uid);

    peer->surplus = refusal != NULL;
    if (!refusal)
        return peer_become_client(peer);
    peer_refuse_waiting(peer);
    return 0;
}

/* Once another of its user is gone, or for an emergency, it is a client like any other. */
static bool refuse_surplus(Peer *peer, sd_bus_message *m) {
    _cleanup_(refusal_freep) Refusal *refusal = user_check_client(bus_manager(peer->bus), peer->uid);

    if (refusal && !is_emergency(peer, m)) {
        answer(peer, m, refusal_text(refusal));
        return true;
    }
    return peer_become_client(peer) < 0;
}

bool peer_refuse(Peer *peer, sd_bus_message *m) {
    Manager *manager = bus_manager(peer->bus);

    if (peer->surplus)
        return refuse_surplus(peer, m);
    if (!peer->client || toll_admit_message(manager, peer->uid) ||
        (is_emergency(peer, m) && toll_admit_emergency(manager, peer->uid)))
        return false;
    toll_tell(manager, peer->uid, limit_table[LIMIT_MESSAGES_PER_SECOND].key, /* line= */ NULL);
    answer(peer, m, "Your user has sent more messages than MessagesPerSecond allows: send less, and try again in a second");
    return true;
}
