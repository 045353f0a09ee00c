/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 14 and 15 with lines that lack a method: neither Features nor Capabilities name it, and it is NotSupported. */
#include "tests/bus/util-calls.h"
#include "tests/bus/util-scene.h"

#include <string.h>

/* What is the service's own is never lacking, and neither are Dial and Drop. */
static const char *const always[] = {"Drop",         "Handoff",     "SetPrivilege", "SetOnOwnerLost",
                                     "SetMediaMode", "SetCallData", "SetAppData",   "Release"};

static bool can_lack(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
        if (g_str_equal(always[i], name))
            return false;
    return true;
}

/* The test makes its own bus, as only it knows what the line lacks. */
static void setup_nothing(void) {
    t = NULL;
}

static void lines_without(const char *name) {
    g_autofree char *line = g_strdup_printf("[Line]\nName=loop1\nProvider=loopback\nAddresses=101\nWithout=%s\n", name);
    t = bus_new(&(BusOptions){
        .config = "[Loopback]\nDefaultLines=no\n",
        .lines = (const char *const[]){"0.conf", "[Line]\nName=loop0\nProvider=loopback\nAddresses=100\n", "1.conf", line,
                                       "2.conf", "[Line]\nName=loop2\nProvider=loopback\nAddresses=102\n", NULL}});
}

/* ---- Methods of a call ---- */

static const char *refusal(Client *client, uint64_t request) {
    const sd_bus_error *error = sd_bus_message_get_error(client_await(client, request));
    return error ? error->name + strlen(CALLBUS_ERROR_PREFIX) : "";
}

static void expect_lacking(const Scene *scene, const Method *method) {
    g_autofree char *before = bus_snapshot(t);
    ck_assert(!get_has(scene->owner, scene->owner_path, "Features", method->name));
    ck_assert(!get_has(scene->monitor, scene->monitor_path, "Features", method->name));
    ck_assert_str_eq(refusal(scene->owner, method->send(scene->owner, scene->owner_path, scene->other)), "NotSupported");
    ck_assert_str_eq(refusal(scene->monitor, method->send(scene->monitor, scene->monitor_path, scene->monitor_other)),
                     method->owner ? "NotOwner" : "NotSupported");
    expect_unchanged(t, before);
}

/* A state in which it would work, and that can be had without it. */
static const char *state_for(const Method *method) {
    if (g_str_equal(method->name, "AddToConference"))
        return "conference:on-hold-pending-conference";
    for (size_t i = 0; scene_states[i]; i++)
        if (method_works_in(method, scene_states[i]))
            return scene_states[i];
    return NULL;
}

static void try_without(Scene *scene, const Method *method, const char *state) {
    ck_assert_msg(scene_set(scene, state), "no scene of %s without %s", state, method->name);
    expect_lacking(scene, method);
    scene_clear(scene);
}

START_TEST(rule_14_a_method_that_the_line_lacks) {
    const Method *method = &methods[_i];
    if (!can_lack(method->name)) {
        bus_setup();
        return;
    }
    lines_without(method->name);
    Scene scene = scene_begin(t, "owner+monitor");
    ck_assert(!method_is_able(method, scene.owner));
    ck_assert(get_has(scene.owner, LINE("loop0"), "Capabilities", method->name));
    for (size_t i = 0; i < method_count; i++)
        ck_assert_int_eq(method_is_able(&methods[i], scene.owner), &methods[i] != method);
    try_without(&scene, method, state_for(method));
    /* Ability comes before state. */
    try_without(&scene, method, "idle");
}
END_TEST

/* ---- Every state, privilege and ability ---- */

/* The Features of the handle are exactly what is not refused. */
static void expect_features(const Scene *scene, const Method *lacking, bool owner) {
    const char *features = owner ? get_text(scene->owner, scene->owner_path, "Features")
                                 : get_text(scene->monitor, scene->monitor_path, "Features");
    for (size_t i = 0; i < method_count; i++) {
        g_autofree char *word = g_strdup_printf("\"%s\"", methods[i].name);
        bool works = method_refusal(&methods[i], owner, &methods[i] != lacking, scene->state)[0] == '\0';
        ck_assert_msg((strstr(features, word) != NULL) == works, "%s of %s in %s without %s: %s", methods[i].name,
                      owner ? "an owner" : "a monitor", scene->state, lacking->name, features);
    }
}

START_TEST(rule_15_features_for_every_state_privilege_and_ability) {
    const Method *lacking = &methods[_i];
    if (!can_lack(lacking->name)) {
        bus_setup();
        return;
    }
    lines_without(lacking->name);
    Scene scene = scene_begin(t, "owner+monitor");
    for (size_t i = 0; scene_states[i]; i++) {
        if (!scene_is_possible(&scene, scene_states[i]))
            continue;
        ck_assert(scene_set(&scene, scene_states[i]));
        expect_features(&scene, lacking, /* owner= */ true);
        expect_features(&scene, lacking, /* owner= */ false);
        ck_assert_str_eq(refusal(scene.owner, lacking->send(scene.owner, scene.owner_path, scene.other)), "NotSupported");
        scene_clear(&scene);
    }
}
END_TEST

