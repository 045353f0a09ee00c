/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Very many clients of several users, on a bus like that of a system, with its limits: 256 connections a user, 512 matches and
 * 128 replies that others owe one. More than the service may watch one by one; more than it may wait for; and a stranger that
 * asks without end.
 */
#include "tests/bus/util-robust.h"
#include "tests/bus/util-system.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PER_USER 250
#define SILENT_PER_USER 50
#define SILENT_USERS 5
#define DATA_SIZE 4096

static void setup(void) {
    static char config[256];
    allow_many_files();
    g_snprintf(config, sizeof(config), "%s[Service]\nClientsPerUser=0\nMessagesPerSecond=0\n", system_config);
    t = bus_new(&(BusOptions){.system = true, .lines = system_lines, .config = config});
}

static void open_line(sd_bus *bare, const char *privilege) {
    sd_bus_message_unref(bare_call(bare, LINE("loop0"), "Open", "sasa{sv}", privilege, 0, 0));
}

/* A watch for each would end the service at the 513th. */
START_TEST(two_thousand_clients_of_eight_users) {
    enum { ALL = PER_USER * SYSTEM_USERS };
    g_autofree sd_bus **clients = g_new0(sd_bus *, ALL);
    sd_bus *looker = bare_new(t);
    open_line(looker, "none");
    guint fds = 0;
    for (guint i = 0; i < ALL; i++) {
        if (i == SYSTEM_USERS)
            fds = process_fds(bus_service_pid(t));
        clients[i] = bare_new_of(t, system_user(i % SYSTEM_USERS));
        open_line(clients[i], i % 100 == 0 ? "monitor" : "none");
    }
    expect_number(looker, LINE("loop0"), "Opens", ALL + 1);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    for (guint i = 0; i < ALL; i++)
        bare_free(clients[i]);
    await_number(looker, LINE("loop0"), "Opens", 1);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    bare_free(looker);
}
END_TEST

/* ---- Those who do not read, more than 128 ---- */

static gint compare_usec(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
    return x < y ? -1 : x > y;
}

/* Changes a call that many watch, and measures how soon each change is answered. */
static void change_data(sd_bus *owner, const char *call, guint changes, GArray *times) {
    uint8_t data[DATA_SIZE] = {0};
    for (guint i = 0; i < changes; i++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = bare_message(owner, call, "SetCallData", "");
        uint64_t begin = (uint64_t) g_get_monotonic_time();
        memcpy(data, &i, sizeof(i));
        ck_assert_int_ge(sd_bus_message_append_array(message, 'y', data, sizeof(data)), 0);
        int r = sd_bus_call(owner, message, 20 * G_USEC_PER_SEC, NULL, NULL);
        ck_assert_msg(r >= 0, "change %u is not answered: %s", i, strerror(-r));
        uint64_t took = (uint64_t) g_get_monotonic_time() - begin;
        g_array_append_val(times, took);
        while (sd_bus_process(owner, NULL) > 0)
            ;
    }
    g_array_sort(times, compare_usec);
}

static uint64_t percentile(GArray *times, guint percent) {
    return g_array_index(times, uint64_t, MIN(times->len * percent / 100, times->len - 1));
}

