/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 13, and what of section 2 keeps clients apart: foreign, released and invented handles are the same. */
#include "tests/bus/util-calls.h"
#include "tests/bus/util-scene.h"

#include <string.h>

/* ---- Rule 13 ---- */

/* The whole answer: error name and text, or the reply's content, with the path itself taken out. */
static char *answer_without(Client *client, uint64_t request, const char *path) {
    GString *text = g_string_new(answer_text(client, client_await(client, request)));
    g_string_replace(text, path, "PATH", 0);
    return g_string_free(text, FALSE);
}

/* The number-th question about a path; 0: there are no more. */
static uint64_t ask(Client *client, const char *path, size_t number) {
    static const char *const plain[] = {
        DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "NoSuchMethod", "org.example.Nothing.Do",
        DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects",
    };
    if (number < method_count)
        return methods[number].send(client, path, LINE("loop0"));
    number -= method_count;
    if (number < method_count)
        return client_send(client, path, methods[number].name, "(ii)", 1, 2);
    number -= method_count;
    if (number < G_N_ELEMENTS(plain))
        return client_send(client, path, plain[number], "");
    switch (number - G_N_ELEMENTS(plain)) {
    case 0: return client_send(client, path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "State");
    case 1: return client_send(client, path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "Nothing");
    case 2: return client_send(client, path, PROPERTIES("Get"), "ss", "org.example.Nothing", "State");
    case 3: return client_send(client, path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
    case 4: return client_send(client, path, PROPERTIES("GetAll"), "s", "");
    case 5:
        return client_send(client, path, PROPERTIES("Set"), "ssv", CALLBUS_CALL_INTERFACE, "State", "s",
                           "idle");
    case 6: return client_send(client, path, PROPERTIES("Get"), "s", "wrong types");
    default: return 0;
    }
}

/* Every question about every path has the same answer as about the first, and none changes anything. */
static void expect_the_same(Client *client, const char *const *paths, bool unknown_object) {
    g_autofree char *before = bus_snapshot(t);
    for (size_t number = 0;; number++) {
        uint64_t request = ask(client, paths[0], number);
        if (request == 0)
            break;
        g_autofree char *first = answer_without(client, request, paths[0]);
        for (size_t i = 1; paths[i]; i++) {
            g_autofree char *other = answer_without(client, ask(client, paths[i], number), paths[i]);
            ck_assert_msg(g_str_equal(first, other), "question %zu about %s: %s\nbut about %s: %s", number,
                          paths[0], first, paths[i], other);
        }
        ck_assert_msg(!unknown_object || number >= 2 * method_count ||
                          g_str_has_prefix(first, DBUS_ERROR_UNKNOWN_OBJECT ": "),
                      "%s on a void handle: %s", methods[number % method_count].name, first);
    }
    expect_unchanged(t, before);
}

START_TEST(rule_13_foreign_released_and_invented_cannot_be_told_apart) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *foreign = client_dial(alice, "loop0", "101"), *in = await_handle(bob),
               *seen = await_handle(carol);
    const char *released = client_dial(bob, "loop1", "reject"),
               *closed = client_dial(bob, "loop2", "answer?ring=0");
    client_release(bob, released);
    client_close_line(bob, "loop2");
    await_removed(bob, closed);
    g_autofree char *next = g_strdup_printf("%s9", in), *epoch = g_strdup(in);
    *strrchr(epoch, '_') = '\0';
    g_autofree char *other_epoch = g_strconcat(epoch, "7_1", NULL);
    const char *const paths[] = {
        CALLBUS_CLIENT_PATH "/1_99999/call/1_1", foreign, released, closed, seen, next, other_epoch, NULL};
    expect_the_same(bob, paths, /* unknown_object= */ true);
}
END_TEST

START_TEST(rule_13_handles_of_a_line_that_is_gone) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(carol, "mute0", "monitor");
    const char *lost = client_dial(bob, "mute0", "answer?ring=0");
    await_handle(carol);
    client_set_line_state(alice, "mute0", "removed", "");
    await_removed(bob, lost);
    g_autofree char *next = g_strdup_printf("%s9", lost);
    const char *const paths[] = {next, lost, NULL};
    expect_the_same(bob, paths, /* unknown_object= */ true);
}
END_TEST

