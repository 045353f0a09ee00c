/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session: the end that has frames, and what it counted. */
#include <gst/rtp/gstrtpbuffer.h>

#include "providers/media/pad.h"
#include "providers/media/session-private.h"
#include "providers/media/session-text.h"

enum {
    SOFTER = 70,               /* per cent */
    SLIP_MS = 60,              /* a voice that stopped, or a clock that jumped, begins anew */
    DIGIT_VOLUME = 10,         /* -10 dBm0, as phones send */
    LAST_REPEATS = 3,          /* RFC 4733, 2.5.1.4: the end of an event may get lost */
    PIECE_MAX = FRAME_RATE / 5,
};

GstClockTime session_time(const Session *session) {
    return gst_clock_get_time(session->clock) - session->begun;
}

/* ---- Said ---- */

/* Is it a new beginning? */
static bool keep_time(Session *session) {
    GstClockTime now = session_time(session);

    if (session->next != GST_CLOCK_TIME_NONE && session->next + SLIP_MS * GST_MSECOND >= now &&
        session->next <= now + SLIP_MS * GST_MSECOND)
        return false;
    session->next = now;
    return true;
}

void session_say(Session *session, const Frame *frame) {
    bool begins = keep_time(session);
    GstBuffer *buffer;

    buffer = gst_buffer_new_memdup(frame->samples, sizeof(frame->samples));
    GST_BUFFER_PTS(buffer) = session->next;
    GST_BUFFER_DURATION(buffer) = FRAME_MS * GST_MSECOND;
    if (begins)
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    session->next += FRAME_MS * GST_MSECOND;
    session_say_buffer(session, buffer, /* is_digit= */ false);
}

/* ---- Heard ---- */

void session_on_heard(GstBuffer *buffer, void *userdata) {
    Session *session = userdata;
    GstMapInfo map;

    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return;
    g_mutex_lock(&session->hearing);
    session->piece = MAX(session->piece, MIN(map.size / sizeof(int16_t), PIECE_MAX));
    fifo_put(&session->heard, (const int16_t *) map.data, map.size / sizeof(int16_t));
    g_mutex_unlock(&session->hearing);
    gst_buffer_unmap(buffer, &map);
}

/* What is missing is made up of what was last, softer each time: the elements that do that crash on the packets of a bad peer. */
static bool conceal(Session *session, Frame *ret) {
    if (session->concealed >= CONCEALED_MAX)
        return false;
    session->concealed++;
    frame_scale(&session->last, SOFTER);
    *ret = session->last;
    return true;
}

/* The jitter buffer gives packets at their time; here only what is between its clock and ours is evened out. */
bool session_hear(Session *session, Frame *ret) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->hearing);

    while (session->heard.filled > session->ahead_frames * FRAME_SAMPLES + session->piece)
        fifo_take(&session->heard, ret->samples, FRAME_SAMPLES);
    if (!session->is_hearing && session->heard.filled < FRAME_SAMPLES + session->piece)
        return conceal(session, ret);
    session->is_hearing = session->heard.filled >= FRAME_SAMPLES;
    if (!session->is_hearing)
        return conceal(session, ret);
    fifo_take(&session->heard, ret->samples, FRAME_SAMPLES);
    session->last = *ret;
    session->concealed = 0;
    return true;
}

void session_flush(Session *session) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->hearing);

    fifo_clear(&session->heard);
    session->is_hearing = false;
    session->concealed = CONCEALED_MAX;
}

/* ---- Digits ---- */

/* GStreamer's own source of digits lets none be shorter than a quarter of a second, so the events of RFC 4733 are made here. */
static void send_event(Session *session, uint8_t code, bool begins, bool ends, uint16_t duration) {
    GstBuffer *buffer = gst_rtp_buffer_new_allocate(EVENT_SIZE, 0, 0);
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    uint8_t *event;

    gst_rtp_buffer_map(buffer, GST_MAP_WRITE, &rtp);
    gst_rtp_buffer_set_payload_type(&rtp, session->agreement.telephone_event);
    gst_rtp_buffer_set_marker(&rtp, begins);
    gst_rtp_buffer_set_timestamp(&rtp, session->event_at);
    event = gst_rtp_buffer_get_payload(&rtp);
    event[0] = code;
    event[1] = (ends ? EVENT_END : 0) | DIGIT_VOLUME;
    event[2] = (uint8_t) (duration >> 8);
    event[3] = (uint8_t) duration;
    gst_rtp_buffer_unmap(&rtp);
    GST_BUFFER_PTS(buffer) = session->next;
    GST_BUFFER_DURATION(buffer) = FRAME_MS * GST_MSECOND;
    session_say_buffer(session, buffer, /* is_digit= */ true);
}

