/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Oscillator and Melody: sounds that are made here. */
#include "providers/media/tone.h"

#include <math.h>

#define VOLUME 0.25 /* -15 dBFS: as loud as a voice */
#define RING_VOLUME 0.5

enum {
    WARBLE_MS = 40, /* each of the two notes of the bell */
};

typedef struct Rhythm {
    double hz;
    unsigned on_ms, off_ms; /* off 0: it does not end by itself */
} Rhythm;

/* ITU-T E.180, as most of the world has them. */
static const Rhythm rhythms[_TONE_MAX] = {
    [TONE_RINGBACK] = { 425, 1000, 4000 },
    [TONE_BUSY] = { 425, 480, 480 },
    [TONE_BEEP] = { 1000, 1000, 0 },
    [TONE_BILLING] = { 2600, 200, 800 },
};

static const Rhythm bell = { 440, 1000, 3000 };

void oscillator_make(Oscillator *oscillator, double hz, double volume, Frame *ret) {
    double step = hz / FRAME_RATE;

    for (size_t i = 0; i < FRAME_SAMPLES; i++) {
        ret->samples[i] = (int16_t) lrint(sin(2 * M_PI * oscillator->phase) * volume * INT16_MAX);
        oscillator->phase += step;
    }
    oscillator->phase -= floor(oscillator->phase);
}

static void make(Melody *melody, const Rhythm *rhythm, double hz, double volume, Frame *ret) {
    bool sounds = rhythm->off_ms == 0 || melody->at_ms % (rhythm->on_ms + rhythm->off_ms) < rhythm->on_ms;

    *ret = (Frame) {};
    if (sounds && hz > 0)
        oscillator_make(&melody->oscillator, hz, volume, ret);
    melody->at_ms += FRAME_MS;
}

void melody_make_tone(Melody *melody, Tone tone, Frame *ret) {
    const Rhythm *rhythm = &rhythms[tone >= 0 && tone < _TONE_MAX ? tone : TONE_NONE];

    make(melody, rhythm, rhythm->hz, VOLUME, ret);
}

void melody_make_ring(Melody *melody, Frame *ret) {
    double hz = melody->at_ms / WARBLE_MS % 2 == 0 ? bell.hz : bell.hz * 5 / 4;

    make(melody, &bell, hz, RING_VOLUME, ret);
}
