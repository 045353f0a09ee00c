/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How good it sounds: noise through each codec, files, the bell, and the echo canceller. */
#include <gst/gst.h>
#include <math.h>
#include <string.h>

#include "providers/media/echo.h"
#include "tests/media/phone.h"
#include "tests/unit/run.h"

/* What a codec must keep of noise in the band of telephones. Opus and G.722 keep how it sounds, not each sample. */
static const double correlations[_CODEC_MAX] = {
    [CODEC_PCMU] = 0.995,
    [CODEC_PCMA] = 0.995,
    [CODEC_G722] = 0.95,
    [CODEC_OPUS] = 0.5,
};

/* Half a second of what is said over and over, in what was heard. */
static double hear_noise(Codec codec, const char *input, Ear *noise, double *ret_level) {
    Phone *alice = phone_open(input), *bob = phone_open("none");
    double correlation;
    Ear heard = {};

    phone_connect(alice, bob, codec);
    phone_wait(3500);
    phone_hang_up(alice);
    phone_listen(bob, 2500, &heard);
    noise->count = noise->rate / 2;
    correlation = ear_correlate(&heard, noise, NULL);
    *ret_level = ear_level(&heard) - ear_level(noise);
    ear_close(&heard);
    return correlation;
}

/* A busy machine may be late by a frame, which is heard: several tries are. */
START_TEST(noise_comes_through) {
    g_autofree char *path = g_build_filename(phone_folder(), "noise.wav", NULL), *input = g_strdup_printf("file:%s", path);
    Codec codec = phone_codecs[_i];
    double correlation = 0, level = 0;
    Ear noise = {};

    ear_make_noise(&noise, 1000, 1);
    ear_save(&noise, path);
    for (int tries = 0; tries < 6 && correlation <= correlations[codec]; tries++)
        correlation = hear_noise(codec, input, &noise, &level);
    g_test_message("%s: correlation %.5f, level %+.2f dB", codec_to_string(codec), correlation, level);
    ck_assert_msg(correlation > correlations[codec], "%s: %.5f", codec_to_string(codec), correlation);
    ear_close(&noise);
}
END_TEST

START_TEST(a_file_that_is_none_is_silence) {
    Phone *alice = phone_open("file:/dev/null/nothing.wav"), *bob = phone_open("tone:440");

    phone_connect(alice, bob, CODEC_PCMU);
    for (int tries = 0; tries < 150 && alice->failures == 0; tries++)
        phone_wait(100);
    ck_assert_uint_eq(alice->failures, 1);
    phone_wait(300);
    phone_expect_silence(bob);
    for (int tries = 0; tries < 150 && phone_stat_double(alice, "level-in-db") <= -10; tries++)
        phone_wait(100);
    ck_assert_double_gt(phone_stat_double(alice, "level-in-db"), -10);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_told) {
    MediaConfig config = { .input = "none", .output = "file:/dev/null/nothing.wav", .ringer = "none" };
    Phone *bob = phone_open("tone:440"), alice = {};
    static const MediaObserver observer = {};
    g_autofree char *why = NULL;
    MediaAgreement agreement = phone_agreement(bob, CODEC_PCMU);

    ck_assert_int_eq(media_new(&config, &alice.media, &why), 0);
    ck_assert_int_eq(media_stream_new(alice.media, phone_address(), &observer, NULL, &alice.stream), 0);
    ck_assert_int_eq(phone_agree(alice.stream, &agreement), 0);
    ck_assert_str_eq(media_stream_device(alice.stream), "");
    phone_wait(100);
    media_stream_free(alice.stream);
    media_free(alice.media);
}
END_TEST

START_TEST(the_bell_rings) {
    g_autofree char *path = g_build_filename(phone_folder(), "bell.wav", NULL), *ringer = g_strdup_printf("file:%s", path);
    MediaConfig config = { .input = "none", .output = "none", .ringer = ringer };
    g_autofree char *why = NULL;
    Media *media;
    Ear ear = {};

    ck_assert_int_eq(media_new(&config, &media, &why), 0);
    media_ring(media, true);
    media_ring(media, true);
    phone_wait_calmly(900);
    media_ring(media, false);
    media_ring(media, false);
    media_free(media);
    ear_open(&ear, path);
    ck_assert_uint_gt(ear.count, 16000 / 2);
    ck_assert_double_gt(ear_level(&ear), -20);
    ear_close(&ear);
}
END_TEST

START_TEST(places_that_are_none_are_refused) {
    const MediaConfig wrong[] = {
        { .input = "tone:" }, { .input = "tone:0" }, { .input = "tone:440,2" }, { .input = "tone:440x" }, { .input = "mic" },
        { .input = "device:" }, { .output = "tone:440" }, { .output = "file:" }, { .ringer = "loud" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *why = NULL;
        Media *media = NULL;

        ck_assert_int_eq(media_new(&wrong[i], &media, &why), -EINVAL);
        ck_assert_ptr_nonnull(strstr(why, "wanted is"));
        ck_assert_ptr_null(media);
    }
}
END_TEST

static Frame frame_of(const Ear *ear, size_t at) {
    Frame frame;

    memcpy(frame.samples, ear->samples + at * FRAME_SAMPLES, sizeof(frame.samples));
    return frame;
}

#ifdef HAVE_ECHO
/* The room: the loudspeaker's noise comes back 40 ms later, and softer. */
START_TEST(the_echo_is_taken_out) {
    double before = 0, after = 0;
    Ear noise = {};
    Echo *echo;

    ck_assert(gst_init_check(NULL, NULL, NULL));
    echo = echo_new();
    ck_assert_ptr_nonnull(echo);
    ear_make_noise(&noise, 15000, 3);
    for (size_t i = 2; i < noise.count / FRAME_SAMPLES; i++) {
        Frame played = frame_of(&noise, i), heard = frame_of(&noise, i - 2);

        frame_scale(&heard, 50);
        echo_play(echo, &played);
        if (i > 300)
            before += frame_power(&heard);
        echo_clean(echo, &heard);
        if (i > 300)
            after += frame_power(&heard);
    }
    g_test_message("the echo is %.1f dB softer", power_to_level(before) - power_to_level(after));
    ck_assert_double_gt(before, 10 * after);
    ear_close(&noise);
    echo_free(echo);
}
END_TEST
#endif

int main(void) {
    Suite *suite = suite_create("media-sound");
    TCase *tcase = tcase_create("sound");

    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, NULL, phone_close_all);
    tcase_add_loop_test(tcase, noise_comes_through, 0, phone_n_codecs);
    tcase_add_test(tcase, a_file_that_is_none_is_silence);
    tcase_add_test(tcase, a_file_that_cannot_be_written_is_told);
    tcase_add_test(tcase, the_bell_rings);
    tcase_add_test(tcase, places_that_are_none_are_refused);
#ifdef HAVE_ECHO
    tcase_add_test(tcase, the_echo_is_taken_out);
#endif
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
