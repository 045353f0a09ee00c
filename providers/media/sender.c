/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sender: makes packets of what we say, and of the digits that we send. */
#include "providers/media/sender.h"

#include "providers/media/digits.h"

enum {
    LAST_REPEATS = 3, /* RFC 4733: the end of an event, as it may get lost */
};

struct Sender {
    SenderOutput output;
    void *userdata;
    Encoder *encoder;
    Codec codec;
    uint8_t payload, telephone_event;
    uint16_t sequence;
    uint32_t ssrc;
    uint32_t now;       /* the clock of the codec, at this frame */
    uint32_t next;      /* timestamp of the next packet of voice */
    bool is_talking;    /* the packet before this one was voice, just before it */
    DigitSender digits;
    uint32_t event_at;  /* timestamp of the digit */
    uint32_t event_gone; /* of its duration: what the events before this one said */
    SenderCounts counts;
};

Sender *sender_new(SenderOutput output, void *userdata) {
    Sender *sender = g_new0(Sender, 1);

    sender->output = output;
    sender->userdata = userdata;
    sender->sequence = (uint16_t) (g_random_int() & 0x7fff); /* RFC 3711: far from the end, which SRTP counts */
    sender->ssrc = g_random_int();
    sender->now = g_random_int();
    return sender;
}

Sender *sender_free(Sender *sender) {
    if (!sender)
        return NULL;
    digit_sender_stop(&sender->digits);
    encoder_free(sender->encoder);
    g_free(sender);
    return NULL;
}

Encoder *sender_set_encoder(Sender *sender, Encoder *encoder) {
    Encoder *before = sender->encoder;

    sender->encoder = encoder;
    sender->is_talking = false;
    return before;
}

void sender_set_payloads(Sender *sender, Codec codec, uint8_t payload, uint8_t telephone_event) {
    sender->codec = codec;
    sender->payload = payload;
    sender->telephone_event = telephone_event;
}

static uint32_t in_units(const Sender *sender, unsigned ms) {
    return codec_clock_rate(sender->codec) / 1000 * ms;
}

static void send_packet(Sender *sender, RtpPacket packet) {
    uint8_t buffer[RTP_PACKET_MAX];
    size_t size;

    packet.sequence = sender->sequence++;
    packet.ssrc = sender->ssrc;
    size = rtp_write(&packet, buffer, sizeof(buffer));
    if (size == 0)
        return;
    sender->counts.packets++;
    sender->counts.bytes += packet.size;
    sender->output(buffer, size, sender->userdata);
}

static void send_event(Sender *sender, const RtpEvent *event, bool marker) {
    uint8_t payload[RTP_EVENT_SIZE];

    rtp_event_write(event, payload);
    send_packet(sender, (RtpPacket) {
        .marker = marker,
        .payload_type = sender->telephone_event,
        .timestamp = sender->event_at,
        .payload = payload,
        .size = sizeof(payload),
    });
}

/* A duration has 16 bits: a longer digit goes on in another event (RFC 4733, 2.5.1.3). */
static uint16_t fit(Sender *sender, const RtpEvent *event, uint32_t duration) {
    RtpEvent full = { .code = event->code, .duration = UINT16_MAX };

    while (duration - sender->event_gone > UINT16_MAX) {
        send_event(sender, &full, false);
        sender->event_at += UINT16_MAX;
        sender->event_gone += UINT16_MAX;
    }
    return (uint16_t) (duration - sender->event_gone);
}

static void send_digit(Sender *sender, const DigitStep *step) {
    RtpEvent event = { .code = step->code, .end = step->last };

    sender->is_talking = false;
    if (step->first) {
        sender->event_at = sender->now;
        sender->event_gone = 0;
    }
    event.duration = fit(sender, &event, in_units(sender, step->elapsed_ms));
    for (int i = 0; i < (step->last ? LAST_REPEATS : 1); i++)
        send_event(sender, &event, step->first && i == 0);
}

static void send_voice(Sender *sender, const Frame *frame) {
    bool begins = !sender->is_talking;

    if (!sender->encoder)
        return;
    if (begins)
        sender->next = sender->now;
    sender->is_talking = true;
    encoder_put(sender->encoder, frame);
    for (GBytes *bytes = encoder_take(sender->encoder); bytes; bytes = encoder_take(sender->encoder)) {
        RtpPacket packet = { .marker = begins, .payload_type = sender->payload, .timestamp = sender->next };

        packet.payload = g_bytes_get_data(bytes, &packet.size);
        send_packet(sender, packet);
        g_bytes_unref(bytes);
        sender->next += in_units(sender, encoder_packet_ms(sender->encoder));
        begins = false;
    }
}

void sender_put(Sender *sender, const Frame *frame) {
    DigitStep step;

    if (!frame)
        sender->is_talking = false;
    else if (sender_has_digits(sender) && digit_sender_step(&sender->digits, &step) && step.sounds)
        send_digit(sender, &step);
    else
        send_voice(sender, frame);
    sender->now += in_units(sender, FRAME_MS);
}

/* The far end waits for the end of what sounds just now. */
static void end_digit(Sender *sender) {
    DigitStep step;

    if (!sender_has_digits(sender) || sender->digits.elapsed_ms == 0 || !digit_sender_step(&sender->digits, &step) ||
        !step.sounds)
        return;
    step.last = true;
    send_digit(sender, &step);
}

int sender_start_digits(Sender *sender, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    end_digit(sender);
    digit_sender_stop(&sender->digits);
    if (digits[0] == '\0')
        return 0;
    if (sender->telephone_event == 0)
        return -EOPNOTSUPP;
    return digit_sender_start(&sender->digits, digits, duration_ms, gap_ms);
}

bool sender_has_digits(const Sender *sender) {
    return sender->digits.left != NULL;
}

SenderCounts sender_counts(const Sender *sender) {
    SenderCounts counts = sender->counts;

    counts.ssrc = sender->ssrc;
    counts.timestamp = sender->now;
    return counts;
}
