/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One event is one line, whatever foreign text is in it. */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/log.h"
#include "tests/unit/run.h"

static FILE *file;
static int old_stderr;

static void set_up(void) {
    unsetenv("JOURNAL_STREAM");
    log_set_debug(false);
    file = tmpfile();
    fflush(stderr);
    old_stderr = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
}

static void tear_down(void) {
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    fclose(file);
}

/* What was written since the last time. */
static void expect(const char *text) {
    char buffer[8192];
    size_t n;

    fflush(stderr);
    rewind(file);
    n = fread(buffer, 1, sizeof(buffer) - 1, file);
    buffer[n] = '\0';
    ck_assert_str_eq(buffer, text);
    rewind(file);
    ck_assert_int_eq(ftruncate(fileno(file), 0), 0);
}

START_TEST(a_line_has_its_text) {
    log_info("event: %s, count: %d", "ready", 5);
    expect("callbusd: event: ready, count: 5\n");
    log_warning("careful");
    log_error("wrong");
    expect("callbusd: careful\ncallbusd: wrong\n");
}
END_TEST

START_TEST(the_journal_gets_levels) {
    setenv("JOURNAL_STREAM", "8:1", true);
    log_set_debug(true);
    log_error("a");
    log_warning("b");
    log_info("c");
    log_debug("d");
    expect("<3>a\n<4>b\n<6>c\n<7>d\n");
}
END_TEST

START_TEST(debug_is_silent_unless_asked_for) {
    log_debug("a");
    expect("");
    log_set_debug(true);
    log_debug("b");
    log_set_debug(false);
    log_debug("c");
    expect("callbusd: b\n");
}
END_TEST

START_TEST(foreign_text_makes_no_line_of_its_own) {
    log_info("from: %s.", "1\ncallbusd: event: forged\r<0>panic");
    expect("callbusd: from: 1?callbusd: event: forged?<0>panic.\n");
}
END_TEST

START_TEST(no_control_character_gets_through) {
    char all[33] = "";

    for (int i = 1; i < 32; i++)
        all[i - 1] = (char) i;
    all[31] = 0x7f;
    log_info("%s", all);
    expect("callbusd: ????????????????????????????????\n");
}
END_TEST

START_TEST(nor_does_one_of_two_bytes) {
    log_info("%s", "a\xc2\x80" "b\xc2\x9b" "31m\xc2\xa0");
    expect("callbusd: a??b??31m\xc2\xa0\n");
}
END_TEST

START_TEST(what_is_no_text_becomes_some) {
    log_info("%s", "a\xff" "b\xc3");
    expect("callbusd: a?b?\n");
}
END_TEST

START_TEST(no_character_is_cut) {
    g_autofree char *text = g_strnfill(1022, 'a');
    g_autofree char *line = g_strdup_printf("callbusd: %s?\n", text);

    log_info("%sü", text);
    expect(line);
}
END_TEST

START_TEST(other_text_is_left_alone) {
    log_info("%s", "Grüße 100% ~ 你好");
    expect("callbusd: Grüße 100% ~ 你好\n");
}
END_TEST

START_TEST(a_long_line_is_cut_and_still_one) {
    g_autofree char *text = g_strnfill(100000, '\n');
    g_autofree char *cut = g_strnfill(1023, '?');
    g_autofree char *line = g_strdup_printf("callbusd: %s\n", cut);

    log_info("%s", text);
    expect(line);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("log");
    TCase *tcase = tcase_create("lines");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_has_its_text);
    tcase_add_test(tcase, the_journal_gets_levels);
    tcase_add_test(tcase, debug_is_silent_unless_asked_for);
    tcase_add_test(tcase, foreign_text_makes_no_line_of_its_own);
    tcase_add_test(tcase, no_control_character_gets_through);
    tcase_add_test(tcase, nor_does_one_of_two_bytes);
    tcase_add_test(tcase, what_is_no_text_becomes_some);
    tcase_add_test(tcase, no_character_is_cut);
    tcase_add_test(tcase, other_text_is_left_alone);
    tcase_add_test(tcase, a_long_line_is_cut_and_still_one);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
