/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arguments of the methods that make calls and bring them together: what is no argument at all is told before all else. */
#include "service/cleanup.h"
#include "tests/bus/util-calls.h"

#include <string.h>

#define INVALID DBUS_ERROR_INVALID_ARGS
#define UNKNOWN DBUS_ERROR_UNKNOWN_OBJECT

/* ---- Parameters of a call to be made ---- */

/* Who sends them, and where; some methods have the address in front. */
typedef struct Making {
    Client *client;
    const char *path, *member;
    bool address;
} Making;

/* Sends the method with one parameter, or several as in "a{sv}". */
static void expect_refused(const Making *making, const char *error, const char *types, ...) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    const char *interface = strstr(making->path, "/line/") ? CALLBUS_LINE_INTERFACE : CALLBUS_CALL_INTERFACE;
    va_list arguments;
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(making->client), &m, CALLBUS_NAME, making->path,
                                                    interface, making->member), 0);
    if (making->address)
        ck_assert_int_ge(sd_bus_message_append(m, "s", "102"), 0);
    va_start(arguments, types);
    ck_assert_int_ge(types[0] ? sd_bus_message_appendv(m, types, arguments) : 0, 0);
    va_end(arguments);
    expect_answer_error(making->client, client_send_message(making->client, m), error);
}

static void refuse_parameters(const Making *making) {
    static const char *const keys[] = {"media-mode",    "called-party",   "comment",   "hide-caller-id",
                                       "no-answer-timeout", "user-user-info", "call-data", "on-owner-lost"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        expect_refused(making, INVALID, "a{sv}", 1, keys[i], "d", 1.5);
        expect_refused(making, INVALID, "a{sv}", 1, keys[i], "v", "s", "x");
    }
    expect_refused(making, INVALID, "a{sv}", 1, "colour", "s", "red");
    expect_refused(making, INVALID, "a{sv}", 1, "", "s", "");
    expect_refused(making, INVALID, "a{sv}", 1, "media-mode", "s", "smoke");
    expect_refused(making, INVALID, "a{sv}", 1, "on-owner-lost", "s", "perhaps");
    expect_refused(making, INVALID, "a{sv}", 2, "comment", "s", "a", "comment", "s", "b");
    expect_refused(making, INVALID, "a{sv}", 2, "comment", "s", "a", "colour", "s", "red");
    /* A token is for Dial alone, an address in the parameters for a line's conference. */
    if (!g_str_equal(making->member, "Dial"))
        expect_refused(making, INVALID, "a{sv}", 1, "token", "s", "x");
    if (making->address)
        expect_refused(making, INVALID, "a{sv}", 1, "address", "s", "102");
    else
        expect_refused(making, INVALID, "a{sv}", 1, "address", "u", 102);
    expect_refused(making, INVALID, "a{ss}", 0);
    expect_refused(making, INVALID, "");
}

START_TEST(parameters_of_calls_to_be_made) {
    static const char *const members[] = {"SetupTransfer", "SetupConference", "PrepareAddToConference"};
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    await_state(bob, seen, "connected");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        refuse_parameters(&(Making){alice, call, members[i], true});
        refuse_parameters(&(Making){bob, seen, members[i], true});
    }
    refuse_parameters(&(Making){alice, LINE("loop0"), "Dial", true});
    refuse_parameters(&(Making){alice, LINE("loop0"), "SetupConference", false});
    expect_unchanged(t, before);
}
END_TEST

/* ---- Words ---- */

START_TEST(words_that_there_are_not) {
    static const struct {
        const char *member, *types, *word;
    } words[] = {
        {"CompleteCall", "s", "wait"},       {"CompleteCall", "s", ""},
        {"SetMediaMode", "s", "smoke"},      {"SetMediaMode", "s", ""},
        {"SetMediaMode", "s", "Video"},      {"Handoff", "s", "media:smoke"},
        {"Handoff", "s", "media:"},          {"Handoff", "s", ":x"},
        {"Handoff", "s", ""},                {"SetOnOwnerLost", "s", "Drop"},
    };
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    await_state(bob, seen, "connected");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        expect_error(alice, INVALID, call, words[i].member, words[i].types, words[i].word);
        expect_error(bob, INVALID, seen, words[i].member, words[i].types, words[i].word);
    }
    expect_error(bob, INVALID, seen, "SendTone", "su", "dial", 100);
    expect_error(bob, INVALID, seen, "SendTone", "su", "Beep", 0);
    expect_error(bob, INVALID, seen, "CompleteTransfer", "os", "/", "merge");
    expect_error(bob, INVALID, seen, "CompleteTransfer", "os", call, "");
    expect_error(bob, INVALID, LINE("loop1"), "Forward", "a(sssu)", 1, "never", "", "102", 0);
    expect_error(bob, INVALID, LINE("loop1"), "Forward", "a(sssu)", 2, "busy", "", "102", 0, "no-answer-never", "", "", 0);
    expect_unchanged(t, before);
}
END_TEST

/* ---- Types ---- */

