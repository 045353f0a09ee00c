/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frame: 20 ms of one voice, as everything between the packets and the devices handles it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FRAME_RATE 16000
#define FRAME_MS 20
#define FRAME_SAMPLES (FRAME_RATE / 1000 * FRAME_MS)
#define FRAME_USEC (FRAME_MS * INT64_C(1000))

/* As GStreamer says it. */
#define FRAME_CAPS "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000"

#define LEVEL_SILENCE (-127.0) /* dBFS of nothing at all */

typedef struct Frame {
    int16_t samples[FRAME_SAMPLES];
} Frame;

/* Several voices at once; there is room for many before it is clipped. */
typedef struct Sum {
    int32_t samples[FRAME_SAMPLES];
} Sum;

void frame_scale(Frame *frame, unsigned per_cent);

/* Of the mean square: full scale is 1. */
double frame_power(const Frame *frame);
double power_to_level(double power); /* dBFS */

void sum_add(Sum *sum, const Frame *frame);
void sum_take_out(Sum *sum, const Frame *frame);
void sum_get(const Sum *sum, Frame *ret);
