/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Story: the last steps. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/model/world.h"

enum { LINES_KEPT = 40, LINE_SIZE = 160 };

static char lines[LINES_KEPT][LINE_SIZE];
static unsigned length;
static uint64_t told;

static void append(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

static void append(const char *format, va_list ap) {
    int n = vsnprintf(lines[told % LINES_KEPT] + length, LINE_SIZE - length, format, ap);

    length = MIN(length + n, LINE_SIZE - 1);
}

void story_begin(const char *format, ...) {
    va_list ap;

    told++;
    length = 0;
    va_start(ap, format);
    append(format, ap);
    va_end(ap);
}

void story_add(const char *format, ...) {
    va_list ap;

    va_start(ap, format);
    append(format, ap);
    va_end(ap);
}

void story_print(void) {
    for (uint64_t i = told >= LINES_KEPT ? told - LINES_KEPT + 1 : 1; i <= told; i++)
        printf("# step %" G_GUINT64_FORMAT ": %s\n", i, lines[i % LINES_KEPT]);
    fflush(stdout);
}

void wrong(const char *format, ...) {
    va_list ap;

    printf("# ");
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    printf("\n");
    abort();
}
