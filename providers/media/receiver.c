/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiver: makes a voice of the packets of the peer, and hears its digits. */
#include "providers/media/receiver.h"

#include <math.h>

#include "providers/media/jitter.h"

enum {
    COMFORT_NOISE = 13,       /* RFC 3389: silence that is not sent */
    DROPOUT_MAX = 3000,       /* RFC 3550, A.1 */
    MISORDER_MAX = 100,
    CONCEALED_MAX = 3,        /* frames that are made up when nothing comes */
    SKIPPED_MAX = 16,         /* packets without a voice in one frame */
    SECOND = 1000 / FRAME_MS, /* in frames */
};

struct Receiver {
    Jitter *jitter;
    Decoder *decoder;
    Codec codec;
    uint8_t payload, telephone_event;
    ReceiverDigit on_digit;
    void *userdata;
    bool known;               /* a source */
    uint32_t ssrc;
    uint32_t candidate;       /* another source, and what it sends next if it is no accident */
    uint16_t candidate_next;
    uint16_t highest;
    uint32_t cycles, base;    /* of this source's sequence numbers */
    uint64_t expected_before, received, received_here, bytes;
    uint16_t jump_next;
    bool jumped;
    int64_t transit;          /* of the packet before, in units of the clock */
    bool has_transit;
    double deviation;         /* the jitter, in units */
    bool has_event;
    uint32_t event_at;
    uint8_t event_code;
    uint16_t event_duration;
    unsigned concealed, frames;
    double bad;
    uint64_t bad_before, expected_second;
    uint64_t expected_report, received_report;
};

Receiver *receiver_new(unsigned jitter_ms, ReceiverDigit on_digit, void *userdata) {
    Receiver *receiver = g_new0(Receiver, 1);

    receiver->jitter = jitter_new(jitter_ms);
    receiver->on_digit = on_digit;
    receiver->userdata = userdata;
    return receiver;
}

Receiver *receiver_free(Receiver *receiver) {
    if (!receiver)
        return NULL;
    jitter_free(receiver->jitter);
    decoder_free(receiver->decoder);
    g_free(receiver);
    return NULL;
}

Decoder *receiver_set_decoder(Receiver *receiver, Decoder *decoder) {
    Decoder *before = receiver->decoder;

    receiver->decoder = decoder;
    receiver->has_transit = false;
    receiver_flush(receiver);
    return before;
}

void receiver_set_payloads(Receiver *receiver, Codec codec, uint8_t payload, uint8_t telephone_event) {
    receiver->codec = codec;
    receiver->payload = payload;
    receiver->telephone_event = telephone_event;
}

static bool is_event(const Receiver *receiver, uint8_t payload) {
    return receiver->telephone_event > 0 && payload == receiver->telephone_event;
}

bool receiver_knows(const Receiver *receiver, uint8_t payload) {
    return payload == receiver->payload || payload == COMFORT_NOISE || is_event(receiver, payload);
}

static uint64_t expected_here(const Receiver *receiver) {
    return receiver->known ? (uint64_t) receiver->cycles + receiver->highest - receiver->base + 1 : 0;
}

static uint64_t expected(const Receiver *receiver) {
    return receiver->expected_before + expected_here(receiver);
}

static void begin_source(Receiver *receiver, const RtpPacket *packet) {
    receiver->expected_before += expected_here(receiver);
    receiver->known = true;
    receiver->ssrc = packet->ssrc;
    receiver->base = receiver->highest = packet->sequence;
    receiver->cycles = 0;
    receiver->has_transit = receiver->has_event = receiver->jumped = false;
    receiver_flush(receiver);
}

/* One packet of another source is an accident or a forgery, two that follow each other are a peer that changed. */
static bool is_of_source(Receiver *receiver, const RtpPacket *packet) {
    if (receiver->known && packet->ssrc == receiver->ssrc)
        return true;
    if (!receiver->known || (packet->ssrc == receiver->candidate && packet->sequence == receiver->candidate_next)) {
        begin_source(receiver, packet);
        return true;
    }
    receiver->candidate = packet->ssrc;
    receiver->candidate_next = (uint16_t) (packet->sequence + 1);
    return false;
}

static bool count_sequence(Receiver *receiver, const RtpPacket *packet) {
    uint16_t ahead = (uint16_t) (packet->sequence - receiver->highest);

    if (ahead < DROPOUT_MAX) {
        if (packet->sequence < receiver->highest)
            receiver->cycles += UINT16_MAX + 1;
        receiver->highest = packet->sequence;
    } else if (ahead <= UINT16_MAX - MISORDER_MAX) {
        if (!receiver->jumped || packet->sequence != receiver->jump_next) {
            receiver->jumped = true;
            receiver->jump_next = (uint16_t) (packet->sequence + 1);
            return false;
        }
        begin_source(receiver, packet);
    }
    receiver->jumped = false;
    return true;
}

/* RFC 3550, A.8. */
static void measure_jitter(Receiver *receiver, const RtpPacket *packet, int64_t arrived) {
    double units = (double) arrived * codec_clock_rate(receiver->codec) / 1000000;
    int64_t transit = (int32_t) ((uint32_t) (int64_t) units - packet->timestamp);

    if (receiver->has_transit) {
        int32_t difference = (int32_t) (uint32_t) (transit - receiver->transit);

        receiver->deviation += (fabs((double) difference) - receiver->deviation) / 16;
    }
    receiver->transit = transit;
    receiver->has_transit = true;
}

