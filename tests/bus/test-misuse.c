/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Misuse, a row for each: the error that is documented for it, and nothing changed anywhere. What is refused in a wrong
 * state, or for want of a privilege, is gone through in rules-refusal for every method.
 */
#include "tests/bus/util-calls.h"

#include <string.h>

/* Calls of alice's on loop0, and others, in all that can be made of them at once. */
typedef struct World {
    Client *alice; /* owner of all of these */
    Client *bob;   /* monitor of them, who could own them */
    Client *carol; /* a stranger, with a call of her own */
    const char *pending, *consultation;  /* a transfer that is being set up */
    const char *tone;                    /* a consultation without address */
    const char *connected, *held, *busy, *offering, *disconnected, *idle;
    const char *conference, *participant; /* that is connected */
    const char *waiting, *added;          /* another one, that waits for its next */
    const char *elsewhere;                /* connected, on loop1 */
    const char *carols;
    const char *bobs_pending, *bobs_consultation, *bobs_waiting; /* bob's handles */
} World;

/* Bob's handle of what alice has just made; it is his next. */
static const char *of_bob(const World *w) {
    return await_handle(w->bob);
}

static void make_transfers(World *w) {
    const char *also = client_connect(w->alice, "loop0", "answer?ring=0");
    of_bob(w);
    w->tone = client_setup_transfer(w->alice, also, "");
    of_bob(w);
    w->pending = client_connect(w->alice, "loop0", "answer?ring=0");
    w->bobs_pending = of_bob(w);
    w->consultation = client_setup_transfer(w->alice, w->pending, "answer?ring=0");
    w->bobs_consultation = of_bob(w);
    await_state(w->alice, w->consultation, "connected");
}

static void make_conferences(World *w) {
    Party party = party_begin(w->alice, "loop0", "answer?ring=0", "answer?ring=0");
    w->conference = party.conference;
    w->participant = party.first;
    for (int i = 0; i < 3; i++)
        of_bob(w);
    party = party_begin(w->alice, "loop0", "answer?ring=0", "answer?ring=0");
    w->waiting = party.conference;
    of_bob(w);
    w->bobs_waiting = of_bob(w);
    of_bob(w);
    w->added = client_prepare_add(w->alice, w->waiting, "answer?ring=0");
    of_bob(w);
    await_state(w->alice, w->added, "connected");
}

static void make_calls(World *w) {
    w->connected = client_connect(w->alice, "loop0", "answer?ring=0");
    w->held = client_connect(w->alice, "loop0", "answer?ring=0");
    client_call(w->alice, w->held, "Hold", "");
    w->busy = client_dial(w->alice, "loop0", "busy");
    await_state(w->alice, w->busy, "busy");
    w->disconnected = client_dial(w->alice, "loop0", "reject");
    await_state(w->alice, w->disconnected, "disconnected");
    w->idle = client_dial(w->alice, "loop0", "busy");
    client_drop(w->alice, w->idle);
    w->elsewhere = client_connect(w->alice, "loop1", "answer?ring=0");
    w->carols = client_connect(w->carol, "loop0", "answer?ring=0");
    client_dial(w->carol, "loop2", "100");
    w->offering = await_handle(w->alice);
}

static World world_begin(void) {
    World w = {.alice = bus_client(t), .bob = bus_client(t), .carol = bus_client(t)};
    client_open(w.alice, "loop0", "owner");
    client_open(w.bob, "loop0", "owner+monitor");
    make_transfers(&w);
    make_conferences(&w);
    make_calls(&w);
    client_call(w.bob, w.bobs_pending, "SetPrivilege", "s", "owner");
    client_call(w.bob, w.bobs_waiting, "SetPrivilege", "s", "owner");
    ck_assert_str_eq(get_string(w.alice, w.waiting, "State"), "on-hold-pending-conference");
    ck_assert_str_eq(get_string(w.bob, w.bobs_waiting, "State"), "on-hold-pending-conference");
    bus_barrier(t);
    return w;
}

