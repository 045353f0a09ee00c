/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers that come again with the same seed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void random_seed(uint64_t seed);
uint64_t random_next(void);

/* A number that has nothing to do with this one any more, but is always the same for it. */
uint64_t random_mix(uint64_t number);

/* 0 to n - 1. */
static inline unsigned below(unsigned n) {
    return (unsigned) ((random_next() >> 32) * n >> 32);
}

/* True so many times of a hundred. */
static inline bool chance(unsigned percent) {
    return below(100) < percent;
}
