/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quality: how a person would judge it (E-model, ITU-T G.107). */
#include "providers/media/quality.h"

#include <glib.h>

/* What the model says of a telephone that is otherwise perfect. */
#define R_BEST 93.2
#define IMPAIRMENT_MAX 95.0
#define DELAY_FELT_MS 177.3

/* How well a codec bears what is lost at random: Bpl of ITU-T G.113, appendix I, for those that make something up. */
static const double robustness[_CODEC_MAX] = {
    [CODEC_PCMU] = 25.1,
    [CODEC_PCMA] = 25.1,
    [CODEC_G722] = 25.1,
    [CODEC_OPUS] = 20.0,
};

static double delay_impairment(double ms) {
    return 0.024 * ms + (ms > DELAY_FELT_MS ? 0.11 * (ms - DELAY_FELT_MS) : 0);
}

double quality_mos(Codec codec, double delay_ms, double lost) {
    double bears = codec >= 0 && codec < _CODEC_MAX ? robustness[codec] : robustness[CODEC_PCMU];
    double per_cent = 100 * lost;
    double r = R_BEST - delay_impairment(delay_ms) - IMPAIRMENT_MAX * per_cent / (per_cent + bears);

    if (r <= 0)
        return 1;
    if (r >= 100)
        return 4.5;
    return MAX(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6); /* the curve is a little too low where it begins */
}
