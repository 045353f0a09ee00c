/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of users on a bus like that of a system: one who is at a limit is refused, the others feel nothing of it. */
#include "tests/bus/util-robust.h"
#include "tests/bus/util-system.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define USERS "AllowedUsers=nobody;bin;sys;games\n"

static const char *const lines[] = {
    "guarded.conf", "[Line]\nName=guarded\nAddresses=500\n" USERS "CountryCode=49\nCostlyPrefixes=0900\nEmergencyNumbers=112\n"
                    "DialsPerDay=4\nCostlyDialsPerDay=1\nCallsPerUser=2\n",
    "open.conf",    "[Line]\nName=open\nAddresses=501\n" USERS "EmergencyNumbers=112\n",
    "help.conf",    "[Line]\nName=help\nAddresses=112\n" USERS,
    "hidden.conf",  "[Line]\nName=hidden\nAddresses=502\nAllowedUsers=root\nEmergencyNumbers=112\n",
    NULL,
};

static void setup_with(const char *config) {
    g_autofree char *all = g_strconcat("[Loopback]\nDefaultLines=no\n[Service]\n", config, NULL);
    t = bus_new(&(BusOptions){.system = true, .lines = lines, .config = all});
}

static void setup(void) {
    setup_with("OpensPerClient=2\nHandlesPerUser=20\n");
}

static Client *alice, *bob;

static void two_users(void) {
    alice = bus_client_of(t, system_user(0), NULL);
    bob = bus_client_of(t, system_user(1), NULL);
}

static const char *dial(Client *client, const char *line, const char *address) {
    return client_try(client, line, "Dial", "sa{sv}", address, 0);
}

static void expect_too_many(Client *client, const char *line, const char *address) {
    expect_error(client, DBUS_ERROR_LIMITS_EXCEEDED, line, "Dial", "sa{sv}", address, 0);
}

/* Connected and over: it counts once. */
static void calls_and_hangs_up(Client *client, const char *line) {
    const char *path = client_dial(client, line, "answer?ring=0");
    await_state(client, path, "connected");
    client_drop(client, path);
}

/* How often the log tells of a refusal of that user. */
static guint told_of(const char *user) {
    g_autofree char *log = bus_service_log(t), *line = g_strdup_printf("event: limit, uid: %u,", (unsigned) system_uid(user));
    guint count = 0;
    for (const char *place = log; (place = strstr(place, line)); place++)
        count++;
    return count;
}

/* ---- Dialling ---- */

START_TEST(a_user_dials_so_often_and_no_more) {
    two_users();
    for (int i = 0; i < 4; i++)
        calls_and_hangs_up(alice, "guarded");
    for (int i = 0; i < 10; i++)
        expect_too_many(alice, LINE("guarded"), "answer");
    const char *text = answer_text(alice, client_await(alice, client_send(alice, LINE("guarded"), "Dial", "sa{sv}", "answer", 0)));
    ck_assert_msg(strstr(text, "DialsPerDay is 4 on line guarded") && strstr(text, "try again in 6 h"), "%s", text);
    /* Another program of that user is no other user. */
    expect_too_many(bus_client_of(t, system_user(0), NULL), LINE("guarded"), "answer");
    calls_and_hangs_up(alice, "open");
    for (int i = 0; i < 4; i++)
        calls_and_hangs_up(bob, "guarded");
    expect_too_many(bob, LINE("guarded"), "answer");
    ck_assert_uint_eq(told_of(system_user(0)), 1);
    ck_assert_uint_eq(told_of(system_user(1)), 1);
}
END_TEST

