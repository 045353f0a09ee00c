/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session: what comes from the peer, on its way through the pipeline. */
#include <gst/net/gstnetaddressmeta.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <string.h>

#include "providers/media/session-private.h"
#include "providers/media/session-text.h"
#include "service/log.h"

/* False: it is neither RTP nor RTCP. RFC 5761, 4: how to tell them. */
static bool read_head(GstBuffer *buffer, PacketHead *ret) {
    uint8_t head[12] = {};
    gsize size = gst_buffer_extract(buffer, 0, head, sizeof(head));

    if (size < 8 || head[0] >> 6 != 2)
        return false;
    ret->is_rtcp = (head[1] & 0x7f) >= 64 && (head[1] & 0x7f) < 96;
    if (!ret->is_rtcp && size < sizeof(head))
        return false;
    ret->source = GST_READ_UINT32_BE(head + (ret->is_rtcp ? 4 : 8));
    ret->sequence = GST_READ_UINT16_BE(head + 2);
    return true;
}

static GstPadProbeReturn filter_buffer(Session *session, Channel channel, GstBuffer *buffer) {
    GstNetAddressMeta *meta = gst_buffer_get_net_address_meta(buffer);
    PacketHead head;
    bool moved;

    if (!meta || !read_head(buffer, &head) || !filter_accept(session->filter, channel, meta->addr, &head, &moved))
        return GST_PAD_PROBE_DROP;
    if (moved)
        session_aim(session);
    if (!session->rtcp_muxed || channel == CHANNEL_RTCP || !head.is_rtcp)
        return GST_PAD_PROBE_OK;
    gst_app_src_push_buffer(GST_APP_SRC(session->rtcp_muxed), gst_buffer_ref(buffer));
    return GST_PAD_PROBE_DROP;
}

GstPadProbeReturn session_on_rtp(GstPad *pad, GstPadProbeInfo *info, void *userdata) {
    return filter_buffer(userdata, CHANNEL_RTP, GST_PAD_PROBE_INFO_BUFFER(info));
}

GstPadProbeReturn session_on_rtcp(GstPad *pad, GstPadProbeInfo *info, void *userdata) {
    return filter_buffer(userdata, CHANNEL_RTCP, GST_PAD_PROBE_INFO_BUFFER(info));
}

/* Its source is forgotten. */
static void on_unlinked(GstPad *sink, GstPad *peer, void *unused) {
    g_autoptr(GstElement) funnel = gst_pad_get_parent_element(sink);

    if (funnel)
        gst_element_release_request_pad(funnel, sink);
}

/* Each source of the peer has a pad; the filter lets one of them be heard at a time. */
static void connect_to(Session *session, GstPad *pad, const char *name) {
    g_autoptr(GstElement) funnel = gst_bin_get_by_name(GST_BIN(session->pipeline), name);
    g_autoptr(GstPad) sink = funnel ? gst_element_request_pad_simple(funnel, "sink_%u") : NULL;

    if (!sink)
        return;
    if (gst_pad_link(pad, sink) != GST_PAD_LINK_OK)
        log_warning("event: media, error: the parts of a voice do not fit");
    else
        g_signal_connect(sink, "unlinked", G_CALLBACK(on_unlinked), NULL);
}

/* Their names end with the payload type. */
void session_on_pad(GstElement *bin, GstPad *pad, void *userdata) {
    Session *session = userdata;
    const char *name = GST_PAD_NAME(pad), *payload = strrchr(name, '_');

    if (!g_str_has_prefix(name, "recv_rtp_src_") || !payload)
        return;
    connect_to(session, pad, session_is_voice(&session->agreement, (unsigned) atoi(payload + 1)) ? "voices" : "dialled");
}

/* What is heard follows without a gap, whatever the time of the packets was: nothing is cut or filled for the sake of that. */
static GstPadProbeReturn on_voice(GstPad *pad, GstPadProbeInfo *info, void *unused) {
    GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));

    GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC);
    info->data = buffer;
    return GST_PAD_PROBE_OK;
}

/* An event that is longer than one can tell comes in several, each from where the one before it stopped: a digit still. */
static GstPadProbeReturn on_event(GstPad *pad, GstPadProbeInfo *info, void *userdata) {
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    Session *session = userdata;
    const uint8_t *event;
    uint32_t at;

    if (!gst_rtp_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), GST_MAP_READ, &rtp))
        return GST_PAD_PROBE_DROP;
    event = gst_rtp_buffer_get_payload(&rtp);
    at = gst_rtp_buffer_get_timestamp(&rtp);
    if (gst_rtp_buffer_get_payload_len(&rtp) >= EVENT_SIZE) {
        if (at != session->heard_at)
            session->goes_on = !session->heard_end && event[0] == session->heard_code && at == session->heard_until;
        session->heard_at = at;
        session->heard_until = at + (uint32_t) (event[2] << 8 | event[3]);
        session->heard_code = event[0];
        session->heard_end = event[1] & EVENT_END;
    }
    gst_rtp_buffer_unmap(&rtp);
    return GST_PAD_PROBE_OK;
}

static void tell_digit(Session *session, const GstStructure *structure) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->telling);
    int number, type;

    if (!session->on_digit || session->goes_on)
        return;
    if (gst_structure_has_name(structure, "dtmf-event") && gst_structure_get_int(structure, "number", &number) &&
        gst_structure_get_int(structure, "type", &type) && type == 1 && digit_of_event(number) != '\0')
        session->on_digit(digit_of_event(number), session->userdata);
}

/* Nobody reads it later: all that matters is taken at once. */
GstBusSyncReply session_on_message(GstBus *bus, GstMessage *message, void *userdata) {
    g_autoptr(GError) error = NULL;
    Session *session = userdata;

    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT)
        tell_digit(session, gst_message_get_structure(message));
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        if (g_atomic_int_compare_and_exchange(&session->has_failed, 0, 1))
            log_warning("event: media, error: %s", error->message);
    }
    gst_message_unref(message);
    return GST_BUS_DROP;
}

static void add_probe(Session *session, const char *name, GstPadProbeCallback probe) {
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(session->pipeline), name);
    g_autoptr(GstPad) pad = element ? gst_element_get_static_pad(element, "sink") : NULL;

    if (pad)
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, probe, session, NULL);
}

void session_watch_arrival(Session *session) {
    add_probe(session, "evener", on_voice);
    add_probe(session, "events", on_event);
}
