/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Figures and how they are printed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define ROUNDS_MAX 32

/* One figure, taken several times. */
typedef struct Series {
    double values[ROUNDS_MAX];
    unsigned n;
} Series;

/* A figure of callbusd and of the bare service, taken in turns. */
typedef struct Pair {
    Series ours, bare;
} Pair;

/* What the figure should be; a limit of 0 means no goal. */
typedef struct Goal {
    double limit;
    bool at_least; /* else at most */
} Goal;

#define NO_GOAL ((Goal){})
#define AT_LEAST(limit_) ((Goal){ .limit = (limit_), .at_least = true })
#define AT_MOST(limit_) ((Goal){ .limit = (limit_) })

void series_add(Series *series, double value);
void pair_add(Pair *pair, double ours, double bare);
double series_median(const Series *series);

/* The median of the ratios of each turn: what disturbed both in a turn doesn't count. */
double series_ratio(const Series *a, const Series *b);

/* In us, of latencies in ns. Sorts them. */
double percentile_us(GArray *latencies, double part);

void report_heading(const char *text, const char *first, const char *second, const char *third);
void report_pair(const char *what, const Pair *pair, int decimals, Goal goal);
void report_scale(const char *what, const Series series[3], int decimals, Goal goal);
void report_value(const char *what, double value, const char *unit, Goal goal);
void report_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
