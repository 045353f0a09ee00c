/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for a person: widths, durations, times, and nothing that could steer the terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)

/* Callers choose their names: whatever is not a printable letter becomes a question mark. */
char *text_safe(const char *text);

/* Columns that the text takes on a terminal. */
size_t text_width(const char *text);

/* At most so many columns; a text that is cut ends with the ellipsis. */
char *text_shorten(const char *text, size_t width, const char *ellipsis);

/* At least so many columns, with blanks behind. */
char *text_pad(const char *text, size_t width);

/* "350ms", "12s", "1min 45s", "2h 3min", "4d 1h": the two largest units. */
char *text_duration(uint64_t usec);

/* Local time of day, "14:03:25"; and in full, "Wed 2026-08-05 14:03:25 CEST". An absent time is "-". */
char *text_clock(uint64_t usec);
char *text_date_time(uint64_t usec);
/* Local date, "2026-08-05". */
char *text_date(uint64_t usec);

/* The entry of a NULL-terminated list that a mistyped word most likely means, or NULL. */
const char *text_nearest(const char *word, const char *const *words);
