/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls with a real telephone: who hears whom, and what they do with the call. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/peers/baresip.h"
#include "tests/peers/sip-bus.h"

enum { TALK_MS = 2000 };

static const BaresipOptions bob_options = { .user = "bob", .hz = 440, .answers = true };

/* Within 1 dB of what was said, and hardly anything else. */
static void expect_tone(const Sound *heard, double hz, double level, const char *who) {
    ck_assert_msg(heard, "%s heard nothing", who);
    fprintf(stderr, "# %s hears %g Hz at %.2f dBFS (said: %.2f), purity %.4f\n", who, sound_frequency(heard), sound_best_level(heard, hz), level,
            sound_purity(heard, hz));
    ck_assert_msg(fabs(sound_frequency(heard) - hz) <= 10, "%s hears %g Hz", who, sound_frequency(heard));
    ck_assert_msg(fabs(sound_best_level(heard, hz) - level) < 1, "%s hears %g dBFS", who, sound_best_level(heard, hz));
    ck_assert_msg(sound_purity(heard, hz) > 0.95, "%s hears it at %g of all", who, sound_purity(heard, hz));
}

/* The call is over at both ends: what they recorded is whole. */
static void hang_up(Client *alice, const char *call, Baresip *bob) {
    client_drop(alice, call);
    await_state(alice, call, "idle");
    baresip_await(bob, "CALL_CLOSED", NULL);
}

static void expect_both_were_heard(Baresip *bob) {
    _cleanup_(sound_freep) Sound *at_bob = baresip_heard(bob), *said = baresip_said(bob), *at_desk = NULL;

    AWAIT(t, (sound_free(at_desk), at_desk = line_heard(DESK)));
    ck_assert_ptr_nonnull(said);
    expect_tone(at_bob, DESK_HZ, DESK_DB, "bob");
    expect_tone(at_desk, 440, sound_best_level(said, 440), "desk");
}

/* From when bob hears something: a busy machine may take its time to begin. */
static void talk_with(Baresip *bob) {
    _cleanup_(sound_freep) Sound *at_bob = NULL;

    AWAIT(t, (sound_free(at_bob), at_bob = baresip_heard(bob)));
    PASS(TALK_MS);
}

START_TEST(both_hear_each_other) {
    Baresip *bob = baresip_start(&bob_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));

    await_state(alice, call, "connected");
    talk_with(bob);
    hang_up(alice, call, bob);
    expect_both_were_heard(bob);
    baresip_free(bob);
}
END_TEST

START_TEST(a_call_of_bobs_is_answered) {
    Baresip *bob = baresip_start(&bob_options);
    Client *alice = owner_of(DESK);
    g_autofree char *uri = desk_uri();
    const char *call;

    baresip_command(bob, "dial", uri);
    call = await_handle(alice);
    await_state(alice, call, "offering");
    client_call(alice, call, "Answer", "");
    await_state(alice, call, "connected");
    baresip_await(bob, "CALL_ESTABLISHED", NULL);
    talk_with(bob);
    baresip_command(bob, "hangup", NULL);
    await_state(alice, call, "disconnected");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "normal");
    expect_both_were_heard(bob);
    baresip_free(bob);
}
END_TEST

START_TEST(digits_go_both_ways) {
    Baresip *bob = baresip_start(&bob_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));
    const char *digits = "15#";

    await_state(alice, call, "connected");
    client_call(alice, call, "MonitorDigits", "b", true);
    client_call(alice, call, "SendDigits", "sa{sv}", digits, 0);
    for (const char *digit = digits; *digit; digit++) {
        char text[] = { '"', *digit, '"', '\0' };

        baresip_await(bob, "CALL_DTMF_START", text);
    }
    await_signal(alice, call, "DigitsSent");
    for (const char *digit = "92*"; *digit; digit++) {
        char text[] = { *digit, '\0' };
        g_autofree char *heard = NULL;

        baresip_command(bob, "sndcode", text);
        heard = message_text(await_signal(alice, call, "DigitReceived"));
        ck_assert_msg(strchr(heard, *digit), "%s", heard);
    }
    hang_up(alice, call, bob);
    baresip_free(bob);
}
END_TEST

