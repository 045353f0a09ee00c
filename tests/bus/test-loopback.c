/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loopback lines as an application sees them: scripted far ends, hold, mute, digits, bell. */
#include "tests/bus/util-bus.h"

#include <string.h>

/* ---- Scripted far ends ---- */

typedef struct Script {
    const char *address, *states, *cause;
} Script;

static const Script scripts[] = {
    {"answer?ring=0", "dialing ringback connected", ""},
    {"answer?ring=100ms&talk=100ms", "dialing ringback connected disconnected", "normal"},
    {"echo?ring=0", "dialing ringback connected", ""},
    {"hangup?ring=0&talk=100ms", "dialing ringback connected disconnected", "normal"},
    {"digits?ring=0", "dialing ringback connected", ""},
    {"busy", "dialing busy", "busy"},
    {"no-answer?ring=100ms", "dialing ringback disconnected", "no-answer"},
    {"reject", "dialing disconnected", "rejected"},
    {"congestion", "dialing special-info disconnected", "congestion"},
    {"bad", "dialing disconnected", "bad-address"},
    {"4711", "dialing disconnected", "bad-address"},
    {"100", "dialing busy", "busy"},
    {"sip:answer?ring=0", "dialing ringback connected", ""},
};

START_TEST(scripted_far_ends_do_what_they_are_called_for) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    const char *out[G_N_ELEMENTS(scripts)];
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++)
        out[i] = client_dial(alice, "loop0", scripts[i].address);
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        const char *last = strrchr(scripts[i].states, ' ') + 1;
        await_state(alice, out[i], last);
        ck_assert_msg(g_str_equal(known_states(alice, out[i]), scripts[i].states), "%s: %s",
                      scripts[i].address, known_states(alice, out[i]));
        ck_assert_msg(g_str_equal(get_string(alice, out[i], "DisconnectCause"), scripts[i].cause),
                      "%s: cause %s", scripts[i].address, get_string(alice, out[i], "DisconnectCause"));
        bool connected =
            strstr(scripts[i].states, "connected ") || g_str_has_suffix(scripts[i].states, " connected");
        ck_assert_int_eq(get_number(alice, out[i], "ConnectedTimestamp") != 0, connected);
        ck_assert_int_eq(get_number(alice, out[i], "EndedTimestamp") != 0, g_str_equal(last, "disconnected"));
        const char *seen = await_handle(bob), *watched = await_handle(carol);
        await_state(bob, seen, last);
        await_state(carol, watched, last);
        ck_assert(g_str_has_suffix(scripts[i].states, known_states(bob, seen)));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        client_drop(alice, out[i]);
        ck_assert_str_eq(known_state(alice, out[i]), "idle");
        /* A call that had ended keeps its cause. */
        bool ended = g_str_has_suffix(scripts[i].states, "disconnected");
        ck_assert_str_eq(get_string(alice, out[i], "DisconnectCause"), ended ? scripts[i].cause : "normal");
    }
}
END_TEST

START_TEST(declined_and_busy_are_told_to_the_caller) {
    static const struct {
        const char *reason, *state, *cause;
    } ways[] = {{NULL, "disconnected", "rejected"},
                {"declined", "disconnected", "rejected"},
                {"busy", "busy", "busy"}};
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(ways); i++) {
        size_t way = i / 2;
        const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
                   *seen = await_handle(carol);
        if (i % 2)
            client_call(bob, in, "Accept", "");
        if (ways[way].reason)
            client_call(bob, in, "Drop", "a{sv}", 1, "reason", "s", ways[way].reason);
        else
            client_drop(bob, in);
        await_state(alice, out, ways[way].state);
        ck_assert_str_eq(get_string(alice, out, "DisconnectCause"), ways[way].cause);
        ck_assert_str_eq(get_string(bob, in, "DisconnectCause"), "normal");
        await_state(carol, seen, "idle");
        ck_assert_str_eq(known_states(carol, seen), i % 2 ? "offering accepted idle" : "offering idle");
    }
}
END_TEST

