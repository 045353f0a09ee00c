/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of the methods that bring calls together: addresses, sizes, and each error of conferences, pickup and completion. */
#include "service/cleanup.h"
#include "tests/bus/util-calls.h"

#include <string.h>

static const char *call_id(Client *client, const char *path) {
    return get_string(client, path, "CallId");
}

/* ---- Addresses ---- */

static void refuse_addresses(Client *client, const char *call, const char *member, const char *types, bool may_be_empty,
                             bool own) {
    g_autofree char *long_address = g_strnfill(257, '1');
    if (!may_be_empty)
        expect_error(client, "InvalidAddress", call, member, types, "", 0);
    expect_error(client, "InvalidAddress", call, member, types, "1\n2", 0);
    expect_error(client, "InvalidAddress", call, member, types, long_address, 0);
    expect_error(client, "NotSupported", call, member, types, "*21#", 0);
    if (own)
        expect_error(client, "InvalidAddress", call, member, types, "100", 0);
}

START_TEST(addresses_are_checked_everywhere) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    g_autofree char *before = bus_snapshot(t);
    refuse_addresses(alice, call, "BlindTransfer", "s", false, true);
    refuse_addresses(alice, call, "SetupTransfer", "sa{sv}", true, true);
    refuse_addresses(alice, call, "SetupConference", "sa{sv}", true, true);
    refuse_addresses(alice, party.conference, "PrepareAddToConference", "sa{sv}", true, true);
    refuse_addresses(alice, call, "Park", "s", true, false);
    refuse_addresses(alice, LINE("loop0"), "Unpark", "s", false, false);
    refuse_addresses(alice, LINE("loop0"), "Dial", "sa{sv}", false, false);
    expect_error(alice, "InvalidAddress", LINE("loop0"), "Pickup", "ss", "1\n2", "");
    expect_error(alice, "NotSupported", LINE("loop0"), "Pickup", "ss", "*8", "loop");
    expect_error(alice, "InvalidAddress", LINE("loop0"), "SetupConference", "a{sv}", 1, "address", "s", "1\n2");
    expect_error(alice, "InvalidAddress", LINE("loop0"), "SetupConference", "a{sv}", 1, "address", "s", "100");
    expect_unchanged(t, before);
}
END_TEST

/* ---- Sizes ---- */

/* Sends the method with one parameter of so many bytes. */
static void refuse_size(Client *client, const char *path, const char *member, const char *key, size_t size) {
    g_autofree char *text = g_strnfill(size, 'x');
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    bool bytes = g_str_equal(key, "user-user-info") || g_str_equal(key, "call-data");
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(client), &m, CALLBUS_NAME, path,
                                                    CALLBUS_CALL_INTERFACE, member), 0);
    ck_assert_int_ge(sd_bus_message_append(m, "s", "102"), 0);
    ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
    ck_assert_int_ge(sd_bus_message_open_container(m, 'e', "sv"), 0);
    ck_assert_int_ge(sd_bus_message_append_basic(m, 's', key), 0);
    ck_assert_int_ge(sd_bus_message_open_container(m, 'v', bytes ? "ay" : "s"), 0);
    if (bytes)
        ck_assert_int_ge(sd_bus_message_append_array(m, 'y', text, size), 0);
    else
        ck_assert_int_ge(sd_bus_message_append_basic(m, 's', text), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
    expect_answer_error(client, client_send_message(client, m), "TooBig");
}

START_TEST(parameters_have_a_greatest_size) {
    static const char *const members[] = {"SetupTransfer", "SetupConference"};
    static const struct {
        const char *key;
        size_t max;
    } sizes[] = {{"called-party", 256}, {"comment", 256}, {"user-user-info", 131}, {"call-data", 4096}};
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++)
            refuse_size(alice, call, members[i], sizes[k].key, sizes[k].max + 1);
    expect_unchanged(t, before);
}
END_TEST