START_TEST(a_costly_number_is_one_however_it_is_written) {
    static const char *const ways[] = {"0900123", "+49900123", "tel:+49-900-123", "%2B44123", "0044 123", "sip:+44123@gateway"};
    two_users();
    ck_assert_ptr_null(dial(alice, LINE("guarded"), "+44123"));
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const char *error = dial(alice, LINE("guarded"), ways[i]);
        ck_assert_msg(error, "'%s' was dialled", ways[i]);
    }
    expect_too_many(alice, LINE("guarded"), "0900 1");
    calls_and_hangs_up(alice, "guarded");
    ck_assert_ptr_null(dial(bob, LINE("guarded"), "+44123"));
}
END_TEST

START_TEST(so_many_calls_are_up_at_a_time) {
    two_users();
    const char *first = client_dial(alice, "guarded", "no-answer?ring=60m");
    client_dial(alice, "guarded", "no-answer?ring=60m");
    expect_too_many(alice, LINE("guarded"), "answer");
    client_dial(bob, "guarded", "no-answer?ring=60m");
    client_drop(alice, first);
    client_dial(alice, "guarded", "answer");
}
END_TEST

/* However often it is killed, what was dialled was dialled. */
START_TEST(a_restart_gives_nothing_back) {
    two_users();
    for (int i = 0; i < 3; i++) {
        calls_and_hangs_up(alice, "guarded");
        bus_stop_service(t, SIGKILL);
        bus_start_service(t);
    }
    calls_and_hangs_up(alice, "guarded");
    for (int i = 0; i < 3; i++) {
        expect_too_many(alice, LINE("guarded"), "answer");
        bus_stop_service(t, i == 1 ? SIGTERM : SIGKILL);
        bus_start_service(t);
    }
    expect_too_many(alice, LINE("guarded"), "answer");
    calls_and_hangs_up(bob, "guarded");
}
END_TEST

/* ---- Handles and lines ---- */

START_TEST(a_client_opens_so_many_lines) {
    two_users();
    client_open(alice, "guarded", "owner");
    client_open(alice, "open", "owner");
    expect_error(alice, DBUS_ERROR_LIMITS_EXCEEDED, LINE("help"), "Open", "sasa{sv}", "owner", 0, 0);
    client_open(alice, "open", "owner+monitor");
    client_open(bus_client_of(t, system_user(0), NULL), "help", "owner");
    client_close_line(alice, "guarded");
    client_open(alice, "help", "owner");
    client_open(bob, "guarded", "owner");
}
END_TEST

START_TEST(a_user_has_so_many_handles) {
    two_users();
    Client *second = bus_client_of(t, system_user(0), NULL);
    const char *first = client_dial(alice, "open", "no-answer?ring=60m");
    for (int i = 1; i < 20; i++)
        client_dial(i % 2 == 0 ? alice : second, "open", "no-answer?ring=60m");
    expect_too_many(alice, LINE("open"), "answer");
    expect_too_many(second, LINE("open"), "answer");
    client_dial(bob, "open", "answer");
    client_drop(alice, first);
    client_release(alice, first);
    client_dial(second, "open", "answer");
}
END_TEST

/* ---- Emergencies ---- */

/* All that alice may have is used up. */
START_TEST(an_emergency_passes_all_limits) {
    two_users();
    for (int i = 0; i < 2; i++)
        calls_and_hangs_up(alice, "guarded");
    client_dial(alice, "guarded", "no-answer?ring=60m");
    client_dial(alice, "guarded", "no-answer?ring=60m");
    for (int i = 2; i < 20; i++)
        client_dial(alice, "open", "no-answer?ring=60m");
    expect_too_many(alice, LINE("guarded"), "answer");
    expect_too_many(alice, LINE("open"), "answer");
    for (int i = 0; i < 3; i++) {
        const char *help = client_dial(alice, "guarded", i == 0 ? "112" : i == 1 ? "tel:112" : "1-1-2");
        ck_assert_uint_eq(get_number(alice, help, "Emergency"), 1);
        await_state(alice, help, "ringback");
        if (i < 2)
            client_drop(alice, help);
    }
    expect_too_many(alice, LINE("guarded"), "answer");
}
END_TEST

/* ---- Clients ---- */

