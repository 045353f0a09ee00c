/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log: lines on stderr, with the journal's levels when stderr is the journal. Numbers and names of people only in debug. */
#pragma once

void log_set_debug(int debug);

/* What stands before each line where there is no journal; "callbusd" at first. It is not copied. */
void log_set_program(const char *name);

void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
