/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls through a Kamailio, between lines of ours and with baresip. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/baresip.h"
#include "tests/peers/kamailio/kamailio.h"
#include "tests/peers/sip-bus.h"

#define ALICE "alice"
#define BOB "bob"

static Kamailio *kamailio;
static char *registrar;

static void begin(const KamailioOptions *options, const char *keys) {
    g_autofree char *alice = NULL, *bob = NULL, *ca = NULL, *lab = NULL;
    bool tls = options->certificate != KAMAILIO_NO_TLS;

    sip_bus_prepare();
    kamailio = kamailio_start(options);
    registrar = g_strdup_printf("%s:%u", tls ? "lab.test" : kamailio_host(kamailio),
                                tls ? kamailio_tls_port(kamailio) : kamailio_port(kamailio));
    ca = tls ? g_strdup_printf("TlsCaFile=%s\n", kamailio_ca_file(kamailio)) : g_strdup("");
    lab = g_strdup_printf("CALLBUS_TEST_LAB=%s", kamailio_host(kamailio));
    alice = g_strdup_printf("Registrar=%s\nDomain=lab.test\nPasswordFile=@PASSWORD@\nListen=%s\n%s%s", registrar, peer_address(PEER_OURS), ca,
                            keys);
    bob = g_strdup(alice);
    sip_bus_begin_with((const char *const[]){ "alice", alice, "bob", bob, NULL },
                       &(BusOptions){ .preload = tls ? g_getenv("NAMES_PRELOAD") : NULL,
                                      .environ = (const char *const[]){ lab, NULL } });
}

static void set_up(void) {
    begin(&(KamailioOptions){ 0 }, "");
}

static void set_up_sha256(void) {
    begin(&(KamailioOptions){ .sha256 = true }, "");
}

static void set_up_tcp(void) {
    begin(&(KamailioOptions){ 0 }, "Transport=tcp\n");
}

static void set_up_tls(void) {
    begin(&(KamailioOptions){ .certificate = KAMAILIO_GOOD }, "Transport=tls\n");
}

static void tear_down(void) {
    sip_bus_teardown();
    kamailio = kamailio_free(kamailio);
    g_clear_pointer(&registrar, g_free);
}

static Baresip *start_phone(const char *user, bool answers) {
    g_autofree char *place = g_strdup_printf("%s:%u", kamailio_host(kamailio), kamailio_port(kamailio));
    g_autofree char *proxy = g_strdup_printf(";outbound=\"sip:%s\"", place);

    return baresip_start(&(BaresipOptions){ .user = user, .answers = answers, .registrar = "lab.test", .parameters = proxy, .password = "secret" });
}

/* ---- Between two lines of ours ---- */

START_TEST(alice_calls_bob) {
    Client *alice = owner_of(ALICE), *bob = owner_of(BOB);
    const char *out = client_dial(alice, ALICE, "bob"), *in = await_handle(bob);

    await_state(alice, out, "ringback");
    await_state(bob, in, "offering");
    ck_assert_ptr_nonnull(strstr(get_text(bob, in, "Caller"), "alice"));
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    await_state(bob, in, "connected");
    /* The two ends of one call. */
    ck_assert_str_eq(get_string(alice, out, "CallId"), get_string(bob, in, "CallId"));
    client_drop(bob, in);
    await_state(alice, out, "disconnected");
    ck_assert_str_eq(get_string(alice, out, "DisconnectCause"), "normal");
}
END_TEST

START_TEST(bob_is_busy) {
    Client *alice = owner_of(ALICE), *bob = owner_of(BOB);
    const char *out = client_dial(alice, ALICE, "bob"), *in = await_handle(bob);

    client_call(bob, in, "Drop", "a{sv}", 1, "reason", "s", "busy");
    await_state(alice, out, "busy");
    client_drop(alice, out);
}
END_TEST

START_TEST(nobody_has_that_number) {
    Client *alice = owner_of(ALICE);
    const char *call = client_dial(alice, ALICE, "stranger");

    await_string(alice, call, "DisconnectCause", "bad-address");
    ck_assert_str_eq(get_string(alice, call, "ProviderCause"), "SIP 404 Not Found");
}
END_TEST

START_TEST(alice_gives_up) {
    Client *alice = owner_of(ALICE), *bob = owner_of(BOB);
    const char *out = client_dial(alice, ALICE, "bob"), *in = await_handle(bob);

    await_state(bob, in, "offering");
    client_drop(alice, out);
    await_state(bob, in, "disconnected");
    ck_assert_str_eq(get_string(bob, in, "DisconnectCause"), "cancelled");
}
END_TEST

