/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Story: the last steps, or each of them aloud. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/model/trial.h"
#include "tests/model/world.h"

enum { LINES_KEPT = 40, LINE_SIZE = 240 };

static char lines[LINES_KEPT][LINE_SIZE];
static unsigned length;
static uint64_t told;
static bool aloud;
static char mark[32];

void story_aloud(bool enable) {
    aloud = enable;
}

/* A line is said when it is whole. */
static void say(void) {
    if (aloud && length > 0)
        printf("# %-23s # %s\n", mark, lines[told % LINES_KEPT]);
    if (aloud)
        fflush(stdout);
    mark[0] = '\0';
    length = 0;
}

void story_mark(const char *what, uint64_t number) {
    say();
    if (aloud)
        g_snprintf(mark, sizeof(mark), "%s 0x%016" G_GINT64_MODIFIER "x", what, number);
}

void story_end(void) {
    say();
    if (aloud)
        printf("# end\n");
}

static void append(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

static void append(const char *format, va_list ap) {
    int n = vsnprintf(lines[told % LINES_KEPT] + length, LINE_SIZE - length, format, ap);

    length = MIN(length + n, LINE_SIZE - 1);
}

void story_begin(const char *format, ...) {
    va_list ap;

    if (length > 0)
        say();
    told++;
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
    if (aloud)
        say();
    else
        for (uint64_t i = told >= LINES_KEPT ? told - LINES_KEPT + 1 : 1; i <= told; i++)
            printf("# line %" G_GUINT64_FORMAT ": %s\n", i, lines[i % LINES_KEPT]);
    fflush(stdout);
}

void wrong(const char *format, ...) {
    va_list ap;

    trial_note_failure(format);
    if (aloud)
        say();
    printf("# wrong: ");
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    printf("\n");
    abort();
}
