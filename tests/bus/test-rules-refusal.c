/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 14 and 15: what is refused, in which order, changing nothing; and Features, which says it before. */
#include "tests/bus/util-scene.h"

#include <string.h>

/* Sends the method and gives the short name of its refusal, "" for success. */
static const char *try_method(const Method *method, Client *client, const char *path, const char *other) {
    uint64_t request = method->send(client, path, other);
    const sd_bus_error *error = sd_bus_message_get_error(client_await(client, request));
    if (!error)
        return "";
    return g_str_has_prefix(error->name, CALLBUS_ERROR_PREFIX) ? error->name + strlen(CALLBUS_ERROR_PREFIX)
                                                               : error->name;
}

/* ---- Rule 14 ---- */

static void expect_refusal(const Scene *scene, const Method *method, bool owner, const char *expected) {
    Client *client = owner ? scene->owner : scene->monitor;
    const char *path = owner ? scene->owner_path : scene->monitor_path;
    const char *refusal = try_method(method, client, path, owner ? scene->other : scene->monitor_other);
    ck_assert_msg(g_str_equal(refusal, expected), "%s of %s in %s: '%s', not '%s'", method->name,
                  owner ? "an owner" : "a monitor", scene->state, refusal, expected);
}

/* All methods that must be refused in the state: none changes anything. */
static void refuse_all(Scene *scene) {
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < method_count; i++) {
        bool able = method_is_able(&methods[i], scene->owner);
        for (int owner = 0; owner < 2; owner++) {
            const char *expected = method_refusal(&methods[i], owner, able, scene->state);
            if (expected[0])
                expect_refusal(scene, &methods[i], owner, expected);
        }
    }
    expect_unchanged(t, before);
}

START_TEST(rule_14_refusals_in_every_state_change_nothing) {
    Scene scene = scene_begin(t, "owner+monitor");
    ck_assert(scene_set(&scene, scene_states[_i]));
    refuse_all(&scene);
}
END_TEST

/* Object, types, handle argument, privilege, ability, state, values: the first that is wrong is told. */
START_TEST(rule_14_order_of_checks) {
    Scene s = scene_begin(t, "monitor");
    ck_assert(scene_set(&s, "ringback"));
    const char *invented = CALLBUS_CLIENT_PATH "/1_9999/call/1_1";
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.monitor, DBUS_ERROR_UNKNOWN_OBJECT, invented, "SwapHold", "s", "wrong type");
    expect_error(s.monitor, DBUS_ERROR_INVALID_ARGS, s.monitor_path, "SwapHold", "s", invented);
    expect_error(s.monitor, DBUS_ERROR_INVALID_ARGS, s.monitor_path, "Drop", "a{sv}", 1, "colour", "s",
                 "red");
    expect_error(s.monitor, DBUS_ERROR_INVALID_ARGS, s.monitor_path, "Drop", "a{sv}", 1, "reason", "s",
                 "tired");
    expect_error(s.monitor, DBUS_ERROR_UNKNOWN_OBJECT, s.monitor_path, "SwapHold", "o", invented);
    expect_error(s.monitor, DBUS_ERROR_UNKNOWN_OBJECT, s.monitor_path, "SwapHold", "o", s.other);
    expect_error(s.monitor, DBUS_ERROR_UNKNOWN_OBJECT, s.monitor_path, "SwapHold", "o", LINE("loop0"));
    expect_error(s.monitor, "NotOwner", s.monitor_path, "SwapHold", "o", s.monitor_other);
    expect_error(s.monitor, "NotOwner", s.monitor_path, "Redirect", "s", "");
    expect_error(s.monitor, "NotOwner", s.monitor_path, "Handoff", "s", "org.example.Nobody");
    expect_error(s.owner, "InvalidState", s.owner_path, "Redirect", "s", "");
    expect_error(s.owner, "InvalidState", s.owner_path, "SwapHold", "o", s.other);
    g_autofree char *digits = g_strnfill(1025, '1');
    expect_error(s.owner, "InvalidState", s.owner_path, "SendDigits", "sa{sv}", digits, 0);
    expect_error(s.monitor, "NotOwner", s.monitor_path, "SendDigits", "sa{sv}", digits, 0);
    expect_unchanged(t, before);
}
END_TEST