static void setup_clients(void) {
    setup_with("ClientsPerUser=3\n");
}

static int ask(sd_bus *bare, sd_bus_error *error, const char *address) {
    sd_bus_error_free(error);
    return address ? sd_bus_call_method(bare, CALLBUS_NAME, LINE("guarded"), CALLBUS_LINE_INTERFACE, "Dial", error, NULL, "sa{sv}",
                                        address, 0)
                   : sd_bus_call_method(bare, CALLBUS_NAME, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListLines", error, NULL, "");
}

START_TEST(a_user_has_so_many_clients) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus *bare[4];
    for (int i = 0; i < 4; i++)
        bare[i] = bare_new_of(t, system_user(0));
    for (int i = 0; i < 3; i++)
        ck_assert_int_ge(ask(bare[i], &error, NULL), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_lt(ask(bare[3], &error, NULL), 0);
        ck_assert_str_eq(error.name, DBUS_ERROR_LIMITS_EXCEEDED);
        ck_assert_msg(strstr(error.message, "ClientsPerUser is 3"), "%s", error.message);
    }
    ck_assert_int_lt(ask(bare[3], &error, "answer"), 0);
    /* Others come and go as they like. */
    for (int i = 0; i < 3; i++)
        client_call(bus_client_of(t, system_user(1), NULL), CALLBUS_PATH, "ListLines", "");
    /* Once one is gone, there is room. */
    bare_free(bare[1]);
    while (ask(bare[3], &error, NULL) < 0)
        g_usleep(1000);
    bare[1] = bare_new_of(t, system_user(0));
    ck_assert_int_lt(ask(bare[1], &error, NULL), 0);
    /* Whoever calls for help is no one too many. */
    ck_assert_int_ge(ask(bare[1], &error, "112"), 0);
    for (int i = 0; i < 4; i++)
        bare_free(bare[i]);
    ck_assert_uint_eq(told_of(system_user(0)), 1);
}
END_TEST

/* A line that is not for its user is no other than one that does not exist, and a call for help has to be one. */
START_TEST(who_is_one_too_many_finds_no_lines) {
    static const char *const paths[] = { LINE("hidden"), LINE("invented"), LINE("guarded") };
    sd_bus *bare[4];
    for (int i = 0; i < 4; i++)
        bare[i] = bare_new_of(t, system_user(0));
    for (int i = 0; i < 3; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        ck_assert_int_ge(ask(bare[i], &error, NULL), 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        bool real = strcmp(paths[i], LINE("guarded")) == 0;
        ck_assert_int_lt(sd_bus_call_method(bare[3], CALLBUS_NAME, paths[i], CALLBUS_LINE_INTERFACE, "Dial", &error, NULL,
                                            real ? "s" : "sa{sv}", "112", 0), 0);
        ck_assert_str_eq(error.name, DBUS_ERROR_LIMITS_EXCEEDED);
    }
    for (int i = 0; i < 4; i++)
        bare_free(bare[i]);
}
END_TEST

/* There may be fewer now than there were. */
START_TEST(who_was_there_before_is_not_one_too_many) {
    g_autofree char *file = g_build_filename(bus_directory(t), "config", "callbusd.conf", NULL);
    Client *clients[3];
    const char *calls[G_N_ELEMENTS(clients)];
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        clients[i] = bus_client_of(t, system_user(0), NULL);
        calls[i] = client_dial(clients[i], "open", "answer?ring=0");
        await_state(clients[i], calls[i], "connected");
    }
    bus_stop_service(t, SIGKILL);
    ck_assert(g_file_set_contents(file, "[Loopback]\nDefaultLines=no\n[Service]\nClientsPerUser=1\n", -1, NULL));
    bus_start_service(t);
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        ck_assert_str_eq(get_string(clients[i], calls[i], "State"), "disconnected");
}
END_TEST

/* ---- Messages ---- */

static void setup_messages(void) {
    setup_with("MessagesPerSecond=10\n");
}

