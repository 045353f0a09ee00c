/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Crash points: where a test may have the service killed, between any two things that it does to its journal, to a provider and to
 * the bus. Compiled in by the build option "crash_points", which no package sets.
 *
 * With CALLBUS_CRASH_AT=NAME, or NAME:N, in its environment the process is killed the first, or the Nth, time that it comes to the
 * point of that name: by SIGKILL, so nothing is tidied up. Names are in the table below.
 */
#pragma once

/* All of them, in about the order in which a service comes to them; then NULL. */
extern const char *const crash_points[];

#ifdef CALLBUS_CRASH_POINTS
/* The name has to be in the table. */
void crash_point(const char *name);
#else
static inline void crash_point(const char *name) {
}
#endif