/* One row: what is wrong, and the error that it gives. */
static void row(const char *misuse, const char *error, Client *client, const char *path, const char *member,
                const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    sd_bus_message *answer = client_await(client, client_sendv(client, path, member, types, arguments));
    va_end(arguments);
    const sd_bus_error *got = sd_bus_message_get_error(answer);
    g_autofree char *full = strchr(error, '.') ? g_strdup(error) : g_strconcat(CALLBUS_ERROR_PREFIX, error, NULL);
    ck_assert_msg(got && g_str_equal(got->name, full), "%s: %s gives %s, not %s", misuse, member,
                  got ? got->name : "success", full);
    ck_assert_msg(got->message && strlen(got->message) > 10, "%s: the error does not say what was wrong", misuse);
}

#define INVENTED CALLBUS_CLIENT_PATH "/1_9999/call/1_1"

/* ---- Handles as arguments ---- */

START_TEST(a_consultation_that_is_none) {
    World w = world_begin();
    g_autofree char *before = bus_snapshot(t);
    const struct {
        const char *misuse, *error, *path;
    } rows[] = {
        {"a consultation of another line", "InvalidState", w.elsewhere},
        {"a consultation of another client", DBUS_ERROR_UNKNOWN_OBJECT, w.carols},
        {"the same call seen by another client", DBUS_ERROR_UNKNOWN_OBJECT, w.bobs_consultation},
        {"a consultation that was never made", DBUS_ERROR_UNKNOWN_OBJECT, INVENTED},
        {"a line as consultation", DBUS_ERROR_UNKNOWN_OBJECT, LINE("loop0")},
        {"no consultation", DBUS_ERROR_UNKNOWN_OBJECT, "/"},
        {"a consultation that the far end has left", "InvalidState", w.disconnected},
        {"a consultation that is over", "InvalidState", w.idle},
        {"the call itself", "InvalidState", w.pending},
        {"a consultation on hold", "InvalidState", w.held},
        {"a consultation that nobody was dialled for", "InvalidState", w.tone},
        {"an offered call as consultation", "InvalidState", w.offering},
        {"a conference as consultation", "InvalidState", w.conference},
        {"a participant as consultation", "InvalidState", w.participant},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        row(rows[i].misuse, rows[i].error, w.alice, w.pending, "CompleteTransfer", "os", rows[i].path, "transfer");
        row(rows[i].misuse, rows[i].error, w.alice, w.pending, "CompleteTransfer", "os", rows[i].path, "conference");
        row("no known mode", DBUS_ERROR_INVALID_ARGS, w.alice, w.pending, "CompleteTransfer", "os", rows[i].path, "join");
    }
    row("a busy consultation in a conference", "InvalidState", w.alice, w.pending, "CompleteTransfer", "os", w.busy,
        "conference");
    row("a consultation that one only watches", "NotOwner", w.bob, w.bobs_pending, "CompleteTransfer", "os",
        w.bobs_consultation, "transfer");
    row("a call that is connected", "InvalidState", w.alice, w.connected, "CompleteTransfer", "os", w.consultation, "transfer");
    row("a conference that is transferred", "InvalidState", w.alice, w.waiting, "CompleteTransfer", "os", w.added, "transfer");
    row("a participant that is transferred", "InvalidState", w.alice, w.participant, "CompleteTransfer", "os", w.consultation,
        "transfer");
    expect_unchanged(t, before);
}
END_TEST

