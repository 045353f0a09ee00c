/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of ours at an Asterisk: what a PBX in an office does. */
#include <math.h>
#include <string.h>

#include "tests/peers/asterisk.h"
#include "tests/peers/baresip.h"
#include "tests/peers/sip-bus.h"

#define ONE "one" /* extension 100 */
#define TWO "two" /* extension 101 */

static void set_up(void) {
    g_autofree char *one = NULL, *two = NULL;

    sip_bus_prepare();
    asterisk_start(peer_address(PEER_FIRST));
    one = g_strdup_printf("User=100\nRegistrar=%s\nPasswordFile=@PASSWORD@\nListen=%s\nParkCode=*5\nUnparkCode=*6\nPickupCode=*8\n"
                          "PickupGroupCode=*7\n", peer_address(PEER_FIRST), peer_address(PEER_OURS));
    two = g_strdup_printf("User=101\nRegistrar=%s\nPasswordFile=@PASSWORD@\nListen=%s\nUnparkCode=*6\nPickupCode=*8\nPickupGroupCode=*7\n",
                          peer_address(PEER_FIRST), peer_address(PEER_OURS));
    sip_bus_begin((const char *const[]){ "one", one, "two", two, NULL });
}

/* The extension 102. */
static Baresip *start_phone(void) {
    return baresip_start(&(BaresipOptions){ .user = "102", .answers = true, .registrar = peer_address(PEER_FIRST), .password = "secret" });
}

static void dial(Baresip *phone, const char *extension) {
    g_autofree char *uri = g_strdup_printf("sip:%s@%s", extension, peer_address(PEER_FIRST));

    baresip_command(phone, "dial", uri);
}

START_TEST(both_lines_register) {
    Client *alice = bus_client(t);

    await_line(alice, ONE);
    await_line(alice, TWO);
}
END_TEST

START_TEST(one_calls_two) {
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    const char *out = client_dial(alice, ONE, "101"), *in = await_handle(bob);

    await_state(alice, out, "ringback");
    ck_assert_ptr_nonnull(strstr(get_text(bob, in, "Caller"), "100"));
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_drop(alice, out);
    await_state(bob, in, "disconnected");
}
END_TEST

START_TEST(a_tone_of_asterisks_is_heard) {
    Client *alice = owner_of(ONE);
    const char *call = client_dial(alice, ONE, "milliwatt");
    _cleanup_(sound_freep) Sound *heard = NULL;

    await_state(alice, call, "connected");
    PASS(1500);
    client_drop(alice, call);
    await_state(alice, call, "idle");
    heard = line_heard(ONE);
    ck_assert_ptr_nonnull(heard);
    ck_assert_msg(fabs(sound_frequency(heard) - 1000) <= 10, "%g Hz", sound_frequency(heard));
}
END_TEST

START_TEST(what_we_say_comes_back) {
    Client *alice = owner_of(ONE);
    const char *call = client_dial(alice, ONE, "echo");
    _cleanup_(sound_freep) Sound *heard = NULL;

    await_state(alice, call, "connected");
    PASS(1500);
    client_drop(alice, call);
    await_state(alice, call, "idle");
    heard = line_heard(ONE);
    ck_assert_ptr_nonnull(heard);
    ck_assert_msg(fabs(sound_best_level(heard, DESK_HZ) - DESK_DB) < 1.5, "%g dBFS", sound_best_level(heard, DESK_HZ));
}
END_TEST

START_TEST(a_consultation_connects_the_others) {
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    Baresip *phone = start_phone();
    const char *call = client_dial(alice, ONE, "102"), *consultation, *in;
    sd_bus_message *reply;

    await_state(alice, call, "connected");
    reply = client_call(alice, call, "SetupTransfer", "sa{sv}", "101", 0);
    ck_assert_int_ge(sd_bus_message_read(reply, "o", &consultation), 0);
    in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, consultation, "connected");
    client_call(alice, call, "CompleteTransfer", "os", consultation, "transfer");
    await_state(alice, call, "idle");
    await_state(alice, consultation, "idle");
    PASS(500);
    ck_assert_str_eq(known_state(bob, in), "connected");
    client_drop(bob, in);
    baresip_await(phone, "CALL_CLOSED", NULL);
    baresip_free(phone);
}
END_TEST

