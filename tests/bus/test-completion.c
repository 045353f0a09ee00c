/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completions and their ids, found by network id; and forwards that lead nowhere. */
#include "tests/bus/util-calls.h"

#include <string.h>

/* Bob is busy with a call that nobody may break into; alice, who opened loop0 as owner, finds him so. */
typedef struct Busy {
    Client *alice, *bob, *carol;
    const char *bobs, *call;
} Busy;

static Busy busy_begin(void) {
    Busy b = {.alice = bus_client(t), .bob = bus_client(t), .carol = bus_client(t)};
    client_open(b.alice, "loop0", "owner");
    client_open(b.bob, "loop1", "owner");
    client_open(b.carol, "loop0", "monitor");
    b.bobs = client_connect(b.bob, "loop1", "answer?ring=0");
    client_call(b.bob, b.bobs, "Secure", "");
    b.call = client_dial(b.alice, "loop0", "101");
    await_state(b.alice, b.call, "busy");
    await_handle(b.carol);
    return b;
}

static const char *found(Client *client, const char *id) {
    return answer_text(client, client_call(client, CALLBUS_PATH, "FindByNetworkId", "ss", "completion-id", id));
}

/* ---- The id of a callback ---- */

START_TEST(a_callback_is_found_by_its_id) {
    Busy b = busy_begin();
    const char *id = client_complete_call(b.alice, b.call, "callback");
    ck_assert_str_eq(known_state(b.alice, b.call), "idle");
    ck_assert_str_eq(found(b.alice, id), "[]");
    client_drop(b.bob, b.bobs);
    const char *back = await_handle(b.alice), *seen = await_handle(b.carol);
    ck_assert_str_eq(get_string(b.alice, back, "State"), "offering");
    ck_assert_str_eq(get_string(b.alice, back, "Reason"), "call-completion");
    g_autofree char *own = g_strdup_printf("[\"%s\"]", back), *watched = g_strdup_printf("[\"%s\"]", seen);
    g_autofree char *ids = g_strdup_printf("{\"completion-id\": \"%s\"}", id);
    ck_assert_str_eq(get_text(b.alice, back, "NetworkIds"), ids);
    /* Each finds its own handle, or nothing. */
    ck_assert_str_eq(found(b.alice, id), own);
    ck_assert_str_eq(found(b.carol, id), watched);
    ck_assert_str_eq(found(b.bob, id), "[]");
    ck_assert_str_eq(answer_text(b.alice, client_call(b.alice, CALLBUS_PATH, "FindByNetworkId", "ss", "sip-call-id", id)), "[]");
    /* It dials on when it is answered. */
    client_call(b.alice, back, "Answer", "");
    const char *in = await_handle(b.bob);
    client_call(b.bob, in, "Answer", "");
    await_state(b.alice, back, "connected");
    /* Ended calls are found as long as they are there. */
    client_drop(b.alice, back);
    ck_assert_str_eq(found(b.alice, id), own);
    client_release(b.alice, back);
    ck_assert_str_eq(found(b.alice, id), "[]");
    ck_assert_str_eq(found(b.carol, id), watched);
}
END_TEST

/* Nobody is there yet who could be sent elsewhere. That is no matter of state: Features name it. */
START_TEST(a_callback_is_not_redirected) {
    Busy b = busy_begin();
    client_complete_call(b.alice, b.call, "callback");
    client_drop(b.bob, b.bobs);
    const char *back = await_handle(b.alice);
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    ck_assert(get_has(b.alice, back, "Features", "Redirect"));
    expect_error(b.alice, "TargetNotFound", back, "Redirect", "s", "102");
    expect_unchanged(t, before);
    client_call(b.alice, back, "SendUserUserInfo", "ay", 1, 1);
    client_call(b.alice, back, "Accept", "");
    client_drop(b.alice, back);
    client_barrier(b.bob);
    ck_assert(!client_has_new_handle(b.bob));
}
END_TEST

