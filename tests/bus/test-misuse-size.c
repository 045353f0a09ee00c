/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Too much: of digits, bytes, rules, calls of a line, and participants. The documented error each, and nothing changed. */
#include "service/cleanup.h"
#include "tests/bus/util-calls.h"

#include <string.h>

static char *digits_of(size_t count) {
    return g_strnfill(count, '5');
}

/* ---- Text and bytes ---- */

START_TEST(ten_thousand_digits) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *tone = client_setup_transfer(alice, call, ""), *other = client_connect(alice, "loop0", "digits?ring=0");
    g_autofree char *many = digits_of(10000), *over = digits_of(1025), *long_number = digits_of(257);
    g_autofree char *more = g_strconcat(long_number, ";", NULL);
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "TooBig", other, "SendDigits", "sa{sv}", many, 0);
    expect_error(alice, "TooBig", other, "SendDigits", "sa{sv}", over, 0);
    expect_error(alice, "TooBig", tone, "DialDigits", "s", many);
    expect_error(alice, "TooBig", tone, "DialDigits", "s", long_number);
    expect_error(alice, "TooBig", tone, "DialDigits", "s", more);
    expect_error(alice, "TooBig", other, "GatherDigits", "usuu", 10000, "", 0, 0);
    expect_error(alice, "TooBig", other, "GatherDigits", "usuu", 1025, "", 0, 0);
    expect_error(alice, "TooBig", other, "GatherDigits", "usuu", UINT32_MAX, "", 0, 0);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, other, "GatherDigits", "usuu", 1, "##############x", 0, 0);
    expect_unchanged(t, before);
    /* All that is allowed is taken. */
    g_autofree char *full = digits_of(1024), *half = digits_of(128);
    client_call(alice, other, "SendDigits", "sa{sv}", full, 1, "duration-ms", "u", 2000);
    client_gather(alice, other, 1024, many, UINT32_MAX, UINT32_MAX);
    g_autofree char *first = g_strconcat(half, ";", NULL);
    client_dial_digits(alice, tone, first);
    client_dial_digits(alice, tone, first);
    expect_error(alice, "TooBig", tone, "DialDigits", "s", "1;");
    ck_assert_uint_eq(strlen(get_string(alice, tone, "Address")), 256);
}
END_TEST

START_TEST(long_addresses) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    g_autofree char *over = digits_of(257), *many = digits_of(10000);
    const char *const addresses[] = {over, many, "1\n2", "1\x7f"};
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        expect_error(alice, "InvalidAddress", call, "BlindTransfer", "s", addresses[i]);
        expect_error(alice, "InvalidAddress", call, "SetupTransfer", "sa{sv}", addresses[i], 0);
        expect_error(alice, "InvalidAddress", call, "SetupConference", "sa{sv}", addresses[i], 0);
        expect_error(alice, "InvalidAddress", party.conference, "PrepareAddToConference", "sa{sv}", addresses[i], 0);
        expect_error(alice, "InvalidAddress", LINE("loop0"), "SetupConference", "a{sv}", 1, "address", "s", addresses[i]);
        expect_error(alice, "InvalidAddress", call, "Park", "s", addresses[i]);
        expect_error(alice, "InvalidAddress", LINE("loop0"), "Unpark", "s", addresses[i]);
        expect_error(alice, "InvalidAddress", LINE("loop0"), "Pickup", "ss", addresses[i], "");
        expect_error(alice, "InvalidAddress", LINE("loop0"), "Forward", "a(sssu)", 1, "uncond", "", addresses[i], 0);
        expect_error(alice, "InvalidAddress", LINE("loop0"), "Forward", "a(sssu)", 1, "busy-specific", addresses[i], "", 0);
    }
    expect_error(alice, "TooBig", LINE("loop0"), "Pickup", "ss", "", many);
    expect_error(alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", many);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "Handoff", "s", many);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "SetMediaMode", "s", many);
    expect_unchanged(t, before);
}
END_TEST

