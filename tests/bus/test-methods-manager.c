/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of the Manager: who is asked first, who takes wishes for calls, what networks call calls; handing over. */
#include "service/cleanup.h"
#include "tests/bus/util-calls.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define VOICE "interactive-voice"

static const char *priority(Client *client, const char *mode) {
    return answer_text(client, client_call(client, CALLBUS_PATH, "GetAppPriority", "s", mode));
}

static void open_as(Client *client, const char *line, const char *privilege, const char *app) {
    g_autofree char *path = g_strconcat(CALLBUS_LINE_PATH "/", line, NULL);
    client_own_name(client, app);
    client_call(client, path, "Open", "sasa{sv}", privilege, 0, 1, "app-id", "s", app);
}

/* ---- Priorities ---- */

START_TEST(each_media_mode_has_a_list_of_its_own) {
    Client *alice = bus_client(t);
    ck_assert_str_eq(priority(alice, VOICE), "[]");
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 2, "org.example.Phone", "org.example.Desk");
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", "g3-fax", 1, "org.example.Fax");
    ck_assert_str_eq(priority(alice, VOICE), "[\"org.example.Phone\", \"org.example.Desk\"]");
    ck_assert_str_eq(priority(alice, "g3-fax"), "[\"org.example.Fax\"]");
    ck_assert_str_eq(priority(alice, "video"), "[]");
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 0);
    ck_assert_str_eq(priority(alice, VOICE), "[]");
}
END_TEST

START_TEST(a_bad_list_changes_nothing) {
    Client *alice = bus_client(t);
    g_autofree const char **many = g_new0(const char *, 66);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "org.example.Phone");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "SetAppPriority", "sas", "smoke", 1, "org.example.A");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "phone");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, ":1.1");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 2, "org.example.A",
                 "org.example.A");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "GetAppPriority", "s", "smoke");
    for (int i = 0; i < 65; i++)
        many[i] = bus_keep_text(t, g_strdup_printf("org.example.App%d", i));
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(alice), &m, CALLBUS_NAME, CALLBUS_PATH,
                                                    CALLBUS_MANAGER_INTERFACE, "SetAppPriority"), 0);
    ck_assert_int_ge(sd_bus_message_append(m, "s", VOICE), 0);
    ck_assert_int_ge(sd_bus_message_append_strv(m, (char **) many), 0);
    expect_answer_error(alice, client_send_message(alice, m), "TooBig");
    ck_assert_str_eq(priority(alice, VOICE), "[\"org.example.Phone\"]");
}
END_TEST

START_TEST(lists_are_kept_over_a_restart) {
    Client *alice = bus_client(t);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 2, "org.example.Phone", "org.example.Desk");
    bus_stop_service(t, SIGKILL);
    bus_start_service(t);
    ck_assert_str_eq(priority(alice, VOICE), "[\"org.example.Phone\", \"org.example.Desk\"]");
}
END_TEST

START_TEST(a_list_that_cannot_be_saved_is_refused) {
    Client *alice = bus_client(t);
    g_autofree char *state = g_build_filename(bus_directory(t), "state", NULL),
                    *away = g_build_filename(bus_directory(t), "away", NULL);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "org.example.Phone");
    ck_assert_int_eq(g_rename(state, away), 0);
    expect_error(alice, DBUS_ERROR_IO_ERROR, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "org.example.Desk");
    ck_assert_int_eq(g_rename(away, state), 0);
    ck_assert_str_eq(priority(alice, VOICE), "[\"org.example.Phone\"]");
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 1, "org.example.Desk");
}
END_TEST

START_TEST(the_first_in_the_list_gets_the_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", VOICE, 2, "org.example.Nobody", "org.example.Desk");
    open_as(bob, "loop1", "owner", "org.example.Phone");
    open_as(carol, "loop1", "owner", "org.example.Desk");
    client_dial(alice, "loop0", "101");
    ck_assert_str_eq(get_string(carol, await_handle(carol), "Privilege"), "owner");
    client_barrier(bob);
    ck_assert(!client_has_new_handle(bob));
}
END_TEST

