/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When: a point in time as a person types it. */
#include "interfaces/cli/when.h"
#include "interfaces/cli/text.h"

#include <glib.h>
#include <string.h>

/* The beginning of a day, so many days after that of `now`. */
static GDateTime *day_of(GDateTime *now, int days) {
    g_autoptr(GDateTime) midnight = g_date_time_new_local(g_date_time_get_year(now), g_date_time_get_month(now),
                                                          g_date_time_get_day_of_month(now), 0, 0, 0);

    return midnight ? g_date_time_add_days(midnight, days) : NULL;
}

static GDateTime *parse_word(const char *text, GDateTime *now) {
    static const struct {
        const char *word;
        int days;
    } words[] = {{"today", 0}, {"yesterday", -1}, {"tomorrow", 1}};

    if (strcmp(text, "now") == 0)
        return g_date_time_ref(now);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(text, words[i].word) == 0)
            return day_of(now, words[i].days);
    return NULL;
}

/* Microseconds of "h", "hours" ...; 0: no such unit. */
static uint64_t unit_of(const char *name, size_t length) {
    static const struct {
        const char *names[6];
        uint64_t seconds;
    } units[] = {
        {{"", "s", "sec", "second", "seconds"}, 1},
        {{"m", "min", "minute", "minutes"}, 60},
        {{"h", "hr", "hour", "hours"}, 3600},
        {{"d", "day", "days"}, 86400},
        {{"w", "week", "weeks"}, 7 * 86400},
        {{"month", "months"}, 2629800},
        {{"y", "year", "years"}, 31557600},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(units[i].names) && units[i].names[j]; j++)
            if (strlen(units[i].names[j]) == length && strncmp(units[i].names[j], name, length) == 0)
                return units[i].seconds * USEC_PER_SEC;
    return 0;
}

/* "2h", "1d 3h", "90". */
static bool parse_span(const char *text, uint64_t *ret) {
    uint64_t sum = 0;

    do {
        char *end;
        uint64_t number = g_ascii_strtoull(text, &end, 10), unit;
        size_t length;

        if (end == text || *text < '0' || *text > '9')
            return false;
        end += strspn(end, " ");
        length = strspn(end, "abcdefghijklmnopqrstuvwxyz");
        unit = unit_of(end, length);
        if (unit == 0 || number > UINT64_C(1) << 32)
            return false;
        sum += number * unit;
        text = end + length;
        text += strspn(text, " ");
    } while (*text);
    *ret = sum;
    return true;
}

/* "-2h", "+2h" and "2h ago". */
static bool parse_relative(const char *text, uint64_t now, uint64_t *ret) {
    bool ago = g_str_has_suffix(text, " ago"), future = text[0] == '+';
    g_autofree char *span = g_strndup(text, strlen(text) - (ago ? strlen(" ago") : 0));
    uint64_t usec;

    if (!ago && text[0] != '-' && text[0] != '+')
        return false;
    if (!parse_span(ago ? span : span + 1, &usec))
        return false;
    *ret = future ? now + usec : now - MIN(usec, now);
    return true;
}

/* "14:03" and "14:03:25", of the day of `now`. */
static GDateTime *parse_clock(const char *text, GDateTime *now) {
    g_autofree char *date = g_date_time_format(now, "%Y-%m-%d");
    g_autofree char *full = g_strdup_printf("%sT%s%s", date, text, strlen(text) == strlen("14:03") ? ":00" : "");
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();

    return g_date_time_new_from_iso8601(full, zone);
}

/* A date alone, with a time of day behind a blank or a "T", with or without seconds and zone. */
static GDateTime *parse_date(const char *text) {
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_autoptr(GString) full = g_string_new(text);

    if (strlen(text) == strlen("2026-08-05"))
        g_string_append(full, "T00:00:00");
    else if (full->len > strlen("2026-08-05") && full->str[strlen("2026-08-05")] == ' ')
        full->str[strlen("2026-08-05")] = 'T';
    if (full->len == strlen("2026-08-05T14:03"))
        g_string_append(full, ":00");
    return g_date_time_new_from_iso8601(full->str, zone);
}

static uint64_t usec_of(GDateTime *when) {
    int64_t seconds = g_date_time_to_unix(when);

    return seconds < 0 ? 0 : (uint64_t) seconds * USEC_PER_SEC + (uint64_t) g_date_time_get_microsecond(when);
}

static GDateTime *local_time(uint64_t usec) {
    g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_local((int64_t) (usec / USEC_PER_SEC));

    return seconds ? g_date_time_add(seconds, (GTimeSpan) (usec % USEC_PER_SEC)) : NULL;
}

bool when_parse(const char *text, uint64_t now, uint64_t *ret) {
    g_autoptr(GDateTime) local = local_time(now), when = NULL;
    uint64_t seconds;

    if (text[0] == '@' && g_ascii_string_to_unsigned(text + 1, 10, 0, UINT32_MAX * UINT64_C(16), &seconds, NULL)) {
        *ret = seconds * USEC_PER_SEC;
        return true;
    }
    if (parse_relative(text, now, ret))
        return true;
    when = parse_word(text, local);
    if (!when)
        when = parse_clock(text, local);
    if (!when)
        when = parse_date(text);
    if (!when)
        return false;
    *ret = usec_of(when);
    return true;
}

char *when_words(uint64_t usec, uint64_t now) {
    g_autoptr(GDateTime) when = local_time(usec), local = local_time(now);
    g_autoptr(GDateTime) today = local ? day_of(local, 0) : NULL, yesterday = local ? day_of(local, -1) : NULL;
    g_autoptr(GDateTime) week = local ? day_of(local, -6) : NULL, tomorrow = local ? day_of(local, 1) : NULL;

    if (usec == 0 || !when || !today || !yesterday || !week || !tomorrow)
        return g_strdup("-");
    if (g_date_time_compare(when, tomorrow) >= 0 || g_date_time_compare(when, week) < 0)
        return g_date_time_format(when, "%Y-%m-%d %H:%M");
    if (g_date_time_compare(when, today) >= 0)
        return g_date_time_format(when, "today %H:%M");
    if (g_date_time_compare(when, yesterday) >= 0)
        return g_date_time_format(when, "yesterday %H:%M");
    return g_date_time_format(when, "%a %H:%M");
}

char *when_exact(uint64_t usec) {
    g_autoptr(GDateTime) when = local_time(usec);

    return usec > 0 && when ? g_date_time_format(when, "%Y-%m-%dT%H:%M:%S.%f%:z") : g_strdup("");
}