/* Who asks for a property by a name that nothing can have is told so, without the name. */
START_TEST(names_of_properties) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *mine = client_connect(alice, "loop0", "answer?ring=0"), *foreign = client_connect(bob, "loop0", "answer?ring=0");
    const char *const paths[] = {CALLBUS_PATH, LINE("loop0"), mine, foreign, "/nothing"};
    g_autofree char *fits = g_strnfill(255, 'n'), *over = g_strnfill(256, 'n'), *many = g_strnfill(1 << 20, 'n');
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        const char *error = i < 3 ? DBUS_ERROR_INVALID_ARGS : DBUS_ERROR_UNKNOWN_OBJECT;
        ck_assert_str_ne(client_try(alice, paths[i], PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, fits), DBUS_ERROR_INVALID_ARGS);
        expect_error(alice, error, paths[i], PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, over);
        expect_error(alice, error, paths[i], PROPERTIES("Get"), "ss", over, "State");
        expect_error(alice, error, paths[i], PROPERTIES("GetAll"), "s", over);
        expect_error(alice, error, paths[i], PROPERTIES("Set"), "ssv", CALLBUS_CALL_INTERFACE, over, "s", "idle");
        uint64_t request = client_send(alice, paths[i], PROPERTIES("Get"), "ss", many, many);
        ck_assert_uint_lt(strlen(answer_text(alice, client_await(alice, request))), 512);
    }
}
END_TEST

static sd_bus_message *uui_message(Client *client, const char *path, size_t size) {
    g_autofree uint8_t *bytes = g_malloc0(size);
    sd_bus_message *m = NULL;
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(client), &m, CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE,
                                                    "SendUserUserInfo"), 0);
    ck_assert_int_ge(sd_bus_message_append_array(m, 'y', bytes, size), 0);
    return m;
}

START_TEST(user_user_info_and_texts) {
    static const size_t sizes[] = {132, 10000, 1000000};
    static const char *const keys[] = {"comment", "called-party"};
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = uui_message(alice, talk.caller, sizes[i]);
        expect_answer_error(alice, client_send_message(alice, m), "TooBig");
    }
    g_autofree char *over = digits_of(257);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        expect_error(alice, "TooBig", talk.caller, "SetupTransfer", "sa{sv}", "102", 1, keys[i], "s", over);
        expect_error(alice, "TooBig", talk.caller, "SetupConference", "sa{sv}", "102", 1, keys[i], "s", over);
        expect_error(alice, "TooBig", LINE("loop0"), "SetupConference", "a{sv}", 1, keys[i], "s", over);
    }
    expect_unchanged(t, before);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *most = uui_message(alice, talk.caller, 131);
    client_await_success(alice, client_send_message(alice, most));
    AWAIT(t, strlen(known_text(bob, talk.callee, "UserUserInfo")) > 131);
}
END_TEST

/* ---- Rules ---- */

static sd_bus_message *rules_message(Client *client, guint count) {
    sd_bus_message *m = NULL;
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(client), &m, CALLBUS_NAME, LINE("loop0"),
                                                    CALLBUS_LINE_INTERFACE, "Forward"), 0);
    ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "(sssu)"), 0);
    for (guint i = 0; i < count; i++) {
        g_autofree char *filter = g_strdup_printf("%u", i + 1);
        ck_assert_int_ge(sd_bus_message_append(m, "(sssu)", "uncond-specific", filter, "102", 0), 0);
    }
    ck_assert_int_ge(sd_bus_message_close_container(m), 0);
    return m;
}

START_TEST(ten_thousand_rules) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(alice, "loop0", "none");
    client_forward(alice, "loop0", 1, "busy", "", "102", 0);
    client_open(bob, "loop0", "monitor");
    bus_barrier(t);
    guint start = client_event_count(bob);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = rules_message(alice, 10000);
    expect_answer_error(alice, client_send_message(alice, m), "TooBig");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Forward", "a(sssu)", 1, "no-answ", "", "102", UINT32_MAX);
    expect_no_signal_since(bob, start);
    ck_assert_str_eq(get_text(alice, LINE("loop0"), "Forwarding"), "[(\"busy\", \"\", \"102\", 0)]");
}
END_TEST

/* ---- Calls of a line, participants of a conference ---- */

static void setup_small_lines(void) {
    t = bus_new(&(BusOptions){
        .lines = (const char *const[]){
            "one.conf", "[Line]\nName=one\nProvider=loopback\nAddresses=300\nMaxActiveCalls=1\nMaxHeldCalls=1\n",
            "two.conf", "[Line]\nName=two\nProvider=loopback\nAddresses=400\nMaxConferenceParties=2\n",
            "lone.conf", "[Line]\nName=lone\nProvider=loopback\nAddresses=500\nMaxConferenceParties=1\n", NULL}});
}

