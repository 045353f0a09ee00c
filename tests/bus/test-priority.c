/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 4: the list of priorities first, then who opened first, for the media mode; and who is asked to make a call. */
#include "tests/bus/util-calls.h"

#include <signal.h>

#define VOICE "interactive-voice"
#define DESK "org.example.Desk"
#define PHONE "org.example.Phone"

static void open_as(Client *client, const char *privilege, const char *app) {
    client_own_name(client, app);
    client_call(client, LINE("loop1"), "Open", "sasa{sv}", privilege, 2, VOICE, "video", 1, "app-id", "s", app);
}

static void set_list(Client *client, const char *mode, const char *app) {
    client_call(client, CALLBUS_PATH, "SetAppPriority", "sas", mode, 1, app);
}

/* Alice calls loop1; gives the one of the two that owns the call. */
static Client *who_is_offered(Client *alice, const char *mode, Client *bob, Client *carol) {
    const char *out = client_dial_with(alice, "loop0", "101", 1, "media-mode", "s", mode);
    await_state(alice, out, "ringback");
    Client *chosen = NULL;
    for (int i = 0; i < 2; i++) {
        Client *client = i ? carol : bob;
        client_barrier(client);
        if (!client_has_new_handle(client))
            continue;
        const char *path = await_handle(client);
        if (g_str_equal(known_text(client, path, "Privilege"), "\"owner\"")) {
            ck_assert_msg(!chosen, "two owners");
            chosen = client;
        }
    }
    client_drop(alice, out);
    return chosen;
}

START_TEST(rule_04_each_media_mode_by_its_own_list) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    open_as(bob, "owner+monitor", PHONE);
    open_as(carol, "owner+monitor", DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    set_list(alice, "video", DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    ck_assert_ptr_eq(who_is_offered(alice, "video", bob, carol), carol);
    set_list(alice, VOICE, DESK);
    set_list(alice, "video", PHONE);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), carol);
    ck_assert_ptr_eq(who_is_offered(alice, "video", bob, carol), bob);
}
END_TEST

/* Listed or not: who has not opened for the mode, or does not want to be chosen, is not. */
START_TEST(rule_04_a_place_in_the_list_is_no_open) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    open_as(bob, "owner", PHONE);
    client_own_name(carol, DESK);
    set_list(alice, VOICE, DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    client_call(carol, LINE("loop1"), "Open", "sasa{sv}", "owner", 1, "video", 1, "app-id", "s", DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    client_call(carol, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 2, "app-id", "s", DESK, "offer", "b", false);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    client_call(carol, LINE("loop1"), "Open", "sasa{sv}", "monitor", 0, 1, "app-id", "s", DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    client_call(carol, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), carol);
    /* With another app id, or none, it is back where it opened. */
    client_call(carol, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 0);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
}
END_TEST

/* Two with one app id: the name was handed from one to the other. The first that opened is first. */
START_TEST(rule_04_within_a_rank_the_first_that_opened) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    client_open(dave, "loop1", "owner");
    open_as(bob, "owner", DESK);
    ck_assert_int_ge(sd_bus_release_name(client_connection(bob), DESK), 0);
    open_as(carol, "owner", DESK);
    set_list(alice, VOICE, DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), bob);
    client_close_line(bob, "loop1");
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), carol);
    client_barrier(dave);
    ck_assert(!client_has_new_handle(dave));
}
END_TEST

/* A ringing call that loses its owner goes down the list, then the order of opening. */
START_TEST(rule_04_lost_while_it_rings_it_goes_down_the_list) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    open_as(bob, "owner", "org.example.Last");
    open_as(carol, "owner", PHONE);
    open_as(dave, "owner", DESK);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 2, DESK, PHONE);
    const char *out = client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(dave, await_handle(dave), "Privilege"), "owner");
    client_kill(dave);
    ck_assert_str_eq(get_string(carol, await_handle(carol), "Privilege"), "owner");
    client_close_line(carol, "loop1");
    const char *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
}
END_TEST

START_TEST(rule_04_the_list_outlives_the_service) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    set_list(alice, VOICE, DESK);
    bus_stop_service(t, _i ? SIGKILL : SIGTERM);
    bus_start_service(t);
    open_as(bob, "owner", PHONE);
    open_as(carol, "owner", DESK);
    ck_assert_ptr_eq(who_is_offered(alice, VOICE, bob, carol), carol);
}
END_TEST

/* ---- Who is asked to make a call ---- */

/* One that is dead when the wish comes is not asked. */
START_TEST(a_dead_recipient_is_not_asked) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_call(bob, CALLBUS_PATH, "RegisterRecipient", "b", true);
    client_call(carol, CALLBUS_PATH, "RegisterRecipient", "b", true);
    bus_freeze(t);
    client_kill(bob);
    client_reach_bus(alice);
    uint64_t request = client_send(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
    client_reach_bus(alice);
    bus_thaw(t);
    client_await_success(alice, request);
    await_signal(carol, CALLBUS_PATH, "CallRequested");
}
END_TEST

/* Each wish is told to exactly one of those that live, however they come and go. */
START_TEST(every_wish_reaches_one) {
    Client *alice = bus_client(t), *recipients[8];
    guint told = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(recipients); i++) {
        recipients[i] = bus_client(t);
        client_call(recipients[i], CALLBUS_PATH, "RegisterRecipient", "b", true);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(recipients); i++) {
        client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
        client_call(recipients[i], CALLBUS_PATH, "RegisterRecipient", "b", false);
        client_barrier(recipients[i]);
        ck_assert_uint_eq(signal_count(recipients[i], 0, CALLBUS_PATH, "CallRequested"), 1);
    }
    expect_error(alice, "TargetNotFound", CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
    bus_barrier(t);
    for (size_t i = 0; i < G_N_ELEMENTS(recipients); i++)
        told += signal_count(recipients[i], 0, CALLBUS_PATH, "CallRequested");
    ck_assert_uint_eq(told, G_N_ELEMENTS(recipients));
}
END_TEST

START_TEST(who_asks_may_be_the_recipient_itself) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "loop0", "monitor");
    client_call(alice, CALLBUS_PATH, "RegisterRecipient", "b", true);
    client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
    await_signal(alice, CALLBUS_PATH, "CallRequested");
    expect_no_signal_since(bob, 0);
    expect_no_signal_since(carol, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("priority");
    TCase *tcase = bus_case(suite, "rule 4");
    tcase_add_test(tcase, rule_04_each_media_mode_by_its_own_list);
    tcase_add_test(tcase, rule_04_a_place_in_the_list_is_no_open);
    tcase_add_test(tcase, rule_04_within_a_rank_the_first_that_opened);
    tcase_add_test(tcase, rule_04_lost_while_it_rings_it_goes_down_the_list);
    tcase_add_loop_test(tcase, rule_04_the_list_outlives_the_service, 0, 2);
    tcase = bus_case(suite, "wishes");
    tcase_add_test(tcase, a_dead_recipient_is_not_asked);
    tcase_add_test(tcase, every_wish_reaches_one);
    tcase_add_test(tcase, who_asks_may_be_the_recipient_itself);
    return bus_main(suite);
}
