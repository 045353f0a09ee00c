/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers that come again with the same seed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void random_seed(uint64_t seed);
uint64_t random_next(void);

/* 0 to n - 1. */
static inline unsigned below(unsigned n) {
    return (unsigned) ((random_next() >> 32) * n >> 32);
}

/* True so many times of a hundred. */
static inline bool chance(unsigned percent) {
    return below(100) < percent;
}
