/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients in processes of their own: one that can be killed, and one that measures; and what a flood costs. */
#include "tests/bus/util-robust.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_SIZE 512

/* ---- A process and the line to it ---- */

typedef struct Process {
    pid_t pid;
    int fd;
} Process;

/* 0 in the new process, as fork(). */
static pid_t process_start(Process *process) {
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    close(fds[pid == 0 ? 0 : 1]);
    *process = (Process){.pid = pid, .fd = fds[pid == 0 ? 1 : 0]};
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static void process_kill(Process *process) {
    kill(process->pid, SIGKILL);
    ck_assert_int_eq(waitpid(process->pid, NULL, 0), process->pid);
    process->pid = 0;
}

static void say(int fd, const void *data, size_t size) {
    ck_assert_int_eq(send(fd, data, size, MSG_NOSIGNAL), (ssize_t) size);
}

static void hear(int fd, void *data, size_t size) {
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    ck_assert_msg(poll(&pollfd, 1, 60 * 1000) == 1, "the other process says nothing");
    ck_assert_msg(recv(fd, data, size, 0) > 0, "the other process has failed");
}

/* ---- The victim ---- */

struct Victim {
    Bus *bus;
    Process process;
    char *name;
};

static void run(Victim *victim, VictimScript script, const void *argument) {
    /* The other clients are the test's: this process keeps its hands off them. */
    for (guint i = 0; i < bus_client_count(victim->bus); i++)
        client_set_deaf(bus_client_at(victim->bus, i), true);
    Client *me = bus_client(victim->bus);
    victim_say(victim, client_name(me));
    script(me, victim, argument);
    for (;;)
        pause();
}

Victim *victim_new(Bus *bus, VictimScript script, const void *argument) {
    Victim *victim = g_new0(Victim, 1);
    victim->bus = bus;
    if (process_start(&victim->process) == 0)
        run(victim, script, argument);
    victim->name = g_strdup(victim_hear(victim));
    return victim;
}

const char *victim_name(Victim *victim) {
    return victim->name;
}

void victim_kill(Victim *victim) {
    process_kill(&victim->process);
    await_gone(victim->bus, victim->name);
}

Victim *victim_free(Victim *victim) {
    if (victim->process.pid > 0)
        process_kill(&victim->process);
    close(victim->process.fd);
    g_free(victim->name);
    g_free(victim);
    return NULL;
}

void victim_say(Victim *victim, const char *text) {
    say(victim->process.fd, text, strlen(text) + 1);
}

const char *victim_hear(Victim *victim) {
    char line[LINE_SIZE];
    hear(victim->process.fd, line, sizeof(line));
    return bus_keep_text(victim->bus, g_strdup(line));
}

void victim_wait(Victim *victim) {
    char line[LINE_SIZE];
    hear(victim->process.fd, line, sizeof(line));
}

void victim_go_on(Victim *victim) {
    say(victim->process.fd, "", 1);
}

/* ---- The meter ---- */

struct Meter {
    Process process;
};

static gint compare_usec(gconstpointer a, gconstpointer b) {
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
    return x < y ? -1 : x > y;
}

static void report(int fd, GArray *times) {
    Latency latency = {.count = times->len};
    g_array_sort(times, compare_usec);
    if (times->len > 0) {
        latency.median_usec = g_array_index(times, uint64_t, times->len / 2);
        latency.max_usec = g_array_index(times, uint64_t, times->len - 1);
    }
    g_array_set_size(times, 0);
    say(fd, &latency, sizeof(latency));
}

static uint64_t answer_usec(sd_bus *bare) {
    uint64_t begin = (uint64_t) g_get_monotonic_time();
    sd_bus_message_unref(bare_call(bare, CALLBUS_PATH, PROPERTIES("Get"), "ss", CALLBUS_MANAGER_INTERFACE, "Version"));
    return (uint64_t) g_get_monotonic_time() - begin;
}

static void measure(Bus *bus, int fd) {
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    sd_bus *bare = bare_new(bus);
    guint wanted = 0;
    for (bool asked = false;;) {
        struct pollfd pollfd = {.fd = fd, .events = POLLIN};
        if (poll(&pollfd, 1, 1) == 1) {
            if (recv(fd, &wanted, sizeof(wanted), 0) <= 0)
                _exit(0);
            asked = true;
        }
        uint64_t took = answer_usec(bare);
        g_array_append_val(times, took);
        if (asked && times->len >= wanted) {
            report(fd, times);
            asked = false;
        }
    }
}

Meter *meter_new(Bus *bus) {
    Meter *meter = g_new0(Meter, 1);
    if (process_start(&meter->process) == 0)
        measure(bus, meter->process.fd);
    meter_read(meter, 1);
    return meter;
}

Latency meter_read(Meter *meter, guint count) {
    Latency latency;
    say(meter->process.fd, &count, sizeof(count));
    hear(meter->process.fd, &latency, sizeof(latency));
    return latency;
}

Meter *meter_free(Meter *meter) {
    process_kill(&meter->process);
    close(meter->process.fd);
    g_free(meter);
    return NULL;
}

/* ---- What does a flood cost? ---- */

Costs costs_begin(Bus *bus) {
    Costs costs = {.bus = bus, .meter = meter_new(bus), .bus_pid = bus_daemon_pid(bus)};
    costs.quiet = meter_read(costs.meter, 50);
    costs.service_kib = process_kib(bus_service_pid(bus));
    costs.bus_kib = process_kib(costs.bus_pid);
    return costs;
}

void costs_check(Costs *costs, const char *what, uint64_t service_kib_max, uint64_t bus_kib_max) {
    Latency busy = meter_read(costs->meter, 1);
    uint64_t service = process_kib(bus_service_pid(costs->bus)), bus = process_kib(costs->bus_pid);
    robust_note("%s: answers in %u us (%u us at most) before, %u us (%u us at most) in the flood; "
                "service %+d KiB, bus %+d KiB",
                what, (unsigned) costs->quiet.median_usec, (unsigned) costs->quiet.max_usec,
                (unsigned) busy.median_usec, (unsigned) busy.max_usec, (int) (service - costs->service_kib),
                (int) (bus - costs->bus_kib));
    ck_assert_uint_lt(busy.max_usec, STALLED_USEC);
    ck_assert_uint_lt(busy.median_usec, MAX(100 * costs->quiet.median_usec, G_USEC_PER_SEC));
    if (SANITIZED)
        return;
    ck_assert_uint_lt(service, costs->service_kib + service_kib_max);
    ck_assert_uint_lt(bus, costs->bus_kib + bus_kib_max);
}

void costs_end(Costs *costs) {
    meter_free(costs->meter);
}