/* Of so many messages, one after the other, so many are answered: those that could be sent at once, and one each 100 ms. */
static void expect_answered(sd_bus *bare, guint n, guint at_once) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    gint64 begin = g_get_monotonic_time();
    guint answered = 0;
    for (guint i = 0; i < n; i++) {
        answered += ask(bare, &error, NULL) >= 0;
        ck_assert(!sd_bus_error_is_set(&error) || strcmp(error.name, DBUS_ERROR_LIMITS_EXCEEDED) == 0);
    }
    guint most = at_once + (g_get_monotonic_time() - begin) / 100000 + 2;
    ck_assert_msg(answered >= MIN(at_once, n) && answered <= most, "%u of %u were answered, and not %u to %u", answered, n, at_once, most);
}

START_TEST(a_user_sends_so_many_messages) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus *flooding = bare_new_of(t, system_user(0)), *second = bare_new_of(t, system_user(0)), *other = bare_new_of(t, system_user(1));
    expect_answered(flooding, 500, 50);
    /* Another connection does not help; and nobody else is refused. */
    expect_answered(second, 20, 0);
    for (int i = 0; i < 50; i++)
        ck_assert_int_ge(ask(other, &error, NULL), 0);
    for (int i = 0; ask(flooding, &error, "answer") >= 0; i++)
        ck_assert_int_lt(i, 100);
    ck_assert_int_ge(ask(flooding, &error, "112"), 0);
    g_usleep(1500 * 1000);
    for (int i = 0; i < 10; i++)
        ck_assert_int_ge(ask(flooding, &error, NULL), 0);
    bare_free(flooding);
    bare_free(second);
    bare_free(other);
    ck_assert_uint_eq(told_of(system_user(0)), 1);
    ck_assert_uint_eq(told_of(system_user(1)), 0);
}
END_TEST

/* What would be an emergency call if it were right passes, but not without end. */
START_TEST(a_flood_of_emergencies_is_one_too) {
    sd_bus *flooding = bare_new_of(t, system_user(0));
    gint64 begin = g_get_monotonic_time();
    guint passed = 0, seconds;
    for (int i = 0; i < 600; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        ck_assert_int_lt(sd_bus_call_method(flooding, CALLBUS_NAME, LINE("guarded"), CALLBUS_LINE_INTERFACE, "Dial", &error, NULL,
                                            "sa{sv}", "112", 1, "colour", "s", "red"), 0);
        passed += strcmp(error.name, DBUS_ERROR_LIMITS_EXCEEDED) != 0;
    }
    seconds = (g_get_monotonic_time() - begin) / G_USEC_PER_SEC + 1;
    ck_assert_uint_ge(passed, 50 + 60);
    ck_assert_uint_le(passed, 50 + 60 + 11 * seconds);
    bare_free(flooding);
}
END_TEST

/* ---- A flood ---- */

enum { SAMPLES = 200, SAMPLING_SECONDS = 10, TRIES = 3, BORNE_USEC = 250 * 1000 };

static void setup_flood(void) {
    setup_with("");
}

/* As fast as the bus takes it, in a process of its own; no answer is wanted, so that the bus has no reason to refuse. */
static pid_t flood_as(const char *user) {
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    system_become(user);
    sd_bus *bare = bare_new(t);
    for (;;) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = bare_message(bare, CALLBUS_PATH, "ListLines", "");
        sd_bus_message_set_expect_reply(m, false);
        if (sd_bus_send(bare, m, NULL) < 0 || sd_bus_flush(bare) < 0)
            _exit(1);
    }
}

static int compare_usec(const void *a, const void *b) {
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return x < y ? -1 : x > y;
}

