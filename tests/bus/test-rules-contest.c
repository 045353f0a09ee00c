/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules 8, 12 and 16 where calls move: one call that many want, exactly one gets; and lines that go while calls are made on them,
 * or with all that belongs together on them.
 */
#include "tests/bus/util-maker.h"

#include <string.h>

enum { RIVALS = 8 };

static const char *error_of(Client *client, uint64_t request) {
    const sd_bus_error *error = sd_bus_message_get_error(client_await(client, request));
    if (!error)
        return NULL;
    return g_str_has_prefix(error->name, CALLBUS_ERROR_PREFIX) ? error->name + strlen(CALLBUS_ERROR_PREFIX) : error->name;
}

static bool is_one_of(const char *error, const char *const *errors) {
    return g_strv_contains(errors, error);
}

/* One that the service knows: the first word of a client waits until it does. */
static Client *known_client(void) {
    Client *client = bus_client(t);
    client_barrier(client);
    return client;
}

/* ---- Rule 8: one of many ---- */

/* Each of them asks at once; gives how many got it. The others are told that there is nothing any more. */
static int count_winners(Client *const *rivals, const uint64_t *requests) {
    static const char *const fair[] = {"TargetNotFound", "InvalidState", "Conflict", NULL};
    int winners = 0;
    for (int i = 0; i < RIVALS; i++) {
        const char *error = error_of(rivals[i], requests[i]);
        ck_assert_msg(!error || is_one_of(error, fair), "a rival was refused with %s", error);
        winners += !error;
    }
    return winners;
}

START_TEST(rule_08_one_of_many_gets_the_parked_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *rivals[RIVALS];
    uint64_t requests[RIVALS];
    client_open(bob, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", bob, "101");
    const char *place = client_park(alice, talk.caller, "");
    for (int i = 0; i < RIVALS; i++)
        rivals[i] = known_client();
    bus_freeze(t);
    for (int i = 0; i < RIVALS; i++) {
        requests[i] = client_send(rivals[i], i % 2 ? LINE("loop0") : LINE("loop2"), "Unpark", "s", place);
        client_reach_bus(rivals[i]);
    }
    bus_thaw(t);
    ck_assert_int_eq(count_winners(rivals, requests), 1);
    bus_barrier(t);
    ck_assert_str_eq(known_state(bob, talk.callee), "connected");
    for (int i = 0; i < RIVALS; i++)
        ck_assert_uint_le(known_alive_count(rivals[i]), 1);
}
END_TEST

/* The owner answers, others pick up; first or last, whoever comes first has it. */
START_TEST(rule_08_one_of_many_gets_the_ringing_call) {
    Client *alice = bus_client(t), *bob = bus_client(t), *rivals[RIVALS];
    uint64_t requests[RIVALS];
    client_open(bob, "loop1", "owner");
    rivals[0] = bob;
    for (int i = 1; i < RIVALS; i++)
        rivals[i] = known_client();
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    bus_freeze(t);
    for (int k = 0; k < RIVALS; k++) {
        int i = _i ? RIVALS - 1 - k : k;
        requests[i] = i == 0 ? client_send(bob, in, "Answer", "")
                             : client_send(rivals[i], LINE("loop2"), "Pickup", "ss", i % 2 ? "101" : "", "loop");
        client_reach_bus(rivals[i]);
    }
    bus_thaw(t);
    ck_assert_int_eq(count_winners(rivals, requests), 1);
    await_state(alice, out, "connected");
    ck_assert_str_eq(known_states(alice, out), "dialing ringback connected");
    bus_barrier(t);
    if (!g_str_equal(known_state(bob, in), "connected")) {
        ck_assert_str_eq(known_state(bob, in), "disconnected");
        ck_assert_str_eq(get_string(bob, in, "DisconnectCause"), "answered-elsewhere");
    }
}
END_TEST

/* Two owners of the same calls ask for different things. */
typedef struct Rivalry {
    const char *first, *second; /* methods */
} Rivalry;

static const Rivalry rivalries[] = {
    {"transfer", "transfer"},  {"transfer", "conference"}, {"conference", "transfer"}, {"conference", "conference"},
    {"transfer", "Drop"},      {"Drop", "transfer"},       {"conference", "Drop"},     {"Drop", "conference"},
    {"transfer", "Unhold"},    {"Unhold", "transfer"},     {"conference", "Unhold"},   {"Unhold", "conference"},
};

static uint64_t send_as(Client *client, const char *what, const char *call, const char *consultation) {
    if (g_str_equal(what, "Unhold"))
        return client_send(client, call, "Unhold", "");
    if (g_str_equal(what, "Drop"))
        return client_send(client, consultation, "Drop", "a{sv}", 0);
    return client_send(client, call, "CompleteTransfer", "os", consultation, what);
}

START_TEST(rule_08_two_owners_of_a_transfer) {
    static const char *const fair[] = {"InvalidState", "Conflict", NULL};
    const Rivalry *rivalry = &rivalries[_i];
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop1", "owner");
    Talk talk = talk_begin(alice, "loop0", carol, "101");
    const char *seen = await_handle(bob);
    const char *consultation = client_setup_transfer(alice, talk.caller, "answer?ring=0"), *consulted = await_handle(bob);
    await_state(alice, consultation, "connected");
    await_state(bob, consulted, "connected");
    client_call(bob, seen, "SetPrivilege", "s", "owner");
    client_call(bob, consulted, "SetPrivilege", "s", "owner");
    bus_freeze(t);
    uint64_t first = send_as(alice, rivalry->first, talk.caller, consultation);
    client_reach_bus(alice);
    uint64_t second = send_as(bob, rivalry->second, seen, consulted);
    client_reach_bus(bob);
    bus_thaw(t);
    client_await_success(alice, first);
    const char *error = error_of(bob, second);
    ck_assert_msg(!error || is_one_of(error, fair), "%s after %s: %s", rivalry->second, rivalry->first, error);
    /* The far end was not lost on the way. */
    bus_barrier(t);
    ck_assert_str_eq(known_state(carol, talk.callee), "connected");
    client_drop(carol, talk.callee);
    for (int i = 0; i < 2; i++) {
        const char *path = i ? consulted : seen;
        if (!g_str_equal(known_state(bob, path), "idle"))
            client_try(bob, path, "Drop", "a{sv}", 0);
    }
}
END_TEST

/* The caller gives up while another takes the call over. */
START_TEST(rule_16_the_caller_gives_up_during_a_pickup) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = known_client();
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    bus_freeze(t);
    uint64_t drop = 0, pickup = 0;
    for (int k = 0; k < 2; k++) {
        if (k == _i) {
            drop = client_send(alice, out, "Drop", "a{sv}", 0);
            client_reach_bus(alice);
        } else {
            pickup = client_send(carol, LINE("loop2"), "Pickup", "ss", "101", "");
            client_reach_bus(carol);
        }
    }
    bus_thaw(t);
    client_await_success(alice, drop);
    const char *error = error_of(carol, pickup);
    ck_assert_int_eq(error != NULL, _i == 0);
    await_state(bob, in, "disconnected");
    bus_barrier(t);
    if (!error)
        await_state(carol, await_handle(carol), "disconnected");
    ck_assert_uint_eq(get_number(alice, CALLBUS_PATH, "InCall"), 0);
}
END_TEST

