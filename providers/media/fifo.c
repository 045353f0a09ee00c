/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fifo: samples between two that work at their own pace. */
#include "providers/media/fifo.h"

#include <glib.h>
#include <string.h>

void fifo_init(Fifo *fifo, size_t capacity) {
    *fifo = (Fifo) { .samples = g_new(int16_t, capacity), .capacity = capacity };
}

void fifo_done(Fifo *fifo) {
    g_free(fifo->samples);
    *fifo = (Fifo) {};
}

void fifo_clear(Fifo *fifo) {
    fifo->first = fifo->filled = 0;
}

static void drop(Fifo *fifo, size_t count) {
    fifo->first = (fifo->first + count) % fifo->capacity;
    fifo->filled -= count;
}

void fifo_put(Fifo *fifo, const int16_t *samples, size_t count) {
    if (count > fifo->capacity) {
        samples += count - fifo->capacity;
        count = fifo->capacity;
    }
    if (fifo->filled + count > fifo->capacity)
        drop(fifo, fifo->filled + count - fifo->capacity);
    for (size_t done = 0; done < count;) {
        size_t at = (fifo->first + fifo->filled) % fifo->capacity;
        size_t part = MIN(count - done, fifo->capacity - at);

        memcpy(fifo->samples + at, samples + done, part * sizeof(*samples));
        fifo->filled += part;
        done += part;
    }
}

size_t fifo_take(Fifo *fifo, int16_t *ret, size_t count) {
    size_t taken = 0;

    count = MIN(count, fifo->filled);
    while (taken < count) {
        size_t part = MIN(count - taken, fifo->capacity - fifo->first);

        memcpy(ret + taken, fifo->samples + fifo->first, part * sizeof(*ret));
        drop(fifo, part);
        taken += part;
    }
    return taken;
}
