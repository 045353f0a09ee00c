/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several users on a bus as the system bus: a line that is not for one does not exist for it. As root, which alone can be others. */
#include "tests/bus/util-bus.h"
#include "tests/bus/util-system.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const lines[] = {
    "open.conf",   "[Line]\nName=open\nAddresses=500\n",
    "desk.conf",   "[Line]\nName=desk\nAddresses=501\nAllowedUsers=daemon\n",
    "fax.conf",    "[Line]\nName=fax0\nAddresses=502\nAllowedGroups=mail\n",
    "secret.conf", "[Line]\nName=root\nAddresses=503\nAllowedUsers=\n",
    "shared.conf", "[Line]\nName=shared\nAddresses=504\nAllowedUsers=daemon;backup\n",
    NULL,
};

static void setup(void) {
    t = bus_new(&(BusOptions){.system = true, .lines = lines, .config = "[Loopback]\nDefaultLines=no\n"});
}

/* The names of the lines in a text, in order: "desk open". */
static char *names_in(const char *text) {
    static const char *const names[] = {"desk", "fax0", "open", "root", NULL};
    g_autoptr(GString) found = g_string_new(NULL);
    for (size_t i = 0; names[i]; i++) {
        g_autofree char *path = g_strconcat(LINE(""), names[i], NULL);
        g_autofree char *node = g_strdup_printf("<node name=\"%s\"/>", names[i]);
        if (strstr(text, path) || strstr(text, node))
            g_string_append_printf(found, "%s%s", found->len > 0 ? " " : "", names[i]);
    }
    return g_string_free(g_steal_pointer(&found), FALSE);
}

