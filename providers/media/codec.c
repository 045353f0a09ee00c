/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Codec: how a voice is put into packets. */
#include "providers/media/codec.h"

#include <gst/gst.h>
#include <strings.h>

static const struct {
    const char *name;
    unsigned clock_rate, channels;
    int payload;
    const char *encoder, *decoder;
} codecs[_CODEC_MAX] = {
    [CODEC_PCMU] = { "PCMU", 8000, 1, 0, "mulawenc", "mulawdec" },
    [CODEC_PCMA] = { "PCMA", 8000, 1, 8, "alawenc", "alawdec" },
    [CODEC_G722] = { "G722", 8000, 1, 9, "avenc_g722", "avdec_g722" },
    [CODEC_OPUS] = { "opus", 48000, 2, -1, "opusenc", "opusdec" },
};

static bool is_codec(Codec codec) {
    return codec >= 0 && codec < _CODEC_MAX;
}

const char *codec_to_string(Codec codec) {
    return is_codec(codec) ? codecs[codec].name : NULL;
}

Codec codec_from_string(const char *name) {
    for (int codec = 0; name && codec < _CODEC_MAX; codec++)
        if (strcasecmp(name, codecs[codec].name) == 0)
            return (Codec) codec;
    return _CODEC_INVALID;
}

unsigned codec_clock_rate(Codec codec) {
    return is_codec(codec) ? codecs[codec].clock_rate : 0;
}

unsigned codec_channels(Codec codec) {
    return is_codec(codec) ? codecs[codec].channels : 0;
}

int codec_static_payload(Codec codec) {
    return is_codec(codec) ? codecs[codec].payload : -1;
}

static bool has_element(const char *name) {
    GstElementFactory *factory = gst_element_factory_find(name);

    if (!factory)
        return false;
    gst_object_unref(factory);
    return true;
}

bool codec_is_here(Codec codec) {
    return is_codec(codec) && gst_init_check(NULL, NULL, NULL) && has_element(codecs[codec].encoder) &&
        has_element(codecs[codec].decoder) && has_element("audioresample");
}
