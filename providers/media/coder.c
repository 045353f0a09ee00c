/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoder and Decoder: between frames and the payload of packets, by the elements of GStreamer. */
#include "providers/media/coder.h"

#include "providers/media/fifo.h"
#include "providers/media/pump.h"

#define RAW_16 "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000"
#define TO_RAW_16 "capsfilter caps=" RAW_16 /* a caps alone has no pad to the outside */
#define RAW_8 "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=8000"

enum {
    BYTES_PER_MS = 8,          /* of those that make 64 kbit/s */
    PACKETS_MAX = 8,           /* made and not taken */
    DECODED_MAX = FRAME_RATE,  /* a second */
    REPEATS_MAX = 3,           /* of the last frame where one is lost; then it is silent */
};

/* By frames: each of the encoder's buffers is a packet. Else it is a row of bytes, which is cut. */
static const struct {
    bool by_frames, conceals;
    const char *encoder, *decoder, *caps;
} ways[_CODEC_MAX] = {
    [CODEC_PCMU] = { false, false, "audioresample ! " RAW_8 " ! mulawenc", "mulawdec ! " RAW_8 " ! audioresample ! " TO_RAW_16,
                     "audio/x-mulaw,rate=8000,channels=1" },
    [CODEC_PCMA] = { false, false, "audioresample ! " RAW_8 " ! alawenc", "alawdec ! " RAW_8 " ! audioresample ! " TO_RAW_16,
                     "audio/x-alaw,rate=8000,channels=1" },
    [CODEC_G722] = { false, false, "avenc_g722", "avdec_g722 ! audioconvert ! " TO_RAW_16,
                     "audio/G722,rate=16000,channels=1" },
    [CODEC_OPUS] = { true, true,
                     "opusenc name=encoder audio-type=voice bitrate=24000 complexity=5 inband-fec=true packet-loss-percentage=5",
                     "opusdec plc=true ! " TO_RAW_16, "audio/x-opus,channel-mapping-family=0,rate=48000,channels=1" },
};

struct Encoder {
    Pump *pump;
    Codec codec;
    unsigned packet_ms;
    GstClockTime time;
    GByteArray *row;  /* not by frames */
    GQueue packets;   /* GBytes, by frames */
};

struct Decoder {
    Pump *pump;
    Codec codec;
    GstClockTime time;
    Fifo samples;
    Frame last;
    unsigned repeats;
};

static GstBuffer *stamped(GstBuffer *buffer, GstClockTime *time, unsigned ms) {
    GST_BUFFER_PTS(buffer) = *time;
    GST_BUFFER_DURATION(buffer) = ms * GST_MSECOND;
    *time += ms * GST_MSECOND;
    return buffer;
}

static void on_encoded(GstBuffer *buffer, void *userdata) {
    Encoder *encoder = userdata;
    GstMapInfo map;

    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return;
    if (!ways[encoder->codec].by_frames)
        g_byte_array_append(encoder->row, map.data, (guint) map.size);
    else if (encoder->packets.length < PACKETS_MAX)
        g_queue_push_tail(&encoder->packets, g_bytes_new(map.data, map.size));
    gst_buffer_unmap(buffer, &map);
}

/* Opus knows frames of some lengths only. */
static unsigned possible_ms(Codec codec, unsigned ms) {
    if (ms == 0 || ms > 200)
        return FRAME_MS;
    if (!ways[codec].by_frames)
        return ms;
    return ms == 10 || ms == 40 || ms == 60 ? ms : FRAME_MS;
}

static void set_frame_size(Encoder *encoder) {
    g_autoptr(GstElement) element = pump_get(encoder->pump, "encoder");
    g_autofree char *size = g_strdup_printf("%u", encoder->packet_ms);

    if (element)
        gst_util_set_object_arg(G_OBJECT(element), "frame-size", size);
}

