/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table: a figure, the bare service's, their ratio, the goal. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/report.h"

#define WHAT_WIDTH 44

void series_add(Series *series, double value) {
    if (series->n < ROUNDS_MAX)
        series->values[series->n++] = value;
}

void pair_add(Pair *pair, double ours, double bare) {
    series_add(&pair->ours, ours);
    series_add(&pair->bare, bare);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
    return (x > y) - (x < y);
}

double series_median(const Series *series) {
    double sorted[ROUNDS_MAX];
    if (series->n == 0)
        return 0;
    memcpy(sorted, series->values, series->n * sizeof(double));
    qsort(sorted, series->n, sizeof(double), compare_doubles);
    return series->n % 2 ? sorted[series->n / 2] : (sorted[series->n / 2 - 1] + sorted[series->n / 2]) / 2;
}

double series_ratio(const Series *a, const Series *b) {
    Series ratios = {};
    for (unsigned i = 0; i < MIN(a->n, b->n); i++)
        if (b->values[i] > 0)
            series_add(&ratios, a->values[i] / b->values[i]);
    return series_median(&ratios);
}

double percentile_us(GArray *latencies, double part) {
    if (latencies->len == 0)
        return 0;
    g_array_sort(latencies, compare_u64);
    unsigned index = MIN((unsigned) (part * latencies->len), latencies->len - 1);
    return (double) g_array_index(latencies, uint64_t, index) / 1000;
}

/* Thousands are grouped, whatever the locale. */
static const char *format_number(double value, int decimals, char *buffer, size_t size) {
    char plain[64];
    snprintf(plain, sizeof(plain), "%.*f", decimals, value);
    size_t digits = strcspn(plain, "."), out = 0;
    for (size_t i = 0; plain[i] && out + 2 < size; i++) {
        if (i > 0 && i < digits && (digits - i) % 3 == 0 && plain[i - 1] != '-')
            buffer[out++] = ',';
        buffer[out++] = plain[i];
    }
    buffer[out] = '\0';
    return buffer;
}

static void print_goal(double value, Goal goal) {
    if (goal.limit > 0) {
        bool met = goal.at_least ? value >= goal.limit : value <= goal.limit;
        printf("   %s %g %s", goal.at_least ? ">=" : "<=", goal.limit, met ? "met" : "MISSED");
    }
    putchar('\n');
    fflush(stdout);
}

void report_heading(const char *text, const char *first, const char *second, const char *third) {
    printf("\n%-*s %11s %11s %11s   goal\n", WHAT_WIDTH, text, first, second, third);
}

void report_pair(const char *what, const Pair *pair, int decimals, Goal goal) {
    char ours[64], bare[64];
    double ratio = series_ratio(&pair->ours, &pair->bare);
    printf("  %-*s %11s %11s %11.2f", WHAT_WIDTH - 2, what,
           format_number(series_median(&pair->ours), decimals, ours, sizeof(ours)),
           format_number(series_median(&pair->bare), decimals, bare, sizeof(bare)), ratio);
    print_goal(ratio, goal);
}

void report_scale(const char *what, const Series series[3], int decimals, Goal goal) {
    char numbers[3][64];
    double ratio = series_ratio(&series[2], &series[0]);
    for (int i = 0; i < 3; i++)
        format_number(series_median(&series[i]), decimals, numbers[i], sizeof(numbers[i]));
    printf("  %-*s %11s %11s %11s", WHAT_WIDTH - 2, what, numbers[0], numbers[1], numbers[2]);
    if (ratio > 0)
        printf("   x %.2f", ratio);
    print_goal(ratio, goal);
}

void report_value(const char *what, double value, const char *unit, Goal goal) {
    char number[64];
    printf("  %-*s %11s %s", WHAT_WIDTH - 2, what, format_number(value, 0, number, sizeof(number)), unit);
    print_goal(value, goal);
}

void report_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("  ");
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}
