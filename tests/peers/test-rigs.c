/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rigs themselves: what the tests with foreign peers stand on. */
#include <check.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "tests/bus/util-folder.h"
#include "tests/peers/baresip.h"
#include "tests/peers/sipp.h"
#include "tests/unit/run.h"

static char *folder;

static void set_up(void) {
    folder = folder_new();
    ck_assert_ptr_nonnull(folder);
    peers_begin(folder);
}

static void tear_down(void) {
    peers_end();
    g_clear_pointer(&folder, g_free);
    folder_end();
}

/* One calls the other, and both see what they should; the one that was called. */
static Peer *meet(const char *const *called, const char *const *caller) {
    SippOptions at_called = { .steps = called };
    SippOptions at_caller = { .steps = caller, .user = "sipp", .address = PEER_SECOND };
    g_autofree char *target = g_strdup_printf("%s:%u", peer_address(PEER_FIRST), SIPP_PORT);
    Peer *one = sipp_start(&at_called), *two;

    at_caller.target = target;
    two = sipp_start(&at_caller);
    sipp_await(two);
    sipp_await(one);
    return one;
}

START_TEST(sipp_calls_sipp) {
    static const char *const called[] = { "< INVITE", "> 180 Ringing", "> 200 OK\nsdp", "< ACK", "< BYE\n?Reason: cause=16", "> 200 OK", NULL };
    static const char *const caller[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK",
                                          "> BYE\nReason: Q.850;cause=16", "< 200", NULL };
    g_autofree char *messages = NULL;
    Peer *one = meet(called, caller);

    messages = sipp_messages(one);
    ck_assert_ptr_nonnull(strstr(messages, "Reason: Q.850;cause=16"));
}
END_TEST

START_TEST(sipp_is_called_and_hangs_up) {
    static const char *const called[] = { "< INVITE", "> 200 OK\nsdp", "< ACK", "wait 50", "> BYE", "< 200", NULL };
    static const char *const caller[] = { "> INVITE\nsdp", "< 200", "> ACK", "< BYE", "> 200 OK", NULL };

    meet(called, caller);
}
END_TEST

START_TEST(sipp_gives_up) {
    static const char *const called[] = { "< INVITE", "> 180 Ringing", "< CANCEL", "> 200 OK", NULL };
    static const char *const caller[] = { "> INVITE\nsdp", "< 180", "> CANCEL", "< 200", NULL };

    meet(called, caller);
}
END_TEST

START_TEST(a_sipp_that_gets_something_else_is_surprised) {
    static const char *const called[] = { "< INVITE", "> 486 Busy Here", "< ACK", NULL };
    static const char *const caller[] = { "> INVITE\nsdp", "< 200", NULL };
    SippOptions at_called = { .steps = called };
    SippOptions at_caller = { .steps = caller, .user = "sipp", .address = PEER_SECOND };
    g_autofree char *target = g_strdup_printf("%s:%u", peer_address(PEER_FIRST), SIPP_PORT);
    int64_t deadline = g_get_monotonic_time() + PEER_HUNG_S * G_USEC_PER_SEC;
    Peer *one;

    at_caller.target = target;
    sipp_start(&at_called);
    one = sipp_start(&at_caller);
    while (!sipp_is_surprised(one)) {
        ck_assert_int_lt(g_get_monotonic_time(), deadline);
        g_usleep(5000);
    }
}
END_TEST

START_TEST(what_came_before_is_no_surprise) {
    static const char *const called[] = { "< INVITE", "> 180 Ringing", "> 183 Session Progress", "> 180 Ringing", "> 200 OK\nsdp", "< ACK", NULL };
    static const char *const caller[] = { "> INVITE\nsdp", "< 180", "< 183", "< 200", "> ACK", NULL };

    meet(called, caller);
}
END_TEST

/* Both are tuned to PCMU, by which a tone loses next to nothing. */
static void expect_tone(Sound *heard, double hz) {
    ck_assert_ptr_nonnull(heard);
    ck_assert_msg(fabs(sound_frequency(heard) - hz) <= 10, "%g Hz", sound_frequency(heard));
    ck_assert_msg(fabs(sound_best_level(heard, hz) - BARESIP_TONE_DB) < 1.5, "%g dBFS", sound_best_level(heard, hz));
    ck_assert_msg(sound_purity(heard, hz) > 0.98, "%g", sound_purity(heard, hz));
}

START_TEST(baresip_talks_with_baresip) {
    BaresipOptions one = { .user = "bob", .hz = 440, .answers = true }, two = { .user = "alice", .hz = 1000 };
    Baresip *bob = baresip_start(&one), *alice = baresip_start(&two);
    _cleanup_(sound_freep) Sound *at_bob = NULL, *at_alice = NULL;

    baresip_command(alice, "dial", baresip_uri(bob));
    baresip_await(alice, "CALL_ESTABLISHED", NULL);
    baresip_await(bob, "CALL_ESTABLISHED", NULL);
    g_usleep(1500000);
    baresip_command(alice, "hangup", NULL);
    baresip_await(bob, "CALL_CLOSED", NULL);
    baresip_await(alice, "CALL_CLOSED", NULL);
    at_bob = baresip_heard(bob);
    at_alice = baresip_heard(alice);
    baresip_free(bob);
    baresip_free(alice);
    expect_tone(at_bob, 1000);
    expect_tone(at_alice, 440);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rigs");
    TCase *tcase = tcase_create("rigs");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, sipp_calls_sipp);
    tcase_add_test(tcase, sipp_is_called_and_hangs_up);
    tcase_add_test(tcase, sipp_gives_up);
    tcase_add_test(tcase, a_sipp_that_gets_something_else_is_surprised);
    tcase_add_test(tcase, what_came_before_is_no_surprise);
    tcase_add_test(tcase, baresip_talks_with_baresip);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