/* ---- Hold ---- */

START_TEST(hold_and_swap) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *first = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, first, "connected");
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "ActiveCalls"), 1);
    uint64_t connected = get_number(alice, first, "ConnectedTimestamp");
    client_call(alice, first, "Hold", "");
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "ActiveCalls"), 0);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "HeldCalls"), 1);
    const char *second = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, second, "connected");
    client_call(alice, second, "SwapHold", "o", first);
    ck_assert_str_eq(known_state(alice, first), "connected");
    ck_assert_str_eq(known_state(alice, second), "on-hold");
    client_call(alice, second, "Unhold", "");
    ck_assert_uint_eq(get_number(alice, first, "ConnectedTimestamp"), connected);
    ck_assert_uint_gt(get_number(alice, first, "StateTimestamp"), connected);
    ck_assert_uint_eq(get_number(carol, LINE("loop0"), "ActiveCalls"), 2);
    ck_assert_uint_eq(get_number(bob, LINE("loop0"), "ActiveCalls"), 0);
    client_call(alice, first, "Hold", "");
    /* The held party hangs up. */
    client_drop(bob, in);
    await_state(alice, first, "disconnected");
    ck_assert_str_eq(known_states(alice, first),
                     "dialing ringback connected on-hold connected on-hold disconnected");
    ck_assert_str_eq(known_states(bob, in), "offering connected idle");
}
END_TEST

/* ---- Media: frames tell who hears whom ---- */

static uint64_t stat_number(Client *client, const char *path, const char *name) {
    const char *text = get_text(client, path, "MediaStats");
    g_autofree char *key = g_strdup_printf("\"%s\": <t ", name);
    const char *place = strstr(text, key);
    ck_assert_msg(place, "MediaStats lacks %s: %s", name, text);
    return g_ascii_strtoull(place + strlen(key), NULL, 10);
}

static bool hears(Client *client, const char *path, const char *address) {
    g_autofree char *key = g_strdup_printf("\"hearing\": <as [\"%s\"]>", address);
    return strstr(get_text(client, path, "MediaStats"), key);
}

/* Lets three frames pass, seen at an end that hears something. */
static void let_frames_pass(Client *client, const char *path) {
    uint64_t start = stat_number(client, path, "frames-heard");
    AWAIT(t, stat_number(client, path, "frames-heard") >= start + 3);
}

START_TEST(mute_is_proved_by_frames) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *watched = await_handle(carol);
    ck_assert_str_eq(get_text(alice, out, "MediaStats"), "{}");
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    let_frames_pass(alice, out);
    let_frames_pass(bob, in);
    ck_assert(hears(alice, out, "101") && hears(bob, in, "100"));
    ck_assert_ptr_nonnull(strstr(get_text(bob, in, "MediaStats"), "\"last-speaker\": <s \"100\">"));

    client_call(alice, out, "Mute", "b", true);
    await_text(carol, watched, "Muted", "true");
    ck_assert_str_eq(get_text(bob, in, "Muted"), "false");
    uint64_t spoken = stat_number(alice, out, "frames-spoken"), heard = stat_number(bob, in, "frames-heard");
    uint64_t last = stat_number(bob, in, "last-frame");
    let_frames_pass(alice, out);
    ck_assert_uint_eq(stat_number(alice, out, "frames-spoken"), spoken);
    ck_assert_uint_eq(stat_number(bob, in, "frames-heard"), heard);
    ck_assert_uint_eq(stat_number(bob, in, "last-frame"), last);
    ck_assert(!hears(bob, in, "100") && hears(alice, out, "101"));
    /* To be as it is already is no error, and no news. */
    guint start = client_event_count(carol);
    client_call(alice, out, "Mute", "b", true);
    expect_no_signal_since(carol, start);
    client_call(alice, out, "Mute", "b", false);
    let_frames_pass(bob, in);
    ck_assert_uint_gt(stat_number(bob, in, "last-frame"), last);
}
END_TEST