/* All that can be lacking is lacking: a call is dialled, shared, and dropped. */
START_TEST(rule_14_a_line_that_can_do_next_to_nothing) {
    GString *names = g_string_new("Pickup;Unpark;Forward;CancelCompletion");
    for (size_t i = 0; i < method_count; i++)
        if (can_lack(methods[i].name))
            g_string_append_printf(names, ";%s", methods[i].name);
    lines_without(names->str);
    g_string_free(names, TRUE);
    Scene scene = scene_begin(t, "owner+monitor");
    ck_assert_str_eq(get_text(scene.owner, LINE("loop1"), "Capabilities"),
                     "[\"Drop\", \"Handoff\", \"SetPrivilege\", \"SetOnOwnerLost\", \"SetMediaMode\", \"SetCallData\", "
                     "\"SetAppData\", \"Release\", \"Dial\", \"call-id\"]");
    const char *call = client_connect(scene.owner, "loop1", "answer?ring=0"), *seen = await_handle(scene.monitor);
    ck_assert_str_eq(get_text(scene.owner, call, "Features"),
                     "[\"Drop\", \"Handoff\", \"SetPrivilege\", \"SetOnOwnerLost\", \"SetMediaMode\", \"SetCallData\", "
                     "\"SetAppData\", \"Release\"]");
    client_call(scene.monitor, seen, "SetPrivilege", "s", "owner");
    client_drop(scene.monitor, seen);
    await_state(scene.owner, call, "idle");
    /* A call that comes in can only be rejected. */
    const char *out = client_dial(scene.far, "loop0", "101"), *in = await_handle(scene.owner);
    expect_error(scene.owner, "NotSupported", in, "Answer", "");
    client_drop(scene.owner, in);
    await_state(scene.far, out, "disconnected");
}
END_TEST

/* ---- Methods of a line ---- */

static uint64_t send_pickup(Client *client) {
    return client_send(client, LINE("loop1"), "Pickup", "ss", "", "");
}

static uint64_t send_unpark(Client *client) {
    return client_send(client, LINE("loop1"), "Unpark", "s", "4711");
}

static uint64_t send_forward(Client *client) {
    return client_send(client, LINE("loop1"), "Forward", "a(sssu)", 1, "uncond", "", "102", 0);
}

static uint64_t send_cancel(Client *client) {
    return client_send(client, LINE("loop1"), "CancelCompletion", "s", "4711");
}

static uint64_t send_conference(Client *client) {
    return client_send(client, LINE("loop1"), "SetupConference", "a{sv}", 1, "address", "s", "102");
}

static const struct {
    const char *name;
    uint64_t (*send)(Client *client);
} of_lines[] = {
    {"Pickup", send_pickup},
    {"Unpark", send_unpark},
    {"Forward", send_forward},
    {"CancelCompletion", send_cancel},
    {"SetupConference", send_conference},
};

/* Whatever it would be refused with on a line that can do it. */
START_TEST(rule_14_a_line_method_that_the_line_lacks) {
    lines_without(of_lines[_i].name);
    Client *alice = bus_client(t);
    client_open(alice, "loop1", "none");
    g_autofree char *before = bus_snapshot(t);
    ck_assert(!get_has(alice, LINE("loop1"), "Capabilities", of_lines[_i].name));
    ck_assert(get_has(alice, LINE("loop0"), "Capabilities", of_lines[_i].name));
    for (size_t i = 0; i < G_N_ELEMENTS(of_lines); i++)
        if (i != (size_t) _i)
            ck_assert(get_has(alice, LINE("loop1"), "Capabilities", of_lines[i].name));
    expect_answer_error(alice, of_lines[_i].send(alice), "NotSupported");
    expect_unchanged(t, before);
    /* The line being out of service is found after that. */
    client_set_line_state(alice, "loop1", "out-of-service", "");
    expect_answer_error(alice, of_lines[_i].send(alice), "NotSupported");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-ability");
    TCase *tcase = bus_case_with(suite, "rules 14, 15", setup_nothing);
    tcase_add_loop_test(tcase, rule_14_a_method_that_the_line_lacks, 0, (int) method_count);
    tcase_add_loop_test(tcase, rule_15_features_for_every_state_privilege_and_ability, 0, (int) method_count);
    tcase_add_test(tcase, rule_14_a_line_that_can_do_next_to_nothing);
    tcase_add_loop_test(tcase, rule_14_a_line_method_that_the_line_lacks, 0, G_N_ELEMENTS(of_lines));
    return bus_main(suite);
}
