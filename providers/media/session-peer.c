/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Session: what the rtpbin must not see. It keeps in mind for half a minute whoever a packet names, and a packet has room for many: a
 * peer could fill the memory. So it is told of the one that speaks only.
 */
#include <gst/rtp/gstrtcpbuffer.h>
#include <string.h>

#include "providers/media/session-private.h"

enum {
    HEAD_SIZE = 12,            /* of RTP, before the contributing sources */
    CONTRIBUTORS = 0x0f,
    SENDER_WORDS = 6,          /* of RTCP, behind the first one */
    RECEIVER_WORDS = 1,
    BLOCK_WORDS = 6,
};

/* Those whose voices are mixed into this one: the head moves over them. */
static GstPadProbeReturn on_rtp(GstPad *pad, GstPadProbeInfo *info, void *unused) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    uint8_t first = 0;
    gsize left_out;
    GstMapInfo map;

    if (gst_buffer_extract(buffer, 0, &first, 1) != 1)
        return GST_PAD_PROBE_DROP;
    left_out = (first & CONTRIBUTORS) * 4u;
    if (left_out == 0)
        return GST_PAD_PROBE_OK;
    if (gst_buffer_get_size(buffer) < HEAD_SIZE + left_out)
        return GST_PAD_PROBE_DROP;
    buffer = gst_buffer_make_writable(buffer);
    info->data = buffer;
    if (!gst_buffer_map(buffer, &map, GST_MAP_READWRITE))
        return GST_PAD_PROBE_DROP;
    memmove(map.data + left_out, map.data, HEAD_SIZE);
    map.data[left_out] &= (uint8_t) ~CONTRIBUTORS;
    gst_buffer_unmap(buffer, &map);
    gst_buffer_resize(buffer, (gssize) left_out, -1);
    return GST_PAD_PROBE_OK;
}

/* The library reads what is counted without a look at the length. */
static bool is_complete(GstRTCPPacket *packet, unsigned words) {
    return gst_rtcp_packet_get_length(packet) >= words + gst_rtcp_packet_get_rb_count(packet) * BLOCK_WORDS;
}

static bool describes_only(GstRTCPPacket *packet, uint32_t source) {
    if (gst_rtcp_packet_get_length(packet) == 0)
        return gst_rtcp_packet_sdes_get_item_count(packet) == 0;
    for (gboolean more = gst_rtcp_packet_sdes_first_item(packet); more; more = gst_rtcp_packet_sdes_next_item(packet))
        if (gst_rtcp_packet_sdes_get_ssrc(packet) != source)
            return false;
    return true;
}

static bool is_of(GstRTCPPacket *packet, uint32_t source) {
    uint32_t sender = 0;

    switch ((int) gst_rtcp_packet_get_type(packet)) {
    case GST_RTCP_TYPE_SR:
        if (!is_complete(packet, SENDER_WORDS))
            return false;
        gst_rtcp_packet_sr_get_sender_info(packet, &sender, NULL, NULL, NULL, NULL);
        return sender == source;
    case GST_RTCP_TYPE_RR:
        return is_complete(packet, RECEIVER_WORDS) && gst_rtcp_packet_rr_get_ssrc(packet) == source;
    case GST_RTCP_TYPE_SDES:
        return describes_only(packet, source);
    default:
        return true;
    }
}

/* The filter looked at the first source; all others must be the same. */
static GstPadProbeReturn on_rtcp(GstPad *pad, GstPadProbeInfo *info, void *unused) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
    GstRTCPPacket packet;
    uint8_t head[8];
    bool good = true;

    if (gst_buffer_extract(buffer, 0, head, sizeof(head)) != sizeof(head) || !gst_rtcp_buffer_map(buffer, GST_MAP_READ, &rtcp))
        return GST_PAD_PROBE_DROP;
    for (gboolean more = gst_rtcp_buffer_get_first_packet(&rtcp, &packet); more && good; more = gst_rtcp_packet_move_to_next(&packet))
        good = is_of(&packet, GST_READ_UINT32_BE(head + 4));
    gst_rtcp_buffer_unmap(&rtcp);
    return good ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static void add_probe(Session *session, const char *name, GstPadProbeCallback probe) {
    g_autoptr(GstPad) pad = gst_element_get_static_pad(session->bin, name);

    if (pad)
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, probe, NULL, NULL);
}

/* Behind what decrypts. */
void session_watch_peer(Session *session) {
    add_probe(session, "recv_rtp_sink_0", on_rtp);
    add_probe(session, "recv_rtcp_sink_0", on_rtcp);
}
