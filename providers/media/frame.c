/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frame: 20 ms of one voice. */
#include "providers/media/frame.h"

#include <math.h>

static int16_t clip(int32_t sample) {
    if (sample > INT16_MAX)
        return INT16_MAX;
    return sample < INT16_MIN ? INT16_MIN : (int16_t) sample;
}

void frame_scale(Frame *frame, unsigned per_cent) {
    if (per_cent == 100)
        return;
    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        frame->samples[i] = clip((int32_t) (frame->samples[i] * (int64_t) per_cent / 100));
}

double frame_power(const Frame *frame) {
    int64_t sum = 0;

    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        sum += (int32_t) frame->samples[i] * frame->samples[i];
    return (double) sum / FRAME_SAMPLES / (32768.0 * 32768.0);
}

double power_to_level(double power) {
    return power > 0 ? fmax(10 * log10(power), LEVEL_SILENCE) : LEVEL_SILENCE;
}

void sum_add(Sum *sum, const Frame *frame) {
    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        sum->samples[i] += frame->samples[i];
}

void sum_take_out(Sum *sum, const Frame *frame) {
    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        sum->samples[i] -= frame->samples[i];
}

void sum_get(const Sum *sum, Frame *ret) {
    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        ret->samples[i] = clip(sum->samples[i]);
}