static void expect_lines(Client *client, const char *expected) {
    static const struct {
        const char *path, *member;
    } questions[] = {
        {CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE ".ListLines"},
        {CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects"},
        {CALLBUS_LINE_PATH, DBUS_INTROSPECTABLE_INTERFACE ".Introspect"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        const char *text = answer_text(client, client_call(client, questions[i].path, questions[i].member, ""));
        g_autofree char *seen = names_in(text);
        ck_assert_msg(strcmp(seen, expected) == 0, "%s tells of '%s' instead of '%s': %s", questions[i].member, seen,
                      expected, text);
    }
}

START_TEST(everybody_sees_the_own_lines) {
    expect_lines(bus_client(t), "desk fax0 open root");
    expect_lines(bus_client_of(t, "daemon", NULL), "desk open");
    expect_lines(bus_client_of(t, "nobody", NULL), "open");
    expect_lines(bus_client_of(t, "nobody", "mail"), "fax0 open");
    expect_lines(bus_client_of(t, "daemon", "mail"), "desk fax0 open");
    expect_lines(bus_client_of(t, "mail", NULL), "fax0 open");
}
END_TEST

/* The answer to the same question about two paths is the same, but for the path. */
static void expect_alike(Client *client, const char *hidden, const char *invented, const char *member, const char *types,
                         ...) {
    va_list ap, again;
    va_start(ap, types);
    va_copy(again, ap);
    g_autofree char *of_hidden =
        g_strdup(answer_text(client, client_await(client, client_sendv(client, hidden, member, types, ap))));
    const char *of_invented =
        answer_text(client, client_await(client, client_sendv(client, invented, member, types, again)));
    va_end(ap);
    va_end(again);
    for (char *place = of_hidden; (place = strstr(place, hidden));)
        memcpy(place, invented, strlen(invented));
    ck_assert_str_eq(of_hidden, of_invented);
}

START_TEST(a_hidden_line_is_like_one_that_never_was) {
    static const char *const without_arguments[] = {"Close", "GetNewCalls", "ListApps", "NoSuchMethod", NULL};
    Client *nobody = bus_client_of(t, "nobody", NULL);
    const char *hidden = LINE("desk"), *invented = LINE("dusk");
    for (size_t i = 0; without_arguments[i]; i++)
        expect_alike(nobody, hidden, invented, without_arguments[i], "");
    expect_alike(nobody, hidden, invented, "Open", "sasa{sv}", "owner", 0, 0);
    expect_alike(nobody, hidden, invented, "Open", "s", "owner");
    expect_alike(nobody, hidden, invented, "Dial", "sa{sv}", "500", 0);
    expect_alike(nobody, hidden, invented, "Pickup", "ss", "500", "");
    expect_alike(nobody, hidden, invented, "Unpark", "s", "701");
    expect_alike(nobody, hidden, invented, "Forward", "a(sssu)", 0);
    expect_alike(nobody, hidden, invented, "SetupConference", "a{sv}", 0);
    expect_alike(nobody, hidden, invented, "CancelCompletion", "s", "1");
    expect_alike(nobody, hidden, invented, PROPERTIES("Get"), "ss", CALLBUS_LINE_INTERFACE, "State");
    expect_alike(nobody, hidden, invented, PROPERTIES("Get"), "ss", CALLBUS_LINE_INTERFACE, "Nothing");
    expect_alike(nobody, hidden, invented, PROPERTIES("GetAll"), "s", CALLBUS_LINE_INTERFACE);
    expect_alike(nobody, hidden, invented, PROPERTIES("GetAll"), "s", "");
    expect_alike(nobody, hidden, invented, PROPERTIES("Set"), "ssv", CALLBUS_LINE_INTERFACE, "State", "s", "x");
    expect_alike(nobody, hidden, invented, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "");
    expect_alike(nobody, hidden, invented, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
    expect_error(nobody, DBUS_ERROR_UNKNOWN_OBJECT, hidden, "Open", "sasa{sv}", "owner", 0, 0);
}
END_TEST

/* Of all signals that the client heard, those about that path. */
static guint count_about(Client *client, const char *path) {
    bus_barrier(t);
    return signal_count(client, 0, path, "PropertiesChanged") + signal_count(client, 0, path, "InterfacesAdded") +
           signal_count(client, 0, path, "InterfacesRemoved");
}

START_TEST(what_becomes_of_a_line_is_told_to_its_users) {
    Client *root = bus_client(t), *daemon = bus_client_of(t, "daemon", NULL), *nobody = bus_client_of(t, "nobody", NULL),
           *mail = bus_client_of(t, "nobody", "mail");
    expect_lines(daemon, "desk open");
    expect_lines(nobody, "open");
    expect_lines(mail, "fax0 open");
    client_set_line_state(root, "desk", "out-of-service", "maintenance");
    await_signal(daemon, LINE("desk"), "PropertiesChanged");
    client_set_line_state(root, "fax0", "out-of-service", "maintenance");
    await_signal(mail, LINE("fax0"), "PropertiesChanged");
    client_set_line_state(root, "open", "out-of-service", "maintenance");
    await_signal(nobody, LINE("open"), "PropertiesChanged");
    client_set_line_state(root, "desk", "removed", "gone");
    await_signal(daemon, LINE("desk"), "PropertiesChanged");
    ck_assert_uint_eq(count_about(daemon, LINE("desk")), 3);
    ck_assert_uint_eq(count_about(root, LINE("desk")), 3);
    ck_assert_uint_eq(count_about(mail, LINE("desk")), 0);
    ck_assert_uint_eq(count_about(nobody, LINE("desk")), 0);
    ck_assert_uint_eq(count_about(daemon, LINE("fax0")), 0);
    ck_assert_uint_eq(count_about(nobody, LINE("fax0")), 0);
    ck_assert_uint_eq(count_about(mail, LINE("open")), 1);
}
END_TEST

/* What is open to all is told to all, whether they ever asked for something or not. */
START_TEST(who_never_asked_hears_of_open_lines_only) {
    Client *root = bus_client(t), *daemon = bus_client_of(t, "daemon", NULL);
    client_reach_bus(daemon);
    client_set_line_state(root, "desk", "out-of-service", "");
    client_set_line_state(root, "open", "out-of-service", "");
    await_signal(daemon, LINE("open"), "PropertiesChanged");
    ck_assert_uint_eq(signal_count(daemon, 0, LINE("desk"), "PropertiesChanged"), 0);
}
END_TEST

START_TEST(wishes_stay_with_their_user) {
    Client *dialer = bus_client_of(t, "daemon", NULL), *browser = bus_client_of(t, "daemon", NULL),
           *nobody = bus_client_of(t, "nobody", NULL);
    client_call(dialer, CALLBUS_PATH, "RegisterRecipient", "b", true);
    expect_error(nobody, "TargetNotFound", CALLBUS_PATH, "RequestCall", "sa{sv}", "500", 0);
    expect_error(bus_client(t), "TargetNotFound", CALLBUS_PATH, "RequestCall", "sa{sv}", "500", 0);
    client_call(browser, CALLBUS_PATH, "RequestCall", "sa{sv}", "tel:500", 0);
    await_signal(dialer, CALLBUS_PATH, "CallRequested");
    ck_assert_uint_eq(signal_count(dialer, 0, CALLBUS_PATH, "CallRequested"), 1);
}
END_TEST

START_TEST(calls_are_their_users_own) {
    Client *root = bus_client(t), *daemon = bus_client_of(t, "daemon", NULL), *nobody = bus_client_of(t, "nobody", NULL);
    client_open(daemon, "desk", "owner");
    const char *call_id = client_incoming(root, "desk", "777"), *path = await_handle(daemon);
    expect_error(nobody, DBUS_ERROR_UNKNOWN_OBJECT, path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
    expect_error(nobody, DBUS_ERROR_UNKNOWN_OBJECT, path, "Answer", "");
    ck_assert_str_eq(answer_text(nobody, client_call(nobody, CALLBUS_PATH, "FindCalls", "s", call_id)), "[]");
    expect_error(nobody, DBUS_ERROR_ACCESS_DENIED, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".Incoming", "ss", "desk", "1");
    /* With --debug root may look. */
    client_call(root, path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
    bus_barrier(t);
    ck_assert_uint_eq(known_alive_count(nobody), 0);
    client_drop(daemon, path);
}
END_TEST

/* With --debug the user of the service may look as well, but not at what is on a line that is not for it: all are, for root. */
START_TEST(whoever_debugs_sees_no_hidden_line) {
    Client *root = bus_client(t), *daemon = bus_client_of(t, "daemon", NULL), *looker = bus_client_of(t, system_service_user(), NULL);
    bool sees_all = strcmp(system_service_user(), "root") == 0;
    client_open(daemon, "desk", "owner");
    client_open(daemon, "shared", "owner");
    client_incoming(root, "desk", "777");
    const char *hidden = await_handle(daemon);
    client_incoming(root, "shared", "778");
    const char *shown = await_handle(daemon);
    ck_assert_str_eq(get_string(looker, shown, "State"), "offering");
    if (!sees_all)
        expect_error(looker, DBUS_ERROR_UNKNOWN_OBJECT, hidden, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "State");
    g_autofree char *parent = g_path_get_dirname(hidden);
    const char *text = answer_text(looker, client_call(looker, parent, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", ""));
    ck_assert_msg(strstr(text, strrchr(shown, '/') + 1), "%s", text);
    ck_assert_msg((strstr(text, strrchr(hidden, '/') + 1) != NULL) == sees_all, "%s", text);
}
END_TEST

static void write_line(const char *file, const char *text) {
    g_autofree char *path = g_build_filename(bus_directory(t), "config", "lines.d", file, NULL);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
}

/* What was decided while the service was down holds for what was kept, too. */
START_TEST(a_line_may_be_another_users_after_a_restart) {
    Client *root = bus_client(t), *daemon = bus_client_of(t, "daemon", NULL), *nobody = bus_client_of(t, "nobody", NULL);
    client_open(daemon, "desk", "owner");
    client_incoming(root, "desk", "777");
    const char *path = await_handle(daemon);
    bus_stop_service(t, SIGKILL);
    write_line("desk.conf", "[Line]\nName=desk\nAddresses=501\nAllowedUsers=nobody\n");
    bus_start_service(t);
    ck_assert_uint_eq(client_resumed_count(daemon), 1);
    expect_error(daemon, DBUS_ERROR_UNKNOWN_OBJECT, path, "Drop", "a{sv}", 0);
    expect_error(daemon, DBUS_ERROR_UNKNOWN_OBJECT, LINE("desk"), "Close", "");
    expect_lines(daemon, "open");
    expect_lines(nobody, "desk open");
    client_open(nobody, "desk", "owner");
    client_incoming(root, "desk", "778");
    client_drop(nobody, await_handle(nobody));
    expect_no_signal_within_barrier(daemon);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("users");
    TCase *tcase = bus_case_with(suite, "users", setup);
    if (geteuid() != 0) {
        fprintf(stderr, "Only root can be several users: run this test as root\n");
        return EXIT_FAILURE;
    }
    tcase_add_test(tcase, everybody_sees_the_own_lines);
    tcase_add_test(tcase, a_hidden_line_is_like_one_that_never_was);
    tcase_add_test(tcase, what_becomes_of_a_line_is_told_to_its_users);
    tcase_add_test(tcase, who_never_asked_hears_of_open_lines_only);
    tcase_add_test(tcase, wishes_stay_with_their_user);
    tcase_add_test(tcase, calls_are_their_users_own);
    tcase_add_test(tcase, whoever_debugs_sees_no_hidden_line);
    tcase_add_test(tcase, a_line_may_be_another_users_after_a_restart);
    return bus_main(suite);
}
