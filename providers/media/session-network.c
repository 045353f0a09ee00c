/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session: its doors: what is between the sockets of the call and the pads of the pipeline. */
#include "providers/media/pad.h"
#include "providers/media/session-private.h"
#include "service/cleanup.h"
#include "service/log.h"

/* ---- In ---- */

/* False: it is neither RTP nor RTCP. RFC 5761, 4: how to tell them. */
static bool read_head(const uint8_t *data, size_t size, PacketHead *ret) {
    if (size < 8 || data[0] >> 6 != 2)
        return false;
    ret->is_rtcp = (data[1] & 0x7f) >= 64 && (data[1] & 0x7f) < 96;
    if (!ret->is_rtcp && size < 12)
        return false;
    ret->source = GST_READ_UINT32_BE(data + (ret->is_rtcp ? 4 : 8));
    ret->sequence = GST_READ_UINT16_BE(data + 2);
    return true;
}

static void take(Session *session, Channel channel, GSocketAddress *from, const uint8_t *data, size_t size) {
    PacketHead head;
    GstBuffer *buffer;

    if (!read_head(data, size, &head) || !filter_accept(session->filter, channel, from, &head))
        return;
    if (session->agreement.rtcp_mux && head.is_rtcp)
        channel = CHANNEL_RTCP;
    buffer = gst_buffer_new_memdup(data, size);
    GST_BUFFER_DTS(buffer) = GST_BUFFER_PTS(buffer) = session_time(session);
    gst_pad_push(session->doors[channel].in, buffer);
}

static void on_rtp(GSocketAddress *from, const uint8_t *data, size_t size, void *userdata) {
    take(userdata, CHANNEL_RTP, from, data, size);
}

static void on_rtcp(GSocketAddress *from, const uint8_t *data, size_t size, void *userdata) {
    take(userdata, CHANNEL_RTCP, from, data, size);
}

/* ---- Out ---- */

/* The port may belong to another call already. */
static void send_packet(Session *session, Channel channel, GSocketAddress *to, const GstMapInfo *map) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->sending);

    if (session->doors[channel].socket)
        g_socket_send_to(session->doors[channel].socket, to, (const char *) map->data, map->size, NULL, NULL);
}

/* What can't be sent is lost, as anything may be in a network. */
static GstFlowReturn give(Session *session, Channel channel, GstBuffer *buffer) {
    g_autoptr(GSocketAddress) to = filter_target(session->filter, channel);
    GstMapInfo map;

    if (to && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
        send_packet(session, channel, to, &map);
        gst_buffer_unmap(buffer, &map);
    }
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

static GstFlowReturn on_rtp_out(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    return give(gst_pad_get_element_private(pad), CHANNEL_RTP, buffer);
}

static GstFlowReturn on_rtcp_out(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    return give(gst_pad_get_element_private(pad), CHANNEL_RTCP, buffer);
}

/* ---- The doors ---- */

static const struct {
    GstPadChainFunction out;
    InletPacket in;
    const char *pad_in, *pad_out;                /* of the rtpbin */
    const char *secret_in, *secret_out;          /* of srtpdec and srtpenc */
    const char *caps, *secret_caps;
} ways[_CHANNEL_MAX] = {
    [CHANNEL_RTP] = { on_rtp_out, on_rtp, "recv_rtp_sink_0", "send_rtp_src_0", "rtp_sink", "rtp_src_0", "application/x-rtp", "application/x-srtp" },
    [CHANNEL_RTCP] = { on_rtcp_out, on_rtcp, "recv_rtcp_sink_0", "send_rtcp_src_0", "rtcp_sink", "rtcp_src_0", "application/x-rtcp",
                       "application/x-srtcp" },
};

static bool is_secret(const Session *session) {
    return session->agreement.local.suite != SRTP_NONE;
}

bool session_make_doors(Session *session) {
    bool secret = is_secret(session);
    g_autoptr(GstElement) in = gst_bin_get_by_name(GST_BIN(session->pipeline), secret ? "decrypt" : "bin");
    g_autoptr(GstElement) out = gst_bin_get_by_name(GST_BIN(session->pipeline), secret ? "encrypt" : "bin");

    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++) {
        Door *door = &session->doors[channel];

        door->in = pad_into(in, secret ? ways[channel].secret_in : ways[channel].pad_in);
        door->out = pad_out_of(out, secret ? ways[channel].secret_out : ways[channel].pad_out, ways[channel].out, session);
        if (!door->in || !door->out)
            return false;
    }
    return true;
}

void session_begin_doors(Session *session) {
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++)
        pad_begin(session->doors[channel].in, is_secret(session) ? ways[channel].secret_caps : ways[channel].caps);
}

/* Lock held. */
static void open_inlets(Session *session) {
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++) {
        Door *door = &session->doors[channel];

        if (door->inlet || !door->socket || (channel == CHANNEL_RTCP && session->agreement.rtcp_mux))
            continue;
        door->inlet = inlet_open(door->socket, ways[channel].in, session);
        if (!door->inlet)
            log_warning("event: media, error: nobody listens to a call");
    }
}

void session_listen(Session *session) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->sending);

    session->listens = true;
    if (session_is_made(session))
        open_inlets(session);
}

void session_open_doors(Session *session) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->sending);

    g_atomic_int_set(&session->is_made, true);
    if (session->listens)
        open_inlets(session);
}

/* Another one may have the sockets by now, or they are closed, and the next call needs the ports: this one has no use for them any more. */
void session_leave_network(Session *session) {
    Inlet *inlets[_CHANNEL_MAX];

    g_mutex_lock(&session->sending);
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++) {
        g_clear_object(&session->doors[channel].socket);
        inlets[channel] = TAKE_PTR(session->doors[channel].inlet);
    }
    g_mutex_unlock(&session->sending);
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++)
        inlet_close(inlets[channel]);
}
