/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Manager and the lines: lists, properties, InCall and Ringing, configured lines and their limits. */
#include "tests/bus/util-bus.h"

#include <string.h>

/* ---- Manager ---- */

START_TEST(the_default_lines_are_listed) {
    Client *alice = bus_client(t);
    const char *lines = answer_text(alice, client_call(alice, CALLBUS_PATH, "ListLines", ""));
    static const char *const names[] = {"loop0", "loop1", "loop2", "mute0"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *row = g_strdup_printf(
            "(\"" CALLBUS_LINE_PATH "/%s\", \"%s\", \"loopback\", \"in-service\")", names[i], names[i]);
        ck_assert_msg(strstr(lines, row), "%s is not in %s", row, lines);
    }
    ck_assert_uint_ne(strlen(get_string(alice, CALLBUS_PATH, "Version")), 0);
    ck_assert_str_eq(get_text(alice, CALLBUS_PATH, "Providers"), "[\"loopback\"]");
}
END_TEST

START_TEST(a_default_line_tells_about_itself) {
    Client *alice = bus_client(t);
    const char *line = LINE("loop1");
    ck_assert_str_eq(get_string(alice, line, "Name"), "loop1");
    ck_assert_str_eq(get_string(alice, line, "Provider"), "loopback");
    ck_assert_str_eq(get_text(alice, line, "Addresses"), "[\"101\"]");
    ck_assert_str_eq(get_text(alice, LINE("mute0"), "Addresses"), "[\"200\"]");
    ck_assert_str_eq(get_string(alice, line, "State"), "in-service");
    ck_assert_str_eq(get_string(alice, line, "StateReason"), "");
    ck_assert(get_has(alice, line, "MediaModes", "interactive-voice"));
    ck_assert_uint_eq(get_number(alice, line, "MaxActiveCalls"), 0);
    ck_assert_uint_eq(get_number(alice, line, "MaxHeldCalls"), 0);
    ck_assert_uint_eq(get_number(alice, line, "MaxConferenceParties"), 0);
    ck_assert_str_eq(get_string(alice, line, "AnswerMode"), "none");
    ck_assert_uint_eq(get_number(alice, line, "CloseDrop"), 1);
    ck_assert_str_eq(get_text(alice, line, "Forwarding"), "[]");
    ck_assert_uint_eq(get_number(alice, line, "MessagesWaiting"), 0);
    ck_assert_str_eq(get_text(alice, line, "EmergencyNumbers"), "[]");
}
END_TEST

START_TEST(counts_are_for_those_who_opened_the_line) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "none");
    const char *out = client_dial(alice, "loop0", "answer?ring=0"),
               *held = client_dial(alice, "loop0", "answer?ring=0");
    client_dial(alice, "loop0", "reject");
    await_state(alice, out, "connected");
    await_state(alice, held, "connected");
    client_call(alice, held, "Hold", "");
    AWAIT(t, get_number(bob, LINE("loop0"), "ActiveCalls") == 1);
    ck_assert_uint_eq(get_number(bob, LINE("loop0"), "HeldCalls"), 1);
    ck_assert_uint_eq(get_number(bob, LINE("loop0"), "Opens"), 2);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "ActiveCalls"), 0);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "HeldCalls"), 0);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "Opens"), 0);
}
END_TEST

START_TEST(apps_are_listed_for_those_who_opened_the_line) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_own_name(bob, "org.example.Desk");
    client_open(alice, "loop0", "none");
    client_call(bob, LINE("loop0"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", "org.example.Desk");
    ck_assert_str_eq(answer_text(alice, client_call(alice, LINE("loop0"), "ListApps", "")), "[\"\", \"org.example.Desk\"]");
    client_call(bob, LINE("loop0"), "Close", "");
    ck_assert_str_eq(answer_text(alice, client_call(alice, LINE("loop0"), "ListApps", "")), "[\"\"]");
    expect_error(carol, "LineNotOpen", LINE("loop0"), "ListApps", "");
}
END_TEST

START_TEST(list_calls_tells_the_callers_own) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    await_state(alice, out, "ringback");
    g_autofree char *alices = g_strdup_printf("[(\"%s\", \"%s\", \"ringback\", \"owner\")]", out,
                                              get_string(alice, out, "CallId"));
    g_autofree char *bobs = g_strdup_printf("[(\"%s\", \"%s\", \"offering\", \"owner\")]", in,
                                            get_string(alice, out, "CallId"));
    g_autofree char *carols = g_strdup_printf("[(\"%s\", \"%s\", \"offering\", \"monitor\")]", seen,
                                              get_string(alice, out, "CallId"));
    ck_assert_str_eq(answer_text(alice, client_call(alice, CALLBUS_PATH, "ListCalls", "")), alices);
    ck_assert_str_eq(answer_text(bob, client_call(bob, CALLBUS_PATH, "ListCalls", "")), bobs);
    ck_assert_str_eq(answer_text(carol, client_call(carol, CALLBUS_PATH, "ListCalls", "")), carols);
}
END_TEST

/* Waits until the broadcasts that this client heard say so. */
static void await_broadcast(Client *client, const char *property, const char *value) {
    g_autofree char *expected = g_strdup_printf("\"%s\": <b %s>", property, value);
    for (;;) {
        g_autofree char *text = message_text(await_signal(client, CALLBUS_PATH, "PropertiesChanged"));
        ck_assert_ptr_null(strstr(text, "client"));
        if (strstr(text, expected))
            return;
    }
}

