/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiver: makes a voice of the packets of the peer, and hears its digits. */
#pragma once

#include "providers/media/coder.h"
#include "providers/media/rtp.h"

typedef struct Receiver Receiver;

/* Once for each digit. */
typedef void (*ReceiverDigit)(char digit, void *userdata);

/* What it saw so far. */
typedef struct ReceiverCounts {
    uint64_t packets, bytes, lost;
    double jitter_ms;
    double bad;          /* of the last seconds: the part that was lost, or too late to be heard; 0 to 1 */
    unsigned delay_ms;   /* in the buffer */
    uint32_t ssrc, highest, jitter; /* as a report of RTCP has them */
} ReceiverCounts;

Receiver *receiver_new(unsigned jitter_ms, ReceiverDigit on_digit, void *userdata);
Receiver *receiver_free(Receiver *receiver);

/* Takes the decoder and gives back the one before, to be freed. */
Decoder *receiver_set_decoder(Receiver *receiver, Decoder *decoder);
void receiver_set_payloads(Receiver *receiver, Codec codec, uint8_t payload, uint8_t telephone_event);

/* Could a packet of this type be of the call? */
bool receiver_knows(const Receiver *receiver, uint8_t payload);

void receiver_put(Receiver *receiver, const RtpPacket *packet, int64_t arrived);

/* The next 20 ms of its voice. */
void receiver_take(Receiver *receiver, Frame *ret);

/* Forgets what waits to be heard. */
void receiver_flush(Receiver *receiver);

ReceiverCounts receiver_counts(const Receiver *receiver);

/* The part that was lost since it was asked last, in 256ths. */
uint8_t receiver_fraction_lost(Receiver *receiver);
