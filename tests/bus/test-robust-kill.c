/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client process killed in every state of a call, in every role: what rules 9 to 11 leave for the others. */
#include "tests/bus/util-robust.h"

#include <string.h>

typedef enum Role {
    SOLE_OWNER,
    CO_OWNER,
    MONITOR,
    ROLES,
} Role;

/* How a call on loop1 gets into a state and stays there. */
typedef struct Way {
    const char *state, *address; /* address NULL: it comes in */
    const char *then;            /* what its owner does once it is "connected" (or "offering", if it comes in) */
} Way;

static const Way ways[] = {
    {"proceeding", "busy?ring=60m", NULL},
    {"ringback", "no-answer?ring=60m", NULL},
    {"busy", "busy", NULL},
    {"connected", "answer?ring=0", NULL},
    {"on-hold", "answer?ring=0", "Hold"},
    {"disconnected", "reject", NULL},
    {"idle", "answer?ring=0", "Drop"},
    {"offering", NULL, NULL},
    {"accepted", NULL, "Accept"},
    {"connected", NULL, "Answer"},
};

static bool is_ringing(const Way *way) {
    return g_str_equal(way->state, "offering") || g_str_equal(way->state, "accepted");
}

static bool is_over(const Way *way) {
    return g_str_equal(way->state, "disconnected") || g_str_equal(way->state, "idle");
}

/* ---- The owner's part ---- */

typedef struct Part {
    const Way *way;
    bool keep;
} Part;

static void call_method(Client *client, const char *path, const char *method) {
    if (g_str_equal(method, "Drop"))
        client_drop(client, path);
    else
        client_call(client, path, method, "");
}

/* For an outgoing call all of it; of one that comes in, what follows the offer. */
static const char *bring_about(Client *client, const Way *way) {
    const char *path = way->address ? client_dial(client, "loop1", way->address) : await_handle(client);
    if (way->address && way->then)
        await_state(client, path, "connected");
    if (way->then)
        call_method(client, path, way->then);
    await_state(client, path, way->state);
    return path;
}

static void open_as_owner(Client *client, const Part *part) {
    client_call(client, LINE("loop1"), "Open", "sasa{sv}", "owner", 0, 1, "on-owner-lost", "s", part->keep ? "keep" : "drop");
}

/* ---- The victim's ---- */

static void live_as_owner(Client *me, Victim *victim, const void *argument) {
    const Part *part = argument;
    open_as_owner(me, part);
    victim_say(victim, "open");
    const char *path = bring_about(me, part->way);
    client_call(me, path, "SetOnOwnerLost", "s", part->keep ? "keep" : "drop");
    victim_say(victim, path);
}

static void live_as_co_owner(Client *me, Victim *victim, const void *argument) {
    open_as_owner(me, argument);
    victim_say(victim, "open");
    victim_wait(victim);
    const char *path = client_get_new_calls(me, "loop1")[0];
    client_call(me, path, "SetPrivilege", "s", "owner");
    victim_say(victim, path);
}

static void live_as_monitor(Client *me, Victim *victim, const void *argument) {
    client_open(me, "loop1", "monitor");
    victim_say(victim, "open");
    victim_say(victim, await_handle(me));
}

/* ---- The others: one who watches, and one who owns if the victim does not ---- */

typedef struct Scene {
    Client *watcher, *owner;
    Victim *victim;
    const char *seen; /* the watcher's handle */
    const char *own;  /* the owner's */
    guint fds;
} Scene;

/* Does not want to be offered calls, but may take them. */
static Client *new_watcher(void) {
    Client *watcher = bus_client(t);
    client_call(watcher, LINE("loop1"), "Open", "sasa{sv}", "owner+monitor", 0, 1, "offer", "b", false);
    return watcher;
}

static void begin(Scene *scene, Role role, const Part *part) {
    static const VictimScript scripts[ROLES] = {live_as_owner, live_as_co_owner, live_as_monitor};
    *scene = (Scene){.watcher = new_watcher(), .owner = bus_client(t), .fds = process_fds(bus_service_pid(t))};
    if (role != SOLE_OWNER)
        client_open(scene->owner, "loop1", "owner");
    scene->victim = victim_new(t, scripts[role], part);
    ck_assert_str_eq(victim_hear(scene->victim), "open");
    if (!part->way->address)
        client_incoming(scene->watcher, "loop1", "12345");
    if (role != SOLE_OWNER)
        scene->own = bring_about(scene->owner, part->way);
    if (role == CO_OWNER)
        victim_go_on(scene->victim);
    victim_hear(scene->victim);
    scene->seen = await_handle(scene->watcher);
    bus_barrier(t);
    ck_assert_str_eq(known_state(scene->watcher, scene->seen), part->way->state);
}

