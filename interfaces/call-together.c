/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of a call: transfer and conference. */
#include "interfaces/call-methods.h"
#include "interfaces/dial-order.h"
#include "interfaces/reply.h"
#include "service/conference.h"
#include "service/transfer.h"

/* One that dials somebody to talk to about the call. */
static int begin_consultation(sd_bus_message *m, Handle *handle,
                              Refusal *(*operation)(Handle *handle, const DialOrder *order, Done done),
                              Done (*reply)(Peer *, sd_bus_message *)) {
    Peer *peer = call_peer(handle);
    DialOrder order = {};
    Done done;
    int r;

    r = dial_order_read(peer, m, DIAL_ORDER_CONSULTATION, &order);
    if (r != 0)
        return r;
    done = reply(peer, m);
    return reply_begun(peer, m, done, operation(handle, &order, done));
}

/* ---- Transfer ---- */

int on_call_blind_transfer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_text(m, userdata, handle_blind_transfer, reply_done);
}

int on_call_setup_transfer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin_consultation(m, userdata, handle_setup_transfer, reply_done_with_handle);
}

int on_call_complete_transfer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    const char *path = NULL, *name = NULL;
    Handle *consultation = NULL;
    TransferMode mode;
    Done done;
    int r;

    r = sd_bus_message_read(m, "os", &path, &name);
    if (r < 0)
        return r;
    mode = transfer_mode_from_string(name);
    if ((int) mode < 0)
        return reply_invalid(peer, m, "Unknown mode '%s': use \"transfer\" or \"conference\"", name);
    r = call_find_argument(peer, m, path, &consultation);
    if (r != 0)
        return r;
    done = reply_done_with_handle_or_none(peer, m);
    return reply_begun(peer, m, done, handle_complete_transfer(userdata, consultation, mode, done));
}

/* ---- Conference ---- */

int on_call_setup_conference(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin_consultation(m, userdata, handle_setup_conference, reply_done_with_two_handles);
}

int on_call_prepare_add_to_conference(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return begin_consultation(m, userdata, handle_prepare_add_to_conference, reply_done_with_handle);
}

int on_call_add_to_conference(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_with(m, userdata, handle_add_to_conference);
}

int on_call_remove_from_conference(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin(m, userdata, handle_remove_from_conference);
}

/* The reply first, then InterfacesAdded for each new handle. */
int on_call_get_conference_calls(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    g_autoptr(GPtrArray) handles = NULL;
    Refusal *refusal = handle_get_conference_calls(userdata, &handles);

    return refusal ? reply_now(peer, m, refusal) : reply_handles(peer, m, handles);
}
