/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clock: time that passes only when it is told to, for a whole service in one process: its own clocks, timers of GLib, and ready
 * times of sources. The program is linked with --wrap for them (see meson.build).
 */
#pragma once

#include <stdint.h>

/* Time passes; what is due by then happens in the next turns of the main loop. */
void fuzz_clock_pass(int64_t usec);

/* Nothing waits any more. */
void fuzz_clock_reset(void);
