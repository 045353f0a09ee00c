/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wrong types, unknown members and values out of bounds: a documented error each, and nothing changed. */
#include "service/cleanup.h"
#include "tests/bus/util-calls.h"
#include "tests/bus/util-scene.h"

#include <string.h>
#include <unistd.h>

/* A method with the wrong types of arguments: all of these but its own. */
static const char *const wrong_types[] = {"",      "s",  "i",      "b", "o",   "ay", "as",
                                          "a{sv}", "ss", "sa{sv}", "v", "(s)", "sss"};

static uint64_t send_types(Client *client, const char *path, const char *member, const char *types) {
    static const struct {
        const char *types;
        int which;
    } forms[] = {{"", 0},      {"s", 1},  {"i", 2},      {"b", 2}, {"o", 3},   {"ay", 2}, {"as", 2},
                 {"a{sv}", 2}, {"ss", 1}, {"sa{sv}", 4}, {"v", 5}, {"(s)", 1}, {"sss", 1}};
    int which = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (g_str_equal(forms[i].types, types))
            which = forms[i].which;
    switch (which) {
    case 1: return client_send(client, path, member, types, "x", "y", "z");
    case 2: return client_send(client, path, member, types, 0);
    case 3: return client_send(client, path, member, types, "/");
    case 4: return client_send(client, path, member, types, "x", 0);
    case 5: return client_send(client, path, member, types, "s", "x");
    default: return client_send(client, path, member, types);
    }
}

static void try_wrong_types(Client *client, const char *path, const char *member, const char *right) {
    for (size_t i = 0; i < G_N_ELEMENTS(wrong_types); i++) {
        if (g_str_equal(wrong_types[i], right))
            continue;
        expect_answer_error(client, send_types(client, path, member, wrong_types[i]),
                            DBUS_ERROR_INVALID_ARGS);
    }
}

START_TEST(wrong_types_of_every_method) {
    static const struct {
        const char *path, *member, *types;
    } others[] = {
        {CALLBUS_PATH, "ListLines", ""},
        {CALLBUS_PATH, "ListCalls", ""},
        {CALLBUS_PATH, "FindCalls", "s"},
        {CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", ""},
        {CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".Incoming", "ss"},
        {CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss"},
        {LINE("loop0"), "Open", "sasa{sv}"},
        {LINE("loop0"), "Close", ""},
        {LINE("loop0"), "Dial", "sa{sv}"},
        {LINE("loop0"), "GetNewCalls", ""},
    };
    Scene scene = scene_begin(t, "owner+monitor");
    ck_assert(scene_set(&scene, "connected"));
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        try_wrong_types(scene.far, others[i].path, others[i].member, others[i].types);
    for (size_t i = 0; i < method_count; i++) {
        try_wrong_types(scene.owner, scene.owner_path, methods[i].name, methods[i].types);
        try_wrong_types(scene.monitor, scene.monitor_path, methods[i].name, methods[i].types);
    }
    expect_unchanged(t, before);
}
END_TEST

START_TEST(unknown_members_and_objects) {
    Scene scene = scene_begin(t, "monitor");
    ck_assert(scene_set(&scene, "connected"));
    const char *const paths[] = {CALLBUS_PATH, LINE("loop0"), scene.owner_path};
    const char *const interfaces[] = {CALLBUS_MANAGER_INTERFACE, CALLBUS_LINE_INTERFACE,
                                      CALLBUS_CALL_INTERFACE};
    static const char *const properties[] = {"Version", "Name", "State"};
    static const char *const nowhere[] = {"/", "/org", CALLBUS_LINE_PATH, LINE("loop9"), LINE("loop0") "/x",
                                          CALLBUS_CLIENT_PATH, CALLBUS_CLIENT_PATH "/x/call/1_1"};
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        expect_error(scene.owner, SD_BUS_ERROR_UNKNOWN_METHOD, paths[i], "Fly", "");
        ck_assert_ptr_nonnull(client_try(scene.owner, paths[i], "org.example.Plane.Fly", ""));
        expect_error(scene.owner, SD_BUS_ERROR_UNKNOWN_PROPERTY, paths[i], PROPERTIES("Get"), "ss",
                     interfaces[i], "Wings");
        expect_error(scene.owner, SD_BUS_ERROR_PROPERTY_READ_ONLY, paths[i], PROPERTIES("Set"), "ssv",
                     interfaces[i], properties[i], "s", "x");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(nowhere); i++)
        ck_assert_ptr_nonnull(
            client_try(scene.owner, nowhere[i], CALLBUS_LINE_INTERFACE ".Dial", "sa{sv}", "101", 0));
    expect_error(scene.owner, DBUS_ERROR_UNKNOWN_OBJECT, LINE("loop9"), "Dial", "sa{sv}", "101", 0);
    expect_unchanged(t, before);
}
END_TEST

/* As some bindings call, if they are not told of an interface. */
static const char *try_unnamed(Client *client, const char *path, const char *member) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(client), &message, CALLBUS_NAME, path, NULL, member), 0);
    return answer_text(client, client_await(client, client_send_message(client, message)));
}

