/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session: a pipeline of GStreamer between the ports of a call and frames. */
#include <errno.h>
#include <string.h>

#include "providers/media/session-private.h"
#include "providers/media/session-text.h"
#include "service/log.h"

enum {
    SOURCES_MAX = 1000,        /* keys that one peer may ask for: each costs memory, and the filter lets few of them come at once */
    AHEAD_FRAMES = 3,          /* what is heard at most before its time: what is beyond is dropped */
    HEARD_MAX = FRAME_RATE,    /* samples: a second */
    PATIENCE_SECONDS = 30,     /* with threads of GStreamer that do not come to their end */
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

static void aim(Session *session, Channel channel) {
    g_autofree char *remote = filter_remote(session->filter);
    char *colon = strrchr(remote, ':'), *host = remote;
    uint16_t port = filter_port(session->filter, channel);

    if (!colon || port == 0)
        return;
    *colon = '\0';
    if (*host == '[') {
        host++;
        host[strcspn(host, "]")] = '\0';
    }
    g_object_set(session->out[channel], "host", host, "port", (int) port, NULL);
}

/* Both threads of the network and the main loop do: what the filter says last is what stays. */
void session_aim(Session *session) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->aiming);

    aim(session, CHANNEL_RTP);
    aim(session, CHANNEL_RTCP);
}

static GstCaps *on_payload(GstElement *bin, guint number, guint payload, void *userdata) {
    const Session *session = userdata;
    g_autofree char *caps = session_payload_caps(&session->agreement, payload);

    return caps ? gst_caps_from_string(caps) : NULL;
}

/* ---- Making and unmaking ---- */

static void set_input(Session *session, Channel channel, GSocket *socket) {
    static const struct {
        const char *name;
        GstPadProbeCallback filter;
    } inputs[_CHANNEL_MAX] = { { "rtp_in", session_on_rtp }, { "rtcp_in", session_on_rtcp } };
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(session->pipeline), inputs[channel].name);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(element, "src");

    if (GST_IS_APP_SRC(element)) {
        session->rtcp_muxed = gst_object_ref(element);
        return;
    }
    g_object_set(element, "socket", socket, NULL);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, inputs[channel].filter, session, NULL);
}

static void set_output(Session *session, Channel channel, GSocket *socket) {
    static const char *const names[_CHANNEL_MAX] = { "rtp_out", "rtcp_out" };

    session->out[channel] = gst_bin_get_by_name(GST_BIN(session->pipeline), names[channel]);
    g_object_set(session->out[channel], g_socket_get_family(socket) == G_SOCKET_FAMILY_IPV6 ? "socket-v6" : "socket", socket, NULL);
}

static void set_network(Session *session, const Ports *ports) {
    set_input(session, CHANNEL_RTP, ports->rtp);
    set_input(session, CHANNEL_RTCP, ports->rtcp);
    set_output(session, CHANNEL_RTP, ports->rtp);
    set_output(session, CHANNEL_RTCP, session->agreement.rtcp_mux ? ports->rtp : ports->rtcp);
    session_aim(session);
}

static void find_parts(Session *session) {
    GstBin *bin = GST_BIN(session->pipeline);

    session->bin = gst_bin_get_by_name(bin, "bin");
    session->digits = GST_APP_SRC_CAST(gst_bin_get_by_name(bin, "digits"));
    session->say = GST_APP_SRC(gst_bin_get_by_name(bin, "say"));
    session->hear = GST_APP_SINK(gst_bin_get_by_name(bin, "hear"));
    session_watch_arrival(session);
    session_watch_peer(session);
    g_signal_connect(session->bin, "request-pt-map", G_CALLBACK(on_payload), session);
    g_signal_connect(session->bin, "pad-added", G_CALLBACK(session_on_pad), session);
    g_signal_emit_by_name(session->bin, "get-internal-session", 0u, &session->rtp);
    /* The filter looks after new sources, and a network that doubles packets must not look like a bad one. */
    g_object_set(session->rtp, "probation", 0u, NULL);
    session_watch_sources(session);
}

static int make_pipeline(Session *session, unsigned jitter_ms) {
    g_autofree char *text = session_text(&session->agreement, jitter_ms);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstBus) bus = NULL;

    session->pipeline = gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    if (!session->pipeline) {
        log_warning("event: media, error: %s", error->message);
        return -EOPNOTSUPP;
    }
    gst_object_ref_sink(session->pipeline);
    bus = gst_element_get_bus(session->pipeline);
    gst_bus_set_sync_handler(bus, session_on_message, session, NULL);
    return 0;
}

static void destroy(Session *session);

/* GStreamer allows it: a peer that names the address of a whole network would have our voice heard there by everybody. */
static void deny_broadcast(const Ports *ports) {
    g_socket_set_broadcast(ports->rtp, FALSE);
    g_socket_set_broadcast(ports->rtcp, FALSE);
}

