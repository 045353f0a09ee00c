/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoder and Decoder: between frames and the payload of packets. */
#pragma once

#include <glib.h>

#include "providers/media/codec.h"
#include "providers/media/frame.h"

typedef struct Encoder Encoder;
typedef struct Decoder Decoder;

/* -EOPNOTSUPP: a part is not installed. */
int encoder_new(Codec codec, unsigned ptime_ms, Encoder **ret);
Encoder *encoder_free(Encoder *encoder);

void encoder_put(Encoder *encoder, const Frame *frame);

/* What is ready to be sent, to be freed; NULL: put more. */
GBytes *encoder_take(Encoder *encoder);

/* What a packet of the encoder lasts: not every codec can what was asked for. */
unsigned encoder_packet_ms(const Encoder *encoder);

int decoder_new(Codec codec, Decoder **ret);
Decoder *decoder_free(Decoder *decoder);

void decoder_put(Decoder *decoder, GBytes *payload);
void decoder_put_lost(Decoder *decoder, unsigned ms);

/* Is there a whole frame? */
bool decoder_take(Decoder *decoder, Frame *ret);
