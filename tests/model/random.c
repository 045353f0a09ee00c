/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers: splitmix64. */
#include "tests/model/random.h"

static uint64_t state;

void random_seed(uint64_t seed) {
    state = seed;
}

uint64_t random_mix(uint64_t z) {
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t random_next(void) {
    return random_mix(state += UINT64_C(0x9e3779b97f4a7c15));
}
