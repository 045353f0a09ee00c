/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dialled addresses mean on the loopback network. */
#include <glib.h>
#include <string.h>

#include "providers/loopback/destination.h"
#include "tests/unit/run.h"

static const struct {
    const char *text;
    uint32_t ms;
} good_durations[] = {
    { "0", 0 },
    { "2", 2000 },
    { "200ms", 200 },
    { "0ms", 0 },
    { "2s", 2000 },
    { "1m", 60000 },
    { "007s", 7000 },
    { "1440m", 86400000 },
    { "86400", 86400000 },
    { "86400000ms", 86400000 },
};

static const char *const bad_durations[] = {
    "", "ms", "s", "-1", "+1", " 1", "1 s", "1.5s", "1h", "1S", "1mss", "1441m", "86401", "86400001ms",
    "99999999999999999999999", "4294967296ms", "0x10",
};

START_TEST(durations_are_read) {
    uint32_t ms = 77;

    ck_assert_int_eq(duration_parse(good_durations[_i].text, &ms), 0);
    ck_assert_uint_eq(ms, good_durations[_i].ms);
}
END_TEST

START_TEST(bad_durations_are_refused) {
    uint32_t ms = 77;

    ck_assert_int_eq(duration_parse(bad_durations[_i], &ms), -EINVAL);
    ck_assert_uint_eq(ms, 77);
}
END_TEST

static const struct {
    const char *address, *name;
} numbers[] = {
    { "101", "101" },
    { "+49 30 12-34", "+49301234" },
    { "1 0-1", "101" },
    { "tel:101", "101" },
    { "TEL:+49-30-1", "+49301" },
    { "tel:101;ext=5", "101" },
    { "sip:101@example.org", "101" },
    { "SIPS:101@example.org:5061;transport=tls", "101" },
    { "sip:101", "101" },
    { "sip:101;user=phone", "101" },
    { "no answer", "noanswer" },
    { "answers", "answers" },
    { "Answer", "Answer" },
    { "tele:1", "tele:1" },
    { "sip:1@2@3", "1" },
};

START_TEST(numbers_lose_what_does_not_count) {
    Destination destination;
    const char *hint;

    ck_assert_int_eq(destination_parse(numbers[_i].address, &destination, &hint), 0);
    ck_assert_str_eq(destination.name, numbers[_i].name);
    ck_assert_int_eq(destination.script, SCRIPT_NONE);
}
END_TEST

static const struct {
    const char *address;
    ScriptKind script;
    bool has_ring;
    uint32_t ring_ms, talk_ms;
    const char *send;
} scripts[] = {
    { "answer", SCRIPT_ANSWER, false, 1000, DESTINATION_FOR_EVER, "123" },
    { "echo", SCRIPT_ECHO, false, 1000, DESTINATION_FOR_EVER, "123" },
    { "hangup", SCRIPT_HANGUP, false, 1000, 1000, "123" },
    { "digits", SCRIPT_DIGITS, false, 1000, DESTINATION_FOR_EVER, "123" },
    { "busy", SCRIPT_BUSY, false, 0, DESTINATION_FOR_EVER, "123" },
    { "no-answer", SCRIPT_NO_ANSWER, false, 1000, 0, "123" },
    { "reject", SCRIPT_REJECT, false, 0, 0, "123" },
    { "congestion", SCRIPT_CONGESTION, false, 0, 500, "123" },
    { "congestion?tone=1m", SCRIPT_CONGESTION, false, 0, 60000, "123" },
    { "bad", SCRIPT_BAD, false, 0, 0, "123" },
    { "answer?ring=200ms&talk=2s", SCRIPT_ANSWER, true, 200, 2000, "123" },
    { "answer?talk=0&ring=0", SCRIPT_ANSWER, true, 0, 0, "123" },
    { "hangup?talk=1m", SCRIPT_HANGUP, false, 1000, 60000, "123" },
    { "digits?send=98,D&ring=1ms", SCRIPT_DIGITS, true, 1, DESTINATION_FOR_EVER, "98,D" },
    { "digits?send=", SCRIPT_DIGITS, false, 1000, DESTINATION_FOR_EVER, "" },
    { "no-answer?ring=3", SCRIPT_NO_ANSWER, true, 3000, 0, "123" },
    { "busy?ring=50ms", SCRIPT_BUSY, true, 50, DESTINATION_FOR_EVER, "123" },
    { "answer?ring=1s&ring=2s", SCRIPT_ANSWER, true, 2000, DESTINATION_FOR_EVER, "123" },
    { "sip:echo@example.org", SCRIPT_ECHO, false, 1000, DESTINATION_FOR_EVER, "123" },
    { "sip:answer?ring=5ms@example.org", SCRIPT_ANSWER, true, 5, DESTINATION_FOR_EVER, "123" },
};