START_TEST(the_call_id_is_ours_and_the_networks_is_shown) {
    Client *alice = owner_of(ALICE), *bob = owner_of(BOB);
    const char *out = client_dial(alice, ALICE, "bob"), *in = await_handle(bob), *ids;
    g_auto(GStrv) words = NULL;

    await_state(alice, out, "ringback");
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    ids = get_text(bob, in, "NetworkIds");
    ck_assert_msg(strstr(ids, "session-id") && strstr(ids, "sip-call-id"), "%s", ids);
    ck_assert_ptr_null(strstr(ids, get_string(bob, in, "CallId")));
    client_drop(alice, out);
}
END_TEST

/* ---- With a telephone ---- */

START_TEST(carol_is_a_telephone) {
    Client *alice = owner_of(ALICE);
    Baresip *carol = start_phone("carol", true);
    const char *call = client_dial(alice, ALICE, "carol");
    _cleanup_(sound_freep) Sound *heard = NULL;

    await_state(alice, call, "connected");
    PASS(2000);
    client_drop(alice, call);
    baresip_await(carol, "CALL_CLOSED", NULL);
    heard = baresip_heard(carol);
    ck_assert_ptr_nonnull(heard);
    ck_assert_msg(fabs(sound_best_level(heard, DESK_HZ) - DESK_DB) < 1.5, "%g dBFS", sound_best_level(heard, DESK_HZ));
    baresip_free(carol);
}
END_TEST

START_TEST(carol_calls_alice) {
    Client *alice = owner_of(ALICE);
    Baresip *carol = start_phone("carol", true);
    const char *call;

    baresip_command(carol, "dial", "sip:alice@lab.test");
    call = await_handle(alice);
    await_state(alice, call, "offering");
    client_call(alice, call, "Answer", "");
    baresip_await(carol, "CALL_ESTABLISHED", NULL);
    await_state(alice, call, "connected");
    baresip_command(carol, "hangup", NULL);
    await_state(alice, call, "disconnected");
    baresip_free(carol);
}
END_TEST

/* Bob's line and Bob's telephone ring. */
START_TEST(somebody_else_answers) {
    Client *alice = owner_of(ALICE), *bob = owner_of(BOB);
    Baresip *phone = start_phone("bob", false);
    const char *out = client_dial(alice, ALICE, "bob"), *in = await_handle(bob);

    await_state(bob, in, "offering");
    baresip_await(phone, "CALL_INCOMING", NULL);
    baresip_command(phone, "accept", NULL);
    await_state(alice, out, "connected");
    await_string(bob, in, "DisconnectCause", "answered-elsewhere");
    client_drop(alice, out);
    baresip_free(phone);
}
END_TEST

START_TEST(bob_answers_first) {
    Client *alice = owner_of(ALICE), *bob = owner_of(BOB);
    Baresip *phone = start_phone("bob", false);
    const char *out = client_dial(alice, ALICE, "bob"), *in = await_handle(bob);

    await_state(bob, in, "offering");
    baresip_await(phone, "CALL_INCOMING", NULL);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    baresip_await(phone, "CALL_CLOSED", NULL);
    ck_assert_str_eq(known_state(bob, in), "connected");
    client_drop(alice, out);
    await_state(bob, in, "disconnected");
    baresip_free(phone);
}
END_TEST

/* ---- The program ---- */

static TCase *add_case(Suite *suite, const char *name, void (*setup)(void)) {
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, setup, tear_down);
    tcase_set_timeout(tcase, 180);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("through-kamailio");
    TCase *tcase = add_case(suite, "udp", set_up);

    tcase_add_test(tcase, alice_calls_bob);
    tcase_add_test(tcase, bob_is_busy);
    tcase_add_test(tcase, nobody_has_that_number);
    tcase_add_test(tcase, alice_gives_up);
    tcase_add_test(tcase, the_call_id_is_ours_and_the_networks_is_shown);
    tcase_add_test(tcase, carol_is_a_telephone);
    tcase_add_test(tcase, carol_calls_alice);
    tcase_add_test(tcase, somebody_else_answers);
    tcase_add_test(tcase, bob_answers_first);
    tcase = add_case(suite, "sha256", set_up_sha256);
    tcase_add_test(tcase, alice_calls_bob);
    tcase = add_case(suite, "tcp", set_up_tcp);
    tcase_add_test(tcase, alice_calls_bob);
    tcase = add_case(suite, "tls", set_up_tls);
    tcase_add_test(tcase, alice_calls_bob);
    return bus_main(suite);
}
