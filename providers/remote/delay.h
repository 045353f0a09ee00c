/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delay: how long a provider's program waits before it is started again. Pure. */
#pragma once

#include <stdint.h>

/* In milliseconds, after one of so long (0: none), and after it had worked for that time (0: it never did). */
unsigned delay_after(unsigned last_ms, int64_t worked_usec);