START_TEST(a_line_with_a_call_has_no_room_for_another) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(alice, "one", "owner");
    client_open(bob, "loop1", "owner");
    const char *parked = client_connect(bob, "loop1", "answer?ring=0");
    const char *place = client_park(bob, parked, "");
    client_dial(bob, "loop2", "101");
    await_handle(bob);
    const char *call = client_connect(alice, "one", "answer?ring=0");
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "LineBusy", LINE("one"), "SetupConference", "a{sv}", 1, "address", "s", "101");
    expect_error(alice, "LineBusy", LINE("one"), "Pickup", "ss", "101", "");
    expect_error(alice, "LineBusy", LINE("one"), "Unpark", "s", place);
    expect_unchanged(t, before);
    /* A consultation takes the place of the call that is held for it. */
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    expect_error(alice, "LineBusy", consultation, "SetupTransfer", "sa{sv}", "101", 0);
    expect_error(alice, "LineBusy", consultation, "SetupConference", "sa{sv}", "101", 0);
    expect_error(alice, "LineBusy", consultation, "Hold", "");
    expect_error(alice, "LineBusy", LINE("one"), "SetupConference", "a{sv}", 0);
    const char *conference = client_complete_as_conference(alice, call, consultation);
    await_state(alice, conference, "connected");
    ck_assert_str_eq(get_string(alice, consultation, "State"), "conferenced");
    /* So does a conference that takes its participants in. */
    const char *next = client_prepare_add(alice, conference, "answer?ring=0");
    await_state(alice, next, "connected");
    expect_error(alice, "LineBusy", consultation, "RemoveFromConference", "");
    client_add(alice, conference, next);
    client_remove(alice, next);
    ck_assert_str_eq(known_state(alice, next), "on-hold");
    expect_error(alice, "LineBusy", consultation, "RemoveFromConference", "");
    expect_error(alice, "LineBusy", conference, "Hold", "");
}
END_TEST

/* Also before the network has said anything of the first. */
START_TEST(two_at_once_find_one_place) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_call(alice, CALLBUS_PATH, "ListLines", ""); /* both are known then */
    client_call(bob, CALLBUS_PATH, "ListLines", "");
    bus_freeze(t);
    uint64_t first = client_send(alice, LINE("one"), "Dial", "sa{sv}", "answer?ring=0", 0);
    client_reach_bus(alice);
    uint64_t second = client_send(bob, LINE("one"), "Dial", "sa{sv}", "answer?ring=0", 0);
    client_reach_bus(bob);
    bus_thaw(t);
    client_await_success(alice, first);
    expect_answer_error(bob, second, "LineBusy");
    client_drop(alice, await_handle(alice));
    client_dial(bob, "one", "answer?ring=0");
}
END_TEST

START_TEST(a_conference_is_full) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "two", "monitor");
    Party party = party_begin(alice, "two", "answer?ring=0", "answer?ring=0");
    const char *third = client_connect(alice, "two", "answer?ring=0");
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "ConferenceFull", party.conference, "PrepareAddToConference", "sa{sv}", "101", 0);
    expect_unchanged(t, before);
    client_call(alice, party.conference, "Hold", "");
    bus_barrier(t);
    g_free(g_steal_pointer(&before));
    before = bus_snapshot(t);
    expect_error(alice, "ConferenceFull", party.conference, "AddToConference", "o", third);
    expect_unchanged(t, before);
    client_call(alice, third, "Hold", "");
    client_call(alice, party.conference, "Unhold", "");
    const char *consultation = client_setup_transfer(alice, client_connect(alice, "two", "answer?ring=0"), "answer?ring=0");
    await_state(alice, consultation, "connected");
    /* Another conference of the line has its own two. */
    ck_assert_uint_eq(get_number(alice, LINE("two"), "MaxConferenceParties"), 2);
}
END_TEST

START_TEST(a_line_on_which_nobody_can_confer) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "lone", "monitor");
    const char *call = client_connect(alice, "lone", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "ConferenceFull", call, "CompleteTransfer", "os", consultation, "conference");
    expect_unchanged(t, before);
    client_complete_transfer(alice, call, consultation);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("misuse-size");
    TCase *tcase = bus_case(suite, "too much");
    tcase_add_test(tcase, ten_thousand_digits);
    tcase_add_test(tcase, long_addresses);
    tcase_add_test(tcase, names_of_properties);
    tcase_add_test(tcase, user_user_info_and_texts);
    tcase_add_test(tcase, ten_thousand_rules);
    tcase = bus_case_with(suite, "full", setup_small_lines);
    tcase_add_test(tcase, a_line_with_a_call_has_no_room_for_another);
    tcase_add_test(tcase, two_at_once_find_one_place);
    tcase_add_test(tcase, a_conference_is_full);
    tcase_add_test(tcase, a_line_on_which_nobody_can_confer);
    return bus_main(suite);
}
