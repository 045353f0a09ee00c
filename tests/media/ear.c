/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ear: what is in a file of sound. */
#include "tests/media/ear.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum {
    HEADER_SIZE = 44,
    NOISE_RATE = 16000,
    TAPS = 255,
};

static uint32_t read_32(const char *data) {
    uint32_t value;

    memcpy(&value, data, sizeof(value));
    return GUINT32_FROM_LE(value);
}

void ear_open(Ear *ear, const char *path) {
    g_autofree char *data = NULL;
    size_t size;

    ck_assert_msg(g_file_get_contents(path, &data, &size, NULL), "there is no %s", path);
    ck_assert_uint_ge(size, HEADER_SIZE);
    ck_assert(memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WAVEfmt ", 8) == 0 && memcmp(data + 36, "data", 4) == 0);
    ck_assert_uint_eq(read_32(data + 4), size - 8);
    ck_assert_uint_eq(read_32(data + 20), 1 | 1 << 16); /* PCM, one channel */
    ck_assert_uint_eq(read_32(data + 32), 2 | 16 << 16);
    ck_assert_uint_eq(read_32(data + 40), size - HEADER_SIZE);
    ear->rate = read_32(data + 24);
    ear->count = (size - HEADER_SIZE) / 2;
    ear->samples = g_memdup2(data + HEADER_SIZE, ear->count * 2);
}

void ear_close(Ear *ear) {
    g_free(ear->samples);
    *ear = (Ear) {};
}

void ear_keep_last(Ear *ear, unsigned ms) {
    size_t count = MIN(ear->count, (size_t) ear->rate * ms / 1000);

    memmove(ear->samples, ear->samples + ear->count - count, count * 2);
    ear->count = count;
}

static double level(double mean_square) {
    return mean_square > 1e-13 ? 10 * log10(mean_square) : -130;
}

double ear_level(const Ear *ear) {
    double sum = 0;

    for (size_t i = 0; i < ear->count; i++)
        sum += (double) ear->samples[i] * ear->samples[i];
    return level(ear->count > 0 ? sum / (double) ear->count / (32768.0 * 32768.0) : 0);
}

double ear_level_at(const Ear *ear, double hz) {
    double w = 2 * M_PI * hz / ear->rate, a = 0, b = 0, n = (double) ear->count, power;

    for (size_t i = 0; i < ear->count; i++) {
        double c = ear->samples[i] / 32768.0 * (1 - cos(2 * M_PI * (double) i / n)) + 2 * cos(w) * a - b;

        b = a;
        a = c;
    }
    power = a * a + b * b - 2 * cos(w) * a * b;
    return level(n > 0 ? 2 * power / (n * n) : 0);
}

static gint compare_levels(const void *a, const void *b) {
    double x = *(const double *) a, y = *(const double *) b;

    return x < y ? -1 : x > y;
}

/* Of each tenth, which overlap by half, the softest first. */
static GArray *levels_at(const Ear *ear, double hz) {
    size_t count = ear->rate / 10;
    GArray *levels = g_array_new(FALSE, FALSE, sizeof(double));

    ck_assert_uint_ge(ear->count, count);
    for (size_t i = 0; i + count <= ear->count; i += count / 2) {
        const Ear tenth = { .samples = ear->samples + i, .count = count, .rate = ear->rate };
        double level = ear_level_at(&tenth, hz);

        g_array_append_val(levels, level);
    }
    g_array_sort(levels, compare_levels);
    return levels;
}

double ear_best_level_at(const Ear *ear, double hz) {
    g_autoptr(GArray) levels = levels_at(ear, hz);

    return g_array_index(levels, double, levels->len - 1);
}

double ear_usual_level_at(const Ear *ear, double hz) {
    g_autoptr(GArray) levels = levels_at(ear, hz);

    return g_array_index(levels, double, levels->len / 2);
}

static double correlation(const int16_t *a, const int16_t *b, size_t count) {
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < count; i++) {
        ab += (double) a[i] * b[i];
        aa += (double) a[i] * a[i];
        bb += (double) b[i] * b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The whole, a part of a sample later: by a windowed sinc. */
static int16_t *shifted(const int16_t *samples, size_t count, double shift) {
    const int reach = 16;
    int16_t *result = g_new0(int16_t, count);

    for (size_t i = (size_t) reach; i + (size_t) reach < count; i++) {
        double sum = 0;

        for (int k = -reach; k <= reach; k++) {
            double x = k - shift;
            double sinc = fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);

            sum += samples[(ptrdiff_t) i + k] * sinc * (0.5 + 0.5 * cos(M_PI * x / (reach + 1)));
        }
        result[i] = (int16_t) CLAMP(lrint(sum), INT16_MIN, INT16_MAX);
    }
    return result;
}

/* Resampling delays by parts of a sample: tenths are tried as well. */
static double finest(const int16_t *whole, const int16_t *part, size_t count) {
    double best = correlation(whole, part, count);

    for (int tenths = -9; tenths <= 9; tenths++) {
        g_autofree int16_t *moved = shifted(whole, count, tenths / 10.0);

        best = MAX(best, correlation(moved + 20, part + 20, count - 40));
    }
    return best;
}

double ear_correlate(const Ear *whole, const Ear *part, size_t *ret_lag) {
    const size_t rough = MIN(part->count, 2000);
    double best = -1;
    size_t lag = 0;

    for (size_t i = 0; i + part->count <= whole->count; i++) {
        double now = correlation(whole->samples + i, part->samples, rough);

        if (now > best) {
            best = now;
            lag = i;
        }
    }
    if (ret_lag)
        *ret_lag = lag;
    return part->count > whole->count ? 0 : finest(whole->samples + lag, part->samples, part->count);
}

static double band_tap(int i) {
    int n = i - TAPS / 2;
    double high = 3400.0 / NOISE_RATE, low = 300.0 / NOISE_RATE;
    double ideal = n == 0 ? 2 * (high - low) : (sin(2 * M_PI * high * n) - sin(2 * M_PI * low * n)) / (M_PI * n);

    return ideal * (0.54 - 0.46 * cos(2 * M_PI * i / (TAPS - 1)));
}

void ear_make_noise(Ear *ear, unsigned ms, uint32_t seed) {
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    size_t count = (size_t) NOISE_RATE * ms / 1000;
    g_autofree double *white = g_new(double, count + TAPS);

    *ear = (Ear) { .samples = g_new(int16_t, count), .count = count, .rate = NOISE_RATE };
    for (size_t i = 0; i < count + TAPS; i++)
        white[i] = g_rand_double_range(random, -1, 1);
    for (size_t i = 0; i < count; i++) {
        double sum = 0;

        for (int tap = 0; tap < TAPS; tap++)
            sum += white[i + (size_t) tap] * band_tap(tap);
        ear->samples[i] = (int16_t) lrint(sum * 10000);
    }
}

void ear_save(const Ear *ear, const char *path) {
    uint32_t bytes = (uint32_t) ear->count * 2;
    uint32_t numbers[] = { bytes + 36, 16, 1 | 1 << 16, ear->rate, ear->rate * 2, 2 | 16 << 16, bytes };
    g_autoptr(GByteArray) all = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        numbers[i] = GUINT32_TO_LE(numbers[i]);
    g_byte_array_append(all, (const guint8 *) "RIFF", 4);
    g_byte_array_append(all, (const guint8 *) &numbers[0], 4);
    g_byte_array_append(all, (const guint8 *) "WAVEfmt ", 8);
    g_byte_array_append(all, (const guint8 *) &numbers[1], 20);
    g_byte_array_append(all, (const guint8 *) "data", 4);
    g_byte_array_append(all, (const guint8 *) &numbers[6], 4);
    g_byte_array_append(all, (const guint8 *) ear->samples, bytes);
    ck_assert(g_file_set_contents(path, (const char *) all->data, all->len, NULL));
}