START_TEST(types_of_every_new_method) {
    static const struct {
        const char *path, *member;
    } methods[] = {
        {CALLBUS_PATH, "SetAppPriority"},   {CALLBUS_PATH, "GetAppPriority"},
        {CALLBUS_PATH, "RequestCall"},      {CALLBUS_PATH, "RegisterRecipient"},
        {CALLBUS_PATH, "FindByNetworkId"},  {LINE("loop0"), "SetupConference"},
        {LINE("loop0"), "Pickup"},          {LINE("loop0"), "Unpark"},
        {LINE("loop0"), "Forward"},         {LINE("loop0"), "CancelCompletion"},
        {CALLBUS_PATH, "AddLine"},          {CALLBUS_PATH, "RemoveLine"},
    };
    Client *alice = bus_client(t);
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        expect_error(alice, INVALID, methods[i].path, methods[i].member, "");
        expect_error(alice, INVALID, methods[i].path, methods[i].member, "i", 7);
        expect_error(alice, INVALID, methods[i].path, methods[i].member, "as", 1, "x");
        expect_error(alice, INVALID, methods[i].path, methods[i].member, "sss", "x", "y", "z");
        expect_error(alice, INVALID, methods[i].path, methods[i].member, "v", "s", "x");
        expect_error(alice, INVALID, methods[i].path, methods[i].member, "a(ssss)", 1, "busy", "", "102", "3");
    }
    expect_unchanged(t, before);
}
END_TEST

/* ---- Handles among the arguments ---- */

/* One that is not the client's own is as one that never was; one that it only monitors is not enough. */
START_TEST(handles_of_others_and_of_monitors) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    const char *other = client_connect(alice, "loop0", "answer?ring=0"), *other_seen = await_handle(bob);
    const char *gone = client_connect(alice, "loop0", "answer?ring=0");
    await_handle(bob);
    client_drop(alice, gone);
    client_release(alice, gone);
    client_call(bob, seen, "SetPrivilege", "s", "owner");
    const char *const foreign[] = {other,          gone,
                                   "/",            LINE("loop0"),
                                   CALLBUS_PATH,   CALLBUS_CLIENT_PATH "/1_9999/call/1_1",
                                   CALLBUS_CLIENT_PATH};
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
        expect_error(bob, UNKNOWN, seen, "SwapHold", "o", foreign[i]);
        expect_error(bob, UNKNOWN, seen, "AddToConference", "o", foreign[i]);
        expect_error(bob, UNKNOWN, seen, "CompleteTransfer", "os", foreign[i], "transfer");
        expect_error(bob, UNKNOWN, seen, "CompleteTransfer", "os", foreign[i], "conference");
        /* The word comes before the handle, the handle before the privilege. */
        expect_error(bob, INVALID, seen, "CompleteTransfer", "os", foreign[i], "merge");
        expect_error(bob, UNKNOWN, other_seen, "AddToConference", "o", foreign[i]);
        expect_error(bob, UNKNOWN, other_seen, "CompleteTransfer", "os", foreign[i], "transfer");
    }
    expect_error(bob, "NotOwner", seen, "AddToConference", "o", other_seen);
    expect_error(bob, "NotOwner", seen, "CompleteTransfer", "os", other_seen, "transfer");
    expect_error(bob, "NotOwner", other_seen, "AddToConference", "o", seen);
    expect_error(bob, "NotOwner", other_seen, "CompleteTransfer", "os", seen, "conference");
    expect_error(bob, UNKNOWN, call, "AddToConference", "o", seen);
    expect_unchanged(t, before);
}
END_TEST

/* A monitor learns that it is one before anything about values, even such that are wrong. */
START_TEST(monitors_are_told_so_whatever_the_values) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    g_autofree char *long_text = g_strnfill(2000, '1');
    client_open(bob, "loop0", "monitor");
    client_connect(alice, "loop0", "answer?ring=0");
    const char *seen = await_handle(bob);
    await_state(bob, seen, "connected");
    g_autofree char *before = bus_snapshot(t);
    expect_error(bob, "NotOwner", seen, "BlindTransfer", "s", "");
    expect_error(bob, "NotOwner", seen, "BlindTransfer", "s", "*21#");
    expect_error(bob, "NotOwner", seen, "SetupTransfer", "sa{sv}", long_text, 0);
    expect_error(bob, "NotOwner", seen, "SetupTransfer", "sa{sv}", "102", 1, "comment", "s", long_text);
    expect_error(bob, "NotOwner", seen, "SetupConference", "sa{sv}", "1\n2", 0);
    expect_error(bob, "NotOwner", seen, "PrepareAddToConference", "sa{sv}", "100", 0);
    expect_error(bob, "NotOwner", seen, "RemoveFromConference", "");
    expect_error(bob, "NotOwner", seen, "Park", "s", "#");
    expect_error(bob, "NotOwner", seen, "CompleteCall", "s", "camp-on");
    expect_error(bob, "NotOwner", seen, "DialDigits", "s", "*21#");
    expect_error(bob, "NotOwner", seen, "GatherDigits", "usuu", 5000, "#", 0, 0);
    expect_error(bob, "NotOwner", seen, "SendTone", "su", "beep", UINT32_MAX);
    expect_error(bob, "NotOwner", seen, "SendUserUserInfo", "ay", 0);
    expect_error(bob, "NotOwner", seen, "Secure", "");
    expect_error(bob, "NotOwner", seen, "SetMediaMode", "s", "video");
    /* What is no argument at all is told to anybody. */
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, seen, "DialDigits", "s", "x");
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, seen, "GatherDigits", "usuu", 5000, "x", 0, 0);
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, seen, "SendDigits", "sa{sv}", "x", 0);
    expect_unchanged(t, before);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("methods-arguments");
    TCase *tcase = bus_case(suite, "arguments");
    tcase_add_test(tcase, parameters_of_calls_to_be_made);
    tcase_add_test(tcase, words_that_there_are_not);
    tcase_add_test(tcase, types_of_every_new_method);
    tcase_add_test(tcase, handles_of_others_and_of_monitors);
    tcase_add_test(tcase, monitors_are_told_so_whatever_the_values);
    return bus_main(suite);
}