START_TEST(other_values_have_a_greatest_size) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *asked = client_setup_transfer(alice, client_connect(alice, "loop0", "answer?ring=0"), "");
    g_autofree char *digits = g_strnfill(257, '1'), *group = g_strnfill(65, 'g');
    g_autofree uint8_t *bytes = g_malloc0(132);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    client_barrier(alice);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "TooBig", call, "GatherDigits", "usuu", 1025, "#", 0, 0);
    expect_error(alice, "TooBig", call, "SendTone", "su", "beep", 600001);
    expect_error(alice, "TooBig", asked, "DialDigits", "s", digits);
    expect_error(alice, "TooBig", LINE("loop0"), "Pickup", "ss", "", group);
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(alice), &m, CALLBUS_NAME, call,
                                                    CALLBUS_CALL_INTERFACE, "SendUserUserInfo"), 0);
    ck_assert_int_ge(sd_bus_message_append_array(m, 'y', bytes, 132), 0);
    expect_answer_error(alice, client_send_message(alice, m), "TooBig");
    expect_unchanged(t, before);
}
END_TEST

START_TEST(digits_that_are_none) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *asked = client_setup_transfer(alice, client_connect(alice, "loop0", "answer?ring=0"), "");
    client_barrier(alice);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "GatherDigits", "usuu", 4, "x", 0, 0);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, asked, "DialDigits", "s", "12x");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, asked, "DialDigits", "s", "1;2");
    expect_error(alice, "NotSupported", asked, "DialDigits", "s", "*21#");
    expect_error(alice, "InvalidAddress", asked, "DialDigits", "s", "");
    expect_unchanged(t, before);
}
END_TEST

/* ---- Conferences ---- */

START_TEST(what_is_no_conference) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *other = client_connect(alice, "loop0", "answer?ring=0");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "NoConference", call, "GetConferenceCalls", "");
    expect_error(alice, "NotConference", call, "AddToConference", "o", other);
    expect_error(alice, "NotConference", call, "PrepareAddToConference", "sa{sv}", "102", 0);
    expect_error(alice, "NotConference", party.first, "AddToConference", "o", other);
    expect_error(alice, "InvalidState", party.conference, "SetupTransfer", "sa{sv}", "102", 0);
    expect_error(alice, "InvalidState", party.conference, "SetupConference", "sa{sv}", "102", 0);
    expect_error(alice, "InvalidState", party.conference, "BlindTransfer", "s", "102");
    expect_error(alice, "InvalidState", party.conference, "Park", "s", "");
    expect_error(alice, "InvalidState", call, "RemoveFromConference", "");
    expect_unchanged(t, before);
}
END_TEST

START_TEST(who_can_not_be_added) {
    Client *alice = bus_client(t);
    const char *elsewhere = client_connect(alice, "loop1", "answer?ring=0"), *busy = client_dial(alice, "loop0", "busy");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    Party other = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    await_state(alice, busy, "busy");
    client_call(alice, party.conference, "Hold", "");
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "InvalidState", party.conference, "AddToConference", "o", party.conference);
    expect_error(alice, "InvalidState", party.conference, "AddToConference", "o", party.first);
    expect_error(alice, "InvalidState", party.conference, "AddToConference", "o", other.conference);
    expect_error(alice, "InvalidState", party.conference, "AddToConference", "o", other.first);
    expect_error(alice, "InvalidState", party.conference, "AddToConference", "o", elsewhere);
    expect_error(alice, "InvalidState", party.conference, "AddToConference", "o", busy);
    expect_unchanged(t, before);
}
END_TEST

START_TEST(who_can_not_be_consulted) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *elsewhere = client_connect(alice, "loop1", "answer?ring=0");
    const char *held = client_connect(alice, "loop0", "answer?ring=0"), *over = client_connect(alice, "loop0", "answer?ring=0");
    const char *busy = client_dial(alice, "loop0", "busy");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    client_call(alice, call, "Hold", "");
    client_call(alice, held, "Hold", "");
    client_drop(alice, over);
    await_state(alice, busy, "busy");
    const char *const wrong[] = {call, elsewhere, held, over, party.conference, party.first};
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        expect_error(alice, "InvalidState", call, "CompleteTransfer", "os", wrong[i], "transfer");
        expect_error(alice, "InvalidState", call, "CompleteTransfer", "os", wrong[i], "conference");
    }
    expect_error(alice, "InvalidState", call, "CompleteTransfer", "os", busy, "conference");
    expect_unchanged(t, before);
}
END_TEST

static void setup_narrow_lines(void) {
    t = bus_new(&(BusOptions){
        .config = "# SPDX-License-Identifier: LGPL-2.1-or-later\n[Loopback]\nDefaultLines=no\n",
        .lines = (const char *const[]){
            "narrow.conf", "[Line]\nName=narrow\nProvider=loopback\nAddresses=300\nMaxConferenceParties=2\nMaxHeldCalls=1\n",
            "poor.conf",
            "[Line]\nName=poor\nProvider=loopback\nAddresses=400\n"
            "Without=Park;SetupTransfer;SetupConference;Forward;Pickup;CompleteTransfer\n",
            "one.conf", "[Line]\nName=one\nProvider=loopback\nAddresses=500\nMaxConferenceParties=1\n", NULL}});
}

