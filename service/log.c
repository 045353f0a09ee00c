/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log: lines on stderr. */
#include "service/log.h"

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

static bool debug_enabled = false;
static const char *program = "callbusd";

void log_set_debug(int debug) {
    debug_enabled = debug;
}

void log_set_program(const char *name) {
    program = name;
}

/* One line is one event, whatever foreign text is in it: no control characters, those of two bytes (U+0080 to U+009F) neither, and
 * no half of a character where it was cut. */
static void clean(char *text) {
    const char *bad = NULL;

    for (char *c = text; *c; c++)
        if ((unsigned char) *c < ' ' || *c == 0x7f)
            *c = '?';
        else if ((unsigned char) c[0] == 0xc2 && (unsigned char) c[1] >= 0x80 && (unsigned char) c[1] < 0xa0)
            c[0] = c[1] = '?';
    while (!g_utf8_validate(text, -1, &bad))
        text[bad - text] = '?';
}

static void log_line(int level, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

static void log_line(int level, const char *format, va_list ap) {
    char text[1024];

    vsnprintf(text, sizeof(text), format, ap);
    clean(text);
    if (getenv("JOURNAL_STREAM"))
        fprintf(stderr, "<%d>%s\n", level, text);
    else
        fprintf(stderr, "%s: %s\n", program, text);
}

#define DEFINE_LEVEL(name, level, condition)            \
    void name(const char *format, ...) {                \
        va_list ap;                                     \
                                                        \
        if (!(condition))                               \
            return;                                     \
        va_start(ap, format);                           \
        log_line(level, format, ap);                    \
        va_end(ap);                                     \
    }

DEFINE_LEVEL(log_debug, LOG_DEBUG, debug_enabled)
DEFINE_LEVEL(log_info, LOG_INFO, true)
DEFINE_LEVEL(log_warning, LOG_WARNING, true)
DEFINE_LEVEL(log_error, LOG_ERR, true)
