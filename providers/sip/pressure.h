/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pressure: do strangers take more memory than they may have? SIP wants whatever was answered to be remembered for half a minute, and
 * each request takes ten KiB: whoever sends some thousands a second, which is not much, could take all that there is. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Pressure {
    size_t calm; /* what the process has in use when nobody asks anything */
    bool is_high;
} Pressure;

/* Takes note of what is in use now, in bytes, with so many dialogs, each of which has its share. True: it has risen or gone since. */
bool pressure_update(Pressure *pressure, size_t in_use, unsigned dialogs);

/* What the process has taken of its memory and not given back. */
size_t pressure_memory_in_use(void);

/* The memory that strangers had goes back to the system. */
void pressure_give_back(void);
