/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to a voice in the course of a call: hold, mute, volume, another codec, another address, digits, tones, encryption. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "tests/media/phone.h"
#include "tests/unit/run.h"

#define TONE_LEVEL (-9.03) /* of volume 0.5 */

static Phone *alice, *bob;

static void connect(Codec codec) {
    alice = phone_open("tone:1000,0.5");
    bob = phone_open("tone:440,0.5");
    phone_connect(alice, bob, codec);
}

/* What he heard at the end; he had time to hear it. */
static double level_at_bob(double hz, unsigned ms) {
    Ear ear = {};
    double level;

    phone_wait_calmly(300 + ms);
    phone_listen(bob, ms, &ear);
    level = ear_best_level_at(&ear, hz);
    ear_close(&ear);
    return level;
}

static void expect_level(double got, double wanted) {
    ck_assert_msg(fabs(got - wanted) < 1, "%.2f dBFS instead of %.2f", got, wanted);
}

/* Whether nothing else was heard, nor anything twice or in another order. */
static bool is_part_of(const char *heard, const char *digits) {
    for (; *digits; digits++)
        heard += *heard == *digits;
    return *heard == '\0';
}

/* Until all were sent, and they were heard or are lost. */
static void send_all_digits(const char *digits, unsigned sendings) {
    g_string_truncate(bob->digits, 0);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, digits, 60, 40), 0);
    for (int tries = 0; tries < 100 && alice->digits_done < sendings; tries++)
        phone_wait(200);
    for (int tries = 0; tries < 5 && bob->digits->len < strlen(digits); tries++)
        phone_wait(200);
    phone_wait(300);
    ck_assert_uint_eq(alice->digits_done, sendings);
    ck_assert_msg(is_part_of(bob->digits->str, digits), "%s", bob->digits->str);
}

/* A busy machine may lose a short one: several tries are made. */
START_TEST(each_digit_comes_once) {
    const char *digits = "0123456789*#ABCD5555";

    connect(phone_codecs[_i]);
    phone_expect_level(bob, TONE_LEVEL); /* he is there */
    for (unsigned sendings = 1; sendings <= 6 && !g_str_equal(bob->digits->str, digits); sendings++)
        send_all_digits(digits, sendings);
    ck_assert_str_eq(bob->digits->str, digits);
    ck_assert_str_eq(alice->digits->str, "");
    ck_assert_uint_eq(alice->digits_cancelled, 0);
}
END_TEST

/* Longer than what the duration of one event can tell at 48 kHz. */
START_TEST(a_long_digit_comes_once) {
    Codec highest = phone_codecs[phone_n_codecs - 1];

    connect(highest);
    phone_expect_level(bob, TONE_LEVEL);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "7,8", codec_clock_rate(highest) > 8000 ? 3000 : 9000, 40), 0);
    for (int tries = 0; tries < 150 && (alice->digits_done == 0 || bob->digits->len < 2); tries++)
        phone_wait(200);
    phone_wait(300);
    ck_assert_str_eq(bob->digits->str, "78");
}
END_TEST

START_TEST(digits_replace_and_stop) {
    connect(CODEC_PCMU);
    phone_expect_level(bob, TONE_LEVEL);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "1111111111", 5000, 100), 0);
    for (int tries = 0; tries < 500 && bob->digits->len == 0; tries++)
        phone_wait(20);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "2", 200, 40), 0);
    ck_assert_uint_eq(alice->digits_cancelled, 1);
    for (int tries = 0; tries < 100 && (alice->digits_done == 0 || bob->digits->len < 2); tries++)
        phone_wait(100);
    phone_wait(200);
    ck_assert_str_eq(bob->digits->str, "12");
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "3333", 200, 100), 0);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "", 0, 0), 0);
    ck_assert_uint_eq(alice->digits_cancelled, 2);
    ck_assert_uint_eq(alice->digits_done, 1);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "1x", 60, 40), -EINVAL);
}
END_TEST

START_TEST(no_digits_to_whom_takes_none) {
    MediaAgreement agreement;

    connect(CODEC_PCMU);
    agreement = phone_agreement(bob, CODEC_PCMU);
    agreement.telephone_event = 0;
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), 0);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "1", 60, 40), -EOPNOTSUPP);
}
END_TEST

