/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why calls end, as SIP and Q.850 say it. */
#include <glib.h>

#include "providers/sip/cause.h"
#include "providers/sip/reason.h"
#include "tests/unit/run.h"

static const struct {
    int status;
    bool rang;
    DisconnectCause cause;
} statuses[] = {
    { 0, false, CAUSE_NONE },
    { 100, false, CAUSE_NONE },
    { 183, true, CAUSE_NONE },
    { 200, false, CAUSE_NORMAL },
    { 202, true, CAUSE_NORMAL },
    { 302, false, CAUSE_FORWARDED },
    { 400, false, CAUSE_UNKNOWN },
    { 403, false, CAUSE_REJECTED },
    { 404, false, CAUSE_BAD_ADDRESS },
    { 404, true, CAUSE_BAD_ADDRESS },
    { 408, false, CAUSE_UNREACHABLE },
    { 408, true, CAUSE_NO_ANSWER },
    { 410, false, CAUSE_NUMBER_CHANGED },
    { 415, false, CAUSE_INCOMPATIBLE },
    { 480, false, CAUSE_UNAVAILABLE },
    { 480, true, CAUSE_NO_ANSWER },
    { 484, false, CAUSE_BAD_ADDRESS },
    { 486, false, CAUSE_BUSY },
    { 486, true, CAUSE_BUSY },
    { 487, true, CAUSE_CANCELLED },
    { 488, false, CAUSE_INCOMPATIBLE },
    { 499, false, CAUSE_UNKNOWN },
    { 500, false, CAUSE_TEMPORARY_FAILURE },
    { 503, false, CAUSE_CONGESTION },
    { 580, false, CAUSE_QOS_UNAVAILABLE },
    { 599, false, CAUSE_TEMPORARY_FAILURE },
    { 600, false, CAUSE_BUSY },
    { 603, true, CAUSE_REJECTED },
    { 604, false, CAUSE_BAD_ADDRESS },
    { 607, false, CAUSE_BLOCKED },
    { 699, false, CAUSE_REJECTED },
    { 700, false, CAUSE_UNKNOWN },
    { -1, false, CAUSE_UNKNOWN },
};

START_TEST(statuses_are_causes) {
    ck_assert_int_eq(cause_from_status(statuses[_i].status, statuses[_i].rang), statuses[_i].cause);
}
END_TEST

static const struct {
    int status;
    CallEvent event;
    StateDetail detail;
} tones[] = {
    { 486, CALL_EVENT_BUSY, STATE_DETAIL_STATION },
    { 600, CALL_EVENT_BUSY, STATE_DETAIL_STATION },
    { 503, CALL_EVENT_SPECIAL_INFO, STATE_DETAIL_NO_CIRCUIT },
    { 404, CALL_EVENT_ENDED, STATE_DETAIL_NONE },
    { 603, CALL_EVENT_ENDED, STATE_DETAIL_NONE },
    { 200, CALL_EVENT_ENDED, STATE_DETAIL_NONE },
};

START_TEST(some_statuses_are_heard_before_the_end) {
    StateDetail detail = _STATE_DETAIL_MAX;

    ck_assert_int_eq(cause_tone(tones[_i].status, &detail), tones[_i].event);
    ck_assert_int_eq(detail, tones[_i].detail);
}
END_TEST

static const struct {
    const char *text;
    DisconnectCause cause;
} reasons[] = {
    { "Q.850;cause=16;text=\"Terminated\"", CAUSE_NORMAL },
    { "Q.850;cause=17", CAUSE_BUSY },
    { "q.850 ; CAUSE = 1", CAUSE_BAD_ADDRESS },
    { "Q.850;text=\"a;cause=17,b\";cause=34", CAUSE_CONGESTION },
    { "Q.850;cause=26", CAUSE_ANSWERED_ELSEWHERE },
    { "Q.850;cause=126", CAUSE_NONE },
    { "SIP;cause=200;text=\"Call completed elsewhere\"", CAUSE_ANSWERED_ELSEWHERE },
    { "SIP ;cause=600 ;text=\"Busy Everywhere\"", CAUSE_BUSY },
    { "SIP;cause=302", CAUSE_FORWARDED },
    { "SIP;cause=100", CAUSE_NONE },
    { "SIP;cause=700", CAUSE_NONE },
    { "preemption;cause=1, Q.850;cause=19", CAUSE_NO_ANSWER },
    { "Q.850;cause=99999999999, SIP;cause=486", CAUSE_BUSY },
    { "Q.850;cause=1x,Q.850;cause=,SIP", CAUSE_NONE },
    { "Q.850;text=\"no end, cause=17", CAUSE_NONE },
    { ",,;;,", CAUSE_NONE },
    { "", CAUSE_NONE },
    { NULL, CAUSE_NONE },
};

