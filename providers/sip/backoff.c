/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backoff: twice as long each time, up to a limit. */
#include "providers/sip/backoff.h"

#include <glib.h>

#define FIRST_MS 1000
#define MAX_MS (2 * 60 * 1000)
#define LASTING_FIRST_MS (30 * 1000)
#define LASTING_MAX_MS (15 * 60 * 1000)
#define RETRY_AFTER_MAX_S 3600
#define DOUBLINGS_MAX 16

uint64_t backoff_fail(Backoff *backoff, bool lasting, unsigned retry_after_s, uint32_t dice) {
    uint64_t first = lasting ? LASTING_FIRST_MS : FIRST_MS, max = lasting ? LASTING_MAX_MS : MAX_MS, ms;
    uint64_t asked = (uint64_t) MIN(retry_after_s, RETRY_AFTER_MAX_S) * 1000;

    ms = MIN(first << MIN(backoff->failures, DOUBLINGS_MAX), max);
    backoff->failures++;
    ms = MAX(ms, asked);
    return ms + ms * (dice % 256) / 1024; /* up to a quarter longer */
}