START_TEST(calls_without_an_interface) {
    Scene scene = scene_begin(t, "monitor");
    ck_assert(scene_set(&scene, "connected"));
    g_autofree char *before = bus_snapshot(t);
    const char *const objects[] = {CALLBUS_PATH, LINE("loop0"), scene.owner_path};
    const char *const nothing[] = {"/", CALLBUS_LINE_PATH, LINE("loop9"), scene.monitor_path, CALLBUS_CLIENT_PATH "/x/call/1_1"};
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
        ck_assert(g_str_has_prefix(try_unnamed(scene.owner, objects[i], "Hold"), DBUS_ERROR_INVALID_ARGS ": The call of Hold names no interface"));
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
        ck_assert(g_str_has_prefix(try_unnamed(scene.owner, nothing[i], "Hold"), DBUS_ERROR_UNKNOWN_OBJECT ": Unknown object '"));
    expect_unchanged(t, before);
}
END_TEST

START_TEST(an_error_says_what_would_be_right_whatever_was_asked) {
    g_autofree char *wide = g_strnfill(100000, 'x'), *umlauts = g_strjoinv("\u00fc", (char *[]){wide, wide, NULL});
    const char *const odd[] = {"", "\n", "a\nb", "\x1b[31m", "\u202e", "%s%n", wide, umlauts};
    Client *alice = bus_client(t);
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        const struct {
            const char *right;
            uint64_t request;
        } asked[] = {
            {"use \"owner\" or \"monitor\"", client_send(alice, call, "SetPrivilege", "s", odd[i])},
            {"use camp-on, callback, intrude or message", client_send(alice, call, "CompleteCall", "s", odd[i])},
            {"use none, monitor, owner or owner+monitor", client_send(alice, LINE("loop0"), "Open", "sasa{sv}", odd[i], 0, 0)},
            {"on-owner-lost, token", client_send(alice, LINE("loop0"), "Dial", "sa{sv}", "101", 1, odd[i], "u", 1)},
            {"the well-known bus name of an application",
             client_send(alice, CALLBUS_PATH, "SetAppPriority", "sas", "video", 1, odd[i])},
        };
        for (size_t j = 0; j < G_N_ELEMENTS(asked); j++) {
            const char *text = answer_text(alice, client_await(alice, asked[j].request));
            ck_assert_msg(g_str_has_suffix(text, asked[j].right), "%s", text);
        }
    }
    expect_unchanged(t, before);
}
END_TEST

START_TEST(options_of_the_wrong_type) {
    static const char *const keys[] = {"media-mode",     "called-party",      "comment",
                                       "hide-caller-id", "no-answer-timeout", "user-user-info",
                                       "call-data",      "on-owner-lost",     "token"};
    static const char *const options[] = {"app-id", "offer", "on-owner-lost"};
    Client *alice = bus_client(t);
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Dial", "sa{sv}", "101", 1, keys[i], "d",
                     1.5);
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Dial", "sa{sv}", "101", 1, keys[i], "v",
                     "s", "x");
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Dial", "sa{sv}", "101", 1, keys[i], "as",
                     1, "x");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Open", "sasa{sv}", "none", 0, 1,
                     options[i], "d", 1.5);
    expect_unchanged(t, before);
}
END_TEST

/* Each may be named twice; nobody means a thousand. */
START_TEST(media_modes_without_end) {
    static const guint counts[] = {64, 65, 1000};
    Client *alice = bus_client(t);
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(alice), &message, CALLBUS_NAME, LINE("loop0"),
                                                        CALLBUS_LINE_INTERFACE, "Open"), 0);
        ck_assert_int_ge(sd_bus_message_append(message, "s", "none"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(message, 'a', "s"), 0);
        for (guint j = 0; j < counts[i]; j++)
            ck_assert_int_ge(sd_bus_message_append(message, "s", j % 2 ? "video" : "tdd"), 0);
        ck_assert_int_ge(sd_bus_message_close_container(message), 0);
        ck_assert_int_ge(sd_bus_message_append(message, "a{sv}", 0), 0);
        if (counts[i] <= 64)
            client_await_success(alice, client_send_message(alice, message));
        else
            expect_answer_error(alice, client_send_message(alice, message), DBUS_ERROR_INVALID_ARGS);
    }
}
END_TEST

