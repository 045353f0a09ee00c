/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for a person: widths, durations, times, and nothing that could steer the terminal. */
#include "interfaces/cli/text.h"

#include <glib.h>
#include <string.h>
#include <time.h>

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d

static bool may_show(gunichar c) {
    /* some names cannot be written without these two */
    if (c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER)
        return true;
    switch ((int) g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* among them those that turn the direction of writing round */
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return false;
    default:
        return true;
    }
}

char *text_safe(const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text ?: "", -1);
    GString *out = g_string_new(NULL);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, may_show(c) ? c : '?');
    }
    return g_string_free(out, FALSE);
}

static size_t letter_width(gunichar c) {
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

size_t text_width(const char *text) {
    size_t width = 0;

    for (const char *p = text; *p; p = g_utf8_next_char(p))
        width += letter_width(g_utf8_get_char(p));
    return width;
}

char *text_shorten(const char *text, size_t width, const char *ellipsis) {
    size_t room, used = 0;
    const char *end = text;

    if (text_width(text) <= width)
        return g_strdup(text);
    if (width < text_width(ellipsis))
        ellipsis = "";
    room = width - text_width(ellipsis);
    for (; *end; end = g_utf8_next_char(end)) {
        size_t next = letter_width(g_utf8_get_char(end));
        if (used + next > room)
            break;
        used += next;
    }
    return g_strdup_printf("%.*s%s", (int) (end - text), text, ellipsis);
}

char *text_pad(const char *text, size_t width) {
    size_t used = text_width(text);

    return g_strdup_printf("%s%*s", text, used < width ? (int) (width - used) : 0, "");
}

char *text_duration(uint64_t usec) {
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    uint64_t seconds = usec / USEC_PER_SEC;

    if (seconds == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT "ms", usec / USEC_PER_MSEC);
    for (size_t i = 0; i < G_N_ELEMENTS(units) - 1; i++) {
        uint64_t rest = seconds % units[i].seconds / units[i + 1].seconds;
        if (seconds < units[i].seconds)
            continue;
        if (rest == 0)
            return g_strdup_printf("%" G_GUINT64_FORMAT "%s", seconds / units[i].seconds, units[i].name);
        return g_strdup_printf("%" G_GUINT64_FORMAT "%s %" G_GUINT64_FORMAT "%s",
                               seconds / units[i].seconds, units[i].name, rest, units[i + 1].name);
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT "s", seconds);
}

static char *format_time(uint64_t usec, const char *format) {
    time_t seconds = (time_t) (usec / USEC_PER_SEC);
    g_autoptr(GDateTime) when = NULL;

    if (usec == 0)
        return g_strdup("-");
    when = g_date_time_new_from_unix_local(seconds);
    return when ? g_date_time_format(when, format) : g_strdup("-");
}

char *text_clock(uint64_t usec) {
    return format_time(usec, "%H:%M:%S");
}

char *text_date_time(uint64_t usec) {
    return format_time(usec, "%a %Y-%m-%d %H:%M:%S %Z");
}

char *text_date(uint64_t usec) {
    return format_time(usec, "%Y-%m-%d");
}

/* Edits that turn one word into the other: insert, delete, replace, swap two neighbours. */
static size_t distance(const char *a, const char *b) {
    size_t rows = strlen(a) + 1, columns = strlen(b) + 1;
    g_autofree size_t *cost = g_new0(size_t, rows * columns);

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            size_t *cell = &cost[i * columns + j];
            if (i == 0 || j == 0) {
                *cell = i + j;
                continue;
            }
            const size_t *above = cell - columns;
            *cell = MIN(cell[-1] + 1, above[0] + 1);
            *cell = MIN(*cell, above[-1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                *cell = MIN(*cell, (above - columns)[-2] + 1);
        }
    return cost[rows * columns - 1];
}

const char *text_nearest(const char *word, const char *const *words) {
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    if (strlen(word) > 32)
        return NULL;
    for (; *words; words++) {
        size_t d = g_str_has_prefix(*words, word) && strlen(word) > 1 ? 1 : distance(word, *words);
        if (d < best_distance && d <= 2 && d < strlen(*words)) {
            best = *words;
            best_distance = d;
        }
    }
    return best;
}
