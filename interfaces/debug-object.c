/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.Debug: what the network would do, done by a test. */
#include "interfaces/debug-object.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "interfaces/line-object.h"
#include "interfaces/names.h"
#include "interfaces/peer.h"
#include "interfaces/reply.h"
#include "service/provider-control.h"

/* 0: the peer may do it; else it was refused. It is for the tests of the service's own user, and for root. */
static int refuse_others(Peer *peer, sd_bus_message *m) {
    if (peer_uid(peer) == getuid() || peer_uid(peer) == 0)
        return 0;
    return reply_now(peer, m, refuse(REFUSAL_ACCESS_DENIED, "This is for root and the user that the service runs as"));
}

static bool is_plain(const char *text) {
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)))
            return false;
    return strlen(text) <= ADDRESS_MAX;
}

static int unknown_line(Peer *peer, sd_bus_message *m, const char *name) {
    return reply_invalid(peer, m, "There is no line '%s': see ListLines", name);
}

static int on_incoming(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    const char *name = NULL, *from = NULL;
    Line *line;
    Done done;
    int r;

    r = refuse_others(peer, m);
    if (r != 0)
        return r;
    r = sd_bus_message_read(m, "ss", &name, &from);
    if (r < 0)
        return r;
    if (!is_plain(from))
        return reply_invalid(peer, m, "from must be at most %d bytes without control characters", ADDRESS_MAX);
    line = line_find_for(peer, name);
    if (!line)
        return unknown_line(peer, m, name);
    done = reply_done_with_text(peer, m);
    return reply_begun(peer, m, done, line_debug_incoming(line, peer_client(peer), from, done));
}

static int on_set_line_state(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = peer_of_sender(userdata, m);
    const char *name = NULL, *state_name = NULL, *reason = NULL;
    LineState state;
    Line *line;
    Done done;
    int r;

    r = refuse_others(peer, m);
    if (r != 0)
        return r;
    r = sd_bus_message_read(m, "sss", &name, &state_name, &reason);
    if (r < 0)
        return r;
    state = line_state_from_string(state_name);
    if ((int) state < 0)
        return reply_invalid(peer, m, "Unknown line state '%s': use in-service, out-of-service or removed", state_name);
    line = line_find_for(peer, name);
    if (!line)
        return unknown_line(peer, m, name);
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, line_debug_state(line, peer_client(peer), state, reason, done));
}

const sd_bus_vtable debug_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_NAMES("Incoming", "ss", SD_BUS_PARAM(line) SD_BUS_PARAM(from), "s", SD_BUS_PARAM(call_id), on_incoming,
                             SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_NAMES("SetLineState", "sss", SD_BUS_PARAM(line) SD_BUS_PARAM(state) SD_BUS_PARAM(reason), "", ,
                             on_set_line_state, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int debug_object_register(Bus *bus) {
    return sd_bus_add_object_vtable(bus_connection(bus), NULL, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE, debug_vtable, bus);
}