START_TEST(a_conference_can_be_full) {
    Client *alice = bus_client(t);
    Party party = party_begin(alice, "narrow", "answer?ring=0", "answer?ring=0");
    const char *third = client_connect(alice, "narrow", "answer?ring=0");
    expect_error(alice, "ConferenceFull", party.conference, "PrepareAddToConference", "sa{sv}", "answer?ring=0", 0);
    client_call(alice, party.conference, "Hold", "");
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "ConferenceFull", party.conference, "AddToConference", "o", third);
    expect_unchanged(t, before);
    expect_error(alice, "LineBusy", third, "SetupTransfer", "sa{sv}", "answer?ring=0", 0);
    expect_error(alice, "LineBusy", party.first, "RemoveFromConference", "");
}
END_TEST

START_TEST(no_conference_of_one) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "one", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    expect_error(alice, "ConferenceFull", call, "CompleteTransfer", "os", consultation, "conference");
    client_complete_transfer(alice, call, consultation);
}
END_TEST

START_TEST(a_line_can_lack_methods) {
    static const char *const missing[] = {"Park", "SetupTransfer", "SetupConference", "Forward", "Pickup", "CompleteTransfer"};
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "poor", "answer?ring=0");
    for (size_t i = 0; i < G_N_ELEMENTS(missing); i++) {
        ck_assert(!get_has(alice, LINE("poor"), "Capabilities", missing[i]));
        ck_assert(get_has(alice, LINE("narrow"), "Capabilities", missing[i]));
        ck_assert(!get_has(alice, call, "Features", missing[i]));
    }
    expect_error(alice, "NotSupported", call, "Park", "s", "");
    expect_error(alice, "NotSupported", call, "SetupTransfer", "sa{sv}", "", 0);
    expect_error(alice, "NotSupported", call, "SetupConference", "sa{sv}", "102", 0);
    expect_error(alice, "NotSupported", LINE("poor"), "SetupConference", "a{sv}", 0);
    expect_error(alice, "NotSupported", LINE("poor"), "Forward", "a(sssu)", 0);
    expect_error(alice, "NotSupported", LINE("poor"), "Pickup", "ss", "", "");
}
END_TEST

/* ---- Pickup, park, completion ---- */

START_TEST(nothing_there_to_fetch) {
    Client *alice = bus_client(t);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Pickup", "ss", "", "");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Pickup", "ss", "101", "");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Pickup", "ss", "", "loop");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Pickup", "ss", "", "nobodys");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Pickup", "ss", "4711", "loop");
    expect_error(alice, "TargetNotFound", LINE("loop0"), "Unpark", "s", "4711");
    expect_unchanged(t, before);
    client_set_line_state(alice, "loop0", "out-of-service", "test");
    expect_error(alice, "LineOutOfService", LINE("loop0"), "Pickup", "ss", "", "");
    expect_error(alice, "LineOutOfService", LINE("loop0"), "Unpark", "s", "4711");
    expect_error(alice, "LineOutOfService", LINE("loop0"), "SetupConference", "a{sv}", 0);
}
END_TEST

START_TEST(two_calls_can_not_be_parked_at_one_place) {
    Client *alice = bus_client(t);
    const char *first = client_connect(alice, "loop0", "answer?ring=0"), *second = client_connect(alice, "loop0", "answer?ring=0");
    ck_assert_str_eq(client_park(alice, first, "777"), "777");
    expect_error(alice, "Conflict", second, "Park", "s", "777");
    client_unpark(alice, "loop1", "777");
    ck_assert_str_eq(client_park(alice, second, "777"), "777");
}
END_TEST