/* A digit comes many times, and some of them late. The next part of a long one begins where the part before is full. */
static void hear_event(Receiver *receiver, const RtpPacket *packet) {
    RtpEvent event;
    int32_t ahead = (int32_t) (packet->timestamp - receiver->event_at);
    bool goes_on;
    char digit;

    if (rtp_event_parse(packet->payload, packet->size, &event) < 0)
        return;
    if (receiver->has_event && ahead <= 0) {
        if (ahead == 0)
            receiver->event_duration = MAX(receiver->event_duration, event.duration);
        return;
    }
    goes_on = receiver->has_event && !packet->marker && event.code == receiver->event_code && ahead == UINT16_MAX;
    receiver->has_event = true;
    receiver->event_at = packet->timestamp;
    receiver->event_code = event.code;
    receiver->event_duration = event.duration;
    digit = rtp_event_to_digit(event.code);
    if (digit != '\0' && !goes_on)
        receiver->on_digit(digit, receiver->userdata);
}

void receiver_put(Receiver *receiver, const RtpPacket *packet, int64_t arrived) {
    RtpPacket silence = *packet;

    if (!is_of_source(receiver, packet) || !count_sequence(receiver, packet))
        return;
    receiver->received++;
    receiver->bytes += packet->size;
    if (packet->payload_type == receiver->payload) {
        measure_jitter(receiver, packet, arrived);
        jitter_put(receiver->jitter, packet, codec_clock_rate(receiver->codec));
        return;
    }
    if (is_event(receiver, packet->payload_type))
        hear_event(receiver, packet);
    silence.size = 0;
    jitter_put(receiver->jitter, &silence, codec_clock_rate(receiver->codec));
}

void receiver_flush(Receiver *receiver) {
    jitter_clear(receiver->jitter);
    receiver->concealed = CONCEALED_MAX;
}

/* Nothing is there: a short time is made up, and then it is silent. */
static void conceal(Receiver *receiver, Frame *ret) {
    *ret = (Frame) {};
    if (receiver->concealed >= CONCEALED_MAX)
        return;
    receiver->concealed++;
    decoder_put_lost(receiver->decoder, FRAME_MS);
    if (!decoder_take(receiver->decoder, ret))
        *ret = (Frame) {};
}

/* One packet more is decoded. False: there is none. */
static bool decode(Receiver *receiver, unsigned *skipped) {
    g_autoptr(GBytes) bytes = NULL;

    switch (jitter_take(receiver->jitter, &bytes)) {
    case JITTER_PACKET:
        if (g_bytes_get_size(bytes) == 0) {
            receiver->concealed = CONCEALED_MAX;
            return ++*skipped < SKIPPED_MAX;
        }
        receiver->concealed = 0;
        decoder_put(receiver->decoder, bytes);
        return true;
    case JITTER_LOST:
        decoder_put_lost(receiver->decoder, jitter_packet_ms(receiver->jitter));
        return true;
    case JITTER_EMPTY:
        /* After a digit or silence the voice begins anew, with all the buffer. */
        if (receiver->concealed >= CONCEALED_MAX && jitter_held_ms(receiver->jitter) == 0)
            jitter_rest(receiver->jitter);
        return false;
    }
    return false;
}

/* Once a second; what was lost long ago is forgotten by and by. */
static void judge(Receiver *receiver) {
    uint64_t all = expected(receiver), bad = (all > receiver->received ? all - receiver->received : 0);
    uint64_t expected_now = all - receiver->expected_second;
    uint64_t bad_now;

    bad += jitter_late(receiver->jitter);
    bad_now = bad > receiver->bad_before ? bad - receiver->bad_before : 0;
    receiver->expected_second = all;
    receiver->bad_before = bad;
    if (expected_now > 0)
        receiver->bad += (MIN(1.0, (double) bad_now / (double) expected_now) - receiver->bad) / 4;
}

void receiver_take(Receiver *receiver, Frame *ret) {
    unsigned skipped = 0;

    *ret = (Frame) {};
    if (!receiver->decoder)
        return;
    if (++receiver->frames % SECOND == 0)
        judge(receiver);
    while (!decoder_take(receiver->decoder, ret))
        if (!decode(receiver, &skipped)) {
            conceal(receiver, ret);
            return;
        }
}

ReceiverCounts receiver_counts(const Receiver *receiver) {
    unsigned rate = codec_clock_rate(receiver->codec);
    uint64_t all = expected(receiver);

    return (ReceiverCounts) {
        .packets = receiver->received,
        .bytes = receiver->bytes,
        .lost = all > receiver->received ? all - receiver->received : 0,
        .jitter_ms = rate > 0 ? receiver->deviation * 1000 / rate : 0,
        .bad = receiver->bad,
        .delay_ms = jitter_held_ms(receiver->jitter),
        .ssrc = receiver->ssrc,
        .highest = receiver->cycles + receiver->highest,
        .jitter = (uint32_t) receiver->deviation,
    };
}

uint8_t receiver_fraction_lost(Receiver *receiver) {
    uint64_t all = expected(receiver), expected_now = all - receiver->expected_report;
    uint64_t received_now = receiver->received - receiver->received_report;

    receiver->expected_report = all;
    receiver->received_report = receiver->received;
    if (expected_now == 0 || received_now >= expected_now)
        return 0;
    return (uint8_t) MIN(255, (expected_now - received_now) * 256 / expected_now);
}
