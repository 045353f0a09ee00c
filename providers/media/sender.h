/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sender: makes packets of what we say, and of the digits that we send. */
#pragma once

#include "providers/media/coder.h"
#include "providers/media/rtp.h"

typedef struct Sender Sender;

typedef void (*SenderOutput)(const uint8_t *data, size_t size, void *userdata);

/* What it did so far. */
typedef struct SenderCounts {
    uint64_t packets, bytes;  /* bytes of payload */
    uint32_t ssrc, timestamp; /* timestamp: of now */
} SenderCounts;

Sender *sender_new(SenderOutput output, void *userdata);
Sender *sender_free(Sender *sender);

/* Takes the encoder and gives back the one before, to be freed. telephone_event: 0 for none. */
Encoder *sender_set_encoder(Sender *sender, Encoder *encoder);
void sender_set_payloads(Sender *sender, Codec codec, uint8_t payload, uint8_t telephone_event);

/* 20 ms more; NULL: we say nothing, not even silence. */
void sender_put(Sender *sender, const Frame *frame);

/* -EINVAL: something else among them; -EOPNOTSUPP: the far end takes none. "" stops. */
int sender_start_digits(Sender *sender, const char *digits, unsigned duration_ms, unsigned gap_ms);
bool sender_has_digits(const Sender *sender);

SenderCounts sender_counts(const Sender *sender);