START_TEST(we_hold_bob_and_come_back) {
    Baresip *bob = baresip_start(&bob_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));
    _cleanup_(sound_freep) Sound *heard = NULL;

    await_state(alice, call, "connected");
    PASS(1000);
    client_call(alice, call, "Hold", "");
    await_state(alice, call, "on-hold");
    PASS(1500);
    client_call(alice, call, "Unhold", "");
    await_state(alice, call, "connected");
    PASS(1000);
    hang_up(alice, call, bob);
    heard = line_heard(DESK);
    ck_assert_ptr_nonnull(heard);
    ck_assert_msg(fabs(sound_best_level(heard, 440) - BARESIP_TONE_DB) < 1.5, "%g dBFS", sound_best_level(heard, 440));
    baresip_free(bob);
}
END_TEST

START_TEST(bob_holds_us_and_comes_back) {
    Baresip *bob = baresip_start(&bob_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));

    await_state(alice, call, "connected");
    PASS(500);
    baresip_command(bob, "hold", NULL);
    await_string(alice, call, "StateDetail", "active-held");
    PASS(500);
    baresip_command(bob, "resume", NULL);
    await_string(alice, call, "StateDetail", "active");
    PASS(1000);
    hang_up(alice, call, bob);
    expect_both_were_heard(bob);
    baresip_free(bob);
}
END_TEST

/* ---- Transfers ---- */

static const BaresipOptions carol_options = { .user = "carol", .hz = 700, .answers = true };

START_TEST(we_transfer_bob_to_carol) {
    Baresip *bob = baresip_start(&bob_options), *carol = baresip_start(&carol_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));
    _cleanup_(sound_freep) Sound *at_carol = NULL;

    await_state(alice, call, "connected");
    PASS(300);
    client_call(alice, call, "BlindTransfer", "s", baresip_uri(carol));
    await_state(alice, call, "idle");
    baresip_await(carol, "CALL_ESTABLISHED", NULL);
    PASS(TALK_MS);
    baresip_command(carol, "hangup", NULL);
    baresip_await(carol, "CALL_CLOSED", NULL);
    at_carol = baresip_heard(carol);
    expect_tone(at_carol, 440, BARESIP_TONE_DB, "carol");
    baresip_free(bob);
    baresip_free(carol);
}
END_TEST

START_TEST(bob_transfers_us_to_carol) {
    Baresip *bob = baresip_start(&bob_options), *carol = baresip_start(&carol_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));
    _cleanup_(sound_freep) Sound *at_carol = NULL;

    await_state(alice, call, "connected");
    PASS(300);
    baresip_command(bob, "transfer", baresip_uri(carol));
    baresip_await(carol, "CALL_ESTABLISHED", NULL);
    PASS(TALK_MS);
    ck_assert_str_eq(known_state(alice, call), "connected");
    client_drop(alice, call);
    await_state(alice, call, "idle");
    baresip_await(carol, "CALL_CLOSED", NULL);
    at_carol = baresip_heard(carol);
    expect_tone(at_carol, DESK_HZ, DESK_DB, "carol");
    baresip_free(bob);
    baresip_free(carol);
}
END_TEST

START_TEST(a_consultation_connects_bob_and_carol) {
    Baresip *bob = baresip_start(&bob_options), *carol = baresip_start(&carol_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob)), *consultation;
    sd_bus_message *reply;

    await_state(alice, call, "connected");
    reply = client_call(alice, call, "SetupTransfer", "sa{sv}", baresip_uri(carol), 0);
    ck_assert_int_ge(sd_bus_message_read(reply, "o", &consultation), 0);
    await_state(alice, consultation, "connected");
    client_call(alice, call, "CompleteTransfer", "os", consultation, "transfer");
    await_state(alice, call, "idle");
    await_state(alice, consultation, "idle");
    baresip_free(bob);
    baresip_free(carol);
}
END_TEST

/* ---- Conference ---- */

