/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages in the other order of bytes, which D-Bus leaves to whoever sends and some bindings use always: they do what others do.
 * And bytes that are no text, which not every bus keeps back. Sent by GDBus, as sd-bus sends neither.
 */
#include <gio/gio.h>
#include <string.h>

#include "tests/bus/util-bus.h"

#define OTHER_ORDER (G_BYTE_ORDER == G_LITTLE_ENDIAN ? G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN : G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN)

/* A client that the harness knows nothing of. */
static GDBusConnection *stranger_new(void) {
    g_autoptr(GError) error = NULL;
    GDBusConnection *stranger = g_dbus_connection_new_for_address_sync(
        bus_address(t), G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL,
        &error);
    ck_assert_msg(stranger, "%s", error ? error->message : "no connection");
    g_dbus_connection_set_exit_on_close(stranger, FALSE);
    return stranger;
}

static void stranger_leave(GDBusConnection *stranger) {
    g_dbus_connection_close_sync(stranger, NULL, NULL);
    g_object_unref(stranger);
}

/* The arguments as GVariant's text. */
static GDBusMessage *turned(const char *path, const char *interface, const char *member, const char *arguments) {
    GDBusMessage *message = g_dbus_message_new_method_call(CALLBUS_NAME, path, interface, member);
    g_dbus_message_set_body(message, g_variant_new_parsed(arguments));
    g_dbus_message_set_byte_order(message, OTHER_ORDER);
    return message;
}

static GDBusMessage *ask(GDBusConnection *stranger, GDBusMessage *message) {
    g_autoptr(GDBusMessage) question = message;
    g_autoptr(GError) error = NULL;
    GDBusMessage *answer = g_dbus_connection_send_message_with_reply_sync(stranger, question, G_DBUS_SEND_MESSAGE_FLAGS_NONE, 20000,
                                                                          NULL, NULL, &error);
    ck_assert_msg(answer, "%s", error ? error->message : "no answer");
    return answer;
}

/* "error-name", or the content of the answer. */
static char *try_turned(GDBusConnection *stranger, const char *path, const char *interface, const char *member,
                        const char *arguments) {
    g_autoptr(GDBusMessage) answer = ask(stranger, turned(path, interface, member, arguments));
    const char *error = g_dbus_message_get_error_name(answer);
    GVariant *body = g_dbus_message_get_body(answer);
    return error ? g_strdup(error) : body ? g_variant_print(body, FALSE) : g_strdup("()");
}

static void expect_turned(GDBusConnection *stranger, const char *path, const char *interface, const char *member,
                          const char *arguments, const char *expected) {
    g_autofree char *seen = try_turned(stranger, path, interface, member, arguments);
    ck_assert_msg(g_str_equal(seen, expected), "%s%s gave %s", member, arguments, seen);
}

static char *property_of(GDBusConnection *stranger, const char *path, const char *name) {
    g_autofree char *arguments = g_strdup_printf("('%s', '%s')", CALLBUS_CALL_INTERFACE, name);
    return try_turned(stranger, path, DBUS_PROPERTIES_INTERFACE, "Get", arguments);
}

static void expect_property(GDBusConnection *stranger, const char *path, const char *name, const char *expected) {
    g_autofree char *seen = property_of(stranger, path, name);
    ck_assert_msg(g_str_equal(seen, expected), "%s is %s", name, seen);
}

/* A connected call of the stranger: its path. */
static char *connect_turned(GDBusConnection *stranger, const char *params) {
    g_autofree char *arguments = g_strdup_printf("('echo?ring=0', %s)", params);
    g_autoptr(GDBusMessage) answer = ask(stranger, turned(LINE("loop0"), CALLBUS_LINE_INTERFACE, "Dial", arguments));
    GVariant *body = g_dbus_message_get_body(answer);
    char *path = NULL;
    ck_assert_msg(!g_dbus_message_get_error_name(answer), "%s", g_dbus_message_get_error_name(answer));
    g_variant_get(body, "(o)", &path);
    for (;;) {
        g_autofree char *state = property_of(stranger, path, "State");
        if (strstr(state, "connected"))
            return path;
    }
}

