/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wait: what an end waits for by the clock, as its next ring or the end of its patience. Most ends wait for nothing. */
#pragma once

#include <stdint.h>

typedef struct End End;
typedef struct Wait Wait;

/* Calls over() once, after so many microseconds; an end that waits begins anew. */
void end_wait(End *end, uint64_t usec, void (*over)(End *end));

/* Nothing, if it does not wait. */
void end_stop_waiting(End *end);