static void expect_digits(Phone *from, const Phone *to, const char *digits) {
    ck_assert_int_eq(media_stream_send_digits(from->stream, digits, 160, 40), 0);
    for (int tries = 0; tries < 150 && !g_str_equal(to->digits->str, digits); tries++)
        phone_wait(100);
    ck_assert_str_eq(to->digits->str, digits);
}

/* Each sends with the numbers of the other, or (the second time) he with his own, which she hears, too. */
START_TEST(numbers_of_their_own) {
    MediaAgreement of_alice, of_bob;

    connect(CODEC_OPUS);
    of_alice = phone_agreement(bob, CODEC_OPUS);
    of_bob = phone_agreement(alice, CODEC_OPUS);
    of_alice.payload = of_bob.heard[0].payload = 111;
    of_alice.telephone_event = of_bob.heard[1].payload = 96;
    if (_i > 0) {
        of_alice.telephone_event = of_bob.heard[1].payload = 110;
        of_bob.payload = 111;
        of_bob.telephone_event = 110;
        of_alice.heard[of_alice.n_heard++] = (MediaFormat) { 111, false, CODEC_OPUS };
        of_alice.heard[of_alice.n_heard++] = (MediaFormat) { 110, true, CODEC_OPUS };
    }
    ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
    ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
    phone_expect_level(alice, TONE_LEVEL); /* they are there */
    phone_expect_level(bob, TONE_LEVEL);
    expect_digits(alice, bob, "123");
    expect_digits(bob, alice, "456");
    phone_wait(300);
    phone_expect_level(alice, TONE_LEVEL);
    phone_expect_level(bob, TONE_LEVEL);
}
END_TEST

/* Of all that he may hear she takes one after the other, and does not ask; he goes on with his own. */
START_TEST(any_codec_of_the_agreement_is_heard) {
    MediaAgreement of_bob;

    connect(phone_codecs[0]);
    of_bob = phone_agreement(alice, phone_codecs[0]);
    of_bob.heard[of_bob.n_heard++] = (MediaFormat) { 102, true, CODEC_OPUS };
    for (int i = 1; i < phone_n_codecs; i++)
        of_bob.heard[of_bob.n_heard++] = phone_agreement(alice, phone_codecs[i]).heard[0];
    ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
    for (int i = phone_n_codecs - 1; i >= 0; i--) {
        MediaAgreement of_alice = phone_agreement(bob, phone_codecs[i]);
        const char digit[] = { (char) ('1' + i), '\0' };

        of_alice.heard[0] = of_bob.heard[0];
        of_alice.telephone_event = codec_clock_rate(phone_codecs[i]) > 8000 ? 102 : 101;
        of_alice.sends = false;
        ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
        phone_expect_silence(bob);
        of_alice.sends = true;
        ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
        phone_expect_level(bob, TONE_LEVEL);
        g_string_truncate(bob->digits, 0);
        expect_digits(alice, bob, digit);
    }
    phone_expect_level(alice, TONE_LEVEL);
}
END_TEST

START_TEST(held_is_silent_and_comes_back) {
    MediaAgreement agreement;
    uint64_t sent;
    int tries = 0;

    connect(CODEC_PCMU);
    phone_wait(500);
    agreement = phone_agreement(bob, CODEC_PCMU);
    agreement.sends = agreement.receives = false;
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), 0);
    do {
        sent = phone_stat(alice, "packets-sent");
        phone_wait(500);
    } while (phone_stat(alice, "packets-sent") != sent && tries++ < 20);
    ck_assert_uint_eq(phone_stat(alice, "packets-sent"), sent);
    phone_expect_silence(alice);
    phone_expect_silence(bob);
    agreement.sends = agreement.receives = true;
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), 0);
    phone_wait(800);
    phone_expect_level(alice, TONE_LEVEL);
    expect_level(level_at_bob(1000, 400), TONE_LEVEL);
}
END_TEST

