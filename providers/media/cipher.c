/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cipher: SRTP and SRTCP, by srtpenc and srtpdec of GStreamer, which are driven without a thread. */
#include "providers/media/cipher.h"

#include <errno.h>
#include <gst/gst.h>
#include <string.h>

#include "service/log.h"

enum {
    SOURCES_MAX = 32, /* that a peer may have: each costs memory before it is known to be of the peer */
};

struct Cipher {
    GstElement *element;
    GstPad *in[_CHANNEL_MAX], *out[_CHANNEL_MAX];
    CipherOutput output;
    void *userdata;
    SrtpKey key;
    unsigned sources;
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

static const struct {
    const char *in, *out, *plain, *secret;
} names[2][_CHANNEL_MAX] = {
    { { "rtp_sink", "rtp_src", "application/x-rtp", "application/x-srtp" },
      { "rtcp_sink", "rtcp_src", "application/x-rtcp", "application/x-srtcp" } },
    { { "rtp_sink_0", "rtp_src_0", "application/x-rtp", "application/x-srtp" },
      { "rtcp_sink_0", "rtcp_src_0", "application/x-rtcp", "application/x-srtcp" } },
};

const char *srtp_suite_to_string(SrtpSuite suite) {
    return suite >= 0 && suite < _SRTP_MAX ? suites[suite].name : NULL;
}

static GstBuffer *key_buffer(const Cipher *cipher) {
    return gst_buffer_new_memdup(cipher->key.key, sizeof(cipher->key.key));
}

/* The same key for each of the peer's sources. */
static GstCaps *on_key_wanted(GstElement *element, guint ssrc, void *userdata) {
    Cipher *cipher = userdata;
    g_autoptr(GstBuffer) key = key_buffer(cipher);

    if (++cipher->sources > SOURCES_MAX)
        return NULL;
    return gst_caps_new_simple("application/x-srtp", "srtp-key", GST_TYPE_BUFFER, key, "srtp-cipher", G_TYPE_STRING, CIPHER,
                               "srtp-auth", G_TYPE_STRING, suites[cipher->key.suite].auth, "srtcp-cipher", G_TYPE_STRING,
                               CIPHER, "srtcp-auth", G_TYPE_STRING, AUTH_OF_RTCP, NULL);
}

static GstFlowReturn give(GstPad *pad, Channel channel, GstBuffer *buffer) {
    Cipher *cipher = gst_pad_get_element_private(pad);
    GstMapInfo map;

    if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
        cipher->output(channel, map.data, map.size, cipher->userdata);
        gst_buffer_unmap(buffer, &map);
    }
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

static GstFlowReturn on_rtp(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    return give(pad, CHANNEL_RTP, buffer);
}

static GstFlowReturn on_rtcp(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    return give(pad, CHANNEL_RTCP, buffer);
}

static GstElement *make_element(Cipher *cipher, bool protects) {
    GstElement *element = gst_element_factory_make(protects ? "srtpenc" : "srtpdec", NULL);
    g_autoptr(GstBuffer) key = key_buffer(cipher);

    if (!element)
        return NULL;
    if (!protects) {
        g_signal_connect(element, "request-key", G_CALLBACK(on_key_wanted), cipher);
        return element;
    }
    g_object_set(element, "key", key, NULL);
    gst_util_set_object_arg(G_OBJECT(element), "rtp-cipher", CIPHER);
    gst_util_set_object_arg(G_OBJECT(element), "rtcp-cipher", CIPHER);
    gst_util_set_object_arg(G_OBJECT(element), "rtp-auth", suites[cipher->key.suite].auth);
    gst_util_set_object_arg(G_OBJECT(element), "rtcp-auth", AUTH_OF_RTCP);
    return element;
}

static bool link_channel(Cipher *cipher, Channel channel, bool protects) {
    const char *in_name = names[protects][channel].in;
    g_autoptr(GstPad) in = protects ? gst_element_request_pad_simple(cipher->element, in_name)
                                    : gst_element_get_static_pad(cipher->element, in_name);
    g_autoptr(GstPad) out = gst_element_get_static_pad(cipher->element, names[protects][channel].out);

    cipher->in[channel] = gst_object_ref_sink(gst_pad_new("in", GST_PAD_SRC));
    cipher->out[channel] = gst_object_ref_sink(gst_pad_new("out", GST_PAD_SINK));
    gst_pad_set_element_private(cipher->out[channel], cipher);
    gst_pad_set_chain_function(cipher->out[channel], channel == CHANNEL_RTP ? on_rtp : on_rtcp);
    return in && out && gst_pad_link(cipher->in[channel], in) == GST_PAD_LINK_OK &&
        gst_pad_link(out, cipher->out[channel]) == GST_PAD_LINK_OK;
}

static bool start_channel(Cipher *cipher, Channel channel, bool protects) {
    g_autoptr(GstCaps) caps =
        gst_caps_new_empty_simple(protects ? names[true][channel].plain : names[false][channel].secret);
    GstSegment segment;

    gst_segment_init(&segment, GST_FORMAT_TIME);
    if (!gst_pad_set_active(cipher->out[channel], TRUE) || !gst_pad_set_active(cipher->in[channel], TRUE))
        return false;
    gst_pad_push_event(cipher->in[channel], gst_event_new_stream_start("cipher"));
    gst_pad_push_event(cipher->in[channel], gst_event_new_caps(caps));
    gst_pad_push_event(cipher->in[channel], gst_event_new_segment(&segment));
    return true;
}

static bool start(Cipher *cipher, bool protects) {
    cipher->element = make_element(cipher, protects);
    if (!cipher->element)
        return false;
    gst_object_ref_sink(cipher->element);
    if (!link_channel(cipher, CHANNEL_RTP, protects) || !link_channel(cipher, CHANNEL_RTCP, protects) ||
        gst_element_set_state(cipher->element, GST_STATE_PLAYING) != GST_STATE_CHANGE_SUCCESS)
        return false;
    return start_channel(cipher, CHANNEL_RTP, protects) && start_channel(cipher, CHANNEL_RTCP, protects);
}

int cipher_new(const SrtpKey *key, bool protects, CipherOutput output, void *userdata, Cipher **ret) {
    Cipher *cipher = g_new0(Cipher, 1);

    cipher->key = *key;
    cipher->output = output;
    cipher->userdata = userdata;
    if (!start(cipher, protects)) {
        log_warning("%s of GStreamer is not here or does not work: no encryption", protects ? "srtpenc" : "srtpdec");
        cipher_free(cipher);
        return -EOPNOTSUPP;
    }
    *ret = cipher;
    return 0;
}

Cipher *cipher_free(Cipher *cipher) {
    if (!cipher)
        return NULL;
    if (cipher->element)
        gst_element_set_state(cipher->element, GST_STATE_NULL);
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++) {
        g_clear_pointer(&cipher->in[channel], gst_object_unref);
        g_clear_pointer(&cipher->out[channel], gst_object_unref);
    }
    g_clear_pointer(&cipher->element, gst_object_unref);
    explicit_bzero(&cipher->key, sizeof(cipher->key));
    g_free(cipher);
    return NULL;
}

void cipher_put(Cipher *cipher, Channel channel, const uint8_t *data, size_t size) {
    gst_pad_push(cipher->in[channel], gst_buffer_new_memdup(data, size));
}
