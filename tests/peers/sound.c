/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound: WAV files and Goertzel's filter. */
#include "tests/peers/sound.h"

#include <math.h>
#include <string.h>

#define WINDOW_S 0.5
#define STEP_S 0.1
#define NOTHING_DB (-200.0)

struct Sound {
    double *samples; /* -1 to 1 */
    size_t n;
    unsigned rate;
};

static guint32 read_le(const guint8 *bytes, unsigned n) {
    guint32 value = 0;

    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

static void take_samples(Sound *sound, const guint8 *bytes, size_t size, unsigned channels) {
    sound->n = size / (2 * channels);
    sound->samples = g_new(double, MAX(sound->n, 1));
    for (size_t i = 0; i < sound->n; i++)
        sound->samples[i] = (gint16) read_le(bytes + i * 2 * channels, 2) / 32768.0;
}

/* The chunks of RIFF. A file that is not finished says that it has none of the data that follow. */
static Sound *parse(const guint8 *bytes, size_t size) {
    Sound *sound = g_new0(Sound, 1);
    unsigned channels = 1;

    for (size_t at = 12; at + 8 <= size;) {
        size_t length = read_le(bytes + at + 4, 4), left = size - at - 8;

        if (memcmp(bytes + at, "fmt ", 4) == 0 && left >= 16) {
            channels = MAX(read_le(bytes + at + 10, 2), 1);
            sound->rate = read_le(bytes + at + 12, 4);
        } else if (memcmp(bytes + at, "data", 4) == 0) {
            take_samples(sound, bytes + at + 8, length == 0 || length > left ? left : length, channels);
            break;
        }
        at += 8 + length + (length & 1);
    }
    return sound->rate > 0 && sound->n > 0 ? sound : sound_free(sound);
}

Sound *sound_read(const char *path) {
    g_autofree char *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &text, &size, NULL) || size < 12 || memcmp(text, "RIFF", 4) != 0)
        return NULL;
    return parse((const guint8 *) text, size);
}

Sound *sound_free(Sound *sound) {
    if (!sound)
        return NULL;
    g_free(sound->samples);
    g_free(sound);
    return NULL;
}

double sound_seconds(const Sound *sound) {
    return (double) sound->n / sound->rate;
}

/* ---- Levels ---- */

static double to_db(double power) {
    return power > 0 ? MAX(10 * log10(power), NOTHING_DB) : NOTHING_DB;
}

static double mean_square(const double *samples, size_t n) {
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += samples[i] * samples[i];
    return n > 0 ? sum / (double) n : 0;
}

/* The mean square of the tone alone. */
static double tone_power(const double *samples, size_t n, double hz, unsigned rate) {
    double re = 0, im = 0, step = 2 * G_PI * hz / rate;

    for (size_t i = 0; i < n; i++) {
        re += samples[i] * cos(step * (double) i);
        im += samples[i] * sin(step * (double) i);
    }
    return n > 0 ? 2 * (re * re + im * im) / ((double) n * (double) n) : 0;
}

static double power_at(const Sound *sound, double hz, size_t from, size_t n) {
    return hz > 0 ? tone_power(sound->samples + from, n, hz, sound->rate) : mean_square(sound->samples + from, n);
}

double sound_level(const Sound *sound, double hz, double from, double to) {
    size_t first = (size_t) (from * sound->rate), last = to > 0 ? (size_t) (to * sound->rate) : sound->n;

    last = MIN(last, sound->n);
    return first < last ? to_db(power_at(sound, hz, first, last - first)) : NOTHING_DB;
}

/* Where the half second with most of it begins; its length in *ret_n. */
static size_t find_best(const Sound *sound, double hz, size_t *ret_n) {
    size_t step = (size_t) (STEP_S * sound->rate), best = 0;
    double most = -1;

    *ret_n = MIN((size_t) (WINDOW_S * sound->rate), sound->n);
    for (size_t at = 0; at + *ret_n <= sound->n; at += step) {
        double power = power_at(sound, hz, at, *ret_n);

        if (power > most) {
            most = power;
            best = at;
        }
    }
    return best;
}

double sound_best_level(const Sound *sound, double hz) {
    size_t n, at = find_best(sound, hz, &n);

    return to_db(power_at(sound, hz, at, n));
}

double sound_purity(const Sound *sound, double hz) {
    size_t n, at = find_best(sound, hz, &n);
    double all = power_at(sound, 0, at, n);

    return all > 0 ? power_at(sound, hz, at, n) / all : 0;
}

double sound_frequency(const Sound *sound) {
    size_t n, at = find_best(sound, 0, &n);
    double best = 0, most = 0;

    /* In so short a time a tone is wide enough to be met by one of the steps. */
    n = MIN(n, (size_t) (STEP_S * sound->rate));
    for (double hz = 50; hz < sound->rate / 2.0; hz += 5) {
        double power = power_at(sound, hz, at, n);

        if (power > most) {
            most = power;
            best = hz;
        }
    }
    return best;
}