static void end(Scene *scene) {
    AWAIT(t, get_number(scene->watcher, LINE("loop1"), "Opens") == (scene->own ? 2 : 1));
    expect_nothing_of(t, victim_name(scene->victim));
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), scene->fds);
    /* Whoever is left can end what goes on. */
    client_call(scene->watcher, scene->seen, "SetPrivilege", "s", "owner");
    if (!g_str_equal(known_state(scene->watcher, scene->seen), "idle"))
        client_drop(scene->watcher, scene->seen);
    await_state(scene->watcher, scene->seen, "idle");
    ck_assert_uint_eq(get_number(scene->watcher, LINE("loop1"), "ActiveCalls"), 0);
    ck_assert_uint_eq(get_number(scene->watcher, LINE("loop1"), "HeldCalls"), 0);
    victim_free(scene->victim);
}

static void expect_state_and_owners(const Scene *scene, const char *state, unsigned owners) {
    ck_assert_str_eq(get_string(scene->watcher, scene->seen, "State"), state);
    ck_assert_uint_eq(get_number(scene->watcher, scene->seen, "Owners"), owners);
}

START_TEST(rule_11_the_sole_owner_is_killed) {
    const Way *way = &ways[_i / 2];
    Part part = {.way = way, .keep = _i % 2};
    Scene scene;
    begin(&scene, SOLE_OWNER, &part);
    g_autofree char *states = g_strdup(known_states(scene.watcher, scene.seen));
    victim_kill(scene.victim);
    bus_barrier(t);
    if (is_ringing(way) || (part.keep && !is_over(way))) {
        expect_state_and_owners(&scene, way->state, 0);
        ck_assert_str_eq(known_states(scene.watcher, scene.seen), states);
    } else {
        g_autofree char *then = g_str_equal(way->state, "idle") ? g_strdup(states) : g_strconcat(states, " idle", NULL);
        await_state(scene.watcher, scene.seen, "idle");
        expect_state_and_owners(&scene, "idle", 0);
        ck_assert_str_eq(known_states(scene.watcher, scene.seen), then);
        ck_assert_str_eq(get_string(scene.watcher, scene.seen, "DisconnectCause"),
                         g_str_equal(way->state, "disconnected") ? "rejected" : "normal");
    }
    end(&scene);
}
END_TEST

START_TEST(rule_11_a_co_owner_is_killed) {
    Part part = {.way = &ways[_i]};
    Scene scene;
        begin(&scene, CO_OWNER, &part);
    g_autofree char *states = g_strdup(known_states(scene.owner, scene.own));
    expect_state_and_owners(&scene, part.way->state, 2);
    victim_kill(scene.victim);
    bus_barrier(t);
    expect_state_and_owners(&scene, part.way->state, 1);
    ck_assert_str_eq(known_states(scene.owner, scene.own), states);
    end(&scene);
}
END_TEST

START_TEST(rule_11_a_monitor_is_killed) {
    Part part = {.way = &ways[_i]};
    Scene scene;
    begin(&scene, MONITOR, &part);
    ck_assert_uint_eq(get_number(scene.watcher, scene.seen, "Monitors"), 2);
    guint start = client_event_count(scene.watcher), owners_start = client_event_count(scene.owner);
    victim_kill(scene.victim);
    bus_barrier(t);
    ck_assert_uint_eq(get_number(scene.watcher, scene.seen, "Monitors"), 1);
    expect_state_and_owners(&scene, part.way->state, 1);
    expect_no_signal_since(scene.watcher, start);
    expect_no_signal_since(scene.owner, owners_start);
    end(&scene);
}
END_TEST

/* Offered, accepted: the next in the order gets it, whether it watched already or not. */
START_TEST(rule_11_a_ringing_call_goes_to_the_next) {
    Part part = {.way = &ways[_i % 2 ? 8 : 7], .keep = _i / 2 % 2};
    bool watches = _i / 4;
    Scene scene;
    begin(&scene, SOLE_OWNER, &part);
    client_open(scene.owner, "loop1", watches ? "owner+monitor" : "owner");
    if (watches)
        client_get_new_calls(scene.owner, "loop1");
    victim_kill(scene.victim);
    bus_barrier(t);
    scene.own = watches ? client_find_calls(scene.owner, get_string(scene.watcher, scene.seen, "CallId"))[0]
                        : await_handle(scene.owner);
    ck_assert_str_eq(get_string(scene.owner, scene.own, "Privilege"), "owner");
    expect_state_and_owners(&scene, part.way->state, 1);
    client_call(scene.owner, scene.own, "Answer", "");
    await_state(scene.watcher, scene.seen, "connected");
    end(&scene);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("robust-kill");
    TCase *tcase = bus_case(suite, "killed");
    tcase_add_loop_test(tcase, rule_11_the_sole_owner_is_killed, 0, 2 * G_N_ELEMENTS(ways));
    tcase_add_loop_test(tcase, rule_11_a_co_owner_is_killed, 0, G_N_ELEMENTS(ways));
    tcase_add_loop_test(tcase, rule_11_a_monitor_is_killed, 0, G_N_ELEMENTS(ways));
    tcase_add_loop_test(tcase, rule_11_a_ringing_call_goes_to_the_next, 0, 8);
    return bus_main(suite);
}
