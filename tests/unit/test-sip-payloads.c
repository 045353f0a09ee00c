/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTP's numbers: what they mean, in which direction, and for how long. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "providers/sip/sdp.h"
#include "tests/unit/run.h"
#include "tests/unit/sdp-ours.h"

#define PEER "v=0\r\no=peer 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

/* ---- Those of a moment ---- */

/* "96=opus 102=digits/48000": the numbers that may come, and what they mean. To be freed. */
static char *heard_text(const MediaAgreement *agreement) {
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < agreement->n_heard; i++) {
        const MediaFormat *format = &agreement->heard[i];

        g_string_append_printf(text, "%s%u=", i > 0 ? " " : "", format->payload);
        if (format->is_event)
            g_string_append_printf(text, "digits/%u", codec_clock_rate(format->codec));
        else
            g_string_append(text, codec_to_string(format->codec));
    }
    return g_string_free(text, FALSE);
}

/* An answer to an offer of everything, which has 96 for opus, 101 and 102 for digits: whose numbers go which way. */
static const struct {
    const char *formats;
    uint8_t sent, digits_sent;
    const char *heard;
} numbers[] = {
    { "96 102\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:102 telephone-event/48000", 96, 102, "96=opus 102=digits/48000" },
    /* Some send with their own. */
    { "111 102\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:102 telephone-event/48000", 111, 102, "96=opus 102=digits/48000 111=opus" },
    { "111 96\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:96 telephone-event/48000", 111, 96, "96=opus 102=digits/48000 111=opus" },
    { "111 110\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/8000", 111, 110,
      "96=opus 101=digits/48000 111=opus 110=digits/48000" },
    { "8 96\r\na=rtpmap:96 telephone-event/8000", 8, 96, "8=PCMA 101=digits/8000 96=digits/8000" },
    { "8 96\r\na=rtpmap:96 telephone-event/16000", 8, 96, "8=PCMA 96=digits/8000" },
    { "97\r\na=rtpmap:97 PCMA/8000", 97, 0, "8=PCMA 97=PCMA" },
    /* All that was answered may come, whatever comes first; what was not offered is left out. */
    { "8 0", 8, 0, "8=PCMA 0=PCMU" },
    { "0 3 8 9 18", 0, 0, "0=PCMU 8=PCMA 9=G722" },
    { "0 101 8\r\na=rtpmap:101 telephone-event/8000", 0, 101, "0=PCMU 8=PCMA 101=digits/8000" },
    { "96 0 101 102\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\na=rtpmap:102 telephone-event/48000", 96, 102,
      "96=opus 0=PCMU 101=digits/8000 102=digits/48000" },
    { "0 111 101\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000", 0, 101,
      "0=PCMU 96=opus 101=digits/8000 111=opus" },
    { "96 111\r\na=rtpmap:96 telephone-event/16000\r\na=rtpmap:111 opus/48000/2", 111, 96, "96=opus 111=opus" },
};

START_TEST(each_sends_with_the_numbers_of_the_other) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = sdp_make_offer(sdp, &ours), *again = NULL;
    g_autofree char *answer = g_strdup_printf(PEER "m=audio 5000 RTP/AVP %s\r\n", numbers[_i].formats), *heard = NULL;
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_take_answer(sdp, answer, &agreement), 0);
    ck_assert_uint_eq(agreement.payload, numbers[_i].sent);
    ck_assert_uint_eq(agreement.telephone_event, numbers[_i].digits_sent);
    heard = heard_text(&agreement);
    ck_assert_str_eq(heard, numbers[_i].heard);
    /* Ours mean the same for good. */
    again = sdp_make_offer(sdp, &ours);
    ck_assert_str_eq(again, offer);
}
END_TEST

/* As many numbers as a line has room for: what we send would be heard in any case. */
START_TEST(numbers_without_end) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = sdp_make_offer(sdp, &ours);
    g_autoptr(GString) answer = g_string_new(PEER "m=audio 5000 RTP/AVP");
    MediaAgreement agreement;

    for (int i = 97; i < 127; i++)
        g_string_append_printf(answer, " %d", i);
    g_string_append(answer, " 8\r\n");
    for (int i = 97; i < 127; i++)
        g_string_append_printf(answer, "a=rtpmap:%d PCMU/8000\r\n", i);
    ck_assert_int_eq(sdp_take_answer(sdp, answer->str, &agreement), 0);
    ck_assert_int_eq(agreement.codec, CODEC_PCMU);
    ck_assert_uint_eq(agreement.payload, 97);
    ck_assert_uint_eq(agreement.n_heard, MEDIA_HEARD_MAX);
    ck_assert_uint_eq(agreement.heard[0].payload, 0);
    ck_assert_uint_eq(agreement.heard[1].payload, 8);
}
END_TEST

START_TEST(two_of_us_hear_each_other) {
    _cleanup_(sdp_freep) Sdp *caller = sdp_new(), *called = sdp_new();
    g_autofree char *offer = sdp_make_offer(caller, &ours), *answer = NULL, *at_caller = NULL, *at_called = NULL;
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_answer(called, &ours, offer, &answer, &agreement), 0);
    at_called = heard_text(&agreement);
    ck_assert_str_eq(at_called, "96=opus 102=digits/48000");
    ck_assert_int_eq(sdp_take_answer(caller, answer, &agreement), 0);
    at_caller = heard_text(&agreement);
    ck_assert_str_eq(at_caller, at_called);
}
END_TEST

/* ---- Those of a session ---- */

/* Our next offer has the m-lines of the session, and its payloads. */
START_TEST(an_offer_goes_on_with_the_session) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL, *offer = NULL;
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_answer(sdp, &ours,
                                PEER "m=video 5004 RTP/AVP 31\r\nm=audio 5000 RTP/AVP 111 97\r\na=rtpmap:111 opus/48000/2\r\n"
                                     "a=rtpmap:97 telephone-event/48000\r\nm=image 5010 udptl t38\r\n",
                                &answer, &agreement),
                     0);
    offer = sdp_make_offer(sdp, &ours);
    ck_assert_ptr_nonnull(strstr(offer, "o=- 77 2 "));
    ck_assert_ptr_nonnull(strstr(offer, "m=video 0 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 111 9 8 0 101 97\r\n"));
    ck_assert_ptr_nonnull(strstr(offer, "a=rtpmap:111 opus/48000/2\r\n"));
    ck_assert(g_str_has_suffix(offer, "m=image 0 udptl t38\r\n"));
    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 0\r\n", &agreement), -EPROTO);
    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=video 0 RTP/AVP 31\r\nm=audio 5000 RTP/AVP 0\r\nm=image 0 udptl t38\r\n", &agreement), 0);
}
END_TEST

/* A number that the peer uses for something else is not ours to give. */
START_TEST(payloads_do_not_collide) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL, *offer = NULL;
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_answer(sdp, &ours, PEER "m=audio 5000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n", &answer, &agreement), 0);
    ck_assert_uint_eq(agreement.telephone_event, 96);
    offer = sdp_make_offer(sdp, &ours);
    ck_assert_ptr_nonnull(strstr(offer, "m=audio 4000 RTP/AVP 97 9 8 0 96 102\r\n"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-payloads");
    TCase *tcase = tcase_create("payloads");

    tcase_add_loop_test(tcase, each_sends_with_the_numbers_of_the_other, 0, G_N_ELEMENTS(numbers));
    tcase_add_test(tcase, numbers_without_end);
    tcase_add_test(tcase, two_of_us_hear_each_other);
    tcase_add_test(tcase, an_offer_goes_on_with_the_session);
    tcase_add_test(tcase, payloads_do_not_collide);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