int session_new(const Ports *ports, Filter *filter, const MediaAgreement *agreement, unsigned jitter_ms, SessionDigit on_digit,
                void *userdata, Session **ret) {
    Session *session;
    int r;

    if (!codec_is_here(agreement->codec))
        return -EOPNOTSUPP;
    session = g_new0(Session, 1);
    *session = (Session) { .agreement = *agreement, .filter = filter_ref(filter), .on_digit = on_digit, .userdata = userdata };
    session->agreement.address = NULL;
    session->next = GST_CLOCK_TIME_NONE;
    session->concealed = CONCEALED_MAX;
    session->ahead_frames = AHEAD_FRAMES + jitter_ms / FRAME_MS;
    g_mutex_init(&session->telling);
    g_mutex_init(&session->aiming);
    g_mutex_init(&session->counting);
    fifo_init(&session->heard, HEARD_MAX);
    r = make_pipeline(session, jitter_ms);
    if (r < 0) {
        destroy(session);
        return r;
    }
    find_parts(session);
    set_keys(session);
    set_network(session, ports);
    if (gst_element_set_state(session->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        destroy(session);
        return -EOPNOTSUPP;
    }
    deny_broadcast(ports);
    *ret = session;
    return 0;
}

/* What comes to its end waits for its threads, so a thread of its own sees to that. */
static GMutex closing_lock;
static GCond closed;
static unsigned n_closing;

static void destroy(Session *session) {
    if (session->pipeline)
        gst_element_set_state(session->pipeline, GST_STATE_NULL);
    g_clear_object(&session->rtp);
    g_clear_pointer(&session->bin, gst_object_unref);
    g_clear_pointer(&session->digits, gst_object_unref);
    g_clear_pointer(&session->rtcp_muxed, gst_object_unref);
    g_clear_pointer(&session->say, gst_object_unref);
    g_clear_pointer(&session->hear, gst_object_unref);
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++)
        g_clear_pointer(&session->out[channel], gst_object_unref);
    g_clear_pointer(&session->pipeline, gst_object_unref);
    fifo_done(&session->heard);
    g_mutex_clear(&session->telling);
    g_mutex_clear(&session->aiming);
    g_mutex_clear(&session->counting);
    filter_unref(session->filter);
    explicit_bzero(&session->agreement, sizeof(session->agreement));
    g_free(session);
}

static void close_session(void *session, void *unused) {
    destroy(session);
    g_mutex_lock(&closing_lock);
    n_closing--;
    g_cond_broadcast(&closed);
    g_mutex_unlock(&closing_lock);
}

static GThreadPool *closer(void) {
    static gsize pool = 0;

    if (g_once_init_enter(&pool))
        g_once_init_leave(&pool, (gsize) g_thread_pool_new(close_session, NULL, 2, FALSE, NULL));
    return (GThreadPool *) pool;
}

/* Another one may have the sockets by now, or they are closed, and the next call needs the ports: this one has no use for them any more. */
static void leave_network(Session *session) {
    static const char *const doors[] = { "rtp_in", "rtcp_in", "rtp_out", "rtcp_out" };

    for (size_t i = 0; i < G_N_ELEMENTS(doors); i++) {
        g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(session->pipeline), doors[i]);

        gst_element_set_locked_state(element, TRUE);
        gst_element_set_state(element, GST_STATE_NULL);
        if (GST_IS_APP_SRC(element))
            continue;
        g_object_set(element, "socket", NULL, NULL);
        if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "socket-v6"))
            g_object_set(element, "socket-v6", NULL, NULL);
    }
}

Session *session_free(Session *session) {
    if (!session)
        return NULL;
    g_atomic_int_set(&session->has_failed, 1); /* what it says from now on is of no interest */
    leave_network(session);
    g_mutex_lock(&session->telling);
    session->on_digit = NULL;
    g_mutex_unlock(&session->telling);
    g_mutex_lock(&closing_lock);
    n_closing++;
    g_mutex_unlock(&closing_lock);
    g_thread_pool_push(closer(), session, NULL);
    return NULL;
}

void session_wait_all(void) {
    int64_t end = g_get_monotonic_time() + PATIENCE_SECONDS * G_USEC_PER_SEC;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&closing_lock);

    while (n_closing > 0)
        if (!g_cond_wait_until(&closed, &closing_lock, end)) {
            log_warning("event: media, error: %u pipelines do not come to their end", n_closing);
            return;
        }
}

static bool is_same_key(const SrtpKey *a, const SrtpKey *b) {
    return a->suite == b->suite && (a->suite == SRTP_NONE || memcmp(a->key, b->key, sizeof(a->key)) == 0);
}

bool session_fits(const Session *session, const MediaAgreement *agreement) {
    const MediaAgreement *now = &session->agreement;

    return now->codec == agreement->codec && now->payload == agreement->payload && now->payload_in == agreement->payload_in &&
        now->telephone_event == agreement->telephone_event && now->telephone_event_in == agreement->telephone_event_in &&
        now->ptime_ms == agreement->ptime_ms && now->rtcp_mux == agreement->rtcp_mux &&
        is_same_key(&now->local, &agreement->local) &&
        is_same_key(&now->remote, &agreement->remote);
}
