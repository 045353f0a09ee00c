/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When: a point in time as a person types it: "yesterday", "-2h", "2026-08-05 14:03". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Microseconds since 1970; what is no time of day is one of this machine. `now` is what words like "today" go by. */
bool when_parse(const char *text, uint64_t now, uint64_t *ret);

/* How a person speaks of it: "today 14:03", "yesterday 14:03", "Mon 14:03" in the week before, else "2026-08-05 14:03". */
char *when_words(uint64_t usec, uint64_t now);

/* For programs: "2026-08-05T14:03:25.123456+02:00"; "" for 0. */
char *when_exact(uint64_t usec);