START_TEST(muted_sends_silence) {
    uint64_t sent;

    connect(CODEC_PCMU);
    media_stream_mute(alice->stream, true);
    phone_wait(300);
    sent = phone_stat(alice, "packets-sent");
    for (int tries = 0; tries < 100 && phone_stat(alice, "packets-sent") <= sent + 10; tries++)
        phone_wait(100);
    ck_assert_uint_gt(phone_stat(alice, "packets-sent"), sent + 10);
    phone_expect_silence(bob);
    media_stream_mute(alice->stream, false);
    phone_wait(600);
    expect_level(level_at_bob(1000, 300), TONE_LEVEL);
}
END_TEST

START_TEST(early_is_heard_but_does_not_speak) {
    connect(CODEC_PCMU);
    media_stream_set_early(alice->stream, true);
    phone_wait(600);
    phone_expect_silence(bob);
    phone_expect_level(alice, TONE_LEVEL);
    media_stream_set_early(alice->stream, false);
    phone_wait(600);
    expect_level(level_at_bob(1000, 300), TONE_LEVEL);
}
END_TEST

START_TEST(volume_is_of_what_is_heard) {
    connect(CODEC_PCMU);
    media_stream_set_volume(bob->stream, 50);
    phone_wait(700);
    phone_expect_level(bob, TONE_LEVEL);
    expect_level(level_at_bob(1000, 400), TONE_LEVEL - 6.02);
}
END_TEST

START_TEST(tones_are_sent_instead_of_the_voice) {
    connect(CODEC_PCMU);
    phone_wait(200);
    ck_assert_int_eq(media_stream_send_tone(alice->stream, TONE_BUSY, 1000), 0);
    for (int tries = 0; tries < 100 && phone_stat_double(alice, "level-out-db") >= -13; tries++)
        phone_wait(20);
    ck_assert_double_lt(phone_stat_double(alice, "level-out-db"), -13);
    for (int tries = 0; tries < 100 && alice->tones_done == 0; tries++)
        phone_wait(100);
    ck_assert_uint_eq(alice->tones_done, 1);
    ck_assert_int_eq(media_stream_send_tone(alice->stream, TONE_BEEP, 60000), 0);
    phone_expect_level(bob, -15.05);
    ck_assert_int_eq(media_stream_send_tone(alice->stream, TONE_NONE, 0), 0);
    ck_assert_uint_eq(alice->tones_cancelled, 1);
    phone_expect_level(bob, TONE_LEVEL);
}
END_TEST

START_TEST(codec_changes_in_the_middle) {
    connect(CODEC_PCMU);
    for (int i = phone_n_codecs - 1; i >= 0; i--) {
        phone_connect(alice, bob, phone_codecs[i]);
        phone_wait(700);
        phone_expect_level(bob, TONE_LEVEL);
        phone_expect_level(alice, TONE_LEVEL);
    }
}
END_TEST

START_TEST(packets_of_other_lengths) {
    const unsigned lengths[] = { 10, 30, 40, 60 };

    connect(CODEC_PCMU);
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++)
        for (int j = 0; j < phone_n_codecs; j++) {
            MediaAgreement of_alice = phone_agreement(bob, phone_codecs[j]), of_bob = phone_agreement(alice, phone_codecs[j]);

            of_alice.ptime_ms = lengths[i];
            ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
            ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
            phone_wait(700);
            phone_expect_level(bob, TONE_LEVEL);
        }
}
END_TEST

START_TEST(the_far_end_moves) {
    Phone *carol;
    MediaAgreement of_alice, of_carol;

    connect(CODEC_PCMU);
    phone_wait(300);
    carol = phone_open("tone:700,0.5");
    of_alice = phone_agreement(carol, CODEC_PCMU);
    of_carol = phone_agreement(alice, CODEC_PCMU);
    ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
    ck_assert_int_eq(phone_agree(carol->stream, &of_carol), 0);
    phone_wait(700);
    phone_expect_level(carol, TONE_LEVEL);
    phone_expect_silence(bob);
    bob = alice;
    expect_level(level_at_bob(700, 300), TONE_LEVEL); /* bob still talks to her, and is not played */
}
END_TEST

