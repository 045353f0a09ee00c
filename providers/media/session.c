/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session: a pipeline of GStreamer between the ports of a call and frames. */
#include <errno.h>
#include <string.h>

#include "providers/media/pad.h"
#include "providers/media/session-private.h"
#include "providers/media/session-text.h"
#include "service/log.h"

enum {
    SOURCES_MAX = 1000,        /* keys that one peer may ask for: each costs memory, and the filter lets few of them come at once */
    AHEAD_FRAMES = 3,          /* what is heard at most before its time: what is beyond is dropped */
    HEARD_MAX = FRAME_RATE,    /* samples: a second */
};

static const size_t locks[] = {
    offsetof(Session, telling), offsetof(Session, sending), offsetof(Session, counting),
    offsetof(Session, working), offsetof(Session, hearing), offsetof(Session, opening),
};

static const struct {
    const char *name, *auth;
} suites[_SRTP_MAX] = {
    [SRTP_NONE] = { "none", NULL },
    [SRTP_AES_CM_128_HMAC_SHA1_80] = { "AES_CM_128_HMAC_SHA1_80", "hmac-sha1-80" },
    [SRTP_AES_CM_128_HMAC_SHA1_32] = { "AES_CM_128_HMAC_SHA1_32", "hmac-sha1-32" },
};

#define CIPHER "aes-128-icm"
#define AUTH_OF_RTCP "hmac-sha1-80" /* RFC 4568, 6.2: in both suites */

const char *srtp_suite_to_string(SrtpSuite suite) {
    return suite >= 0 && suite < _SRTP_MAX ? suites[suite].name : NULL;
}

/* ---- SRTP ---- */

static GstBuffer *key_buffer(const SrtpKey *key) {
    return gst_buffer_new_memdup(key->key, sizeof(key->key));
}

/* The same key for each of the peer's sources. */
static GstCaps *on_key_wanted(GstElement *element, guint ssrc, void *userdata) {
    Session *session = userdata;
    const SrtpKey *remote = &session->agreement.remote;
    g_autoptr(GstBuffer) key = key_buffer(remote);

    if (g_atomic_int_add(&session->sources, 1) >= SOURCES_MAX)
        return NULL;
    return gst_caps_new_simple("application/x-srtp", "srtp-key", GST_TYPE_BUFFER, key, "srtp-cipher", G_TYPE_STRING, CIPHER,
                               "srtp-auth", G_TYPE_STRING, suites[remote->suite].auth, "srtcp-cipher", G_TYPE_STRING, CIPHER,
                               "srtcp-auth", G_TYPE_STRING, AUTH_OF_RTCP, NULL);
}

static void set_keys(Session *session) {
    g_autoptr(GstElement) encrypt = gst_bin_get_by_name(GST_BIN(session->pipeline), "encrypt");
    g_autoptr(GstElement) decrypt = gst_bin_get_by_name(GST_BIN(session->pipeline), "decrypt");
    const SrtpKey *local = &session->agreement.local;
    g_autoptr(GstBuffer) key = key_buffer(local);

    if (!encrypt || !decrypt)
        return;
    g_signal_connect(decrypt, "request-key", G_CALLBACK(on_key_wanted), session);
    g_object_set(encrypt, "key", key, NULL);
    gst_util_set_object_arg(G_OBJECT(encrypt), "rtp-cipher", CIPHER);
    gst_util_set_object_arg(G_OBJECT(encrypt), "rtcp-cipher", CIPHER);
    gst_util_set_object_arg(G_OBJECT(encrypt), "rtp-auth", suites[local->suite].auth);
    gst_util_set_object_arg(G_OBJECT(encrypt), "rtcp-auth", AUTH_OF_RTCP);
}

static GstCaps *on_payload(GstElement *bin, guint number, guint payload, void *userdata) {
    const Session *session = userdata;
    const MediaFormat *format = session_find_heard(&session->agreement, payload);
    g_autofree char *caps = format ? session_heard_caps(format) : NULL;

    return caps ? gst_caps_from_string(caps) : NULL;
}

/* ---- Making and unmaking ---- */

static void watch(Session *session) {
    GObject *rtp = NULL;

    session->bin = gst_bin_get_by_name(GST_BIN(session->pipeline), "bin");
    session_watch_peer(session);
    g_signal_connect(session->bin, "request-pt-map", G_CALLBACK(on_payload), session);
    g_signal_connect(session->bin, "pad-added", G_CALLBACK(session_on_pad), session);
    g_signal_emit_by_name(session->bin, "get-internal-session", 0u, &rtp);
    /* The filter looks after new sources, and a network that doubles packets must not look like a bad one. */
    g_object_set(rtp, "probation", 0u, NULL);
    session_watch_sources(session, rtp);
    g_atomic_pointer_set(&session->rtp, rtp);
}