static int ask_bus(sd_bus *bare, sd_bus_error *error, const char *address) {
    return sd_bus_call_method(bare, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetId", error, NULL, "");
}

/* One question every two milliseconds, for some seconds at most: the median, and what 99 in 100 are below. */
static void measure(sd_bus *bare, int (*question)(sd_bus *, sd_bus_error *, const char *), int64_t *ret_median, int64_t *ret_p99) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int64_t usec[SAMPLES], end = g_get_monotonic_time() + SAMPLING_SECONDS * G_USEC_PER_SEC;
    int n = 0;
    do {
        int64_t begin = g_get_monotonic_time();
        ck_assert_int_ge(question(bare, &error, NULL), 0);
        usec[n++] = g_get_monotonic_time() - begin;
        g_usleep(2000);
    } while (n < SAMPLES && g_get_monotonic_time() < end);
    qsort(usec, n, sizeof(usec[0]), compare_usec);
    *ret_median = usec[n / 2];
    *ret_p99 = usec[n * 99 / 100];
}

/* Without a limit it is some forty times as long, each time that it is tried; how busy the machine is, the bus tells by its own answers. dbus-broker takes from a sender what it gets, far more than a service can answer, and keeps
 * it in one queue: there, another user is answered after what was sent before, however fast that is refused. */
START_TEST(a_flood_of_one_is_borne_by_another) {
    sd_bus *other = bare_new_of(t, system_user(1));
    int64_t quiet, quiet_p99, of_bus, of_bus_p99, median, p99;
    measure(other, ask, &quiet, &quiet_p99);
    pid_t flood = flood_as(system_user(0));
    g_usleep(500 * 1000);
    int tries = 0;
    do {
        measure(other, ask_bus, &of_bus, &of_bus_p99);
        measure(other, ask, &median, &p99);
    } while (++tries < TRIES && median > MAX(BORNE_USEC, 10 * of_bus));
    for (uint64_t deadline = bus_deadline(); told_of(system_user(0)) == 0 && (uint64_t) g_get_monotonic_time() < deadline;)
        g_usleep(10000);
    ck_assert_int_eq(waitpid(flood, NULL, WNOHANG), 0);
    kill(flood, SIGKILL);
    waitpid(flood, NULL, 0);
    robust_note("another user is answered in %d us (99 in 100: %d us) before, in %d us (%d us) in the flood, by the bus itself in %d us (%d us)",
                (int) quiet, (int) quiet_p99, (int) median, (int) p99, (int) of_bus, (int) of_bus_p99);
    if (!bus_is_broker())
        ck_assert_int_le(median, MAX(BORNE_USEC, 10 * of_bus));
    ck_assert_uint_eq(told_of(system_user(0)), 1);
    ck_assert_uint_eq(told_of(system_user(1)), 0);
    bare_free(other);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("system-limits");
    TCase *tcase;
    tcase = bus_case_with(suite, "limits of users", setup);
    tcase_add_test(tcase, a_user_dials_so_often_and_no_more);
    tcase_add_test(tcase, a_costly_number_is_one_however_it_is_written);
    tcase_add_test(tcase, so_many_calls_are_up_at_a_time);
    tcase_add_test(tcase, a_restart_gives_nothing_back);
    tcase_add_test(tcase, a_client_opens_so_many_lines);
    tcase_add_test(tcase, a_user_has_so_many_handles);
    tcase_add_test(tcase, an_emergency_passes_all_limits);
    tcase = bus_case_with(suite, "clients", setup_clients);
    tcase_add_test(tcase, a_user_has_so_many_clients);
    tcase_add_test(tcase, who_is_one_too_many_finds_no_lines);
    tcase_add_test(tcase, who_was_there_before_is_not_one_too_many);
    tcase = bus_case_with(suite, "messages", setup_messages);
    tcase_add_test(tcase, a_user_sends_so_many_messages);
    tcase_add_test(tcase, a_flood_of_emergencies_is_one_too);
    tcase = bus_case_with(suite, "flood", setup_flood);
    tcase_add_test(tcase, a_flood_of_one_is_borne_by_another);
    return bus_main(suite);
}