START_TEST(a_device_is_chosen_of_those_that_there_are) {
    Client *alice = bus_client(t);
    const char *out = client_dial(alice, "loop0", "no-answer");
    client_call(alice, out, "SetAudioDevice", "s", "speaker");
    ck_assert_str_eq(get_string(alice, out, "AudioDevice"), "speaker");
    expect_error(alice, "ProviderFailed", out, "SetAudioDevice", "s", "gramophone");
    expect_error(alice, "TooBig", out, "SetVolume", "u", 201);
    client_call(alice, out, "SetVolume", "u", 0);
    ck_assert_str_eq(get_text(alice, out, "Volume"), "0");
    ck_assert_str_eq(get_string(alice, out, "AudioDevice"), "speaker");
    client_drop(alice, out);
    ck_assert_str_eq(get_string(alice, out, "AudioDevice"), "");
    ck_assert_str_eq(get_text(alice, out, "Volume"), "100");
}
END_TEST

START_TEST(held_ends_neither_speak_nor_hear) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    const char *clock = client_dial(carol, "loop2", "echo?ring=0");
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    await_state(carol, clock, "connected");
    client_call(alice, out, "Hold", "");
    uint64_t alices = stat_number(alice, out, "frames-heard"), bobs = stat_number(bob, in, "frames-heard");
    let_frames_pass(carol, clock);
    ck_assert(hears(carol, clock, "102"));
    ck_assert_uint_eq(stat_number(alice, out, "frames-heard"), alices);
    ck_assert_uint_eq(stat_number(bob, in, "frames-heard"), bobs);
    ck_assert(!hears(bob, in, "100"));
    client_call(alice, out, "Unhold", "");
    let_frames_pass(bob, in);
    let_frames_pass(alice, out);
}
END_TEST

/* ---- Digits ---- */

/* All digits that this client was told of on the handle so far. */
static char *digits_heard(Client *client, const char *path) {
    GString *digits = g_string_new(NULL);
    for (guint i = 0; i < client_event_count(client); i++) {
        const Event *event = client_event(client, i);
        const char *digit;
        uint64_t usec = 0;
        if (event->kind != EVENT_SIGNAL || !g_str_equal(event->member, "DigitReceived") ||
            !g_str_equal(event->path, path))
            continue;
        sd_bus_message_rewind(event->message, true);
        ck_assert_int_gt(sd_bus_message_read(event->message, "st", &digit, &usec), 0);
        ck_assert_uint_eq(strlen(digit), 1);
        ck_assert_uint_gt(usec, 0);
        g_string_append(digits, digit);
    }
    return g_string_free(digits, FALSE);
}

static void await_digits(Client *client, const char *path, const char *expected) {
    while (true) {
        g_autofree char *heard = digits_heard(client, path);
        if (strlen(heard) >= strlen(expected)) {
            ck_assert_str_eq(heard, expected);
            return;
        }
        await_signal(client, path, "DigitReceived");
    }
}

static const char *outcome(Client *client, const char *path) {
    const char *text;
    ck_assert_int_gt(sd_bus_message_read(await_signal(client, path, "DigitsSent"), "s", &text), 0);
    return text;
}