START_TEST(more_silent_ones_than_may_owe_a_reply) {
    enum { SILENT = SILENT_PER_USER * SILENT_USERS };
    sd_bus *silent[SILENT], *owner = bare_new_of(t, system_user(7));
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    for (guint i = 0; i < SILENT; i++) {
        silent[i] = bare_new_of(t, system_user(i % SILENT_USERS));
        open_line(silent[i], "monitor");
    }
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = bare_call(owner, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=0", 0);
    const char *call;
    ck_assert_int_gt(sd_bus_message_read(answer, "o", &call), 0);
    pid_t bus_pid = bus_daemon_pid(t);
    uint64_t bus_kib = process_kib(bus_pid), kib = process_kib(bus_service_pid(t));
    change_data(owner, call, FULL_OR(1500, 600), times);
    uint64_t bus_grown = process_kib(bus_pid) - MIN(bus_kib, process_kib(bus_pid));
    uint64_t grown = process_kib(bus_service_pid(t)) - MIN(kib, process_kib(bus_service_pid(t)));
    robust_note("%u silent: answers p50 %u us, p99 %u us, at most %u us; service +%u KiB, bus +%u KiB", SILENT,
                (unsigned) percentile(times, 50), (unsigned) percentile(times, 99), (unsigned) percentile(times, 100),
                (unsigned) grown, (unsigned) bus_grown);
    /* Of what is let wait for all together: 48 MiB. */
    if (!SANITIZED) {
        ck_assert_uint_lt(bus_grown, 120 * 1024);
        ck_assert_uint_lt(grown, 64 * 1024);
    }
    for (guint i = 0; i < SILENT; i++)
        bare_free(silent[i]);
    bare_free(owner);
}
END_TEST

/* ---- Floods ---- */

/* Eight connections, each of which asks 64 things at once and again when all are answered: as much as goes through. */
static void flood_without_end(Bus *bus, const char *account) {
    enum { CONNECTIONS = 8, AT_ONCE = 64 };
    sd_bus *bare[CONNECTIONS];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (guint i = 0; i < CONNECTIONS; i++)
        bare[i] = bare_new_of(bus, account);
    for (guint i = 0;; i = (i + 1) % CONNECTIONS) {
        sd_bus_call_method(bare[i], CALLBUS_NAME, CALLBUS_PATH, DBUS_PEER_INTERFACE, "Ping", NULL, NULL, "");
        while (sd_bus_process(bare[i], NULL) > 0)
            ;
        for (guint k = 0; k < AT_ONCE; k++)
            bare_send(bare[i], CALLBUS_PATH, DBUS_PROPERTIES_INTERFACE ".Get", "ss", CALLBUS_MANAGER_INTERFACE, "Version");
        sd_bus_flush(bare[i]);
    }
}

static void measure(sd_bus *honest, guint count, GArray *times) {
    for (guint i = 0; i < count; i++) {
        uint64_t begin = (uint64_t) g_get_monotonic_time();
        sd_bus_message_unref(bare_call(honest, CALLBUS_PATH, "ListLines", ""));
        uint64_t took = (uint64_t) g_get_monotonic_time() - begin;
        g_array_append_val(times, took);
    }
    g_array_sort(times, compare_usec);
}

static void setup_as_usual(void) {
    t = bus_new(&(BusOptions){.system = true, .lines = system_lines, .config = system_config});
}

START_TEST(a_stranger_floods) {
    g_autoptr(GArray) quiet = g_array_new(FALSE, FALSE, sizeof(uint64_t)), busy = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    sd_bus *honest = bare_new_of(t, system_user(0));
    measure(honest, 500, quiet);
    uint64_t kib = process_kib(bus_service_pid(t));
    pid_t pid = fork();
    if (pid == 0)
        flood_without_end(t, system_user(1));
    g_usleep(500 * 1000);
    measure(honest, FULL_OR(1000, 200), busy);
    uint64_t after = process_kib(bus_service_pid(t));
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    robust_note("honest: p50 %u us, p99 %u us before; p50 %u us, p99 %u us, at most %u us in the flood; service %u KiB, then %u KiB",
                (unsigned) percentile(quiet, 50), (unsigned) percentile(quiet, 99), (unsigned) percentile(busy, 50),
                (unsigned) percentile(busy, 99), (unsigned) percentile(busy, 100), (unsigned) kib, (unsigned) after);
    ck_assert_uint_lt(percentile(busy, 100), STALLED_USEC);
    ck_assert_uint_lt(percentile(busy, 50), MAX(100 * percentile(quiet, 50), G_USEC_PER_SEC));
    if (!SANITIZED)
        ck_assert_uint_lt(after, kib + 16384);
    bare_free(honest);
}
END_TEST

/* ---- The bus stands still ---- */

START_TEST(the_bus_stands_still) {
    enum { CALLS = 100 };
    sd_bus *owner = bare_new(t);
    for (guint i = 0; i < CALLS; i++)
        sd_bus_message_unref(bare_call(owner, LINE("loop0"), "Dial", "sa{sv}", "hangup?ring=300ms&talk=300ms", 0));
    pid_t bus_pid = bus_daemon_pid(t);
    uint64_t kib = process_kib(bus_service_pid(t));
    ck_assert_int_eq(kill(bus_pid, SIGSTOP), 0);
    g_usleep(FULL_OR(2, 4) * G_USEC_PER_SEC);
    uint64_t grown = process_kib(bus_service_pid(t)) - MIN(kib, process_kib(bus_service_pid(t)));
    ck_assert_int_eq(kill(bus_pid, SIGCONT), 0);
    robust_note("service +%u KiB while the bus stood still", (unsigned) grown);
    if (!SANITIZED)
        ck_assert_uint_lt(grown, 64 * 1024);
    await_number(owner, LINE("loop0"), "ActiveCalls", 0);
    bare_free(owner);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hostile-crowd");
    TCase *tcase = bus_case_with(suite, "crowds", setup);
    tcase_add_test(tcase, two_thousand_clients_of_eight_users);
    tcase_add_test(tcase, more_silent_ones_than_may_owe_a_reply);
    tcase = bus_case_with(suite, "floods", setup_as_usual);
    tcase_add_test(tcase, a_stranger_floods);
    tcase_add_test(tcase, the_bus_stands_still);
    return bus_main(suite);
}