START_TEST(rule_13_a_foreign_path_as_an_argument) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    const char *held = client_dial(alice, "loop0", "answer?ring=0"), *foreign = await_handle(bob);
    await_handle(carol);
    await_state(alice, held, "connected");
    client_call(alice, held, "Hold", "");
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    const char *released = client_dial(alice, "loop0", "reject");
    await_state(alice, out, "connected");
    client_release(alice, released);
    const char *const paths[] = {CALLBUS_CLIENT_PATH "/1_99999/call/1_1", foreign, released, "/", NULL};
    g_autofree char *before = bus_snapshot(t);
    g_autofree char *first =
        answer_without(alice, client_send(alice, out, "SwapHold", "o", paths[0]), paths[0]);
    ck_assert(g_str_has_prefix(first, DBUS_ERROR_UNKNOWN_OBJECT ": "));
    for (size_t i = 1; paths[i]; i++) {
        uint64_t request = client_send(alice, out, "SwapHold", "o", paths[i]);
        if (g_str_equal(paths[i], "/")) {
            expect_answer_error(alice, request, DBUS_ERROR_UNKNOWN_OBJECT);
            continue;
        }
        g_autofree char *other = answer_without(alice, request, paths[i]);
        ck_assert_str_eq(first, other);
    }
    expect_unchanged(t, before);
}
END_TEST

/* The same of a consultation, and of a call that is to join a conference. */
START_TEST(rule_13_a_foreign_path_as_a_call_to_be_joined) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "owner+monitor");
    client_open(carol, "loop0", "monitor");
    const char *released = client_dial(alice, "loop0", "reject");
    await_handle(bob);
    client_release(alice, released);
    const char *call = client_connect(alice, "loop0", "answer?ring=0"), *foreign = await_handle(bob);
    client_call(alice, call, "Hold", "");
    Conference conference = client_line_setup_conference(alice, "loop0", "answer?ring=0");
    const char *const paths[] = {CALLBUS_CLIENT_PATH "/1_99999/call/1_1", foreign, released, LINE("loop0"), NULL};
    bus_barrier(t);
    await_state(alice, conference.consultation, "connected");
    g_autofree char *before = bus_snapshot(t);
    g_autofree char *first = NULL;
    for (size_t i = 0; paths[i]; i++) {
        uint64_t transfer = client_send(alice, call, "CompleteTransfer", "os", paths[i], "transfer");
        uint64_t join = client_send(alice, conference.path, "AddToConference", "o", paths[i]);
        g_autofree char *one = answer_without(alice, transfer, paths[i]), *other = answer_without(alice, join, paths[i]);
        if (!first)
            first = g_strdup(one);
        ck_assert_str_eq(one, first);
        ck_assert_str_eq(other, first);
    }
    ck_assert(g_str_has_prefix(first, DBUS_ERROR_UNKNOWN_OBJECT ": "));
    expect_unchanged(t, before);
}
END_TEST

/* ---- What a client finds when it looks around ---- */

static const char *introspect(Client *client, const char *path) {
    const char *xml;
    sd_bus_message *answer = client_call(client, path, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "");
    ck_assert_int_gt(sd_bus_message_read(answer, "s", &xml), 0);
    return xml;
}

/* Where the nodes below a path lead for this client; what is no node of the tree ends the walk. */
static void walk(Client *client, const char *path, GPtrArray *found) {
    const char *rest = introspect(client, path);
    g_ptr_array_add(found, g_strdup(path));
    while ((rest = strstr(rest, "<node name=\""))) {
        rest += strlen("<node name=\"");
        g_autofree char *name = g_strndup(rest, strcspn(rest, "\""));
        g_autofree char *child =
            name[0] == '/' ? g_strdup(name) : g_strconcat(path[1] ? path : "", "/", name, NULL);
        walk(client, child, found);
    }
}

static void expect_tree(Client *client, const char *own) {
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    bool seen = false;
    walk(client, "/", found);
    for (guint i = 0; i < found->len; i++) {
        const char *path = found->pdata[i];
        const char *call = strstr(path, "/call/");
        seen |= g_strcmp0(path, own) == 0;
        ck_assert_msg(!call || g_strcmp0(path, own) == 0, "introspection shows %s", path);
    }
    ck_assert_msg(!own || seen, "introspection does not lead to %s", own);
}