/* ---- Rules 12 and 16: the line goes ---- */

static const char *const line_ends[] = {"out-of-service", "removed"};

/* The request is at the service when the line goes, before it or after: one answer, and nothing is left. */
static void go_meanwhile(const Maker *maker, const char *state, bool before) {
    static const char *const fair[] = {"LineOutOfService", "InvalidState", "ProviderFailed", DBUS_ERROR_UNKNOWN_OBJECT,
                                       "TargetNotFound", NULL};
    Stage stage = stage_begin();
    Client *admin = known_client();
    client_barrier(stage.maker);
    maker->prepare(&stage);
    bus_freeze(t);
    uint64_t gone = 0, request = before ? 0 : maker->send(&stage);
    if (!before)
        client_reach_bus(stage.maker);
    gone = client_send(admin, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss", "loop0", state, "");
    client_reach_bus(admin);
    if (before)
        request = maker->send(&stage);
    client_reach_bus(stage.maker);
    bus_thaw(t);
    client_await_success(admin, gone);
    const char *error = error_of(stage.maker, request);
    ck_assert_msg(!error || is_one_of(error, fair), "%s while the line goes %s: %s", maker->name, state, error);
    ck_assert_msg(error || !before, "%s worked on a line that was gone", maker->name);
    bus_barrier(t);
    if (g_str_equal(state, "removed")) {
        ck_assert_uint_eq(known_alive_count(stage.watcher), 0);
        ck_assert_uint_eq(known_alive_count(stage.maker), 0);
    } else {
        AWAIT(t, get_number(stage.watcher, LINE("loop0"), "ActiveCalls") == 0);
        ck_assert_uint_eq(get_number(stage.watcher, LINE("loop0"), "HeldCalls"), 0);
    }
}

START_TEST(rule_16_a_line_that_goes_while_a_call_is_made) {
    go_meanwhile(&makers[_i], line_ends[0], /* before= */ false);
}
END_TEST

START_TEST(rule_16_a_line_that_is_removed_while_a_call_is_made) {
    go_meanwhile(&makers[_i], line_ends[1], /* before= */ false);
}
END_TEST

START_TEST(rule_16_a_line_that_is_gone_when_a_call_is_made) {
    go_meanwhile(&makers[_i], line_ends[0], /* before= */ true);
}
END_TEST

/* Everything that calls can be together, on one line, and its far ends on another. */
typedef struct Everything {
    Client *alice, *bob, *carol; /* the owner, those at the far ends, who watches */
    const char *paths[12];
    guint n;
    const char *far[4];
    guint n_far;
} Everything;

static void add_path(Everything *e, const char *path) {
    e->paths[e->n++] = path;
}

static Talk add_talk(Everything *e) {
    Talk talk = talk_begin(e->alice, "loop0", e->bob, "101");
    add_path(e, talk.caller);
    e->far[e->n_far++] = talk.callee;
    return talk;
}

static Everything everything(void) {
    Everything e = {.alice = bus_client(t), .bob = bus_client(t), .carol = bus_client(t)};
    client_open(e.alice, "loop0", "owner");
    client_open(e.bob, "loop1", "owner");
    client_open(e.carol, "loop0", "monitor");
    Talk talk = add_talk(&e);
    add_path(&e, client_setup_transfer(e.alice, talk.caller, "no-answer?ring=60m"));
    talk = add_talk(&e);
    Conference conference = client_setup_conference(e.alice, talk.caller, "answer?ring=0");
    await_state(e.alice, conference.consultation, "connected");
    client_add(e.alice, conference.path, conference.consultation);
    add_path(&e, conference.path);
    add_path(&e, conference.consultation);
    add_path(&e, client_prepare_add(e.alice, conference.path, ""));
    talk = add_talk(&e);
    client_call(e.alice, talk.caller, "Hold", "");
    client_dial(e.bob, "loop1", "100");
    add_path(&e, await_handle(e.alice));
    bus_barrier(t);
    ck_assert_uint_eq(known_alive_count(e.carol), e.n);
    return e;
}

START_TEST(rule_12_a_line_goes_out_of_service_with_all_that_is_on_it) {
    Everything e = everything();
    client_set_line_state(e.carol, "loop0", "out-of-service", "");
    for (guint i = 0; i < e.n; i++) {
        AWAIT(t, !strcmp(known_state(e.alice, e.paths[i]), "idle") || !strcmp(known_state(e.alice, e.paths[i]), "disconnected"));
        bool conference = g_str_equal(get_string(e.alice, e.paths[i], "Origin"), "conference");
        ck_assert_str_eq(known_state(e.alice, e.paths[i]), conference ? "idle" : "disconnected");
        if (!conference)
            ck_assert_str_eq(get_string(e.alice, e.paths[i], "DisconnectCause"), "provider-failed");
    }
    for (guint i = 0; i < e.n_far; i++)
        await_state(e.bob, e.far[i], "disconnected");
    ck_assert_uint_eq(get_number(e.carol, LINE("loop0"), "ActiveCalls") + get_number(e.carol, LINE("loop0"), "HeldCalls"), 0);
    client_set_line_state(e.carol, "loop0", "in-service", "");
    client_connect(e.alice, "loop0", "answer?ring=0");
}
END_TEST

START_TEST(rule_12_a_line_is_removed_with_all_that_is_on_it) {
    Everything e = everything();
    client_set_line_state(e.bob, "loop0", "removed", "unplugged");
    for (guint i = 0; i < e.n; i++) {
        await_removed(e.alice, e.paths[i]);
        expect_error(e.alice, DBUS_ERROR_UNKNOWN_OBJECT, e.paths[i], "Drop", "a{sv}", 0);
    }
    client_barrier(e.carol);
    ck_assert_uint_eq(known_alive_count(e.carol), 0);
    for (guint i = 0; i < e.n_far; i++)
        await_state(e.bob, e.far[i], "disconnected");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-contest");
    TCase *tcase = bus_case(suite, "rule 8");
    tcase_add_test(tcase, rule_08_one_of_many_gets_the_parked_call);
    tcase_add_loop_test(tcase, rule_08_one_of_many_gets_the_ringing_call, 0, 2);
    tcase_add_loop_test(tcase, rule_08_two_owners_of_a_transfer, 0, G_N_ELEMENTS(rivalries));
    tcase_add_loop_test(tcase, rule_16_the_caller_gives_up_during_a_pickup, 0, 2);
    tcase = bus_case(suite, "rules 12, 16");
    tcase_add_loop_test(tcase, rule_16_a_line_that_goes_while_a_call_is_made, 0, (int) maker_count);
    tcase_add_loop_test(tcase, rule_16_a_line_that_is_removed_while_a_call_is_made, 0, (int) maker_count);
    tcase_add_loop_test(tcase, rule_16_a_line_that_is_gone_when_a_call_is_made, 0, (int) maker_count);
    tcase_add_test(tcase, rule_12_a_line_goes_out_of_service_with_all_that_is_on_it);
    tcase_add_test(tcase, rule_12_a_line_is_removed_with_all_that_is_on_it);
    return bus_main(suite);
}
