/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backoff: when to try again, so that neither a registrar that is down nor one that says no is stormed. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Backoff {
    unsigned failures; /* since the last success */
} Backoff;

/* Another failure: milliseconds until the next attempt. `lasting`: it won't go away by itself. `retry_after_s`: what the registrar asks
 * for, 0 if nothing. `dice`: any number, so that many lines don't come at once. */
uint64_t backoff_fail(Backoff *backoff, bool lasting, unsigned retry_after_s, uint32_t dice);