START_TEST(scripts_have_delays) {
    Destination destination;
    const char *hint;

    ck_assert_int_eq(destination_parse(scripts[_i].address, &destination, &hint), 0);
    ck_assert_int_eq(destination.script, scripts[_i].script);
    ck_assert_int_eq(destination.has_ring, scripts[_i].has_ring);
    ck_assert_uint_eq(destination.ring_ms, scripts[_i].ring_ms);
    ck_assert_uint_eq(destination.talk_ms, scripts[_i].talk_ms);
    ck_assert_str_eq(destination.send, scripts[_i].send);
}
END_TEST

START_TEST(busy_may_have_an_end) {
    Destination destination;
    const char *hint;

    ck_assert_int_eq(destination_parse("busy", &destination, &hint), 0);
    ck_assert_uint_eq(destination.free_ms, DESTINATION_FOR_EVER);
    ck_assert_int_eq(destination_parse("busy?free=2s&ring=10ms", &destination, &hint), 0);
    ck_assert_uint_eq(destination.free_ms, 2000);
    ck_assert_uint_eq(destination.ring_ms, 10);
}
END_TEST

/* A bad address, and a word of the hint that helps. */
static const struct {
    const char *address, *word;
} bad[] = {
    { "", "number" },
    { " - ", "number" },
    { "tel:", "number" },
    { "sip:@example.org", "number" },
    { "tel:;ext=5", "number" },
    { "101?ring=1s", "only answer" },
    { "anwser?ring=1s", "only answer" },
    { "answer?", "ring=" },
    { "answer?ring", "200ms" },
    { "answer?ring=", "200ms" },
    { "answer?ring=soon", "200ms" },
    { "answer?talk=1h", "200ms" },
    { "answer?ring=1s&", "ring=" },
    { "answer?Ring=1s", "ring=" },
    { "answer?colour=red", "ring=" },
    { "answer?send=1", "send=" },
    { "busy?talk=1s", "talk=" },
    { "answer?tone=1s", "tone=" },
    { "bad?send=1", "send=" },
    { "answer?free=1s", "free=" },
    { "busy?free=soon", "200ms" },
    { "digits?send=12x", "digits" },
    { "digits?send=1!", "digits" },
};

START_TEST(bad_addresses_are_refused_with_a_hint) {
    Destination destination;
    const char *hint = NULL;

    ck_assert_int_eq(destination_parse(bad[_i].address, &destination, &hint), -EINVAL);
    ck_assert_ptr_nonnull(hint);
    ck_assert_msg(strstr(hint, bad[_i].word), "hint for '%s': %s", bad[_i].address, hint);
}
END_TEST

START_TEST(length_has_a_limit) {
    g_autofree char *longest = g_strnfill(ADDRESS_MAX, '1'), *too_long = g_strnfill(ADDRESS_MAX + 1, '1');
    Destination destination;
    const char *hint;

    ck_assert_int_eq(destination_parse(longest, &destination, &hint), 0);
    ck_assert_uint_eq(strlen(destination.name), ADDRESS_MAX);
    ck_assert_int_eq(destination_parse(too_long, &destination, &hint), -EINVAL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback-destination");
    TCase *tcase = tcase_create("destination");

    tcase_add_loop_test(tcase, durations_are_read, 0, G_N_ELEMENTS(good_durations));
    tcase_add_loop_test(tcase, bad_durations_are_refused, 0, G_N_ELEMENTS(bad_durations));
    tcase_add_loop_test(tcase, numbers_lose_what_does_not_count, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(tcase, scripts_have_delays, 0, G_N_ELEMENTS(scripts));
    tcase_add_test(tcase, busy_may_have_an_end);
    tcase_add_loop_test(tcase, bad_addresses_are_refused_with_a_hint, 0, G_N_ELEMENTS(bad));
    tcase_add_test(tcase, length_has_a_limit);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
