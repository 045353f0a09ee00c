/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of a call: who has it, and what is kept with it. The service does these by itself. */
#include <errno.h>
#include <string.h>

#include "bus/variant.h"
#include "interfaces/call-methods.h"
#include "interfaces/reply.h"

#define MEDIA_PREFIX "media:"

/* ---- Who has it ---- */

static int handoff_media(sd_bus_message *m, Handle *handle, const char *name) {
    Peer *peer = call_peer(handle);
    MediaMode mode = media_mode_from_string(name);

    if ((int) mode < 0)
        return reply_invalid(peer, m, "Unknown media mode '%s': see the line's MediaModes", name);
    return reply_now(peer, m, handle_handoff_media(handle, mode));
}

/* The name's owner, or if nobody has it, the client that opened the line with it as app id. */
static int handoff_name(sd_bus_message *m, Handle *handle, const char *name) {
    Peer *peer = call_peer(handle);
    const char *owner = NULL;
    Refusal *refusal;
    int r;

    /* Privilege comes before the question who the target is. */
    refusal = handle_check(handle, OPERATION_HANDOFF);
    if (refusal)
        return reply_now(peer, m, refusal);
    r = peer_resolve(peer, m, name, &owner);
    if (r < 0)
        return r;
    if (r == 0)
        return 1;
    return reply_now(peer, m, *owner ? handle_handoff(handle, owner) : handle_handoff_app(handle, name));
}

int on_call_handoff(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    const char *target = NULL;
    int r;

    r = sd_bus_message_read_basic(m, 's', &target);
    if (r < 0)
        return r;
    if (g_str_has_prefix(target, MEDIA_PREFIX))
        return handoff_media(m, userdata, target + strlen(MEDIA_PREFIX));
    if (!sd_bus_service_name_is_valid(target))
        return reply_invalid(peer, m, "'%s' is no bus name: give the unique or well-known name of a client, or media:MODE",
                             target);
    if (target[0] == ':')
        return reply_now(peer, m, handle_handoff(userdata, target));
    return handoff_name(m, userdata, target);
}

int on_call_set_privilege(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *privilege = NULL;
    int r;

    r = sd_bus_message_read_basic(m, 's', &privilege);
    if (r < 0)
        return r;
    return reply_now(call_peer(userdata), m, handle_set_privilege(userdata, privilege));
}

int on_call_set_on_owner_lost(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *name = NULL;
    OnOwnerLost on_owner_lost;
    int r;

    r = sd_bus_message_read_basic(m, 's', &name);
    if (r < 0)
        return r;
    on_owner_lost = on_owner_lost_from_string(name);
    if ((int) on_owner_lost < 0)
        return reply_invalid(call_peer(userdata), m, "'%s' is unknown: use \"drop\" or \"keep\"", name);
    return reply_now(call_peer(userdata), m, handle_set_on_owner_lost(userdata, on_owner_lost));
}

/* The reply first, then InterfacesRemoved. */
int on_call_release(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    int r;

    outbox_flush(peer_client(peer));
    r = reply_now(peer, m, NULL);
    handle_release(userdata);
    return r;
}

/* ---- What is kept with it ---- */

int on_call_set_media_mode(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *name = NULL;
    MediaMode mode;
    int r;

    r = sd_bus_message_read_basic(m, 's', &name);
    if (r < 0)
        return r;
    mode = media_mode_from_string(name);
    if ((int) mode < 0)
        return reply_invalid(call_peer(userdata), m, "Unknown media mode '%s': see the line's MediaModes", name);
    return reply_now(call_peer(userdata), m, handle_set_media_mode(userdata, mode));
}

int on_call_set_call_data(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const void *data = NULL;
    size_t size = 0;
    int r;

    r = sd_bus_message_read_array(m, 'y', &data, &size);
    if (r < 0)
        return r;
    return reply_now(call_peer(userdata), m, handle_set_call_data(userdata, data, size));
}

int on_call_set_app_data(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
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
