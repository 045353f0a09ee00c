/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound: what was recorded, measured. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "service/cleanup.h"

typedef struct Sound Sound;

/* A WAV file of 16 bits, its first channel; also one that is still written to. NULL: there is none, or nothing in it. */
Sound *sound_read(const char *path);
Sound *sound_free(Sound *sound);
DEFINE_CLEANUP(Sound *, sound_free)

double sound_seconds(const Sound *sound);

/* The level of a tone in [from, to) seconds, RMS, in dBFS (a full sine has -3); of all that is heard with hz 0. -200 for nothing at all.
 * `to` 0: the end. */
double sound_level(const Sound *sound, double hz, double from, double to);

/* The highest level of a tone in any half second. */
double sound_best_level(const Sound *sound, double hz);

/* How much of what is heard in that best half second is the tone: 1 for a clean one. */
double sound_purity(const Sound *sound, double hz);

/* The frequency that is heard most in that half second, by steps of 5 Hz. */
double sound_frequency(const Sound *sound);