START_TEST(a_consultation_that_is_used_up) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop0", "monitor");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    const char *consultation = client_setup_transfer(alice, call, "answer?ring=0");
    await_state(alice, consultation, "connected");
    client_complete_transfer(alice, call, consultation);
    const char *next = client_connect(alice, "loop0", "answer?ring=0");
    client_setup_transfer(alice, next, "answer?ring=0");
    bus_barrier(t);
    row("a transfer that was done", "InvalidState", alice, call, "CompleteTransfer", "os", consultation, "transfer");
    row("a consultation that was used", "InvalidState", alice, next, "CompleteTransfer", "os", consultation, "transfer");
    row("a call that was transferred", "InvalidState", alice, next, "CompleteTransfer", "os", call, "conference");
    client_release(alice, consultation);
    row("a consultation that was released", DBUS_ERROR_UNKNOWN_OBJECT, alice, next, "CompleteTransfer", "os", consultation,
        "transfer");
}
END_TEST

START_TEST(a_call_that_cannot_join) {
    World w = world_begin();
    g_autofree char *before = bus_snapshot(t);
    const struct {
        const char *misuse, *error, *path;
    } rows[] = {
        {"a conference into itself", "InvalidState", w.waiting},
        {"a conference into another", "InvalidState", w.conference},
        {"a participant of another conference", "InvalidState", w.participant},
        {"a call of another line", "InvalidState", w.elsewhere},
        {"a call of another client", DBUS_ERROR_UNKNOWN_OBJECT, w.carols},
        {"a call that was never made", DBUS_ERROR_UNKNOWN_OBJECT, INVENTED},
        {"a line", DBUS_ERROR_UNKNOWN_OBJECT, LINE("loop0")},
        {"no call", DBUS_ERROR_UNKNOWN_OBJECT, "/"},
        {"a call that is busy", "InvalidState", w.busy},
        {"a call that was not dialled", "InvalidState", w.tone},
        {"a call that is offered", "InvalidState", w.offering},
        {"a call that waits for a transfer", "InvalidState", w.pending},
        {"a call that the far end has left", "InvalidState", w.disconnected},
        {"a call that is over", "InvalidState", w.idle},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        row(rows[i].misuse, rows[i].error, w.alice, w.waiting, "AddToConference", "o", rows[i].path);
    row("a call that one only watches", "NotOwner", w.bob, w.bobs_waiting, "AddToConference", "o", w.bobs_consultation);
    row("into an ordinary call", "NotConference", w.alice, w.held, "AddToConference", "o", w.connected);
    row("into a participant", "NotConference", w.alice, w.participant, "AddToConference", "o", w.connected);
    row("into a conference that talks", "InvalidState", w.alice, w.conference, "AddToConference", "o", w.connected);
    row("a conference's participant for an ordinary call", "NotConference", w.alice, w.connected, "PrepareAddToConference",
        "sa{sv}", "102", 0);
    row("a participant's participant", "NotConference", w.alice, w.participant, "PrepareAddToConference", "sa{sv}", "102", 0);
    row("the next before this one has joined", "InvalidState", w.alice, w.waiting, "PrepareAddToConference", "sa{sv}", "102", 0);
    expect_unchanged(t, before);
}
END_TEST

START_TEST(a_call_of_the_wrong_kind) {
    World w = world_begin();
    g_autofree char *before = bus_snapshot(t);
    row("the conference of a call in none", "NoConference", w.alice, w.connected, "GetConferenceCalls", "");
    row("the conference of a consultation", "NoConference", w.alice, w.added, "GetConferenceCalls", "");
    row("a monitor asks for it", "NoConference", w.bob, w.bobs_consultation, "GetConferenceCalls", "");
    row("removing what is in none", "InvalidState", w.alice, w.connected, "RemoveFromConference", "");
    row("removing a consultation", "InvalidState", w.alice, w.added, "RemoveFromConference", "");
    row("removing the conference", "InvalidState", w.alice, w.conference, "RemoveFromConference", "");
    const char *const paths[] = {w.conference, w.participant};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        row("blind transfer", "InvalidState", w.alice, paths[i], "BlindTransfer", "s", "102");
        row("transfer", "InvalidState", w.alice, paths[i], "SetupTransfer", "sa{sv}", "102", 0);
        row("a conference of it", "InvalidState", w.alice, paths[i], "SetupConference", "sa{sv}", "102", 0);
        row("parking", "InvalidState", w.alice, paths[i], "Park", "s", "");
        row("a completion", "InvalidState", w.alice, paths[i], "CompleteCall", "s", "callback");
        row("dialling on", "InvalidState", w.alice, paths[i], "DialDigits", "s", "1");
    }
    row("holding a participant", "InvalidState", w.alice, w.participant, "Hold", "");
    row("swapping with a participant", "InvalidState", w.alice, w.connected, "SwapHold", "o", w.participant);
    row("swapping with a line", DBUS_ERROR_UNKNOWN_OBJECT, w.alice, w.connected, "SwapHold", "o", LINE("loop0"));
    row("swapping with a connected call", "InvalidState", w.alice, w.connected, "SwapHold", "o", w.consultation);
    row("swapping over two lines", "InvalidState", w.alice, w.elsewhere, "SwapHold", "o", w.held);
    expect_unchanged(t, before);
}
END_TEST