START_TEST(rule_14_values_are_checked_last) {
    Scene s = scene_begin(t, "monitor");
    g_autofree char *long_address = g_strnfill(257, '1'), *digits = g_strnfill(1025, '1'),
                    *big = g_strnfill(4097, 'x');
    ck_assert(scene_set(&s, "offering"));
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.owner, "InvalidAddress", s.owner_path, "Redirect", "s", "");
    expect_error(s.owner, "InvalidAddress", s.owner_path, "Redirect", "s", "1\n2");
    expect_error(s.owner, "InvalidAddress", s.owner_path, "Redirect", "s", long_address);
    expect_error(s.owner, "NotSupported", s.owner_path, "Redirect", "s", "*21#");
    expect_unchanged(t, before);
    scene_clear(&s);
    ck_assert(scene_set(&s, "connected"));
    g_free(g_steal_pointer(&before));
    before = bus_snapshot(t);
    expect_error(s.owner, "TooBig", s.owner_path, "SendDigits", "sa{sv}", digits, 0);
    expect_error(s.owner, DBUS_ERROR_INVALID_ARGS, s.owner_path, "SendDigits", "sa{sv}", "12x", 0);
    expect_error(s.owner, DBUS_ERROR_INVALID_ARGS, s.owner_path, "SendDigits", "sa{sv}", "1", 1,
                 "duration-ms", "u", 19);
    expect_error(s.owner, DBUS_ERROR_INVALID_ARGS, s.owner_path, "SendDigits", "sa{sv}", "1", 1, "gap-ms",
                 "u", 2001);
    expect_error(s.owner, DBUS_ERROR_INVALID_ARGS, s.owner_path, "SendDigits", "sa{sv}", "1", 1, "gap-ms",
                 "i", 20);
    expect_error(s.owner, DBUS_ERROR_INVALID_ARGS, s.owner_path, "SendDigits", "sa{sv}", "1", 1, "speed", "u",
                 20);
    expect_error(s.owner, "TooBig", s.owner_path, "SetAppData", "a{sv}", 1, "x", "s", big);
    expect_error(s.monitor, "TooBig", s.monitor_path, "SetAppData", "a{sv}", 1, "x", "s", big);
    expect_error(s.owner, "InvalidState", s.other, "SwapHold", "o", s.owner_path);
    expect_unchanged(t, before);
}
END_TEST

START_TEST(rule_14_swap_needs_both) {
    Scene s = scene_begin(t, "owner+monitor");
    ck_assert(scene_set(&s, "connected"));
    const char *other_line = client_dial(s.owner, "loop2", "answer?ring=0");
    await_state(s.owner, other_line, "connected");
    client_call(s.owner, other_line, "Hold", "");
    const char *not_held = client_dial(s.owner, "loop1", "answer?ring=0"), *seen = await_handle(s.monitor);
    await_state(s.owner, not_held, "connected");
    await_state(s.monitor, seen, "connected");
    /* The monitor takes one of the two only. */
    client_call(s.monitor, s.monitor_path, "SetPrivilege", "s", "owner");
    g_autofree char *before = bus_snapshot(t);
    expect_error(s.monitor, "NotOwner", s.monitor_path, "SwapHold", "o", s.monitor_other);
    expect_error(s.owner, "InvalidState", s.owner_path, "SwapHold", "o", not_held);
    ck_assert_ptr_nonnull(client_try(s.owner, s.owner_path, "SwapHold", "o", s.owner_path));
    ck_assert_ptr_nonnull(client_try(s.owner, s.owner_path, "SwapHold", "o", other_line));
    expect_unchanged(t, before);
    client_call(s.owner, s.owner_path, "SwapHold", "o", s.other);
    ck_assert_str_eq(known_state(s.owner, s.owner_path), "on-hold");
    ck_assert_str_eq(known_state(s.owner, s.other), "connected");
}
END_TEST

