/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fifo: samples between two that work at their own pace. It has an end: what is too much is the oldest, and dropped. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct Fifo {
    int16_t *samples;
    size_t capacity, first, filled;
} Fifo;

void fifo_init(Fifo *fifo, size_t capacity);
void fifo_done(Fifo *fifo);
void fifo_clear(Fifo *fifo);

void fifo_put(Fifo *fifo, const int16_t *samples, size_t count);

/* So many as there are, at most `count`. */
size_t fifo_take(Fifo *fifo, int16_t *ret, size_t count);