/* ---- Oneself as target ---- */

START_TEST(to_oneself) {
    static const char *const own[] = {"100", "tel:100", "1-0-0", " 100 "};
    World w = world_begin();
    client_open(w.carol, "loop0", "owner");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        row("transfer to oneself", "InvalidAddress", w.alice, w.connected, "BlindTransfer", "s", own[i]);
        row("consulting oneself", "InvalidAddress", w.alice, w.connected, "SetupTransfer", "sa{sv}", own[i], 0);
        row("conferring with oneself", "InvalidAddress", w.alice, w.connected, "SetupConference", "sa{sv}", own[i], 0);
        row("adding oneself", "InvalidAddress", w.alice, w.conference, "PrepareAddToConference", "sa{sv}", own[i], 0);
        row("a line's conference with itself", "InvalidAddress", w.alice, LINE("loop0"), "SetupConference", "a{sv}", 1,
            "address", "s", own[i]);
        row("forwarding to oneself", "InvalidAddress", w.alice, LINE("loop0"), "Forward", "a(sssu)", 1, "uncond", "", own[i], 0);
        row("the second rule to oneself", "InvalidAddress", w.alice, LINE("loop0"), "Forward", "a(sssu)", 2, "busy", "", "101",
            0, "no-answ", "", own[i], 3);
    }
    expect_unchanged(t, before);
}
END_TEST

/* The far end is sent to itself, and is busy there: the call is over, and nobody waits for ever. */
START_TEST(the_far_end_to_itself) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    client_blind_transfer(alice, talk.caller, "101");
    ck_assert_str_eq(known_state(alice, talk.caller), "idle");
    await_state(bob, talk.callee, "disconnected");
    ck_assert_str_eq(get_string(bob, talk.callee, "DisconnectCause"), "busy");
}
END_TEST

/* ---- Values ---- */

