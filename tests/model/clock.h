/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clock: the time that the service sees. It stands still until it is told to pass, so that a day takes no time and every
 * run is like the other. The program is linked with --wrap for the clocks of GLib (see meson.build).
 */
#pragma once

#include <stdint.h>

/* Starts again. */
void clock_reset(void);

/* Microseconds since the start of the program, which was not at 0. */
int64_t clock_now(void);

/* Time passes; sources of the main loop that are due by then are dispatched. */
void clock_pass(int64_t usec);

/* The time of day is set ahead, or back. */
void clock_set_ahead(int64_t usec);