START_TEST(completions_that_there_are_not) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    g_autofree char *long_id = g_strnfill(65, 'x');
    client_open(bob, "loop1", "owner");
    expect_error(alice, "LineNotOpen", LINE("loop0"), "CancelCompletion", "s", "x");
    client_open(alice, "loop0", "none");
    expect_error(alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", "x");
    expect_error(alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", "");
    expect_error(alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", long_id);
    const char *call = client_dial(alice, "loop0", "101");
    await_state(alice, call, "ringback");
    const char *id = client_complete_call(alice, call, "callback");
    ck_assert_str_eq(known_state(alice, call), "idle");
    expect_error(bob, "InvalidCompletion", LINE("loop1"), "CancelCompletion", "s", id);
    client_call(alice, LINE("loop0"), "CancelCompletion", "s", id);
    expect_error(alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", id);
}
END_TEST

/* ---- What the client sees, and when ---- */

START_TEST(a_transfer_is_told_before_its_reply_and_a_conference_after) {
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    guint start = client_event_count(alice);
    uint64_t request = client_send(alice, call, "CompleteTransfer", "os", consultation, "transfer");
    client_await_success(alice, request);
    client_barrier(alice);
    ck_assert_int_lt(change_place(alice, start, call, "State", "\"idle\""), answer_place(alice, request));
    ck_assert_int_lt(change_place(alice, start, consultation, "State", "\"idle\""), answer_place(alice, request));
    ck_assert_int_ge(change_place(alice, start, call, "State", "\"idle\""), 0);

    call = client_connect(alice, "loop0", "answer?ring=0");
    consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    start = client_event_count(alice);
    request = client_send(alice, call, "CompleteTransfer", "os", consultation, "conference");
    client_await_success(alice, request);
    await_state(alice, call, "conferenced");
    await_state(alice, consultation, "conferenced");
    ck_assert_int_gt(change_place(alice, start, call, "State", "\"conferenced\""), answer_place(alice, request));
}
END_TEST

START_TEST(a_conference_is_named_by_the_readers_own_handle) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    const char *first = await_handle(bob), *conference = await_handle(bob), *second = await_handle(bob);
    g_autofree char *alices = g_strdup_printf("\"%s\"", party.conference), *bobs = g_strdup_printf("\"%s\"", conference);
    await_text(alice, party.first, "Conference", alices);
    await_text(alice, party.second, "Conference", alices);
    await_text(bob, first, "Conference", bobs);
    await_text(bob, second, "Conference", bobs);
    ck_assert_str_eq(get_string(alice, party.conference, "Conference"), "/");
    ck_assert_str_eq(get_string(alice, party.conference, "Origin"), "conference");
    ck_assert_str_eq(get_string(alice, party.conference, "Direction"), "none");
    ck_assert_str_eq(call_id(alice, party.first), call_id(alice, party.conference));
    /* Without a handle of it there is no name for it, until there is one again. */
    client_release(bob, conference);
    await_text(bob, first, "Conference", "\"/\"");
    const char *const *calls = client_conference_calls(bob, first);
    ck_assert_str_ne(calls[0], conference);
    ck_assert_str_eq(calls[1], first);
    ck_assert_str_eq(calls[2], second);
    ck_assert_ptr_null(calls[3]);
    g_autofree char *again = g_strdup_printf("\"%s\"", calls[0]);
    await_text(bob, first, "Conference", again);
    client_remove(alice, party.first);
    await_text(bob, first, "Conference", "\"/\"");
    ck_assert_str_eq(known_text(alice, party.first, "Conference"), "\"/\"");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("methods-values");
    TCase *tcase = bus_case(suite, "values"), *narrow = bus_case_with(suite, "narrow lines", setup_narrow_lines);
    tcase_add_test(tcase, addresses_are_checked_everywhere);
    tcase_add_test(tcase, parameters_have_a_greatest_size);
    tcase_add_test(tcase, other_values_have_a_greatest_size);
    tcase_add_test(tcase, digits_that_are_none);
    tcase_add_test(tcase, what_is_no_conference);
    tcase_add_test(tcase, who_can_not_be_added);
    tcase_add_test(tcase, who_can_not_be_consulted);
    tcase_add_test(tcase, nothing_there_to_fetch);
    tcase_add_test(tcase, two_calls_can_not_be_parked_at_one_place);
    tcase_add_test(tcase, completions_that_there_are_not);
    tcase_add_test(tcase, a_transfer_is_told_before_its_reply_and_a_conference_after);
    tcase_add_test(tcase, a_conference_is_named_by_the_readers_own_handle);
    tcase_add_test(narrow, a_conference_can_be_full);
    tcase_add_test(narrow, no_conference_of_one);
    tcase_add_test(narrow, a_line_can_lack_methods);
    return bus_main(suite);
}