/* ---- The other order ---- */

/* It waits until the bus has told who that is, and it is measured for that. */
START_TEST(the_first_message_of_a_client) {
    static const char *const arguments[] = {"([byte 1, 2, 3],)", "([uint64 1, 2],)", "({'x': <[byte 1, 2]>, 'y': <[int16 -1]>},)"};
    Client *alice = bus_client(t);
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        GDBusConnection *stranger = stranger_new();
        expect_turned(stranger, CALLBUS_CLIENT_PATH "/x/call/1_1", CALLBUS_CALL_INTERFACE, "SetCallData", arguments[i],
                      DBUS_ERROR_UNKNOWN_OBJECT);
        stranger_leave(stranger);
    }
    client_call(alice, CALLBUS_PATH, "ListLines", "");
}
END_TEST

START_TEST(arguments_are_what_they_are) {
    GDBusConnection *stranger = stranger_new();
    g_autofree char *call = connect_turned(stranger, "{'call-data': <[byte 1, 0, 255]>, 'user-user-info': <[byte 7]>, "
                                                     "'no-answer-timeout': <uint32 258>}");
    expect_property(stranger, call, "CallData", "(<[byte 0x01, 0x00, 0xff]>,)");
    expect_turned(stranger, call, CALLBUS_CALL_INTERFACE, "SetCallData", "([byte 1, 2],)", "()");
    expect_property(stranger, call, "CallData", "(<[byte 0x01, 0x02]>,)");
    expect_turned(stranger, call, CALLBUS_CALL_INTERFACE, "SendUserUserInfo", "([byte 7],)", "()");
    expect_turned(stranger, call, CALLBUS_CALL_INTERFACE, "SetAppData",
                  "({'a': <[uint64 1, 1099511627776]>, 'b': <(int16 -2, 1.5, true)>, 'c': <[byte 9]>},)", "()");
    expect_property(stranger, call, "AppData",
                    "(<{'a': <[uint64 1, 1099511627776]>, 'b': <(int16 -2, 1.5, true)>, 'c': <[byte 0x09]>}>,)");
    expect_turned(stranger, call, CALLBUS_CALL_INTERFACE, "SendDigits", "('1', {'duration-ms': <uint32 50>})", "()");
    expect_turned(stranger, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Forward", "([('no-answ', '', '102', uint32 3)],)", "()");
    expect_turned(stranger, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, "Remove", "([uint64 1, 2, 3],)", "(0,)");
    expect_turned(stranger, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, "Query", "({'since': <uint64 1>}, uint64 0, uint32 10)",
                  "([], 0)");
    stranger_leave(stranger);
}
END_TEST

static GDBusMessage *call_data_message(const char *path, size_t size) {
    g_autofree uint8_t *bytes = g_malloc0(size);
    GVariant *array = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size, 1);
    GDBusMessage *message = g_dbus_message_new_method_call(CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE, "SetCallData");
    g_dbus_message_set_body(message, g_variant_new_tuple(&array, 1));
    g_dbus_message_set_byte_order(message, OTHER_ORDER);
    return message;
}

/* Millions of values are not read one by one to know how much waits. */
START_TEST(a_first_message_without_end) {
    Client *alice = bus_client(t);
    GDBusConnection *stranger = stranger_new();
    g_autoptr(GDBusMessage) answer = ask(stranger, call_data_message(CALLBUS_CLIENT_PATH "/x/call/1_1", 4000000));
    ck_assert_str_eq(g_dbus_message_get_error_name(answer) ?: "()", DBUS_ERROR_LIMITS_EXCEEDED);
    client_call(alice, CALLBUS_PATH, "ListLines", "");
    expect_turned(stranger, CALLBUS_CLIENT_PATH "/x/call/1_1", CALLBUS_CALL_INTERFACE, "SetCallData", "([byte 1],)",
                  DBUS_ERROR_UNKNOWN_OBJECT);
    stranger_leave(stranger);
}
END_TEST

