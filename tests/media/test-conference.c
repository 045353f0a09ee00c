/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A conference here: each hears all but itself. */
#include <math.h>
#include <string.h>

#include "tests/media/phone.h"
#include "tests/unit/run.h"

#define TONE_LEVEL (-15.05) /* of volume 0.25 */
#define OTHERS_AT_MOST (-45.0)

enum {
    HOST,
    PARTIES = 3,
};

static const double notes[] = { 300, 700, 1100, 1900 };
static Phone *hosts[PARTIES], *parties[PARTIES];
static Mixer *mixer;

/* The host speaks 300 Hz and has three calls, who speak 700, 1100 and 1900. */
static void set_up(void) {
    for (int i = 0; i < PARTIES; i++) {
        g_autofree char *tone = g_strdup_printf("tone:%g,0.25", notes[i + 1]);

        hosts[i] = i == 0 ? phone_open("tone:300,0.25") : phone_open_second(hosts[0]);
        parties[i] = phone_open(tone);
        phone_connect(hosts[i], parties[i], CODEC_PCMU);
    }
    mixer = mixer_new(hosts[0]->media);
    for (int i = 0; i < PARTIES; i++)
        mixer_add(mixer, hosts[i]->stream);
}

static void tear_down(void) {
    mixer = mixer_free(mixer);
    phone_close_all();
}

/* A letter for each note: h for the host, 0 to 2 for the parties. */
static void expect(Phone *phone, const char *who) {
    const char letters[] = "h012";
    Ear ear = {};

    phone_listen(phone, 400, &ear);
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
        bool heard = strchr(who, letters[i]);
        double level = heard ? ear_best_level_at(&ear, notes[i]) : ear_usual_level_at(&ear, notes[i]);

        if (heard)
            ck_assert_msg(fabs(level - TONE_LEVEL) < 1, "%c has %.2f dBFS where %s are heard", letters[i], level, who);
        else
            ck_assert_msg(level < OTHERS_AT_MOST, "%c has %.2f dBFS where %s are heard", letters[i], level, who);
    }
    ear_close(&ear);
}

START_TEST(each_hears_all_but_itself) {
    phone_wait_calmly(900);
    expect(parties[0], "h12");
    expect(parties[1], "h02");
    expect(parties[2], "h01");
    for (int i = 0; i < PARTIES; i++)
        phone_hang_up(hosts[i]);
}
END_TEST

START_TEST(the_host_hears_each) {
    phone_wait_calmly(900);
    expect(hosts[0], "0");
    expect(hosts[1], "1");
    expect(hosts[2], "2");
}
END_TEST

START_TEST(on_hold_they_talk_without_us) {
    mixer_set_local(mixer, false);
    phone_wait_calmly(900);
    expect(parties[0], "12");
    expect(hosts[0], "");
}
END_TEST

START_TEST(muted_we_hear_but_do_not_speak) {
    mixer_mute(mixer, true);
    phone_wait_calmly(900);
    expect(parties[1], "02");
    expect(hosts[1], "1");
}
END_TEST

START_TEST(whoever_leaves_hears_the_host_only) {
    mixer_remove(mixer, hosts[2]->stream);
    phone_wait_calmly(900);
    expect(parties[0], "h1");
    expect(parties[2], "h");
}
END_TEST

START_TEST(who_hangs_up_is_not_heard) {
    phone_hang_up(hosts[1]);
    phone_wait_calmly(900);
    expect(parties[0], "h2");
    expect(parties[2], "h0");
}
END_TEST

START_TEST(without_the_mixer_all_are_by_themselves) {
    phone_wait(200);
    mixer = mixer_free(mixer);
    phone_wait_calmly(900);
    expect(parties[0], "h");
    expect(hosts[0], "0");
}
END_TEST

START_TEST(one_that_is_held_is_not_heard) {
    MediaAgreement agreement = phone_agreement(parties[0], CODEC_PCMU);

    agreement.sends = agreement.receives = false;
    ck_assert_int_eq(phone_agree(hosts[0]->stream, &agreement), 0);
    phone_wait_calmly(900);
    expect(parties[1], "h2");
    expect(parties[0], "");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-conference");
    TCase *tcase = tcase_create("conference");

    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_hears_all_but_itself);
    tcase_add_test(tcase, the_host_hears_each);
    tcase_add_test(tcase, on_hold_they_talk_without_us);
    tcase_add_test(tcase, muted_we_hear_but_do_not_speak);
    tcase_add_test(tcase, whoever_leaves_hears_the_host_only);
    tcase_add_test(tcase, who_hangs_up_is_not_heard);
    tcase_add_test(tcase, without_the_mixer_all_are_by_themselves);
    tcase_add_test(tcase, one_that_is_held_is_not_heard);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