/* ---- Rule 15 ---- */

/* Is the method refused on a new call in that state exactly if Features did not name it? */
static void check_feature(Scene *scene, const Method *method, bool owner, const char *state) {
    const char *who = owner ? "an owner" : "a monitor";
    const char *expected = method_refusal(method, owner, method_is_able(method, scene->owner), state);
    ck_assert(scene_set(scene, state));
    Client *client = owner ? scene->owner : scene->monitor;
    const char *path = owner ? scene->owner_path : scene->monitor_path;
    bool listed = get_has(client, path, "Features", method->name);
    const char *refusal = try_method(method, client, path, owner ? scene->other : scene->monitor_other);
    ck_assert_msg(g_str_equal(refusal, expected), "%s of %s in %s: '%s', not '%s'", method->name, who, state, refusal, expected);
    ck_assert_msg(listed == (expected[0] == '\0'), "%s of %s in %s is %slisted in Features", method->name, who, state,
                  listed ? "" : "not ");
    scene_clear(scene);
}

START_TEST(rule_15_features_tell_what_works) {
    Scene scene = scene_begin(t, "owner+monitor");
    for (size_t i = 0; i < method_count; i++) {
        check_feature(&scene, &methods[i], /* owner= */ true, scene_states[_i]);
        check_feature(&scene, &methods[i], /* owner= */ false, scene_states[_i]);
    }
}
END_TEST

START_TEST(rule_15_features_name_known_methods_only) {
    Scene scene = scene_begin(t, "monitor");
    for (size_t i = 0; scene_states[i]; i++) {
        ck_assert(scene_set(&scene, scene_states[i]));
        g_auto(GStrv) parts = g_strsplit(get_text(scene.owner, scene.owner_path, "Features"), "\"", -1);
        for (size_t k = 1; parts[0] && parts[k] && parts[k + 1]; k += 2) {
            bool known = false;
            for (size_t m = 0; m < method_count; m++)
                known |= g_str_equal(methods[m].name, parts[k]);
            ck_assert_msg(known, "Features names %s, which is no method", parts[k]);
            ck_assert_msg(get_has(scene.owner, LINE("loop1"), "Capabilities", parts[k]),
                          "Capabilities lacks %s", parts[k]);
        }
        scene_clear(&scene);
    }
    ck_assert(get_has(scene.owner, LINE("loop1"), "Capabilities", "call-id"));
    ck_assert(!get_has(scene.owner, LINE("mute0"), "Capabilities", "call-id"));
    for (size_t m = 0; m < method_count; m++)
        ck_assert_msg(method_is_able(&methods[m], scene.owner), "Capabilities lacks %s", methods[m].name);
    static const char *const of_lines[] = {"Dial", "Pickup", "Unpark", "Forward", "CancelCompletion"};
    for (size_t m = 0; m < G_N_ELEMENTS(of_lines); m++)
        ck_assert_msg(get_has(scene.owner, LINE("loop1"), "Capabilities", of_lines[m]), "Capabilities lacks %s",
                      of_lines[m]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-refusal");
    TCase *tcase = bus_case(suite, "rules 14, 15");
    int states = 0;
    while (scene_states[states])
        states++;
    tcase_add_loop_test(tcase, rule_14_refusals_in_every_state_change_nothing, 0, states);
    tcase_add_test(tcase, rule_14_order_of_checks);
    tcase_add_test(tcase, rule_14_values_are_checked_last);
    tcase_add_test(tcase, rule_14_swap_needs_both);
    tcase_add_loop_test(tcase, rule_15_features_tell_what_works, 0, states);
    tcase_add_test(tcase, rule_15_features_name_known_methods_only);
    return bus_main(suite);
}
