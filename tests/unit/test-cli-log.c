/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What callbusctl log makes of times, and of cells for a spreadsheet. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interfaces/cli/csv.h"
#include "interfaces/cli/when.h"
#include "tests/unit/run.h"

#define SEC UINT64_C(1000000)

/* Wed 2026-08-05 14:03:25.5 in Berlin, two hours before Greenwich. */
static const uint64_t now = UINT64_C(1785931405) * SEC + SEC / 2;
static const uint64_t midnight = UINT64_C(1785880800) * SEC;

static void be_in_berlin(void) {
    setenv("TZ", "Europe/Berlin", /* overwrite= */ 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    tzset();
}

START_TEST(times_are_understood) {
    const struct {
        const char *text;
        uint64_t usec;
    } rows[] = {
        {"now", now},
        {"today", midnight},
        {"yesterday", midnight - 86400 * SEC},
        {"tomorrow", midnight + 86400 * SEC},
        {"-2h", now - 7200 * SEC},
        {"+2h", now + 7200 * SEC},
        {"-90", now - 90 * SEC},
        {"-1d 3h", now - 97200 * SEC},
        {"-1d3h", now - 97200 * SEC},
        {"2h ago", now - 7200 * SEC},
        {"1 week ago", now - 7 * 86400 * SEC},
        {"10min ago", now - 600 * SEC},
        {"14:03", midnight + (14 * 3600 + 180) * SEC},
        {"14:03:25", midnight + (14 * 3600 + 205) * SEC},
        {"2026-08-05", midnight},
        {"2026-08-05 14:03", midnight + (14 * 3600 + 180) * SEC},
        {"2026-08-05T14:03:25", midnight + (14 * 3600 + 205) * SEC},
        {"2026-08-05T12:03:25Z", midnight + (14 * 3600 + 205) * SEC},
        {"2026-08-05T14:03:25+02:00", midnight + (14 * 3600 + 205) * SEC},
        {"2026-01-05", UINT64_C(1767567600) * SEC}, /* in winter it is one hour */
        {"@1785938605", UINT64_C(1785938605) * SEC},
        {"-9999999d", 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t usec = 1;

        ck_assert_msg(when_parse(rows[i].text, now, &usec), "'%s' is not understood", rows[i].text);
        ck_assert_msg(usec == rows[i].usec, "'%s' is %" G_GUINT64_FORMAT, rows[i].text, usec);
    }
}
END_TEST

START_TEST(what_is_no_time_is_refused) {
    static const char *const texts[] = {"", "-", "-h", "-2x", "2h", "ago", " ago", "-2h ago x", "yesterda", "25:00", "2026-13-01", "2026-08",
                                        "@", "@x", "-99999999999999d", "2026-08-05 14", "--2h", "- 2h x"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        uint64_t usec;

        ck_assert_msg(!when_parse(texts[i], now, &usec), "'%s' is understood", texts[i]);
    }
}
END_TEST

START_TEST(times_are_said) {
    const struct {
        uint64_t usec;
        const char *words;
    } rows[] = {
        {now, "today 14:03"},
        {midnight, "today 00:00"},
        {midnight - 1, "yesterday 23:59"},
        {midnight - 86400 * SEC - 1, "Mon 23:59"},
        {midnight - 6 * 86400 * SEC, "Thu 00:00"},
        {midnight - 6 * 86400 * SEC - 1, "2026-07-29 23:59"},
        {midnight + 86400 * SEC, "2026-08-06 00:00"},
        {0, "-"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *words = when_words(rows[i].usec, now);

        ck_assert_str_eq(words, rows[i].words);
    }
}
END_TEST

START_TEST(times_are_exact) {
    g_autofree char *exact = when_exact(now), *none = when_exact(0);
    uint64_t usec;

    ck_assert_str_eq(exact, "2026-08-05T14:03:25.500000+02:00");
    ck_assert_str_eq(none, "");
    ck_assert(when_parse(exact, 0, &usec));
    ck_assert_uint_eq(usec, now);
}
END_TEST

START_TEST(cells_are_quoted_and_no_formulas) {
    static const struct {
        const char *text, *cell;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"a \"b\"", "\"a \"\"b\"\"\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {" kept ", "\" kept \""},
        {"=1+1", "\"'=1+1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"-1", "\"'-1\""},
        {"\t=1", "\"'\t=1\""},
        {"+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""},
        {"+1+1", "\"'+1+1\""},
        {"+", "\"'+\""},
        {"+49 30 1234", "+49 30 1234"},
        {"+4930", "+4930"},
        {"a=1", "a=1"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) row = g_string_new(NULL);
        g_autofree char *expected = g_strdup_printf("first,%s,last\r\n", rows[i].cell);

        csv_add(row, "first");
        csv_add(row, rows[i].text);
        csv_add(row, "last");
        csv_end(row);
        ck_assert_str_eq(row->str, expected);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("callbusctl log");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, be_in_berlin, NULL);
    tcase_add_test(tcase, times_are_understood);
    tcase_add_test(tcase, what_is_no_time_is_refused);
    tcase_add_test(tcase, times_are_said);
    tcase_add_test(tcase, times_are_exact);
    tcase_add_test(tcase, cells_are_quoted_and_no_formulas);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
