/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers, names, comments, digits and tokens that stand out, in all that a service can be asked: they are told to those whom they
 * concern and to nobody else, and stand in no log, no file but the database, and no name of a file.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "service/cleanup.h"
#include "tests/bus/util-bus.h"

/* Each is part of something that is said, and of nothing else. The first ones are the lines' own numbers, which all who may use a
 * line see. */
enum { OWN_NUMBERS = 2 };

static const char *const canaries[] = {
    "5550147", "5550162",
    "5550193", "5550210", "5550261", "5550288", "98789878", "Kanarienvogel", "Zeisig", "Stieglitz",
    "Rotkehlchen", "Goldammer", "Girlitz",
};

static const char *const lines[] = {
    "canary.conf",
    "[Line]\nName=cage0\nLabel=Cage\nAddresses=5550147\nEmergencyNumbers=112\n",
    "other.conf",
    "[Line]\nName=cage1\nLabel=Other\nAddresses=5550162\nMaxActiveCalls=2\n",
    NULL,
};

static void set_up(void) {
    t = bus_new(&(BusOptions) { .no_debug = true, .lines = lines });
}

/* ---- Where they may not be ---- */

static const char *find_from(size_t first, const char *text, size_t size) {
    for (size_t i = first; i < G_N_ELEMENTS(canaries); i++)
        if (memmem(text, size, canaries[i], strlen(canaries[i])))
            return canaries[i];
    return NULL;
}

static const char *find_canary(const char *text, size_t size) {
    return find_from(0, text, size);
}

static void expect_none(size_t first, const char *text, const char *where) {
    const char *canary = find_from(first, text, strlen(text)), *at = canary ? strstr(text, canary) : text;

    ck_assert_msg(!canary, "%s has %s: ...%.300s", where, canary, text + MAX(at - text - 200, 0));
}

static unsigned found_in_database;

/* Files of the service: none for others to read, none with a canary but the database. */
static int check_file(const char *path, const struct stat *st, int type, struct FTW *where) {
    g_autofree char *text = NULL;
    size_t size = 0;
    const char *canary, *name = path + where->base;

    ck_assert_msg((st->st_mode & 077) == 0, "%s has mode %o", path, st->st_mode & 07777);
    ck_assert_msg(!find_canary(name, strlen(name)), "there is a file %s", path);
    if (type != FTW_F || !g_file_get_contents(path, &text, &size, NULL))
        return 0;
    canary = find_canary(text, size);
    if (g_str_has_prefix(name, "callbus.db"))
        found_in_database += canary != NULL;
    else
        ck_assert_msg(!canary, "%s has %s", path, canary);
    return 0;
}

static void check_state(void) {
    g_autofree char *state = g_build_filename(bus_directory(t), "state", NULL);

    ck_assert_int_eq(nftw(state, check_file, 8, FTW_PHYS), 0);
}

static void check_log(void) {
    g_autofree char *log = bus_service_log(t);

    expect_none(0, log, "the log");
}

/* What can be seen of the process by everybody: its arguments and its name. */
static void check_process(void) {
    static const char *const files[] = { "cmdline", "comm" };

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int) bus_service_pid(t), files[i]), *text = NULL;
        size_t size = 0;

        ck_assert(g_file_get_contents(path, &text, &size, NULL));
        ck_assert_msg(!find_canary(text, size), "%s has one", path);
    }
}

/* All that somebody heard who has nothing to do with it. */
static void check_record(Client *client) {
    client_barrier(client);
    for (guint i = 0; i < client_event_count(client); i++) {
        const Event *event = client_event(client, i);
        g_autofree char *text = NULL;

        sd_bus_message_rewind(event->message, true);
        text = message_text(event->message);
        expect_none(OWN_NUMBERS, text, event->member);
    }
}

/* ---- What is said ---- */

/* As client_send(), and waits: it may be refused. */
#define SAYS(...) client_await(alice, client_send(alice, __VA_ARGS__))

static void says_all(Client *alice, Client *bob) {
    const char *call, *far;

    client_open(bob, "cage1", "owner+monitor");
    call = client_dial_types(alice, "cage0", "sa{sv}", "555-0162", 5, "called-party", "s", "Kanarienvogel", "comment", "s",
                             "Zeisig ruft zurück", "token", "s", "Rotkehlchen", "user-user-info", "ay", 7, 'G', 'i', 'r', 'l', 'i',
                             't', 'z', "call-data", "ay", 9, 'S', 't', 'i', 'e', 'g', 'l', 'i', 't', 'z');
    far = await_handle(bob);
    client_call(bob, far, "Answer", "");
    await_state(alice, call, "connected");
    SAYS(call, "SetAppData", "a{sv}", 1, "note", "s", "Goldammer");
    SAYS(call, "SetCallData", "ay", 9, 'S', 't', 'i', 'e', 'g', 'l', 'i', 't', 'z');
    SAYS(call, "SendUserUserInfo", "ay", 7, 'G', 'i', 'r', 'l', 'i', 't', 'z');
    SAYS(call, "MonitorDigits", "b", 1);
    client_call(bob, far, "SendDigits", "sa{sv}", "98789878#", 0);
    SAYS(call, "GatherDigits", "usuu", 8, "#", 20000, 20000);
    SAYS(call, "SetupTransfer", "sa{sv}", "5550193", 1, "comment", "s", "Zeisig");
    SAYS(call, "BlindTransfer", "s", "5550210");
    SAYS(call, "SetupConference", "sa{sv}", "5550261", 0);
    SAYS(call, "Park", "s", "5550288");
    SAYS(call, "Handoff", "s", "com.example.Kanarienvogel");
    SAYS(call, "Redirect", "s", "5550210");
    SAYS(call, "DialDigits", "s", "5550193");
    SAYS(call, "Hold", "");
}