int encoder_new(Codec codec, unsigned ptime_ms, Encoder **ret) {
    Encoder *encoder;
    int r;

    if (!codec_is_here(codec))
        return -EOPNOTSUPP;
    encoder = g_new0(Encoder, 1);
    encoder->codec = codec;
    encoder->packet_ms = possible_ms(codec, ptime_ms);
    encoder->row = g_byte_array_new();
    r = pump_new(ways[codec].encoder, RAW_16, on_encoded, encoder, &encoder->pump);
    if (r < 0) {
        encoder_free(encoder);
        return r;
    }
    set_frame_size(encoder);
    *ret = encoder;
    return 0;
}

Encoder *encoder_free(Encoder *encoder) {
    if (!encoder)
        return NULL;
    pump_free(encoder->pump);
    g_byte_array_unref(encoder->row);
    g_queue_clear_full(&encoder->packets, (GDestroyNotify) g_bytes_unref);
    g_free(encoder);
    return NULL;
}

void encoder_put(Encoder *encoder, const Frame *frame) {
    GstBuffer *buffer = gst_buffer_new_memdup(frame->samples, sizeof(frame->samples));

    pump_push(encoder->pump, stamped(buffer, &encoder->time, FRAME_MS));
}

GBytes *encoder_take(Encoder *encoder) {
    guint size = encoder->packet_ms * BYTES_PER_MS;
    GBytes *bytes;

    if (ways[encoder->codec].by_frames)
        return g_queue_pop_head(&encoder->packets);
    if (encoder->row->len < size)
        return NULL;
    bytes = g_bytes_new(encoder->row->data, size);
    g_byte_array_remove_range(encoder->row, 0, size);
    return bytes;
}

unsigned encoder_packet_ms(const Encoder *encoder) {
    return encoder->packet_ms;
}

static void on_decoded(GstBuffer *buffer, void *userdata) {
    Decoder *decoder = userdata;
    GstMapInfo map;

    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return;
    fifo_put(&decoder->samples, (const int16_t *) map.data, map.size / sizeof(int16_t));
    gst_buffer_unmap(buffer, &map);
}

int decoder_new(Codec codec, Decoder **ret) {
    Decoder *decoder;
    int r;

    if (!codec_is_here(codec))
        return -EOPNOTSUPP;
    decoder = g_new0(Decoder, 1);
    decoder->codec = codec;
    fifo_init(&decoder->samples, DECODED_MAX);
    r = pump_new(ways[codec].decoder, ways[codec].caps, on_decoded, decoder, &decoder->pump);
    if (r < 0) {
        decoder_free(decoder);
        return r;
    }
    *ret = decoder;
    return 0;
}

Decoder *decoder_free(Decoder *decoder) {
    if (!decoder)
        return NULL;
    pump_free(decoder->pump);
    fifo_done(&decoder->samples);
    g_free(decoder);
    return NULL;
}

void decoder_put(Decoder *decoder, GBytes *payload) {
    size_t size;
    const void *data = g_bytes_get_data(payload, &size);
    unsigned ms = ways[decoder->codec].by_frames ? FRAME_MS : (unsigned) (size / BYTES_PER_MS);

    if (size == 0)
        return;
    decoder->repeats = 0;
    pump_push(decoder->pump, stamped(gst_buffer_new_memdup(data, size), &decoder->time, ms));
}

/* The last frame once more, and again, softer each time. */
static void repeat(Decoder *decoder) {
    if (decoder->repeats < REPEATS_MAX)
        frame_scale(&decoder->last, 70);
    else
        decoder->last = (Frame) {};
    decoder->repeats++;
    fifo_put(&decoder->samples, decoder->last.samples, FRAME_SAMPLES);
}

void decoder_put_lost(Decoder *decoder, unsigned ms) {
    if (ways[decoder->codec].conceals) {
        pump_push_gap(decoder->pump, decoder->time, ms * GST_MSECOND);
        decoder->time += ms * GST_MSECOND;
        return;
    }
    for (unsigned done = 0; done < ms; done += FRAME_MS)
        repeat(decoder);
}

bool decoder_take(Decoder *decoder, Frame *ret) {
    if (decoder->samples.filled < FRAME_SAMPLES)
        return false;
    fifo_take(&decoder->samples, ret->samples, FRAME_SAMPLES);
    decoder->last = *ret;
    return true;
}
