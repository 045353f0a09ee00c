/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ear: what is in a file of sound. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct Ear {
    int16_t *samples;
    size_t count;
    unsigned rate;
} Ear;

/* A whole WAV of one channel and 16 bits; fails the test if it is none. */
void ear_open(Ear *ear, const char *path);
void ear_close(Ear *ear);

/* The last so many ms only. */
void ear_keep_last(Ear *ear, unsigned ms);

/* dBFS (RMS) of all of it, and of one frequency in it (Goertzel). */
double ear_level(const Ear *ear);
double ear_level_at(const Ear *ear, double hz);

/* The same of its tenths of a second, as a busy machine may be late with some of it: of the loudest one, for what is to be heard; and of the
 * one in the middle, for what is not. */
double ear_best_level_at(const Ear *ear, double hz);
double ear_usual_level_at(const Ear *ear, double hz);

/* Of the best place of `part` in the whole: 1 is the same. Its length is that of the part. */
double ear_correlate(const Ear *whole, const Ear *part, size_t *ret_lag);

/* Noise of the band of telephones, 300 to 3400 Hz; the same for the same seed. */
void ear_make_noise(Ear *ear, unsigned ms, uint32_t seed);
void ear_save(const Ear *ear, const char *path);