static bool make_pipeline(Session *session) {
    g_autofree char *text = session_text(&session->agreement, session->jitter_ms);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstBus) bus = NULL;

    session->pipeline = gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    if (!session->pipeline) {
        log_warning("event: media, error: %s", error->message);
        return false;
    }
    gst_object_ref_sink(session->pipeline);
    bus = gst_element_get_bus(session->pipeline);
    gst_bus_set_sync_handler(bus, session_on_message, session, NULL);
    gst_pipeline_use_clock(GST_PIPELINE(session->pipeline), session->clock);
    gst_element_set_start_time(session->pipeline, GST_CLOCK_TIME_NONE); /* it has our time */
    gst_element_set_base_time(session->pipeline, session->begun);
    return true;
}

static bool start(Session *session) {
    if (!session_make_doors(session) || !session_make_ends(session) || !session_make_ear(session))
        return false;
    watch(session);
    set_keys(session);
    session_begin_doors(session);
    session_begin_ends(session);
    if (gst_element_set_state(session->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return false;
    pad_set_latency(session->doors[CHANNEL_RTP].out, 0);
    return true;
}

void session_make(Session *session) {
    if (!make_pipeline(session))
        return;
    if (start(session))
        session_open_doors(session);
    else
        log_warning("event: media, error: the parts of a call do not fit");
}

int session_new(const Ports *ports, Filter *filter, const MediaAgreement *agreement, unsigned jitter_ms, SessionDigit on_digit,
                void *userdata, Session **ret) {
    Session *session;

    if (!codec_is_here(agreement->codec))
        return -EOPNOTSUPP;
    session = g_new0(Session, 1);
    *session = (Session) {
        .agreement = *agreement,
        .filter = filter_ref(filter),
        .on_digit = on_digit,
        .userdata = userdata,
        .heard_end = true,
    };
    session->agreement.address = NULL;
    session->clock = gst_system_clock_obtain();
    session->begun = gst_clock_get_time(session->clock);
    session->jitter_ms = jitter_ms;
    session->next = GST_CLOCK_TIME_NONE;
    session->concealed = CONCEALED_MAX;
    session->ahead_frames = AHEAD_FRAMES + jitter_ms / FRAME_MS;
    session->doors[CHANNEL_RTP].socket = g_object_ref(ports->rtp);
    session->doors[CHANNEL_RTCP].socket = g_object_ref(agreement->rtcp_mux ? ports->rtp : ports->rtcp);
    for (size_t i = 0; i < G_N_ELEMENTS(locks); i++)
        g_mutex_init(G_STRUCT_MEMBER_P(session, locks[i]));
    fifo_init(&session->heard, HEARD_MAX);
    session_begin_work(session);
    *ret = session;
    return 0;
}

static void clear(Session *session) {
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++) {
        pad_free(session->doors[channel].in);
        pad_free(session->doors[channel].out);
    }
    pad_free(session->say);
    pad_free(session->digits);
    for (Codec codec = 0; codec < _CODEC_MAX; codec++)
        pump_free(session->ears[codec].pump);
    g_clear_object(&session->rtp);
    g_clear_pointer(&session->bin, gst_object_unref);
    g_clear_pointer(&session->pipeline, gst_object_unref);
    gst_object_unref(session->clock);
    session_clear_words(session);
    fifo_done(&session->heard);
    for (size_t i = 0; i < G_N_ELEMENTS(locks); i++)
        g_mutex_clear(G_STRUCT_MEMBER_P(session, locks[i]));
    filter_unref(session->filter);
}

/* What comes to its end waits for its threads. */
void session_unmake(Session *session) {
    if (session->pipeline)
        gst_element_set_state(session->pipeline, GST_STATE_NULL);
    clear(session);
    explicit_bzero(&session->agreement, sizeof(session->agreement));
    g_free(session);
}

Session *session_free(Session *session) {
    if (!session)
        return NULL;
    g_atomic_int_set(&session->has_failed, 1); /* what it says from now on is of no interest */
    session_leave_network(session);
    g_mutex_lock(&session->telling);
    session->on_digit = NULL;
    g_mutex_unlock(&session->telling);
    session_end_work(session);
    return NULL;
}

static bool is_heard_same(const MediaAgreement *a, const MediaAgreement *b) {
    if (a->n_heard != b->n_heard)
        return false;
    for (size_t i = 0; i < a->n_heard; i++)
        if (a->heard[i].payload != b->heard[i].payload || a->heard[i].is_event != b->heard[i].is_event ||
            a->heard[i].codec != b->heard[i].codec)
            return false;
    return true;
}

static bool is_same_key(const SrtpKey *a, const SrtpKey *b) {
    return a->suite == b->suite && (a->suite == SRTP_NONE || memcmp(a->key, b->key, sizeof(a->key)) == 0);
}

bool session_fits(const Session *session, const MediaAgreement *agreement) {
    const MediaAgreement *now = &session->agreement;

    return now->codec == agreement->codec && now->payload == agreement->payload && now->telephone_event == agreement->telephone_event &&
        is_heard_same(now, agreement) && now->ptime_ms == agreement->ptime_ms && now->rtcp_mux == agreement->rtcp_mux &&
        is_same_key(&now->local, &agreement->local) &&
        is_same_key(&now->remote, &agreement->remote);
}