/* ---- Wishes for calls ---- */

/* What the next request says. */
static const char *requested(Client *client) {
    return g_strdelimit((char *) answer_text(client, await_signal(client, CALLBUS_PATH, "CallRequested")), "\n", ' ');
}

START_TEST(a_wish_goes_to_the_first_recipient_alone) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    expect_error(alice, "TargetNotFound", CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
    client_call(bob, CALLBUS_PATH, "RegisterRecipient", "b", true);
    client_call(carol, CALLBUS_PATH, "RegisterRecipient", "b", true);
    client_call(bob, CALLBUS_PATH, "RegisterRecipient", "b", true);
    guint start = client_event_count(carol);
    client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "tel:+49301", 0);
    ck_assert_str_eq(requested(bob), "\"tel:+49301\" {\"media-mode\": <s \"interactive-voice\">}");
    client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 3, "media-mode", "s", "video", "called-party", "s",
                "Bob", "comment", "s", "about lunch");
    ck_assert_str_eq(requested(bob), "\"101\" {\"called-party\": <s \"Bob\">, \"comment\": <s \"about lunch\">, "
                                     "\"media-mode\": <s \"video\">}");
    expect_no_signal_since(carol, start);
    client_call(bob, CALLBUS_PATH, "RegisterRecipient", "b", false);
    client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
    requested(carol);
    client_kill(carol);
    AWAIT(t, g_strcmp0(client_try(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0),
                       CALLBUS_ERROR_PREFIX "TargetNotFound") == 0);
}
END_TEST

START_TEST(the_list_comes_before_the_order_of_registration) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", "video", 1, "org.example.Desk");
    client_call(bob, CALLBUS_PATH, "RegisterRecipient", "b", true);
    client_call(carol, CALLBUS_PATH, "RegisterRecipient", "b", true);
    open_as(carol, "loop1", "monitor", "org.example.Desk");
    client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 0);
    requested(bob);
    client_call(alice, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 1, "media-mode", "s", "video");
    requested(carol);
}
END_TEST

START_TEST(a_bad_wish_reaches_nobody) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    g_autofree char *long_text = g_strnfill(257, 'x');
    client_call(bob, CALLBUS_PATH, "RegisterRecipient", "b", true);
    guint start = client_event_count(bob);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "RequestCall", "sa{sv}", "", 1, "colour", "s", "red");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 1, "comment", "u", 7);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 1, "media-mode", "s",
                 "smoke");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 2, "comment", "s", "a",
                 "comment", "s", "b");
    expect_error(alice, "InvalidAddress", CALLBUS_PATH, "RequestCall", "sa{sv}", "", 0);
    expect_error(alice, "InvalidAddress", CALLBUS_PATH, "RequestCall", "sa{sv}", "1\n2", 0);
    expect_error(alice, "NotSupported", CALLBUS_PATH, "RequestCall", "sa{sv}", "*21#", 0);
    expect_error(alice, "TooBig", CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 1, "comment", "s", long_text);
    expect_error(alice, "TooBig", CALLBUS_PATH, "RequestCall", "sa{sv}", "101", 1, "called-party", "s", long_text);
    expect_no_signal_since(bob, start);
}
END_TEST

/* ---- Network ids ---- */

START_TEST(unknown_network_ids_find_nothing) {
    Client *alice = bus_client(t);
    client_connect(alice, "loop0", "answer?ring=0");
    ck_assert_str_eq(answer_text(alice, client_call(alice, CALLBUS_PATH, "FindByNetworkId", "ss", "sip-call-id", "x")),
                     "[]");
    ck_assert_str_eq(answer_text(alice, client_call(alice, CALLBUS_PATH, "FindByNetworkId", "ss", "", "")), "[]");
}
END_TEST

