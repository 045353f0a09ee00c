/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Oscillator and Melody: sounds that are made here. */
#pragma once

#include <stdbool.h>

#include "providers/media/frame.h"
#include "service/types.h"

typedef struct Oscillator {
    double phase; /* in turns */
} Oscillator;

/* Volume: 0 to 1, of full scale. */
void oscillator_make(Oscillator *oscillator, double hz, double volume, Frame *ret);

/* A tone with its rhythm. */
typedef struct Melody {
    Oscillator oscillator;
    unsigned at_ms;
} Melody;

/* The next 20 ms. */
void melody_make_tone(Melody *melody, Tone tone, Frame *ret);
void melody_make_ring(Melody *melody, Frame *ret);