/* From one address of ours to another one, as from one network to the next. */
START_TEST(we_move) {
    MediaAgreement of_bob;
    uint64_t received;

    connect(CODEC_PCMU);
    phone_expect_level(bob, TONE_LEVEL);
    received = phone_stat(alice, "packets-received");
    ck_assert_int_eq(phone_move(alice->stream, "::1"), -EAFNOSUPPORT);
    ck_assert_int_eq(phone_move(alice->stream, "192.0.2.1"), -EADDRNOTAVAIL);
    ck_assert_int_eq(phone_move(alice->stream, "127.0.0.77"), 0);
    of_bob = phone_agreement(alice, CODEC_PCMU);
    of_bob.address = "127.0.0.77";
    ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
    expect_digits(alice, bob, "123");
    expect_digits(bob, alice, "456");
    phone_wait(700);
    phone_expect_level(alice, TONE_LEVEL);
    phone_expect_level(bob, TONE_LEVEL);
    for (int tries = 0; tries < 100 && phone_stat(alice, "packets-received") <= received + 20; tries++)
        phone_wait(100);
    ck_assert_uint_gt(phone_stat(alice, "packets-received"), received + 20);
}
END_TEST

START_TEST(silence_is_told) {
    connect(CODEC_PCMU);
    phone_hang_up(bob);
    for (int tries = 0; tries < 100 && alice->silences == 0; tries++)
        phone_wait(100);
    ck_assert_uint_eq(alice->silences, 1);
    ck_assert_uint_eq(alice->last_silence, 5);
}
END_TEST

START_TEST(round_trip_is_measured) {
    g_autoptr(GVariant) stats = NULL;
    double ms = -1;

    connect(CODEC_PCMU);
    for (int tries = 0; tries < 150 && (ms < 0 || ms >= 500); tries++) {
        phone_wait(200);
        g_clear_pointer(&stats, g_variant_unref);
        stats = g_variant_ref_sink(media_stream_stats(alice->stream));
        g_variant_lookup(stats, "round-trip-ms", "d", &ms);
    }
    ck_assert_double_ge(ms, 0);
    ck_assert_double_lt(ms, 500);
}
END_TEST

START_TEST(not_every_agreement_makes_sense) {
    MediaAgreement agreement;

    alice = phone_open("none");
    bob = phone_open("none");
    agreement = phone_agreement(bob, CODEC_PCMU);
    agreement.address = "example.com";
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), -EINVAL);
    agreement.address = "::1";
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), -EINVAL);
    agreement = phone_agreement(bob, _CODEC_MAX);
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), -EINVAL);
    agreement = phone_agreement(bob, CODEC_PCMU);
    agreement.payload = 128;
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), -EINVAL);
    agreement = phone_agreement(bob, CODEC_PCMU);
    agreement.local.suite = SRTP_AES_CM_128_HMAC_SHA1_80;
    ck_assert_int_eq(phone_agree(alice->stream, &agreement), -EINVAL);
    ck_assert_int_eq(media_stream_set_device(alice->stream, "no such device"), -ENODEV);
    ck_assert_int_eq(media_stream_set_device(alice->stream, ""), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-call");
    TCase *tcase = tcase_create("call");

    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, NULL, phone_close_all);
    tcase_add_loop_test(tcase, each_digit_comes_once, 0, phone_n_codecs);
    tcase_add_test(tcase, a_long_digit_comes_once);
    tcase_add_test(tcase, digits_replace_and_stop);
    tcase_add_test(tcase, no_digits_to_whom_takes_none);
    tcase_add_loop_test(tcase, numbers_of_their_own, 0, 2);
    tcase_add_test(tcase, any_codec_of_the_agreement_is_heard);
    tcase_add_test(tcase, held_is_silent_and_comes_back);
    tcase_add_test(tcase, muted_sends_silence);
    tcase_add_test(tcase, early_is_heard_but_does_not_speak);
    tcase_add_test(tcase, volume_is_of_what_is_heard);
    tcase_add_test(tcase, tones_are_sent_instead_of_the_voice);
    tcase_add_test(tcase, codec_changes_in_the_middle);
    tcase_add_test(tcase, packets_of_other_lengths);
    tcase_add_test(tcase, the_far_end_moves);
    tcase_add_test(tcase, we_move);
    tcase_add_test(tcase, silence_is_told);
    tcase_add_test(tcase, round_trip_is_measured);
    tcase_add_test(tcase, not_every_agreement_makes_sense);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