START_TEST(three_hear_each_other) {
    Baresip *bob = baresip_start(&bob_options), *carol = baresip_start(&carol_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob)), *conference, *consultation;
    _cleanup_(sound_freep) Sound *at_bob = NULL, *at_carol = NULL;
    sd_bus_message *reply;

    await_state(alice, call, "connected");
    reply = client_call(alice, call, "SetupConference", "sa{sv}", baresip_uri(carol), 0);
    ck_assert_int_ge(sd_bus_message_read(reply, "oo", &conference, &consultation), 0);
    await_state(alice, consultation, "connected");
    client_call(alice, conference, "AddToConference", "o", consultation);
    await_state(alice, call, "conferenced");
    await_state(alice, consultation, "conferenced");
    PASS(TALK_MS);
    client_drop(alice, conference);
    await_state(alice, conference, "idle");
    baresip_await(bob, "CALL_CLOSED", NULL);
    baresip_await(carol, "CALL_CLOSED", NULL);
    at_bob = baresip_heard(bob);
    at_carol = baresip_heard(carol);
    ck_assert(at_bob && at_carol);
    ck_assert_msg(fabs(sound_best_level(at_bob, 700) - BARESIP_TONE_DB) < 2, "bob hears carol at %g", sound_best_level(at_bob, 700));
    ck_assert_msg(fabs(sound_best_level(at_bob, DESK_HZ) - DESK_DB) < 2, "bob hears us at %g", sound_best_level(at_bob, DESK_HZ));
    ck_assert_msg(sound_best_level(at_bob, 440) < -45, "bob hears himself at %g", sound_best_level(at_bob, 440));
    ck_assert_msg(fabs(sound_best_level(at_carol, 440) - BARESIP_TONE_DB) < 2, "carol hears bob at %g", sound_best_level(at_carol, 440));
    ck_assert_msg(sound_best_level(at_carol, 700) < -45, "carol hears herself at %g", sound_best_level(at_carol, 700));
    baresip_free(bob);
    baresip_free(carol);
}
END_TEST

/* ---- Encrypted ---- */

/* With the change of state, or before. */
static void expect_known_encrypted(Client *client, const char *call) {
    int encrypted = change_place(client, 0, call, "Encrypted", "true"), connected = change_place(client, 0, call, "State", "\"connected\"");

    ck_assert_int_ge(encrypted, 0);
    ck_assert_int_le(encrypted, connected);
    ck_assert_uint_eq(get_number(client, call, "Encrypted"), 1);
}

START_TEST(a_secret_call_is_answered_by_us) {
    Baresip *bob = baresip_start(&(BaresipOptions){ .user = "bob", .parameters = ";mediaenc=srtp-mand" });
    g_autofree char *uri = desk_uri();
    Client *alice = owner_of(DESK);
    const char *call;

    baresip_command(bob, "dial", uri);
    call = await_handle(alice);
    await_state(alice, call, "offering");
    client_call(alice, call, "Answer", "");
    expect_known_encrypted(alice, call);
    hang_up(alice, call, bob);
    baresip_free(bob);
}
END_TEST

START_TEST(a_secret_call_is_heard_too) {
    static const char *const parameters[] = { ";mediaenc=srtp", ";mediaenc=srtp-mand" };
    Baresip *bob =
        baresip_start(&(BaresipOptions){ .user = "bob", .hz = 440, .answers = true, .parameters = parameters[_i] });
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));

    await_state(alice, call, "connected");
    expect_known_encrypted(alice, call);
    talk_with(bob);
    hang_up(alice, call, bob);
    expect_both_were_heard(bob);
    baresip_free(bob);
}
END_TEST

START_TEST(who_has_no_keys_is_not_talked_to) {
    Baresip *bob = baresip_start(&bob_options);
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, baresip_uri(bob));

    await_string(alice, call, "DisconnectCause", "incompatible");
    baresip_free(bob);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("baresip");
    TCase *tcase = sip_bus_case(suite, "talk", sip_bus_setup);

    tcase_add_test(tcase, both_hear_each_other);
    tcase_add_test(tcase, a_call_of_bobs_is_answered);
    tcase_add_test(tcase, digits_go_both_ways);
    tcase_add_test(tcase, we_hold_bob_and_come_back);
    tcase_add_test(tcase, bob_holds_us_and_comes_back);
    tcase = sip_bus_case(suite, "transfer", sip_bus_setup);
    tcase_add_test(tcase, we_transfer_bob_to_carol);
    tcase_add_test(tcase, bob_transfers_us_to_carol);
    tcase_add_test(tcase, a_consultation_connects_bob_and_carol);
    tcase_add_test(tcase, three_hear_each_other);
    tcase = sip_bus_case(suite, "secret", sip_bus_setup_encrypted);
    tcase_add_loop_test(tcase, a_secret_call_is_heard_too, 0, 2);
    tcase_add_test(tcase, a_secret_call_is_answered_by_us);
    tcase_add_test(tcase, who_has_no_keys_is_not_talked_to);
    return bus_main(suite);
}