START_TEST(a_cancelled_completion_is_over) {
    static const char *const modes[] = {"callback", "camp-on", "message"};
    Busy b = busy_begin();
    const char *id = client_complete_call(b.alice, b.call, modes[_i]);
    /* Only on the line that it belongs to; whoever has that open. */
    expect_error(b.bob, "InvalidCompletion", LINE("loop1"), "CancelCompletion", "s", id);
    client_call(b.carol, LINE("loop0"), "CancelCompletion", "s", id);
    expect_error(b.carol, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", id);
    expect_error(b.alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", id);
    guint start = client_event_count(b.alice);
    client_drop(b.bob, b.bobs);
    bus_barrier(t);
    ck_assert_int_lt(signal_place(b.alice, start, NULL, "InterfacesAdded"), 0);
    client_barrier(b.bob);
    ck_assert(!client_has_new_handle(b.bob));
}
END_TEST

/* A completion that was carried out can't be cancelled any more. */
START_TEST(a_completion_that_came_true) {
    Busy b = busy_begin();
    const char *id = client_complete_call(b.alice, b.call, "camp-on");
    ck_assert_str_eq(known_state(b.alice, b.call), "proceeding");
    client_drop(b.bob, b.bobs);
    const char *in = await_handle(b.bob);
    await_state(b.alice, b.call, "ringback");
    client_call(b.bob, in, "Answer", "");
    await_state(b.alice, b.call, "connected");
    expect_error(b.alice, "InvalidCompletion", LINE("loop0"), "CancelCompletion", "s", id);
    expect_error(b.alice, "InvalidState", b.call, "CompleteCall", "s", "callback");
}
END_TEST

/* Nobody breaks into a secured call, nor is it told of the attempt. */
START_TEST(nobody_intrudes_into_a_secured_call) {
    Busy b = busy_begin();
    guint start = client_event_count(b.bob);
    ck_assert_ptr_nonnull(client_try(b.alice, b.call, "CompleteCall", "s", "intrude"));
    ck_assert_str_eq(get_string(b.alice, b.call, "State"), "busy");
    expect_no_signal_since(b.bob, start);
}
END_TEST

/* The one who waits is gone when its turn comes: nobody is called back, and nothing is left of it. */
START_TEST(the_one_who_waits_is_gone) {
    static const char *const modes[] = {"callback", "camp-on"};
    Busy b = busy_begin();
    client_complete_call(b.alice, b.call, modes[_i]);
    client_kill(b.alice);
    AWAIT(t, get_number(b.carol, LINE("loop0"), "Opens") == 1);
    client_drop(b.bob, b.bobs);
    bus_barrier(t);
    if (_i) {
        AWAIT(t, get_number(b.carol, LINE("loop0"), "ActiveCalls") == 0);
        client_barrier(b.bob);
        ck_assert(!client_has_new_handle(b.bob));
        return;
    }
    /* A callback belongs to the line: it rings there, for whoever takes it. */
    const char *back = await_handle(b.carol);
    ck_assert_str_eq(get_string(b.carol, back, "State"), "offering");
    ck_assert_uint_eq(get_number(b.carol, back, "Owners"), 0);
}
END_TEST

/* So many, and no more, until one is cancelled; other lines have their own. */
START_TEST(a_line_has_a_limit_of_completions) {
    enum { COMPLETIONS_MAX = 1024 };
    Busy b = busy_begin();
    client_close_line(b.carol, "loop0");
    const char *first = client_complete_call(b.alice, b.call, "callback");
    for (int i = 1; i < COMPLETIONS_MAX; i++) {
        const char *call = client_dial(b.alice, "loop0", "101");
        await_state(b.alice, call, "busy");
        client_complete_call(b.alice, call, "callback");
        client_release(b.alice, call);
    }
    const char *call = client_dial(b.alice, "loop0", "101");
    await_state(b.alice, call, "busy");
    expect_error(b.alice, DBUS_ERROR_LIMITS_EXCEEDED, call, "CompleteCall", "s", "callback");
    ck_assert_str_eq(get_string(b.alice, call, "State"), "busy");
    const char *elsewhere = client_dial(b.carol, "loop2", "101");
    await_state(b.carol, elsewhere, "busy");
    client_complete_call(b.carol, elsewhere, "callback");
    client_call(b.alice, LINE("loop0"), "CancelCompletion", "s", first);
    client_complete_call(b.alice, call, "callback");
}
END_TEST

/* ---- Forwards that lead nowhere ---- */

typedef struct Loop {
    const char *rules[3]; /* where loop0, loop1 and loop2 send all calls; NULL: nowhere */
    const char *from, *address;
} Loop;

static const Loop loops[] = {
    {{"101", "100", NULL}, "loop2", "100"},
    {{"101", "100", NULL}, "loop2", "101"},
    {{"101", "102", "100"}, "mute0", "100"},
    {{"101", "102", "100"}, "mute0", "102"},
    {{"101", "102", "101"}, "mute0", "100"},
};

START_TEST(a_loop_of_forwards_ends_the_call) {
    static const char *const conditions[] = {"uncond", "uncond-internal"};
    static const char *const lines[] = {LINE("loop0"), LINE("loop1"), LINE("loop2")};
    const Loop *loop = &loops[_i];
    Client *alice = bus_client(t), *bob = bus_client(t);
    for (size_t c = 0; c < G_N_ELEMENTS(conditions); c++) {
        for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
            client_call(bob, lines[i], "Open", "sasa{sv}", "owner", 0, 0);
            if (loop->rules[i])
                client_call(bob, lines[i], "Forward", "a(sssu)", 1, conditions[c], "", loop->rules[i], 0);
        }
        const char *out = client_dial(alice, loop->from, loop->address);
        await_state(alice, out, "disconnected");
        ck_assert_str_eq(get_string(alice, out, "DisconnectCause"), "unreachable");
        ck_assert_str_ne(get_string(alice, out, "ProviderCause"), "");
    }
    client_barrier(bob);
    ck_assert(!client_has_new_handle(bob));
}
END_TEST

/* A line whose calls go to the caller's own line: the caller is busy there, with this very call or not, but nobody waits. */
START_TEST(forwarded_back_to_the_caller) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "none");
    client_forward(bob, "loop1", 1, "uncond", "", "100", 0);
    const char *out = client_dial(alice, "loop0", "101");
    AWAIT(t, !g_str_equal(known_state(alice, out), "dialing") && !g_str_equal(known_state(alice, out), "proceeding"));
    client_drop(alice, out);
    ck_assert_str_eq(known_state(alice, out), "idle");
}
END_TEST