START_TEST(too_much_is_too_much) {
    static const struct {
        size_t size;
        const char *error;
    } cases[] = {{4096, "()"}, {4097, CALLBUS_ERROR_PREFIX "TooBig"}, {1000000, SD_BUS_ERROR_NOT_SUPPORTED}};
    Client *alice = bus_client(t);
    GDBusConnection *stranger = stranger_new();
    g_autofree char *call = connect_turned(stranger, "@a{sv} {}");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GDBusMessage) answer = ask(stranger, call_data_message(call, cases[i].size));
        ck_assert_str_eq(g_dbus_message_get_error_name(answer) ?: "()", cases[i].error);
    }
    client_call(alice, CALLBUS_PATH, "ListLines", "");
    stranger_leave(stranger);
}
END_TEST

/* One after the other, whichever order the bytes are in. */
START_TEST(requests_keep_their_order) {
    GDBusConnection *stranger = stranger_new();
    g_autofree char *call = connect_turned(stranger, "@a{sv} {}");
    for (unsigned i = 0; i < 20; i++) {
        g_autofree char *arguments = g_strdup_printf("([byte %u],)", i);
        g_autoptr(GDBusMessage) message = turned(call, CALLBUS_CALL_INTERFACE, "SetCallData", arguments);
        if (i % 3 == 1)
            g_dbus_message_set_byte_order(message, G_BYTE_ORDER == G_LITTLE_ENDIAN ? G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN
                                                                                    : G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN);
        ck_assert(g_dbus_connection_send_message(stranger, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL));
    }
    expect_property(stranger, call, "CallData", "(<[byte 0x13]>,)");
    stranger_leave(stranger);
}
END_TEST

/* ---- No text ---- */

/* The bus either throws the sender out, or lets us see to it. */
START_TEST(bytes_that_are_no_text) {
    Client *alice = bus_client(t);
    for (int i = 0; i < 4; i++) {
        GDBusConnection *stranger = stranger_new();
        GOutputStream *output = g_io_stream_get_output_stream(g_dbus_connection_get_stream(stranger));
        g_autoptr(GDBusMessage) message = turned(CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "FindCalls", "('QQQQ',)");
        g_autofree guchar *blob = NULL;
        gsize size = 0;
        if (i % 2 == 1)
            g_dbus_message_set_body(message, g_variant_new_parsed("({'QQQQ': <[byte 1, 2]>},)"));
        g_dbus_message_set_serial(message, 1000);
        blob = g_dbus_message_to_blob(message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
        ck_assert_ptr_nonnull(blob);
        for (gsize j = 0; j + 4 <= size; j++)
            if (memcmp(blob + j, "QQQQ", 4) == 0)
                memcpy(blob + j, i < 2 ? "\xff\xfe\xfd\xfc" : "a\0bc", 4);
        ck_assert(g_output_stream_write_all(output, blob, size, NULL, NULL, NULL));
        client_call(alice, CALLBUS_PATH, "ListLines", "");
        stranger_leave(stranger);
        client_call(alice, CALLBUS_PATH, "ListLines", "");
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("byte-order");
    TCase *tcase = bus_case(suite, "the other order");
    tcase_add_test(tcase, the_first_message_of_a_client);
    tcase_add_test(tcase, arguments_are_what_they_are);
    tcase_add_test(tcase, a_first_message_without_end);
    tcase_add_test(tcase, too_much_is_too_much);
    tcase_add_test(tcase, requests_keep_their_order);
    tcase = bus_case(suite, "no text");
    tcase_add_test(tcase, bytes_that_are_no_text);
    return bus_main(suite);
}