START_TEST(reasons_are_causes) {
    ck_assert_int_eq(cause_from_reason(reasons[_i].text), reasons[_i].cause);
}
END_TEST

START_TEST(our_reasons_are_understood) {
    const char *reason = cause_to_reason(_i);

    if (_i <= CAUSE_NONE || _i >= _CAUSE_MAX || _i == CAUSE_UNKNOWN)
        ck_assert_ptr_null(reason);
    if (reason && _i != CAUSE_PROVIDER_FAILED && _i != CAUSE_SERVICE_RESTARTED)
        ck_assert_int_eq(cause_from_reason(reason), _i);
}
END_TEST

START_TEST(each_rejection_has_a_status) {
    const char *phrase = NULL;
    int status = cause_reject_status(_i, &phrase);

    ck_assert_ptr_nonnull(phrase);
    ck_assert_int_ge(status, 400);
    ck_assert_int_eq(cause_from_status(status, /* rang= */ false), _i == REJECT_BUSY ? CAUSE_BUSY : CAUSE_REJECTED);
}
END_TEST

static const struct {
    int status;
    const char *phrase, *reason, *text;
} words[] = {
    { 486, "Busy Here", NULL, "SIP 486 Busy Here" },
    { 486, NULL, NULL, "SIP 486" },
    { 486, "", "", "SIP 486" },
    { 503, "Service Unavailable", "Q.850;cause=34;text=\"No circuit\"", "SIP 503 Service Unavailable (Q.850 34 No circuit)" },
    { 480, "Gone", "Q.850;cause=20", "SIP 480 Gone (Q.850 20)" },
    { 0, NULL, "Q.850;cause=16;text=\"say \\\"bye\\\"\"", "Q.850 16 say \"bye\"" },
    { 0, NULL, "SIP;cause=200;text=plain", "SIP 200 plain" },
    { 0, NULL, NULL, NULL },
    { 0, "nothing", "preemption;cause=1", NULL },
    { 600, "two\r\nlines\x01", NULL, "SIP 600 two  lines " },
    { 600, "no \xff UTF-8", NULL, "SIP 600 no \xef\xbf\xbd UTF-8" },
    { 486, "Besetzt: \xc3\xbc", NULL, "SIP 486 Besetzt: \xc3\xbc" },
};

START_TEST(words_are_kept) {
    g_autofree char *text = cause_text(words[_i].status, words[_i].phrase, words[_i].reason);

    ck_assert_pstr_eq(text, words[_i].text);
}
END_TEST

START_TEST(words_have_a_limit) {
    g_autofree char *phrase = g_strnfill(10000, 'x'), *text = cause_text(400, phrase, NULL);
    g_autofree char *reason = g_strdup_printf("Q.850;cause=1;text=\"%s\"", phrase), *longer = cause_text(400, phrase, reason);

    ck_assert_uint_lt(strlen(text), 200);
    ck_assert_uint_lt(strlen(longer), 400);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-cause");
    TCase *tcase = tcase_create("cause");

    tcase_add_loop_test(tcase, statuses_are_causes, 0, G_N_ELEMENTS(statuses));
    tcase_add_loop_test(tcase, some_statuses_are_heard_before_the_end, 0, G_N_ELEMENTS(tones));
    tcase_add_loop_test(tcase, reasons_are_causes, 0, G_N_ELEMENTS(reasons));
    tcase_add_loop_test(tcase, our_reasons_are_understood, -1, _CAUSE_MAX + 1);
    tcase_add_loop_test(tcase, each_rejection_has_a_status, 0, _REJECT_MAX);
    tcase_add_loop_test(tcase, words_are_kept, 0, G_N_ELEMENTS(words));
    tcase_add_test(tcase, words_have_a_limit);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