START_TEST(words_that_do_not_exist) {
    World w = world_begin();
    client_open(w.carol, "loop0", "owner");
    g_autofree char *before = bus_snapshot(t);
    row("a way to complete", DBUS_ERROR_INVALID_ARGS, w.alice, w.busy, "CompleteCall", "s", "call-back");
    row("no way to complete", DBUS_ERROR_INVALID_ARGS, w.alice, w.busy, "CompleteCall", "s", "");
    row("a tone", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "SendTone", "su", "music", 100);
    row("a media mode", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "SetMediaMode", "s", "Video");
    row("a terminator", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "GatherDigits", "usuu", 3, "12x", 0, 0);
    row("a digit to send", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "SendDigits", "sa{sv}", "1e", 0);
    row("a digit to dial", DBUS_ERROR_INVALID_ARGS, w.alice, w.tone, "DialDigits", "s", "12a");
    row("a service code", "NotSupported", w.alice, w.tone, "DialDigits", "s", "#31#");
    row("a privilege of a call", "InvalidPrivilege", w.bob, w.bobs_consultation, "SetPrivilege", "s", "owner+monitor");
    row("a privilege of a line", "InvalidPrivilege", w.alice, LINE("loop0"), "Open", "sasa{sv}", "master", 0, 0);
    row("a media mode to open for", DBUS_ERROR_INVALID_ARGS, w.alice, LINE("loop0"), "Open", "sasa{sv}", "owner", 1, "smoke", 0);
    row("what to do without owner", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "SetOnOwnerLost", "s", "park");
    row("a condition", DBUS_ERROR_INVALID_ARGS, w.alice, LINE("loop0"), "Forward", "a(sssu)", 1, "always", "", "101", 0);
    row("a filter for all", DBUS_ERROR_INVALID_ARGS, w.alice, LINE("loop0"), "Forward", "a(sssu)", 1, "uncond", "102", "101", 0);
    row("no filter for some", DBUS_ERROR_INVALID_ARGS, w.alice, LINE("loop0"), "Forward", "a(sssu)", 1, "busy-specific", "",
        "101", 0);
    row("a completion that is none", "InvalidCompletion", w.alice, LINE("loop0"), "CancelCompletion", "s", "4711");
    row("no completion", "InvalidCompletion", w.alice, LINE("loop0"), "CancelCompletion", "s", "");
    row("nobody rings there", "TargetNotFound", w.alice, LINE("loop0"), "Pickup", "ss", "102", "");
    row("a group that is none", "TargetNotFound", w.alice, LINE("loop0"), "Pickup", "ss", "", "no-such-group");
    row("nobody is parked there", "TargetNotFound", w.alice, LINE("loop0"), "Unpark", "s", "4711");
    row("unparking from nowhere", "InvalidAddress", w.alice, LINE("loop0"), "Unpark", "s", "");
    row("a transfer to nobody", "InvalidAddress", w.alice, w.connected, "BlindTransfer", "s", "");
    row("a transfer to a service code", "NotSupported", w.alice, w.connected, "BlindTransfer", "s", "*21#");
    row("consulting a service code", "NotSupported", w.alice, w.connected, "SetupTransfer", "sa{sv}", "*21#", 0);
    row("a token for a consultation", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "SetupTransfer", "sa{sv}", "102", 1,
        "token", "s", "x");
    row("an address twice", DBUS_ERROR_INVALID_ARGS, w.alice, w.connected, "SetupConference", "sa{sv}", "102", 1, "address",
        "s", "102");
    expect_unchanged(t, before);
}
END_TEST

START_TEST(a_line_that_is_none) {
    Client *alice = bus_client(t);
    client_set_line_state(alice, "loop2", "removed", "gone");
    const char *const paths[] = {LINE("loop9"), LINE("loop2")};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        row("a conference on it", DBUS_ERROR_UNKNOWN_OBJECT, alice, paths[i], "SetupConference", "a{sv}", 0);
        row("a pickup", DBUS_ERROR_UNKNOWN_OBJECT, alice, paths[i], "Pickup", "ss", "101", "");
        row("an unpark", DBUS_ERROR_UNKNOWN_OBJECT, alice, paths[i], "Unpark", "s", "101");
        row("a rule", DBUS_ERROR_UNKNOWN_OBJECT, alice, paths[i], "Forward", "a(sssu)", 0);
        row("a completion", DBUS_ERROR_UNKNOWN_OBJECT, alice, paths[i], "CancelCompletion", "s", "x");
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("misuse");
    TCase *tcase = bus_case(suite, "misuse");
    tcase_add_test(tcase, a_consultation_that_is_none);
    tcase_add_test(tcase, a_consultation_that_is_used_up);
    tcase_add_test(tcase, a_call_that_cannot_join);
    tcase_add_test(tcase, a_call_of_the_wrong_kind);
    tcase_add_test(tcase, to_oneself);
    tcase_add_test(tcase, the_far_end_to_itself);
    tcase_add_test(tcase, words_that_do_not_exist);
    tcase_add_test(tcase, a_line_that_is_none);
    return bus_main(suite);
}
