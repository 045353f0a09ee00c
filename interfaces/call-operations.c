/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of a call: what the network does with it. */
#include "interfaces/call-methods.h"
#include "interfaces/call-object.h"
#include "interfaces/options.h"
#include "interfaces/reply.h"
#include "service/completion.h"
#include "service/operations.h"
#include "service/pickup.h"

/* ---- What the files of methods share ---- */

Peer *call_peer(const Handle *handle) {
    return peer_of_client(handle_client(handle));
}

int call_begin(sd_bus_message *m, Handle *handle, CallOperation operation) {
    Peer *peer = call_peer(handle);
    Done done = reply_done(peer, m);

    return reply_begun(peer, m, done, operation(handle, done));
}

int call_begin_text(sd_bus_message *m, Handle *handle, CallTextOperation operation,
                    Done (*reply)(Peer *, sd_bus_message *)) {
    Peer *peer = call_peer(handle);
    const char *text = NULL;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 's', &text);
    if (r < 0)
        return r;
    done = reply(peer, m);
    return reply_begun(peer, m, done, operation(handle, text, done));
}

int call_find_argument(Peer *peer, sd_bus_message *m, const char *path, Handle **ret) {
    *ret = call_object_find(peer_bus(peer), path, m);
    return *ret ? 0 : reply_now(peer, m, refuse(REFUSAL_UNKNOWN_OBJECT, "Unknown object '%s'.", path));
}

int call_begin_with(sd_bus_message *m, Handle *handle, CallPairOperation operation) {
    Peer *peer = call_peer(handle);
    const char *path = NULL;
    Handle *other = NULL;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 'o', &path);
    if (r < 0)
        return r;
    r = call_find_argument(peer, m, path, &other);
    if (r != 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, operation(handle, other, done));
}

/* ---- Methods without arguments ---- */

int on_call_accept(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin(m, userdata, handle_accept);
}

int on_call_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin(m, userdata, handle_answer);
}

int on_call_hold(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin(m, userdata, handle_hold);
}

int on_call_unhold(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin(m, userdata, handle_unhold);
}

int on_call_secure(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin(m, userdata, handle_secure);
}

/* ---- Methods with arguments ---- */

int on_call_redirect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_text(m, userdata, handle_redirect, reply_done);
}

int on_call_park(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_text(m, userdata, handle_park, reply_done_with_text);
}

typedef struct DropOptions {
    const char *reason;
} DropOptions;

static const Option drop_options[] = {
    { "reason", "s", offsetof(DropOptions, reason) },
};

int on_call_drop(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
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

int on_call_swap_hold(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_with(m, userdata, handle_swap_hold);
}

int on_call_complete_call(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    const char *name = NULL;
    CompletionMode mode;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 's', &name);
    if (r < 0)
        return r;
    mode = completion_mode_from_string(name);
    if ((int) mode < 0)
        return reply_invalid(peer, m, "Unknown mode '%s': use camp-on, callback, intrude or message", name);
    done = reply_done_with_text(peer, m);
    return reply_begun(peer, m, done, handle_complete_call(userdata, mode, done));
}

int on_call_send_user_user_info(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    const void *data = NULL;
    size_t size = 0;
    Done done;
    int r;

    r = sd_bus_message_read_array(m, 'y', &data, &size);
    if (r < 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_send_user_user_info(userdata, data, size, done));
}

int on_call_mute(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    int mute = 0;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 'b', &mute);
    if (r < 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_mute(userdata, mute, done));
}

int on_call_set_audio_device(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_text(m, userdata, handle_set_audio_device, reply_done);
}

int on_call_set_volume(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    uint32_t volume = 0;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 'u', &volume);
    if (r < 0)
        return r;
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_set_volume(userdata, volume, done));
}