START_TEST(in_call_and_ringing_tell_everybody_that_and_never_whose) {
    Client *alice = bus_client(t), *bob = bus_client(t), *watcher = bus_client(t);
    client_open(bob, "loop1", "owner");
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 0);
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "Ringing"), 0);
    client_incoming(alice, "loop1", "5551");
    const char *in = await_handle(bob);
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "Ringing"), 1);
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 0);
    await_broadcast(watcher, "Ringing", "true");
    client_call(bob, in, "Accept", "");
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "Ringing"), 1);
    client_call(bob, in, "Answer", "");
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "Ringing"), 0);
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 1);
    await_broadcast(watcher, "InCall", "true");
    client_call(bob, in, "Hold", "");
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 1);
    client_drop(bob, in);
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 0);
    await_broadcast(watcher, "InCall", "false");
    /* A disconnected call is no live one, a busy one is. */
    const char *ended = client_dial(alice, "loop0", "reject");
    await_state(alice, ended, "disconnected");
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 0);
    const char *busy = client_dial(alice, "loop0", "busy");
    await_state(alice, busy, "busy");
    ck_assert_uint_eq(get_number(watcher, CALLBUS_PATH, "InCall"), 1);
    await_broadcast(watcher, "InCall", "true");
    client_kill(alice);
    await_broadcast(watcher, "InCall", "false");
    ck_assert_uint_eq(known_alive_count(watcher), 0);
}
END_TEST

/* ---- Configured lines ---- */

static void setup_small_line(void) {
    t = bus_new(&(BusOptions){
        .config = "# SPDX-License-Identifier: LGPL-2.1-or-later\n[Loopback]\nDefaultLines=no\n",
        .lines = (const char *const[]){
            "small.conf",
            "[Line]\nName=small\nLabel=The small one\nProvider=loopback\nAddresses=300;301\n"
            "MediaModes=interactive-voice;video\nMaxActiveCalls=1\nMaxHeldCalls=1\nEmergencyNumbers=112\n",
            "other.conf", "[Line]\nName=other\nProvider=loopback\nAddresses=400\n", NULL}});
}

/* However it is written. Nobody answers here, so each call ends by itself and makes room for the next. */
START_TEST(an_emergency_number_is_known) {
    static const char *const emergencies[] = {"112", "1-1-2", "1 12", "tel:112", "TEL:1-1-2"};
    static const char *const others[] = {"1123", "0112", "tel:0112"};
    Client *alice = bus_client(t);
    for (size_t i = 0; i < G_N_ELEMENTS(emergencies); i++) {
        const char *call = client_dial(alice, "small", emergencies[i]);
        ck_assert_uint_eq(get_number(alice, call, "Emergency"), 1);
        await_state(alice, call, "disconnected");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        const char *call = client_dial(alice, "small", others[i]);
        ck_assert_uint_eq(get_number(alice, call, "Emergency"), 0);
        await_state(alice, call, "disconnected");
    }
}
END_TEST

START_TEST(a_configured_line_is_as_configured) {
    Client *alice = bus_client(t);
    const char *line = LINE("small");
    ck_assert_str_eq(get_string(alice, line, "Label"), "The small one");
    ck_assert_str_eq(get_text(alice, line, "Addresses"), "[\"300\", \"301\"]");
    ck_assert_str_eq(get_text(alice, line, "MediaModes"), "[\"interactive-voice\", \"video\"]");
    ck_assert_uint_eq(get_number(alice, line, "MaxActiveCalls"), 1);
    ck_assert_str_eq(get_text(alice, line, "EmergencyNumbers"), "[\"112\"]");
    ck_assert_ptr_null(
        strstr(answer_text(alice, client_call(alice, CALLBUS_PATH, "ListLines", "")), "loop0"));
    expect_error(alice, "NotSupported", line, "Dial", "sa{sv}", "400", 1, "media-mode", "s", "g3-fax");
    expect_error(alice, "NotSupported", line, "Open", "sasa{sv}", "owner", 1, "g3-fax", 0);
}
END_TEST

START_TEST(a_full_line_is_busy) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "small", "owner");
    client_open(carol, "small", "monitor");
    const char *first = client_dial(bob, "small", "answer?ring=0");
    await_state(bob, first, "connected");
    g_autofree char *before = bus_snapshot(t);
    expect_error(bob, "LineBusy", LINE("small"), "Dial", "sa{sv}", "answer?ring=0", 0);
    expect_unchanged(t, before);
    const char *busy = client_dial(alice, "other", "300");
    await_state(alice, busy, "busy");
    client_call(bob, first, "Hold", "");
    const char *second = client_dial(bob, "small", "answer?ring=0");
    await_state(bob, second, "connected");
    await_state(carol, await_handle(carol), "on-hold");
    await_state(carol, await_handle(carol), "connected");
    g_free(g_steal_pointer(&before));
    before = bus_snapshot(t);
    expect_error(bob, "LineBusy", second, "Hold", "");
    expect_error(bob, "LineBusy", first, "Unhold", "");
    expect_unchanged(t, before);
    client_call(bob, second, "SwapHold", "o", first);
    client_drop(bob, first);
    client_call(bob, second, "Unhold", "");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("manager");
    TCase *tcase = bus_case(suite, "manager and lines");
    tcase_add_test(tcase, the_default_lines_are_listed);
    tcase_add_test(tcase, a_default_line_tells_about_itself);
    tcase_add_test(tcase, counts_are_for_those_who_opened_the_line);
    tcase_add_test(tcase, apps_are_listed_for_those_who_opened_the_line);
    tcase_add_test(tcase, list_calls_tells_the_callers_own);
    tcase_add_test(tcase, in_call_and_ringing_tell_everybody_that_and_never_whose);
    tcase = bus_case_with(suite, "configured lines", setup_small_line);
    tcase_add_test(tcase, a_configured_line_is_as_configured);
    tcase_add_test(tcase, an_emergency_number_is_known);
    tcase_add_test(tcase, a_full_line_is_busy);
    return bus_main(suite);
}