START_TEST(a_call_is_sent_on_blindly) {
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    Baresip *phone = start_phone();
    const char *call = client_dial(alice, ONE, "102"), *in;

    await_state(alice, call, "connected");
    client_call(alice, call, "BlindTransfer", "s", "101");
    in = await_handle(bob);
    await_state(alice, call, "idle");
    client_call(bob, in, "Answer", "");
    await_state(bob, in, "connected");
    client_drop(bob, in);
    baresip_await(phone, "CALL_CLOSED", NULL);
    baresip_free(phone);
}
END_TEST

START_TEST(a_call_is_parked_and_taken_back_elsewhere) {
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    Baresip *phone = start_phone();
    const char *call = client_dial(alice, ONE, "102"), *place, *back;
    sd_bus_message *reply;

    await_state(alice, call, "connected");
    reply = client_call(alice, call, "Park", "s", "703");
    ck_assert_int_ge(sd_bus_message_read(reply, "s", &place), 0);
    ck_assert_str_eq(place, "703");
    await_state(alice, call, "idle");
    reply = client_call(bob, LINE(TWO), "Unpark", "s", place);
    ck_assert_int_ge(sd_bus_message_read(reply, "o", &back), 0);
    await_state(bob, back, "connected");
    client_drop(bob, back);
    baresip_await(phone, "CALL_CLOSED", NULL);
    baresip_free(phone);
}
END_TEST

/* What rings at 100 is taken at 101: by its number, and as one of the group. */
START_TEST(a_call_is_picked_up) {
    static const char *const addresses[] = { "100", "" }, *const groups[] = { "", "1" };
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    Baresip *phone = start_phone();
    const char *in, *taken;
    sd_bus_message *reply;

    dial(phone, "100");
    in = await_handle(alice);
    await_state(alice, in, "offering");
    reply = client_call(bob, LINE(TWO), "Pickup", "ss", addresses[_i], groups[_i]);
    ck_assert_int_ge(sd_bus_message_read(reply, "o", &taken), 0);
    await_state(bob, taken, "connected");
    await_string(alice, in, "DisconnectCause", "answered-elsewhere");
    baresip_await(phone, "CALL_ESTABLISHED", NULL);
    client_drop(bob, taken);
    baresip_free(phone);
}
END_TEST

START_TEST(a_message_waits) {
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    const char *call;

    ck_assert_uint_eq(get_number(alice, LINE(ONE), "MessagesWaiting"), 0);
    call = client_dial(bob, TWO, "9100");
    await_state(bob, call, "connected");
    await_state(bob, call, "disconnected");
    AWAIT(t, get_number(alice, LINE(ONE), "MessagesWaiting") == 1);
}
END_TEST

START_TEST(somebody_else_answers) {
    Client *alice = owner_of(ONE), *bob = owner_of(TWO);
    Baresip *phone = start_phone();
    const char *at_one, *at_two;

    dial(phone, "110");
    at_one = await_handle(alice);
    at_two = await_handle(bob);
    client_call(bob, at_two, "Answer", "");
    await_string(alice, at_one, "DisconnectCause", "answered-elsewhere");
    await_state(bob, at_two, "connected");
    client_drop(bob, at_two);
    baresip_free(phone);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("asterisk");
    TCase *tcase = sip_bus_case(suite, "asterisk", set_up);

    tcase_add_test(tcase, both_lines_register);
    tcase_add_test(tcase, one_calls_two);
    tcase_add_test(tcase, a_tone_of_asterisks_is_heard);
    tcase_add_test(tcase, what_we_say_comes_back);
    tcase_add_test(tcase, a_consultation_connects_the_others);
    tcase_add_test(tcase, a_call_is_sent_on_blindly);
    tcase_add_test(tcase, a_call_is_parked_and_taken_back_elsewhere);
    tcase_add_loop_test(tcase, a_call_is_picked_up, 0, 2);
    tcase_add_test(tcase, a_message_waits);
    tcase_add_test(tcase, somebody_else_answers);
    return bus_main(suite);
}