/* Redirected from line to line by hand, as often as one likes. */
START_TEST(redirected_round_and_round) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(bob, "loop2", "owner");
    const char *out = client_dial(alice, "loop0", "101");
    for (int i = 0; i < 20; i++) {
        const char *in = await_handle(bob);
        client_call(bob, in, "Redirect", "s", i % 2 ? "101" : "102");
        ck_assert_str_eq(known_state(bob, in), "idle");
        ck_assert_str_eq(get_string(bob, in, "DisconnectCause"), "forwarded");
    }
    client_call(bob, await_handle(bob), "Answer", "");
    await_state(alice, out, "connected");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("completion");
    TCase *tcase = bus_case(suite, "completions");
    tcase_add_test(tcase, a_callback_is_found_by_its_id);
    tcase_add_test(tcase, a_callback_is_not_redirected);
    tcase_add_loop_test(tcase, a_cancelled_completion_is_over, 0, 3);
    tcase_add_test(tcase, a_completion_that_came_true);
    tcase_add_test(tcase, nobody_intrudes_into_a_secured_call);
    tcase_add_loop_test(tcase, the_one_who_waits_is_gone, 0, 2);
    tcase_add_test(tcase, a_line_has_a_limit_of_completions);
    tcase = bus_case(suite, "forwards");
    tcase_add_loop_test(tcase, a_loop_of_forwards_ends_the_call, 0, G_N_ELEMENTS(loops));
    tcase_add_test(tcase, forwarded_back_to_the_caller);
    tcase_add_test(tcase, redirected_round_and_round);
    return bus_main(suite);
}
