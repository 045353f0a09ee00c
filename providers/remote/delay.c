/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delay: twice as long each time, and as at first for one that has worked for a while. */
#include "providers/remote/delay.h"

#include <glib.h>

#define STABLE_USEC (30 * G_USEC_PER_SEC)

enum {
    FIRST_MS = 200,
    MAX_MS = 30000,
};

unsigned delay_after(unsigned last_ms, int64_t worked_usec) {
    return worked_usec >= STABLE_USEC ? FIRST_MS : CLAMP(last_ms * 2, FIRST_MS, MAX_MS);
}
