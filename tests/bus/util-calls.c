/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests that make calls or bring them together. */
#include "tests/bus/util-calls.h"

#include <string.h>

#include "tests/bus/util-internal.h"

/* ---- Answers that give handles ---- */

static const char *keep(Client *client, const char *text) {
    return bus_keep_text(client->bus, g_strdup(text));
}

/* A handle that was just given, once it is announced. */
static const char *take(Client *client, const char *path) {
    const char *handle = keep(client, path);
    AWAIT(client->bus, known_alive(client, handle));
    shadow_find(client, handle)->awaited = true;
    return handle;
}

static const char *read_handle(Client *client, sd_bus_message *answer) {
    const char *path;
    CHECK(sd_bus_message_read(answer, "o", &path) > 0);
    return take(client, path);
}

static Conference read_conference(Client *client, sd_bus_message *answer) {
    const char *path, *consultation;
    CHECK(sd_bus_message_read(answer, "oo", &path, &consultation) > 0);
    path = keep(client, path);
    consultation = keep(client, consultation);
    return (Conference){take(client, path), take(client, consultation)};
}

static const char *read_text(Client *client, sd_bus_message *answer) {
    const char *text;
    CHECK(sd_bus_message_read(answer, "s", &text) > 0);
    return keep(client, text);
}

static const char *on_line(Client *client, const char *line) {
    return bus_keep_text(client->bus, g_strconcat(CALLBUS_LINE_PATH "/", line, NULL));
}

/* ---- Calls ---- */

const char *client_connect(Client *client, const char *line, const char *address) {
    const char *call = client_dial(client, line, address);
    await_state(client, call, "connected");
    return call;
}

Talk talk_begin(Client *alice, const char *line, Client *bob, const char *address) {
    Talk talk = {.caller = client_dial(alice, line, address), .callee = await_handle(bob)};
    client_call(bob, talk.callee, "Answer", "");
    await_state(alice, talk.caller, "connected");
    return talk;
}

/* ---- Transfer ---- */

void client_blind_transfer(Client *client, const char *call, const char *address) {
    client_call(client, call, "BlindTransfer", "s", address);
}

const char *client_setup_transfer(Client *client, const char *call, const char *address) {
    return read_handle(client, client_call(client, call, "SetupTransfer", "sa{sv}", address, 0));
}

void client_complete_transfer(Client *client, const char *call, const char *consultation) {
    const char *none;
    sd_bus_message *answer = client_call(client, call, "CompleteTransfer", "os", consultation, "transfer");
    CHECK(sd_bus_message_read(answer, "o", &none) > 0);
    ck_assert_str_eq(none, "/");
}

const char *client_complete_as_conference(Client *client, const char *call, const char *consultation) {
    sd_bus_message *answer = client_call(client, call, "CompleteTransfer", "os", consultation, "conference");
    return read_handle(client, answer);
}

/* ---- Conference ---- */

Conference client_setup_conference(Client *client, const char *call, const char *address) {
    return read_conference(client, client_call(client, call, "SetupConference", "sa{sv}", address, 0));
}

Conference client_line_setup_conference(Client *client, const char *line, const char *address) {
    const char *path = on_line(client, line);
    return read_conference(client,
                           client_call(client, path, "SetupConference", "a{sv}", 1, "address", "s", address));
}

const char *client_prepare_add(Client *client, const char *conference, const char *address) {
    sd_bus_message *answer = client_call(client, conference, "PrepareAddToConference", "sa{sv}", address, 0);
    return read_handle(client, answer);
}

void client_add(Client *client, const char *conference, const char *call) {
    client_call(client, conference, "AddToConference", "o", call);
}

void client_remove(Client *client, const char *call) {
    client_call(client, call, "RemoveFromConference", "");
}

const char *const *client_conference_calls(Client *client, const char *path) {
    sd_bus_message *answer = client_call(client, path, "GetConferenceCalls", "");
    GPtrArray *paths = g_ptr_array_new();
    const char *handle;
    CHECK(sd_bus_message_enter_container(answer, 'a', "o") > 0);
    while (sd_bus_message_read_basic(answer, 'o', &handle) > 0)
        g_ptr_array_add(paths, (void *) keep(client, handle));
    for (guint i = 0; i < paths->len; i++)
        take(client, g_ptr_array_index(paths, i));
    g_ptr_array_add(paths, NULL);
    return (const char *const *) bus_keep_text(client->bus, (char *) g_ptr_array_free(paths, FALSE));
}

Party party_begin(Client *client, const char *line, const char *first, const char *second) {
    const char *call = client_connect(client, line, first);
    Conference conference = client_setup_conference(client, call, second);
    await_state(client, conference.consultation, "connected");
    client_add(client, conference.path, conference.consultation);
    return (Party){conference.path, call, conference.consultation};
}

/* ---- Park, pick up, complete ---- */

const char *client_park(Client *client, const char *call, const char *address) {
    return read_text(client, client_call(client, call, "Park", "s", address));
}

const char *client_unpark(Client *client, const char *line, const char *address) {
    return read_handle(client, client_call(client, on_line(client, line), "Unpark", "s", address));
}

const char *client_pickup(Client *client, const char *line, const char *address, const char *group) {
    return read_handle(client, client_call(client, on_line(client, line), "Pickup", "ss", address, group));
}

const char *client_complete_call(Client *client, const char *call, const char *mode) {
    return read_text(client, client_call(client, call, "CompleteCall", "s", mode));
}

/* ---- Digits ---- */

void client_dial_digits(Client *client, const char *call, const char *digits) {
    client_call(client, call, "DialDigits", "s", digits);
}

void client_gather(Client *client, const char *call, unsigned max, const char *terminators, unsigned first_ms,
                   unsigned inter_ms) {
    client_call(client, call, "GatherDigits", "usuu", max, terminators, first_ms, inter_ms);
}

const char *await_gathered(Client *client, const char *call) {
    const char *digits, *reason;
    CHECK(sd_bus_message_read(await_signal(client, call, "DigitsGathered"), "ss", &digits, &reason) > 0);
    return bus_keep_text(client->bus, g_strconcat(digits, " ", reason, NULL));
}

const char *await_digits_sent(Client *client, const char *call) {
    return read_text(client, await_signal(client, call, "DigitsSent"));
}

const char *await_tone_sent(Client *client, const char *call) {
    return read_text(client, await_signal(client, call, "ToneSent"));
}
