/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voice: the network's side of one call. */
#include "providers/media/voice.h"

#include <errno.h>
#include <string.h>

#include "providers/media/quality.h"

struct Voice {
    Transport *transport;
    Receiver *receiver;
    Sender *sender;
    bool agreed;
    char *address;
    MediaAgreement agreement;
    int64_t heard_at;  /* when something came, or was first due; monotonic */
};

static void on_packet_made(const uint8_t *data, size_t size, void *userdata) {
    Voice *voice = userdata;

    transport_send(voice->transport, CHANNEL_RTP, data, size);
}

int voice_new(const char *address, uint16_t min, uint16_t max, unsigned jitter_ms, ReceiverDigit on_digit, void *userdata,
              Voice **ret) {
    Transport *transport;
    Voice *voice;
    int r;

    r = transport_new(address, min, max, &transport);
    if (r < 0)
        return r;
    voice = g_new0(Voice, 1);
    voice->transport = transport;
    voice->receiver = receiver_new(jitter_ms, on_digit, userdata);
    voice->sender = sender_new(on_packet_made, voice);
    *ret = voice;
    return 0;
}

Voice *voice_free(Voice *voice) {
    if (!voice)
        return NULL;
    sender_free(voice->sender);
    receiver_free(voice->receiver);
    transport_free(voice->transport);
    g_free(voice->address);
    g_free(voice);
    return NULL;
}

uint16_t voice_port(const Voice *voice) {
    return transport_port(voice->transport);
}

static bool is_sane(const MediaAgreement *agreement) {
    return agreement->address && codec_to_string(agreement->codec) && agreement->payload < 128 &&
        agreement->telephone_event < 128;
}

int voice_make_parts(const Voice *voice, const MediaAgreement *agreement, VoiceParts *ret) {
    bool same_codec = voice->agreed && agreement->codec == voice->agreement.codec;
    int r;

    *ret = (VoiceParts) {};
    if (!is_sane(agreement))
        return -EINVAL;
    if (!same_codec || agreement->ptime_ms != voice->agreement.ptime_ms) {
        r = encoder_new(agreement->codec, agreement->ptime_ms, &ret->encoder);
        if (r < 0)
            return r;
    }
    if (!same_codec) {
        r = decoder_new(agreement->codec, &ret->decoder);
        if (r < 0) {
            voice_free_parts(ret);
            return r;
        }
    }
    return 0;
}

void voice_free_parts(VoiceParts *parts) {
    encoder_free(parts->encoder);
    decoder_free(parts->decoder);
    *parts = (VoiceParts) {};
}

static void keep(Voice *voice, const MediaAgreement *agreement) {
    if (g_strcmp0(voice->address, agreement->address) != 0) {
        g_free(voice->address);
        voice->address = g_strdup(agreement->address);
    }
    voice->agreement = *agreement;
    voice->agreement.address = voice->address;
    voice->agreed = true;
}

int voice_agree(Voice *voice, const MediaAgreement *agreement, VoiceParts *parts) {
    int r;

    r = transport_aim(voice->transport, agreement->address, agreement->port, agreement->rtcp_port, agreement->rtcp_mux);
    if (r < 0)
        return r;
    if (parts->encoder)
        parts->encoder = sender_set_encoder(voice->sender, parts->encoder);
    if (parts->decoder)
        parts->decoder = receiver_set_decoder(voice->receiver, parts->decoder);
    sender_set_payloads(voice->sender, agreement->codec, agreement->payload, agreement->telephone_event);
    receiver_set_payloads(voice->receiver, agreement->codec, agreement->payload, agreement->telephone_event);
    if (!agreement->receives)
        receiver_flush(voice->receiver);
    if (!voice->agreed || agreement->receives != voice->agreement.receives)
        voice->heard_at = g_get_monotonic_time();
    keep(voice, agreement);
    return 0;
}

bool voice_is_agreed(const Voice *voice) {
    return voice->agreed;
}

bool voice_sends(const Voice *voice) {
    return voice->agreed && voice->agreement.sends && voice->agreement.port > 0;
}

bool voice_receives(const Voice *voice) {
    return voice->agreed && voice->agreement.receives;
}

static void on_datagram(const Datagram *datagram, void *userdata) {
    Voice *voice = userdata;
    RtpPacket packet;

    if (datagram->channel != CHANNEL_RTP || rtp_parse(datagram->data, datagram->size, &packet) < 0 ||
        !receiver_knows(voice->receiver, packet.payload_type) || !transport_accept(voice->transport, datagram))
        return;
    voice->heard_at = g_get_monotonic_time();
    receiver_put(voice->receiver, &packet, datagram->arrived);
}

void voice_receive(Voice *voice) {
    transport_receive(voice->transport, on_datagram, voice);
}

void voice_hear(Voice *voice, Frame *ret) {
    *ret = (Frame) {};
    if (voice_receives(voice))
        receiver_take(voice->receiver, ret);
    else
        receiver_flush(voice->receiver);
}

void voice_say(Voice *voice, const Frame *frame) {
    sender_put(voice->sender, voice_sends(voice) ? frame : NULL);
}

int64_t voice_silent_for(const Voice *voice, int64_t now) {
    return voice_receives(voice) ? MAX(now - voice->heard_at, 0) : 0;
}

int voice_start_digits(Voice *voice, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    return sender_start_digits(voice->sender, digits, duration_ms, gap_ms);
}

bool voice_has_digits(const Voice *voice) {
    return sender_has_digits(voice->sender);
}

static void add(GVariantBuilder *stats, const char *name, GVariant *value) {
    g_variant_builder_add(stats, "{sv}", name, value);
}

void voice_add_stats(const Voice *voice, GVariantBuilder *stats) {
    ReceiverCounts in = receiver_counts(voice->receiver);
    SenderCounts out = sender_counts(voice->sender);
    g_autofree char *remote = transport_remote(voice->transport);
    double delay_ms = in.delay_ms + FRAME_MS;

    if (voice->agreed)
        add(stats, "codec", g_variant_new_string(codec_to_string(voice->agreement.codec)));
    add(stats, "packets-sent", g_variant_new_uint64(out.packets));
    add(stats, "packets-received", g_variant_new_uint64(in.packets));
    add(stats, "packets-lost", g_variant_new_uint64(in.lost));
    add(stats, "bytes-sent", g_variant_new_uint64(out.bytes));
    add(stats, "bytes-received", g_variant_new_uint64(in.bytes));
    add(stats, "jitter-ms", g_variant_new_double(in.jitter_ms));
    add(stats, "mos", g_variant_new_double(quality_mos(voice->agreement.codec, delay_ms, in.bad)));
    add(stats, "remote", g_variant_new_string(remote));
}