START_TEST(digits_reach_those_who_asked) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    client_open(dave, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    const char *deaf = await_handle(dave);
    client_call(carol, seen, "MonitorDigits", "b", true);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_call(alice, out, "SendDigits", "sa{sv}", "12*#Ad", 2, "duration-ms", "u", 20, "gap-ms", "u", 0);
    ck_assert_str_eq(outcome(alice, out), "done");
    await_digits(carol, seen, "12*#AD");
    client_call(bob, in, "MonitorDigits", "b", true);
    client_call(alice, out, "SendDigits", "sa{sv}", "7", 2, "duration-ms", "u", 20, "gap-ms", "u", 0);
    await_digits(carol, seen, "12*#AD7");
    await_digits(bob, in, "7");
    ck_assert_str_eq(outcome(alice, out), "done");
    client_call(carol, seen, "MonitorDigits", "b", false);
    client_call(alice, out, "SendDigits", "sa{sv}", "8", 1, "gap-ms", "u", 0);
    await_digits(bob, in, "78");
    bus_barrier(t);
    await_digits(carol, seen, "12*#AD7");
    ck_assert_uint_eq(signal_count(dave, 0, deaf, "DigitReceived"), 0);
    ck_assert_uint_eq(signal_count(alice, 0, out, "DigitReceived"), 0);
    /* The end of a generation is told to the one who began it. */
    ck_assert_uint_eq(signal_count(bob, 0, in, "DigitsSent") + signal_count(carol, 0, seen, "DigitsSent"), 0);
}
END_TEST

START_TEST(digits_are_replaced_and_stopped) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "answer?ring=0"), *seen = await_handle(bob);
    await_state(alice, out, "connected");
    await_state(bob, seen, "connected");
    client_call(bob, seen, "SetPrivilege", "s", "owner");
    g_autofree char *many = g_strnfill(1024, '5');
    client_call(alice, out, "SendDigits", "sa{sv}", many, 1, "duration-ms", "u", 2000);
    client_call(bob, seen, "SendDigits", "sa{sv}", many, 1, "duration-ms", "u", 2000);
    ck_assert_str_eq(outcome(alice, out), "cancel");
    client_call(bob, seen, "SendDigits", "sa{sv}", "", 0);
    ck_assert_str_eq(outcome(bob, seen), "cancel");
    client_call(bob, seen, "SendDigits", "sa{sv}", "", 0);
    client_call(alice, out, "SendDigits", "sa{sv}", many, 1, "duration-ms", "u", 2000);
    client_drop(bob, seen);
    ck_assert_str_eq(outcome(alice, out), "cancel");
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(alice, 0, out, "DigitsSent"), 2);
    ck_assert_uint_eq(signal_count(carol, 0, NULL, "DigitsSent"), 0);
}
END_TEST

START_TEST(a_scripted_far_end_sends_and_repeats_digits) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "monitor");
    const char *out = client_dial(alice, "loop0", "digits?ring=2s&send=42"), *seen = await_handle(bob);
    client_call(alice, out, "MonitorDigits", "b", true);
    client_call(bob, seen, "MonitorDigits", "b", true);
    await_digits(alice, out, "42");
    client_call(alice, out, "SendDigits", "sa{sv}", "9#", 0);
    await_digits(alice, out, "429#");
    await_digits(bob, seen, "429#");
    ck_assert_uint_eq(signal_count(carol, 0, NULL, "DigitReceived"), 0);
}
END_TEST

/* ---- Redirect ---- */

START_TEST(redirect_sends_an_offered_call_elsewhere) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *watcher = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop2", "owner");
    client_open(watcher, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *watched = await_handle(watcher);
    client_call(bob, in, "Redirect", "s", "102");
    ck_assert_str_eq(known_states(bob, in), "offering idle");
    ck_assert_str_eq(get_string(bob, in, "DisconnectCause"), "forwarded");
    await_state(watcher, watched, "idle");
    const char *there = await_handle(carol);
    ck_assert_str_eq(get_string(carol, there, "State"), "offering");
    ck_assert_str_eq(get_string(carol, there, "Reason"), "redirect");
    ck_assert_str_eq(get_string(carol, there, "CallId"), get_string(alice, out, "CallId"));
    ck_assert(g_str_has_prefix(get_text(carol, there, "Caller"), "(\"100\""));
    ck_assert(g_str_has_prefix(get_text(carol, there, "Redirecting"), "(\"101\""));
    client_call(carol, there, "Answer", "");
    await_state(alice, out, "connected");
    ck_assert_str_eq(known_states(alice, out), "dialing ringback connected");
    ck_assert(g_str_has_prefix(get_text(alice, out, "Redirection"), "(\"102\""));
    ck_assert(g_str_has_prefix(get_text(alice, out, "Connected"), "(\"102\""));
}
END_TEST

