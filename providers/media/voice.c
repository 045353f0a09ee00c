/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voice: the network's side of one call. */
#include "providers/media/voice.h"

#include <errno.h>
#include <string.h>

#include "providers/media/quality.h"
#include "providers/media/reporter.h"

struct Voice {
    Transport *transport;
    Receiver *receiver;
    Sender *sender;
    Cipher *protect, *unprotect; /* NULL: none */
    const Datagram *datagram;    /* that is just being read */
    Reporter reporter;
    bool agreed;
    char *address;
    MediaAgreement agreement;
    int64_t heard_at;  /* when something came, or was first due; monotonic */
};

static void on_protected(Channel channel, const uint8_t *data, size_t size, void *userdata) {
    transport_send(((Voice *) userdata)->transport, channel, data, size);
}

static void send_out(Voice *voice, Channel channel, const uint8_t *data, size_t size) {
    if (voice->protect)
        cipher_put(voice->protect, channel, data, size);
    else
        transport_send(voice->transport, channel, data, size);
}

static void on_packet_made(const uint8_t *data, size_t size, void *userdata) {
    send_out(userdata, CHANNEL_RTP, data, size);
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
    reporter_init(&voice->reporter);
    *ret = voice;
    return 0;
}

Voice *voice_free(Voice *voice) {
    if (!voice)
        return NULL;
    sender_free(voice->sender);
    receiver_free(voice->receiver);
    cipher_free(voice->protect);
    cipher_free(voice->unprotect);
    transport_free(voice->transport);
    explicit_bzero(&voice->agreement, sizeof(voice->agreement));
    g_free(voice->address);
    g_free(voice);
    return NULL;
}

uint16_t voice_port(const Voice *voice) {
    return transport_port(voice->transport);
}

static bool is_sane(const MediaAgreement *agreement) {
    return agreement->address && codec_to_string(agreement->codec) && agreement->payload < 128 &&
        agreement->telephone_event < 128 && srtp_suite_to_string(agreement->local.suite) &&
        srtp_suite_to_string(agreement->remote.suite) &&
        (agreement->local.suite == SRTP_NONE) == (agreement->remote.suite == SRTP_NONE);
}

static bool is_same_key(const SrtpKey *a, const SrtpKey *b) {
    return a->suite == b->suite && (a->suite == SRTP_NONE || memcmp(a->key, b->key, sizeof(a->key)) == 0);
}

static int make_coders(const Voice *voice, const MediaAgreement *agreement, VoiceParts *parts) {
    bool same_codec = voice->agreed && agreement->codec == voice->agreement.codec;
    int r = 0;

    if (!same_codec || agreement->ptime_ms != voice->agreement.ptime_ms)
        r = encoder_new(agreement->codec, agreement->ptime_ms, &parts->encoder);
    if (r >= 0 && !same_codec)
        r = decoder_new(agreement->codec, &parts->decoder);
    return r;
}

static void on_unprotected(Channel channel, const uint8_t *data, size_t size, void *userdata);

static int make_ciphers(Voice *voice, const MediaAgreement *agreement, VoiceParts *parts) {
    int r;

    if (is_same_key(&agreement->local, &voice->agreement.local) && is_same_key(&agreement->remote, &voice->agreement.remote))
        return 0;
    parts->new_ciphers = true;
    if (agreement->local.suite == SRTP_NONE)
        return 0;
    r = cipher_new(&agreement->local, true, on_protected, voice, &parts->protect);
    if (r >= 0)
        r = cipher_new(&agreement->remote, false, on_unprotected, voice, &parts->unprotect);
    return r;
}

int voice_make_parts(Voice *voice, const MediaAgreement *agreement, VoiceParts *ret) {
    int r;

    *ret = (VoiceParts) {};
    if (!is_sane(agreement))
        return -EINVAL;
    r = make_coders(voice, agreement, ret);
    if (r >= 0)
        r = make_ciphers(voice, agreement, ret);
    if (r < 0)
        voice_free_parts(ret);
    return r;
}