/* ---- Handing over ---- */

START_TEST(a_call_is_handed_to_an_app_by_its_id) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    open_as(bob, "loop0", "owner", "org.example.Desk");
    open_as(carol, "loop0", "monitor", "org.example.Phone");
    client_call(alice, call, "Handoff", "s", "org.example.Desk");
    const char *given = await_handle(bob);
    ck_assert_str_eq(get_string(bob, given, "Privilege"), "owner");
    expect_error(alice, "TargetNotFound", call, "Handoff", "s", "org.example.Phone");
    expect_error(alice, "TargetNotFound", call, "Handoff", "s", "org.example.Nobody");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "Handoff", "s", "nobody");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "Handoff", "s", "");
    /* The name is gone, but not the one who opened the line with it. */
    client_release(bob, given);
    ck_assert_int_ge(sd_bus_release_name(client_connection(bob), "org.example.Desk"), 0);
    client_call(alice, call, "Handoff", "s", "org.example.Desk");
    ck_assert_str_eq(get_string(bob, await_handle(bob), "Privilege"), "owner");
}
END_TEST

START_TEST(a_call_is_handed_to_whom_its_kind_is_offered) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "Handoff", "s", "media:smoke");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "Handoff", "s", "media:");
    expect_error(alice, "TargetNotFound", call, "Handoff", "s", "media:" VOICE);
    client_call(carol, LINE("loop0"), "Open", "sasa{sv}", "owner", 0, 1, "offer", "b", false);
    expect_error(alice, "TargetNotFound", call, "Handoff", "s", "media:" VOICE);
    client_open(bob, "loop0", "owner");
    expect_error(alice, "TargetNotFound", call, "Handoff", "s", "media:video");
    client_call(alice, call, "Handoff", "s", "media:" VOICE);
    const char *given = await_handle(bob);
    expect_error(bob, "TargetSelf", given, "Handoff", "s", "media:" VOICE);
    client_call(bob, given, "SetPrivilege", "s", "monitor");
    expect_error(bob, "NotOwner", given, "Handoff", "s", "media:" VOICE);
    expect_error(bob, "NotOwner", given, "Handoff", "s", "org.example.Nobody");
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, given, "Handoff", "s", "media:smoke");
}
END_TEST

START_TEST(the_media_mode_is_the_same_for_all) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    client_call(alice, call, "SetMediaMode", "s", "automated-voice");
    ck_assert_str_eq(known_text(alice, call, "MediaMode"), "\"automated-voice\"");
    await_text(bob, seen, "MediaMode", "\"automated-voice\"");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "SetMediaMode", "s", "smoke");
    expect_error(bob, "NotOwner", seen, "SetMediaMode", "s", VOICE);
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, seen, "SetMediaMode", "s", "");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("methods-manager");
    TCase *tcase = bus_case(suite, "manager");
    tcase_add_test(tcase, each_media_mode_has_a_list_of_its_own);
    tcase_add_test(tcase, a_bad_list_changes_nothing);
    tcase_add_test(tcase, lists_are_kept_over_a_restart);
    tcase_add_test(tcase, a_list_that_cannot_be_saved_is_refused);
    tcase_add_test(tcase, the_first_in_the_list_gets_the_call);
    tcase_add_test(tcase, a_wish_goes_to_the_first_recipient_alone);
    tcase_add_test(tcase, the_list_comes_before_the_order_of_registration);
    tcase_add_test(tcase, a_bad_wish_reaches_nobody);
    tcase_add_test(tcase, unknown_network_ids_find_nothing);
    tcase_add_test(tcase, a_call_is_handed_to_an_app_by_its_id);
    tcase_add_test(tcase, a_call_is_handed_to_whom_its_kind_is_offered);
    tcase_add_test(tcase, the_media_mode_is_the_same_for_all);
    return bus_main(suite);
}