START_TEST(redirect_to_nowhere_ends_the_callers_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Redirect", "s", "4711");
    await_state(alice, out, "disconnected");
    ck_assert_str_eq(get_string(alice, out, "DisconnectCause"), "bad-address");
    await_state(carol, await_handle(carol), "idle");
}
END_TEST

/* ---- The bell ---- */

START_TEST(the_bell_is_heard_by_all_who_have_the_line_open) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t), *dave = bus_client(t);
    client_open(bob, "loop1", "none");
    client_open(carol, "loop1", "monitor");
    client_open(dave, "loop2", "owner");
    client_dial(alice, "loop0", "101");
    Client *hearing[] = {bob, carol};
    for (size_t i = 0; i < G_N_ELEMENTS(hearing); i++) {
        const char *mode;
        uint32_t count;
        sd_bus_message *bell = await_signal(hearing[i], LINE("loop1"), "Rang");
        ck_assert_int_gt(sd_bus_message_read(bell, "su", &mode, &count), 0);
        ck_assert_str_eq(mode, "normal");
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(sd_bus_message_get_destination(bell), client_name(hearing[i]));
    }
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(alice, 0, NULL, "Rang") + signal_count(dave, 0, NULL, "Rang"), 0);
}
END_TEST

/* ---- Incoming calls made by the Debug interface ---- */

START_TEST(debug_lets_a_call_come_in) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *call_id = client_incoming(alice, "loop1", "+49 30 1234");
    const char *in = await_handle(bob), *seen = await_handle(carol);
    ck_assert_str_eq(get_string(bob, in, "CallId"), call_id);
    ck_assert_str_eq(get_string(bob, in, "Address"), "+49 30 1234");
    ck_assert_str_eq(get_string(bob, in, "Direction"), "in");
    client_call(bob, in, "Answer", "");
    client_drop(bob, in);
    await_state(carol, seen, "idle");
    ck_assert_str_eq(known_states(carol, seen), "offering connected idle");
    ck_assert_str_eq(client_incoming(alice, "mute0", "5"), "");
    g_autofree char *before = bus_snapshot(t);
    const char *debug = CALLBUS_DEBUG_INTERFACE ".Incoming", *state = CALLBUS_DEBUG_INTERFACE ".SetLineState";
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, debug, "ss", "nowhere", "5");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, state, "sss", "nowhere", "removed", "");
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, CALLBUS_PATH, state, "sss", "loop0", "asleep", "");
    expect_unchanged(t, before);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback");
    TCase *tcase = bus_case(suite, "loopback");
    tcase_add_test(tcase, scripted_far_ends_do_what_they_are_called_for);
    tcase_add_test(tcase, declined_and_busy_are_told_to_the_caller);
    tcase_add_test(tcase, hold_and_swap);
    tcase_add_test(tcase, mute_is_proved_by_frames);
    tcase_add_test(tcase, a_device_is_chosen_of_those_that_there_are);
    tcase_add_test(tcase, held_ends_neither_speak_nor_hear);
    tcase_add_test(tcase, digits_reach_those_who_asked);
    tcase_add_test(tcase, digits_are_replaced_and_stopped);
    tcase_add_test(tcase, a_scripted_far_end_sends_and_repeats_digits);
    tcase_add_test(tcase, redirect_sends_an_offered_call_elsewhere);
    tcase_add_test(tcase, redirect_to_nowhere_ends_the_callers_call);
    tcase_add_test(tcase, the_bell_is_heard_by_all_who_have_the_line_open);
    tcase_add_test(tcase, debug_lets_a_call_come_in);
    return bus_main(suite);
}