void voice_free_parts(VoiceParts *parts) {
    encoder_free(parts->encoder);
    decoder_free(parts->decoder);
    cipher_free(parts->protect);
    cipher_free(parts->unprotect);
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

static void swap_ciphers(Voice *voice, VoiceParts *parts) {
    Cipher *protect = voice->protect, *unprotect = voice->unprotect;

    voice->protect = parts->protect;
    voice->unprotect = parts->unprotect;
    parts->protect = protect;
    parts->unprotect = unprotect;
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
    if (parts->new_ciphers)
        swap_ciphers(voice, parts);
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

static void take_rtp(Voice *voice, const uint8_t *data, size_t size) {
    RtpPacket packet;

    if (rtp_parse(data, size, &packet) < 0 || !receiver_knows(voice->receiver, packet.payload_type) ||
        !transport_accept(voice->transport, voice->datagram))
        return;
    voice->heard_at = g_get_monotonic_time();
    if (voice_receives(voice))
        receiver_put(voice->receiver, &packet, voice->datagram->arrived);
}

static void take_rtcp(Voice *voice, const uint8_t *data, size_t size) {
    RtcpReport report;

    if (rtcp_parse(data, size, sender_counts(voice->sender).ssrc, &report) >= 0 &&
        transport_accept(voice->transport, voice->datagram))
        reporter_take(&voice->reporter, &report, voice->datagram->arrived);
}

/* Only now is it known to be of the peer, if there is encryption. */
static void on_unprotected(Channel channel, const uint8_t *data, size_t size, void *userdata) {
    Voice *voice = userdata;

    if (channel == CHANNEL_RTP)
        take_rtp(voice, data, size);
    else
        take_rtcp(voice, data, size);
}

static void on_datagram(const Datagram *datagram, void *userdata) {
    Voice *voice = userdata;

    voice->datagram = datagram;
    if (voice->unprotect)
        cipher_put(voice->unprotect, datagram->channel, datagram->data, datagram->size);
    else
        on_unprotected(datagram->channel, datagram->data, datagram->size, voice);
    voice->datagram = NULL;
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

static void send_report(Voice *voice, bool is_bye) {
    uint8_t buffer[RTCP_SIZE_MAX];
    size_t size = reporter_make(&voice->reporter, voice->receiver, voice->sender, is_bye, buffer);

    send_out(voice, CHANNEL_RTCP, buffer, size);
}

void voice_watch(Voice *voice, int64_t now) {
    if (voice->agreed && reporter_is_due(&voice->reporter, now))
        send_report(voice, false);
}

void voice_say_bye(Voice *voice) {
    if (voice->agreed)
        send_report(voice, true);
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
    double round_trip_ms = voice->reporter.round_trip_ms;
    double delay_ms = in.delay_ms + FRAME_MS + MAX(round_trip_ms, 0) / 2;

    if (voice->agreed)
        add(stats, "codec", g_variant_new_string(codec_to_string(voice->agreement.codec)));
    add(stats, "packets-sent", g_variant_new_uint64(out.packets));
    add(stats, "packets-received", g_variant_new_uint64(in.packets));
    add(stats, "packets-lost", g_variant_new_uint64(in.lost));
    add(stats, "bytes-sent", g_variant_new_uint64(out.bytes));
    add(stats, "bytes-received", g_variant_new_uint64(in.bytes));
    add(stats, "jitter-ms", g_variant_new_double(in.jitter_ms));
    if (round_trip_ms >= 0)
        add(stats, "round-trip-ms", g_variant_new_double(round_trip_ms));
    add(stats, "encryption", g_variant_new_string(srtp_suite_to_string(voice->agreement.local.suite)));
    add(stats, "mos", g_variant_new_double(quality_mos(voice->agreement.codec, delay_ms, in.bad)));
    add(stats, "remote", g_variant_new_string(remote));
}
