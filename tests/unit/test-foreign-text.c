/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network says: a table of texts and what is shown of them. */
#include "service/foreign-text.h"

#include <glib.h>

#include "service/types.h"
#include "tests/unit/run.h"

static const struct {
    const char *text, *shown;
} rows[] = {
    { NULL, "" },
    { "", "" },
    { "Alice", "Alice" },
    { "Zoë O'Hara, 北京", "Zoë O'Hara, 北京" },
    { "\xd9\x86\xd8\xac\xd9\x85\xe2\x80\x8c\xd8\xa7", "\xd9\x86\xd8\xac\xd9\x85\xe2\x80\x8c\xd8\xa7" }, /* a name that needs its joiner */
    { "\x1b[2Jgone", "\uFFFD[2Jgone" },
    { "\xc2\x9b" "2Jgone", "\uFFFD2Jgone" },
    { "Bob\r\nFrom: Alice", "Bob\uFFFD\uFFFDFrom: Alice" },
    { "a\tb\x7f", "a\uFFFD" "b\uFFFD" },
    { "\u2028\u2029", "\uFFFD\uFFFD" },
    { "\u202e110", "\uFFFD110" },
    { "\u2066x\u2069\u200f", "\uFFFDx\uFFFD\uFFFD" },
    { "Z\xf6", "Z\uFFFD" },
    { "\xc0\xaf", "\uFFFD\uFFFD" },
};

START_TEST(it_can_be_shown) {
    g_autofree char *shown = foreign_text(rows[_i].text, TEXT_MAX);

    ck_assert_str_eq(shown, rows[_i].shown);
}
END_TEST

START_TEST(it_is_cut) {
    g_autofree char *text = g_strnfill(TEXT_MAX + 1, 'x'), *shown = foreign_text(text, TEXT_MAX);

    ck_assert_uint_eq(strlen(shown), TEXT_MAX);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("foreign-text");
    TCase *tcase = tcase_create("text");

    tcase_add_loop_test(tcase, it_can_be_shown, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, it_is_cut);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