/* What is wrong in every way, and comes back in the texts of errors. */
static void says_nonsense(Client *alice) {
    SAYS(LINE("cage0"), "Dial", "sa{sv}", "*21*5550193#", 0);
    SAYS(LINE("cage0"), "Dial", "sa{sv}", "5550193\n", 0);
    SAYS(LINE("cage0"), "Dial", "sa{sv}", "answer?5550193", 0);
    SAYS(LINE("cage0"), "Dial", "sa{sv}", "5550193", 1, "Kanarienvogel", "s", "");
    SAYS(LINE("cage0"), "Dial", "sa{sv}", "5550193", 1, "media-mode", "s", "Kanarienvogel");
    SAYS(LINE("cage0"), "Unpark", "s", "5550288");
    SAYS(LINE("cage0"), "Pickup", "ss", "5550288", "Zeisig");
    SAYS(LINE("cage0"), "Forward", "a(sssu)", 1, "busy-specific", "5550210", "5550193", 3);
    SAYS(LINE("cage0"), "Forward", "a(sssu)", 1, "uncond", "", "5550147", 3);
    SAYS(LINE("cage0"), "Open", "sasa{sv}", "owner", 1, "Kanarienvogel", 0);
    SAYS(LINE("cage0"), "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", "com.example.Kanarienvogel");
    SAYS(LINE("cage0"), "CancelCompletion", "s", "Kanarienvogel");
    SAYS(CALLBUS_PATH, "RequestCall", "sa{sv}", "tel:5550193", 1, "called-party", "s", "Kanarienvogel");
    SAYS(CALLBUS_PATH, "FindCalls", "s", "Kanarienvogel");
    SAYS(CALLBUS_PATH, "FindByNetworkId", "ss", "sip-call-id", "5550193@Kanarienvogel");
    SAYS(CALLBUS_PATH, "SetAppPriority", "sas", "Kanarienvogel", 1, "com.example.A");
}

/* Somebody who knows all paths asks for everything there. */
static void asks_around(Client *mallory, Client *of) {
    static const char *const members[] = { "Hold", "Drop", "Release", "Nothing" };

    client_call(mallory, CALLBUS_PATH, "ListCalls", "");
    client_call(mallory, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
    client_call(mallory, CALLBUS_PATH, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "");
    client_call(mallory, CALLBUS_CLIENT_PATH, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "");
    for (guint i = 0; i < client_event_count(of); i++) {
        const char *path = client_event(of, i)->path;

        if (!g_str_has_prefix(path, CALLBUS_CLIENT_PATH))
            continue;
        for (size_t j = 0; j < G_N_ELEMENTS(members); j++)
            client_await(mallory, client_send(mallory, path, members[j], ""));
        client_await(mallory, client_send(mallory, path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE));
        client_await(mallory, client_send(mallory, path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "Caller"));
        client_await(mallory, client_send(mallory, path, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", ""));
    }
}

static void scene(Client *mallory) {
    Client *alice = bus_client(t), *bob = bus_client(t);

    says_all(alice, bob);
    says_nonsense(alice);
    asks_around(mallory, alice);
    check_record(mallory);
    check_process();
    client_kill(alice);
    bus_barrier(t);
}

START_TEST(nothing_is_told_to_others) {
    Client *mallory = bus_client(t);

    client_open(mallory, "loop0", "owner+monitor");
    scene(mallory);
    check_record(mallory);
    check_log();
    check_state();
    bus_stop_service(t, SIGTERM);
    check_log();
    check_state();
    ck_assert_msg(found_in_database > 0, "the canaries were nowhere: this test has seen nothing");
}
END_TEST

/* Its core, if there was one, would have been named by others: only what the service itself may do is told here. */
START_TEST(nothing_is_left_by_a_crash) {
    Client *mallory = bus_client(t);

    scene(mallory);
    bus_stop_service(t, SIGABRT);
    check_log();
    check_state();
    bus_start_service(t);
    check_log();
    check_state();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("privacy");
    TCase *tcase = bus_case_with(suite, "canaries", set_up);

    tcase_add_test(tcase, nothing_is_told_to_others);
    tcase_add_test(tcase, nothing_is_left_by_a_crash);
    return bus_main(suite);
}