START_TEST(introspection_leads_to_own_handles_only) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    expect_tree(alice, out);
    expect_tree(bob, in);
    expect_tree(carol, NULL);
    ck_assert_ptr_nonnull(strstr(introspect(alice, out), CALLBUS_CALL_INTERFACE));
    ck_assert_ptr_null(strstr(introspect(carol, CALLBUS_PATH), "1_"));
}
END_TEST

START_TEST(object_manager_shows_own_handles_and_the_lines) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    await_handle(bob);
    Client *all[] = {alice, bob, carol};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        /* The harness compares the handles in it with what was announced. */
        const char *text =
            answer_text(all[i], client_call(all[i], CALLBUS_PATH,
                                            DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", ""));
        ck_assert_ptr_nonnull(strstr(text, "\"" LINE("loop0") "\": {\"" CALLBUS_LINE_INTERFACE "\""));
        ck_assert_ptr_nonnull(strstr(text, "\"" LINE("mute0") "\""));
        ck_assert_ptr_nonnull(strstr(text, "\"Capabilities\""));
        ck_assert_int_eq(strstr(text, CALLBUS_CLIENT_PATH) != NULL, all[i] != carol);
    }
}
END_TEST

START_TEST(paths_tell_nothing_and_are_not_used_twice) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < 20; i++) {
        client_dial(bob, "loop0", "reject");
        const char *path = client_dial(alice, "loop0", "reject");
        g_autofree char *last = g_strdup_printf("_%d", i + 1);
        ck_assert_msg(g_str_has_suffix(path, last), "the path %s counts what others do", path);
        ck_assert(g_hash_table_add(seen, (void *) path));
        client_drop(alice, path);
        client_release(alice, path);
    }
    ck_assert(g_str_has_suffix(client_dial(carol, "loop0", "reject"), "_1"));
}
END_TEST

/* ---- --debug ---- */

START_TEST(debug_reads_foreign_handles_but_calls_none_of_their_methods) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    ck_assert_str_eq(get_string(carol, out, "State"), get_string(alice, out, "State"));
    client_call(carol, in, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
    ck_assert_ptr_nonnull(strstr(introspect(carol, in), CALLBUS_CALL_INTERFACE));
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < method_count; i++)
        expect_answer_error(carol, methods[i].send(carol, in, out), DBUS_ERROR_UNKNOWN_OBJECT);
    expect_unchanged(t, before);
    client_release(alice, out);
    expect_error(carol, DBUS_ERROR_UNKNOWN_OBJECT, out, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE,
                 "State");
    ck_assert_uint_eq(known_alive_count(carol), 0);
}
END_TEST

START_TEST(without_debug_there_is_no_debug_interface) {
    Client *alice = bus_client(t);
    ck_assert_ptr_nonnull(
        client_try(alice, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".Incoming", "ss", "loop0", "5"));
    ck_assert_ptr_nonnull(client_try(alice, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss",
                                     "loop0", "removed", ""));
    ck_assert_ptr_null(strstr(introspect(alice, CALLBUS_PATH), CALLBUS_DEBUG_INTERFACE));
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "State"), "in-service");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-secrecy");
    TCase *tcase = bus_case_no_debug(suite, "rule 13");
    tcase_add_test(tcase, rule_13_foreign_released_and_invented_cannot_be_told_apart);
    tcase_add_test(tcase, rule_13_a_foreign_path_as_an_argument);
    tcase_add_test(tcase, rule_13_a_foreign_path_as_a_call_to_be_joined);
    tcase_add_test(tcase, introspection_leads_to_own_handles_only);
    tcase_add_test(tcase, object_manager_shows_own_handles_and_the_lines);
    tcase_add_test(tcase, paths_tell_nothing_and_are_not_used_twice);
    tcase_add_test(tcase, without_debug_there_is_no_debug_interface);
    tcase = bus_case(suite, "with --debug");
    tcase_add_test(tcase, rule_13_handles_of_a_line_that_is_gone);
    tcase_add_test(tcase, debug_reads_foreign_handles_but_calls_none_of_their_methods);
    return bus_main(suite);
}