/* A duration has 16 bits: a longer digit goes on in another event (RFC 4733, 2.5.1.3). */
static uint16_t fit(Session *session, uint8_t code, uint32_t duration) {
    while (duration - session->event_gone > UINT16_MAX) {
        send_event(session, code, false, false, UINT16_MAX);
        session->event_at += UINT16_MAX;
        session->event_gone += UINT16_MAX;
    }
    return (uint16_t) (duration - session->event_gone);
}

void session_dial(Session *session, const DigitStep *step) {
    unsigned rate = codec_clock_rate(session->agreement.codec);
    uint16_t duration;

    if (session->agreement.telephone_event == 0)
        return;
    keep_time(session);
    if (step->first) {
        session->event_at = (uint32_t) gst_util_uint64_scale(session->next, rate, GST_SECOND);
        session->event_gone = 0;
    }
    duration = fit(session, step->code, rate / 1000 * step->elapsed_ms);
    for (int i = 0; i < (step->last ? LAST_REPEATS : 1); i++)
        send_event(session, step->code, step->first && i == 0, step->last, duration);
    session->next += FRAME_MS * GST_MSECOND;
}

/* ---- The ends of the pipeline ---- */

bool session_make_ends(Session *session) {
    g_autoptr(GstElement) say = gst_bin_get_by_name(GST_BIN(session->pipeline), "say");
    g_autoptr(GstElement) mux = gst_bin_get_by_name(GST_BIN(session->pipeline), "mux");

    session->say = pad_into(say, "sink");
    session->digits = mux ? pad_into(mux, "priority_sink_0") : NULL;
    return session->say && (session->digits || !mux);
}

void session_begin_ends(Session *session) {
    g_autofree char *caps = NULL;

    pad_begin(session->say, FRAME_CAPS);
    if (!session->digits)
        return;
    caps = session_event_caps(&session->agreement);
    pad_begin(session->digits, caps);
}

/* ---- Counted ---- */

static uint64_t get_uint64(const GstStructure *source, const char *name) {
    guint64 value = 0;

    gst_structure_get_uint64(source, name, &value);
    return value;
}

static void add_own(const GstStructure *source, SessionCounts *counts) {
    counts->packets_sent += get_uint64(source, "packets-sent");
    counts->bytes_sent += get_uint64(source, "octets-sent");
}

static void add_peers(const GstStructure *source, SessionCounts *counts) {
    unsigned jitter = 0, round_trip = 0;
    int lost = 0, rate = 0;

    counts->packets_received += get_uint64(source, "packets-received");
    counts->bytes_received += get_uint64(source, "octets-received");
    gst_structure_get_int(source, "packets-lost", &lost);
    counts->packets_lost += (uint64_t) MAX(lost, 0);
    if (gst_structure_get_uint(source, "jitter", &jitter) && gst_structure_get_int(source, "clock-rate", &rate) && rate > 0)
        counts->jitter_ms = jitter * 1000.0 / rate;
    if (gst_structure_get_uint(source, "rb-round-trip", &round_trip) && round_trip > 0)
        counts->round_trip_ms = round_trip * 1000.0 / 65536;
}

static void add_source(const GstStructure *source, SessionCounts *counts) {
    gboolean internal = FALSE;

    gst_structure_get_boolean(source, "internal", &internal);
    if (internal)
        add_own(source, counts);
    else
        add_peers(source, counts);
}

/* A source that was not heard for long is forgotten, what it counted is not. */
static void on_forgotten(GObject *rtp, GObject *source, void *userdata) {
    Session *session = userdata;
    g_autoptr(GstStructure) stats = NULL;

    g_object_get(source, "stats", &stats, NULL);
    g_mutex_lock(&session->counting);
    if (stats)
        add_source(stats, &session->past);
    g_mutex_unlock(&session->counting);
}

void session_watch_sources(Session *session, GObject *rtp) {
    g_signal_connect(rtp, "on-timeout", G_CALLBACK(on_forgotten), session);
    g_signal_connect(rtp, "on-bye-timeout", G_CALLBACK(on_forgotten), session);
}

static SessionCounts counts_of_past(Session *session) {
    SessionCounts counts;

    g_mutex_lock(&session->counting);
    counts = session->past;
    g_mutex_unlock(&session->counting);
    counts.jitter_ms = 0;
    counts.round_trip_ms = -1;
    return counts;
}

SessionCounts session_counts(Session *session) {
    SessionCounts counts = counts_of_past(session);
    GObject *rtp = g_atomic_pointer_get(&session->rtp);
    g_autoptr(GstStructure) stats = NULL;
    const GValue *sources;

    if (!rtp)
        return counts;
    g_object_get(rtp, "stats", &stats, NULL);
    sources = stats ? gst_structure_get_value(stats, "source-stats") : NULL;
    if (!sources)
        return counts;
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    for (unsigned i = 0; i < ((GValueArray *) g_value_get_boxed(sources))->n_values; i++)
        add_source(g_value_get_boxed(g_value_array_get_nth(g_value_get_boxed(sources), i)), &counts);
    G_GNUC_END_IGNORE_DEPRECATIONS
    return counts;
}
