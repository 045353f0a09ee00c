/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When digits are heard, by a clock of our own. */
#include "providers/loopback/digits.h"
#include "tests/unit/run.h"

#include <string.h>

static int64_t now;
static Network *network;
static GString *story; /* what happened, and at which millisecond */

static int64_t clock_of_ours(void) {
    return now;
}

static void on_heard(void *owner, char digit) {
    g_string_append_printf(story, "%s%c@%d", story->len > 0 ? " " : "", digit, (int) (now / 1000));
}

static void on_done(void *owner) {
    g_string_append_printf(story, " done@%d", (int) (now / 1000));
}

static const DigitSenderOps ops = { .heard = on_heard, .done = on_done };

static void set_up(void) {
    now = 0;
    story = g_string_new(NULL);
    network = network_new(NULL, clock_of_ours);
}

static void tear_down(void) {
    network_free(network);
    g_string_free(story, TRUE);
}

static void run_until(int ms) {
    for (; now < ms * INT64_C(1000); now += 1000)
        while (network_run(network) > 0)
            ;
}

START_TEST(each_digit_takes_its_time) {
    DigitSender *sender = digit_sender_new(network, 80, 40, &ops, NULL);

    digit_sender_add(sender, "1#d");
    ck_assert_str_eq(story->str, "");
    run_until(1000);
    ck_assert_str_eq(story->str, "1@80 #@200 D@320 done@360");
    digit_sender_free(sender);
}
END_TEST

/* One that repeats what it hears may hear it faster than it repeats it, for ever. */
START_TEST(so_many_digits_wait) {
    DigitSender *sender = digit_sender_new(network, 1, 0, &ops, NULL);

    for (int i = 0; i < DIGITS_WAITING_MAX * 2; i++)
        digit_sender_add(sender, "1");
    run_until(DIGITS_WAITING_MAX * 3);
    ck_assert(g_str_has_suffix(story->str, " 1@2048 done@2048"));
    digit_sender_add(sender, "2");
    run_until(DIGITS_WAITING_MAX * 3 + 10);
    ck_assert(strstr(story->str, " 2@"));
    digit_sender_free(sender);
}
END_TEST

START_TEST(pause_and_flash_are_not_heard) {
    DigitSender *sender = digit_sender_new(network, 50, 0, &ops, NULL);

    digit_sender_add(sender, "1,2!3");
    run_until(2000);
    ck_assert_str_eq(story->str, "1@50 2@1100 3@1200 done@1200");
    digit_sender_free(sender);
}
END_TEST

START_TEST(more_digits_follow_the_first) {
    DigitSender *sender = digit_sender_new(network, 100, 100, &ops, NULL);

    digit_sender_add(sender, "1");
    run_until(150);
    digit_sender_add(sender, "2");
    digit_sender_add(sender, "3");
    run_until(700);
    ck_assert_str_eq(story->str, "1@100 2@300 3@500 done@600");
    digit_sender_add(sender, "4");
    run_until(1000);
    ck_assert_str_eq(story->str, "1@100 2@300 3@500 done@600 4@800 done@900");
    digit_sender_free(sender);
}
END_TEST

START_TEST(a_freed_sender_is_silent) {
    DigitSender *sender = digit_sender_new(network, 100, 100, &ops, NULL);

    digit_sender_add(sender, "12");
    run_until(150);
    digit_sender_free(sender);
    run_until(1000);
    ck_assert_str_eq(story->str, "1@100");
    ck_assert_ptr_null(network_take(network));
}
END_TEST

START_TEST(sixteen_characters_are_heard) {
    g_autoptr(GString) heard = g_string_new(NULL);

    for (int c = 1; c < 256; c++)
        if (digit_heard_as((char) c) != '\0')
            g_string_append_c(heard, digit_heard_as((char) c));
    ck_assert_str_eq(heard->str, "#*0123456789ABCDABCD");
    ck_assert_int_eq(digit_heard_as('\0'), '\0');
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback-digits");
    TCase *tcase = tcase_create("digits");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_digit_takes_its_time);
    tcase_add_test(tcase, so_many_digits_wait);
    tcase_add_test(tcase, pause_and_flash_are_not_heard);
    tcase_add_test(tcase, more_digits_follow_the_first);
    tcase_add_test(tcase, a_freed_sender_is_silent);
    tcase_add_test(tcase, sixteen_characters_are_heard);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
