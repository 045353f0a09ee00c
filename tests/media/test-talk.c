/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two phones on loopback addresses: what each hears of the other. */
#include <math.h>

#include "tests/media/phone.h"
#include "tests/unit/run.h"

/* Of a sine of that volume. */
static double dbfs(double volume) {
    return 20 * log10(volume / sqrt(2));
}

static void expect_tone(const Ear *ear, double hz, double wanted, const char *codec) {
    double level = ear_best_level_at(ear, hz);

    ck_assert_msg(fabs(level - wanted) < 1, "%s: %g Hz has %.2f dBFS instead of %.2f", codec, hz, level, wanted);
}

static void hear_both_ways(const char *address, Codec codec, bool mux) {
    Phone *alice = phone_open_at(address, "tone:1000,0.5"), *bob = phone_open_at(address, "tone:440,0.25");
    MediaAgreement of_alice = phone_agreement(bob, codec), of_bob = phone_agreement(alice, codec);
    const char *name = codec_to_string(codec);
    Ear at_alice = {}, at_bob = {};

    of_alice.rtcp_mux = of_bob.rtcp_mux = mux;
    ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
    ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
    phone_expect_level(alice, dbfs(0.25)); /* a busy machine may take its time */
    phone_expect_level(bob, dbfs(0.5));
    phone_wait_calmly(1200);
    phone_listen(alice, 1000, &at_alice);
    phone_listen(bob, 1000, &at_bob);
    expect_tone(&at_bob, 1000, dbfs(0.5), name);
    expect_tone(&at_alice, 440, dbfs(0.25), name);
    ck_assert_double_lt(ear_usual_level_at(&at_bob, 440), -60);
    ck_assert_double_lt(ear_usual_level_at(&at_alice, 1000), -60);
    g_test_message("%s: errors of %.2f and %.2f dB", name, ear_level_at(&at_bob, 1000) - dbfs(0.5),
                   ear_level_at(&at_alice, 440) - dbfs(0.25));
    ear_close(&at_alice);
    ear_close(&at_bob);
}

START_TEST(each_hears_the_other) {
    hear_both_ways(phone_address(), phone_codecs[_i], false);
}
END_TEST

START_TEST(each_hears_the_other_by_ipv6) {
    hear_both_ways("::1", CODEC_PCMU, _i);
}
END_TEST

START_TEST(one_port_is_enough) {
    hear_both_ways(phone_address(), CODEC_PCMU, true);
}
END_TEST

/* What answers a report is measured by it. */
static void expect_round_trip(const Phone *phone) {
    double ms = -1;

    for (int tries = 0; tries < 150 && ms < 0; tries++) {
        g_autoptr(GVariant) stats = NULL;

        phone_wait(200);
        stats = g_variant_ref_sink(media_stream_stats(phone->stream));
        g_variant_lookup(stats, "round-trip-ms", "d", &ms);
    }
    ck_assert_double_ge(ms, 0);
}

START_TEST(reports_find_their_way) {
    static const struct {
        const char *address; /* NULL: the usual one */
        bool mux;
    } ways[] = { { NULL, true }, { "::1", false }, { "::1", true } };
    const char *address = ways[_i].address ? ways[_i].address : phone_address();
    Phone *alice = phone_open_at(address, "tone:1000"), *bob = phone_open_at(address, "tone:440");
    MediaAgreement of_alice = phone_agreement(bob, CODEC_PCMU), of_bob = phone_agreement(alice, CODEC_PCMU);

    of_alice.rtcp_mux = of_bob.rtcp_mux = ways[_i].mux;
    ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
    ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
    expect_round_trip(alice);
    expect_round_trip(bob);
}
END_TEST

START_TEST(packets_are_counted) {
    Phone *alice = phone_open("tone:1000"), *bob = phone_open("none");

    phone_connect(alice, bob, CODEC_PCMU);
    for (int tries = 0; tries < 150 && phone_stat(bob, "packets-received") <= 40; tries++)
        phone_wait(100);
    ck_assert_uint_gt(phone_stat(bob, "packets-received"), 40);
    ck_assert_uint_gt(phone_stat(alice, "packets-sent"), 40);
    ck_assert_uint_eq(phone_stat(bob, "packets-lost"), 0);
    ck_assert_double_eq_tol(phone_stat_double(alice, "level-out-db"), dbfs(0.5), 0.5);
    phone_expect_level(bob, dbfs(0.5));
    for (int tries = 0; tries < 150 && phone_stat_double(bob, "mos") <= 4; tries++)
        phone_wait(100);
    ck_assert_double_gt(phone_stat_double(bob, "mos"), 4);
    phone_hang_up(alice);
    phone_wait_calmly(200);
    ck_assert_uint_eq(phone_stat(bob, "bytes-received"), 160 * phone_stat(bob, "packets-received"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-talk");
    TCase *tcase = tcase_create("talk");

    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, NULL, phone_close_all);
    tcase_add_loop_test(tcase, each_hears_the_other, 0, phone_n_codecs);
    tcase_add_loop_test(tcase, each_hears_the_other_by_ipv6, 0, 2);
    tcase_add_test(tcase, one_port_is_enough);
    tcase_add_loop_test(tcase, reports_find_their_way, 0, 3);
    tcase_add_test(tcase, packets_are_counted);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
