/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session: what comes from the peer, as the rtpbin gives it. */
#include <gst/rtp/gstrtpbuffer.h>

#include "providers/media/pad.h"
#include "providers/media/session-private.h"
#include "providers/media/session-text.h"
#include "service/log.h"

static void fail(Session *session, const char *why) {
    if (g_atomic_int_compare_and_exchange(&session->has_failed, 0, 1))
        log_warning("event: media, error: %s", why);
}

/* ---- A voice ---- */

/* What is heard follows without a gap, whatever the time of the packets was: nothing is cut or filled for the sake of that. */
static GstPadProbeReturn on_decoded(GstPad *pad, GstPadProbeInfo *info, void *unused) {
    GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));

    GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC);
    info->data = buffer;
    return GST_PAD_PROBE_OK;
}

/* Most calls have but one. */
static Ear *open_ear(Session *session, const MediaFormat *format) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->opening);
    g_autofree char *text = session_ear_text(format->codec), *caps = session_heard_caps(format);
    Ear *ear = &session->ears[format->codec];

    ear->session = session;
    if (!ear->pump && pump_new(text, caps, session_on_heard, session, &ear->pump) == 0)
        pump_watch(ear->pump, "evener", on_decoded);
    return ear;
}

/* The others when something comes for them. */
bool session_make_ear(Session *session) {
    const MediaAgreement *agreement = &session->agreement;

    for (size_t i = 0; i < agreement->n_heard; i++)
        if (!agreement->heard[i].is_event && agreement->heard[i].codec == agreement->codec)
            return open_ear(session, &agreement->heard[i])->pump;
    return true;
}

static GstFlowReturn on_voice(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    const Ear *ear = gst_pad_get_element_private(pad);

    if (!ear->pump)
        gst_buffer_unref(buffer);
    else if (pump_push(ear->pump, buffer) < 0)
        fail(ear->session, "what comes can't be decoded");
    return GST_FLOW_OK;
}

/* That a packet was lost. All else that is told of a stream the ear knows. */
static gboolean on_voice_told(GstPad *pad, GstObject *parent, GstEvent *event) {
    const Ear *ear = gst_pad_get_element_private(pad);

    if (ear->pump && GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM)
        pump_tell(ear->pump, event);
    else
        gst_event_unref(event);
    return TRUE;
}

/* ---- Digits ---- */

static void tell_digit(Session *session, uint8_t code) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->telling);

    if (session->on_digit && digit_of_event(code) != '\0')
        session->on_digit(digit_of_event(code), session->userdata);
}

/* All packets of an event have the same time. One that is longer than what its duration can tell comes in several, each from where the
 * one before it stopped (RFC 4733, 2.5.1.3): a digit still, also if the last packets before that were lost. Some phones mark the first
 * packet more than once, and some have one time for two digits. */
static bool is_new_event(const Session *session, uint32_t at, bool begins, uint8_t code) {
    if (code != session->heard_code)
        return true;
    if (session->heard_end)
        return begins || at != session->heard_at;
    return at != session->heard_at && (begins || at - session->heard_at > UINT16_MAX);
}

static void take_event(Session *session, uint32_t at, bool begins, const uint8_t *event) {
    bool is_new = is_new_event(session, at, begins, event[0]);

    session->heard_at = at;
    session->heard_code = event[0];
    session->heard_end = event[1] & EVENT_END;
    if (is_new)
        tell_digit(session, event[0]);
}

static GstFlowReturn on_event(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

    if (gst_rtp_buffer_map(buffer, GST_MAP_READ, &rtp)) {
        if (gst_rtp_buffer_get_payload_len(&rtp) >= EVENT_SIZE)
            take_event(gst_pad_get_element_private(pad), gst_rtp_buffer_get_timestamp(&rtp), gst_rtp_buffer_get_marker(&rtp),
                       gst_rtp_buffer_get_payload(&rtp));
        gst_rtp_buffer_unmap(&rtp);
    }
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

/* ---- Pads of the rtpbin ---- */

/* Each source of the peer has some, one for each payload type, with which their names end. The filter lets one source be heard at a time. */
void session_on_pad(GstElement *bin, GstPad *pad, void *userdata) {
    Session *session = userdata;
    const char *name = GST_PAD_NAME(pad), *payload = strrchr(name, '_');
    const MediaFormat *format = payload ? session_find_heard(&session->agreement, (unsigned) atoi(payload + 1)) : NULL;
    GstPad *ours;

    if (!g_str_has_prefix(name, "recv_rtp_src_") || !format)
        return;
    if (format->is_event) {
        pad_behind(pad, on_event, session);
        return;
    }
    ours = pad_behind(pad, on_voice, open_ear(session, format));
    if (ours)
        gst_pad_set_event_function(ours, on_voice_told);
    else
        fail(session, "the parts of a voice do not fit");
}

/* Nobody reads it later: all that matters is taken at once. */
GstBusSyncReply session_on_message(GstBus *bus, GstMessage *message, void *userdata) {
    g_autoptr(GError) error = NULL;

    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        fail(userdata, error->message);
    }
    gst_message_unref(message);
    return GST_BUS_DROP;
}