START_TEST(app_data_can_be_anything_within_bounds) {
    Scene scene = scene_begin(t, "monitor");
    ck_assert(scene_set(&scene, "connected"));
    const char *path = scene.monitor_path;
    client_call(scene.monitor, path, "SetAppData", "a{sv}", 3, "", "s", "", "deep", "v", "v", "a{sv}", 1, "x",
                "(iss)", 1, "a", "b", "bytes", "ay", 3, 0, 1, 255);
    ck_assert_str_eq(known_text(scene.monitor, path, "AppData"),
                     "{\"\": <s \"\">, \"bytes\": <ay [0x00, 0x01, 0xff]>, "
                     "\"deep\": <v <v <a{sv} {\"x\": <(iss) (1, \"a\", \"b\")>}>>>}");
    ck_assert_str_eq(get_text(scene.owner, scene.owner_path, "AppData"), "{}");
    g_autofree char *before = bus_snapshot(t), *big = g_strnfill(1000000, 'x');
    expect_error(scene.monitor, "TooBig", path, "SetAppData", "a{sv}", 1, "big", "s", big);
    /* The bus keeps descriptors from a service that takes none, and has its own word for that. */
    const char *error = client_try(scene.monitor, path, "SetAppData", "a{sv}", 1, "fd", "h", STDIN_FILENO);
    ck_assert(error && g_str_has_prefix(error, "org.freedesktop.DBus.Error."));
    expect_unchanged(t, before);
    client_call(scene.monitor, path, "SetAppData", "a{sv}", 0);
    ck_assert_str_eq(known_text(scene.monitor, path, "AppData"), "{}");
}
END_TEST

/* Of bytes: exactly the limit, and one more. */
static uint64_t send_call_data(Client *client, const char *path, size_t size) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    g_autofree uint8_t *bytes = g_malloc0(size);
    sd_bus_message_new_method_call(client_connection(client), &message, CALLBUS_NAME, path,
                                   CALLBUS_CALL_INTERFACE, "SetCallData");
    ck_assert_int_ge(sd_bus_message_append_array(message, 'y', bytes, size), 0);
    return client_send_message(client, message);
}

START_TEST(call_data_to_the_limit) {
    Scene scene = scene_begin(t, "monitor");
    ck_assert(scene_set(&scene, "connected"));
    client_await_success(scene.owner, send_call_data(scene.owner, scene.owner_path, 4096));
    g_autofree char *before = bus_snapshot(t);
    expect_answer_error(scene.owner, send_call_data(scene.owner, scene.owner_path, 4097), "TooBig");
    expect_answer_error(scene.monitor, send_call_data(scene.monitor, scene.monitor_path, 4097), "NotOwner");
    expect_unchanged(t, before);
    client_await_success(scene.owner, send_call_data(scene.owner, scene.owner_path, 0));
    ck_assert_str_eq(known_text(scene.owner, scene.owner_path, "CallData"), "[]");
    bus_barrier(t);
    ck_assert_str_eq(known_text(scene.monitor, scene.monitor_path, "CallData"), "[]");
}
END_TEST

START_TEST(a_released_handle_is_gone_for_every_method) {
    Scene scene = scene_begin(t, "monitor");
    ck_assert(scene_set(&scene, "connected"));
    client_release(scene.monitor, scene.monitor_path);
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < method_count; i++)
        expect_answer_error(scene.monitor,
                            methods[i].send(scene.monitor, scene.monitor_path, scene.monitor_other),
                            DBUS_ERROR_UNKNOWN_OBJECT);
    expect_unchanged(t, before);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bad-input");
    TCase *tcase = bus_case(suite, "bad input");
    tcase_add_test(tcase, wrong_types_of_every_method);
    tcase_add_test(tcase, unknown_members_and_objects);
    tcase_add_test(tcase, calls_without_an_interface);
    tcase_add_test(tcase, an_error_says_what_would_be_right_whatever_was_asked);
    tcase_add_test(tcase, options_of_the_wrong_type);
    tcase_add_test(tcase, media_modes_without_end);
    tcase_add_test(tcase, app_data_can_be_anything_within_bounds);
    tcase_add_test(tcase, call_data_to_the_limit);
    tcase_add_test(tcase, a_released_handle_is_gone_for_every_method);
    return bus_main(suite);
}
