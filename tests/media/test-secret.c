/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encryption: who has the key hears, and nobody else does. */
#include <math.h>
#include <string.h>

#include "providers/media/session.h"
#include "tests/media/phone.h"
#include "tests/media/relay.h"
#include "tests/unit/run.h"

static const SrtpSuite suites[] = { SRTP_AES_CM_128_HMAC_SHA1_80, SRTP_AES_CM_128_HMAC_SHA1_32 };

static SrtpKey key_of(SrtpSuite suite, uint8_t seed) {
    SrtpKey key = { .suite = suite };

    for (size_t i = 0; i < sizeof(key.key); i++)
        key.key[i] = (uint8_t) (seed + 7 * i);
    return key;
}

/* What a sends goes through the relay, which keeps it. Without one b speaks as well. */
static void connect(Phone *a, Phone *b, Relay *relay, const SrtpKey *of_a, const SrtpKey *as_b_has_it, const SrtpKey *of_b) {
    MediaAgreement at_a = phone_agreement(b, CODEC_PCMU), at_b = phone_agreement(a, CODEC_PCMU);

    if (relay)
        at_a.port = relay_port(relay);
    else
        at_a.rtcp_mux = at_b.rtcp_mux = true;
    at_b.sends = !relay;
    at_a.local = *of_a;
    at_a.remote = *of_b;
    at_b.local = *of_b;
    at_b.remote = *as_b_has_it;
    ck_assert_int_eq(phone_agree(a->stream, &at_a), 0);
    ck_assert_int_eq(phone_agree(b->stream, &at_b), 0);
}

START_TEST(whoever_has_the_key_hears) {
    Phone *alice = phone_open("tone:1000,0.5"), *bob = phone_open("tone:440,0.5");
    SrtpKey of_alice = key_of(suites[_i], 1), of_bob = key_of(suites[_i], 2);
    g_autoptr(GVariant) stats = NULL;
    const char *encryption;
    Ear ear = {};

    connect(alice, bob, NULL, &of_alice, &of_alice, &of_bob);
    phone_expect_level(alice, -9.03);
    phone_expect_level(bob, -9.03);
    phone_wait_calmly(1000);
    stats = g_variant_ref_sink(media_stream_stats(bob->stream));
    ck_assert(g_variant_lookup(stats, "encryption", "&s", &encryption));
    ck_assert_str_eq(encryption, srtp_suite_to_string(suites[_i]));
    phone_listen(bob, 800, &ear);
    ck_assert_double_eq_tol(ear_best_level_at(&ear, 1000), -9.03, 1);
    ear_close(&ear);
    phone_listen(alice, 800, &ear);
    ck_assert_double_eq_tol(ear_best_level_at(&ear, 440), -9.03, 1);
    ear_close(&ear);
}
END_TEST

/* What a listener on the wire sees is not the voice: decoded as PCMU it has no tone in it. */
START_TEST(the_wire_has_no_voice) {
    Phone *alice = phone_open("tone:1000,0.5"), *bob = phone_open("none");
    SrtpKey of_alice = key_of(suites[0], 1), of_bob = key_of(suites[0], 2);
    Relay *relay = relay_new(media_stream_port(bob->stream));
    double plain, secret;

    connect(alice, bob, relay, &of_alice, &of_alice, &of_bob);
    phone_expect_level(bob, -9.03);
    phone_wait_calmly(1000);
    secret = relay_level_at(relay, 1000);
    of_alice.suite = of_bob.suite = SRTP_NONE;
    connect(alice, bob, relay, &of_alice, &of_alice, &of_bob);
    phone_wait_calmly(300);
    relay_forget(relay); /* and what was on its way before */
    phone_wait_calmly(1000);
    plain = relay_level_at(relay, 1000);
    ck_assert_double_eq_tol(plain, -9.03, 1);
    ck_assert_double_lt(secret, plain - 15);
    relay_free(relay);
}
END_TEST

START_TEST(a_wrong_key_hears_nothing) {
    Phone *alice = phone_open("tone:1000,0.5"), *bob = phone_open("none");
    SrtpKey of_alice = key_of(suites[_i], 1), wrong = key_of(suites[_i], 3), of_bob = key_of(suites[_i], 2);
    Relay *relay = relay_new(media_stream_port(bob->stream));

    connect(alice, bob, relay, &of_alice, &wrong, &of_bob);
    for (int tries = 0; tries < 150 && phone_stat(alice, "packets-sent") <= 50; tries++)
        phone_wait(100);
    ck_assert_uint_gt(phone_stat(alice, "packets-sent"), 50);
    ck_assert_uint_eq(phone_stat(bob, "packets-received"), 0);
    phone_expect_silence(bob);
    relay_free(relay);
}
END_TEST

START_TEST(keys_change_in_the_middle) {
    Phone *alice = phone_open("tone:1000,0.5"), *bob = phone_open("none");

    for (uint8_t seed = 0; seed < 3; seed++) {
        SrtpKey of_alice = key_of(suites[0], (uint8_t) (10 + seed)), of_bob = key_of(suites[0], (uint8_t) (20 + seed));

        connect(alice, bob, NULL, &of_alice, &of_alice, &of_bob);
        phone_wait(700);
        phone_expect_level(bob, -9.03);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-secret");
    TCase *tcase = tcase_create("secret");

    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, NULL, phone_close_all);
    tcase_add_loop_test(tcase, whoever_has_the_key_hears, 0, G_N_ELEMENTS(suites));
    tcase_add_test(tcase, the_wire_has_no_voice);
    tcase_add_loop_test(tcase, a_wrong_key_hears_nothing, 0, G_N_ELEMENTS(suites));
    tcase_add_test(tcase, keys_change_in_the_middle);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
