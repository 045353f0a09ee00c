/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients in processes of their own that are killed at each point of a call, and clients by the thousand. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bus/util-raw.h"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = true, DYING_CLIENTS = 2000 };
#else
enum { SANITIZED = false, DYING_CLIENTS = 10000 };
#endif

enum {
    CROWD = 2000,
    WORKERS = 4,
    GROWTH_MAX_KIB = 1024, /* of the service's own memory, over nine thousand clients more */
};

/* ---- A client without the harness, for a process that is to die ---- */

static sd_bus_message *ask(sd_bus *bus, const char *path, const char *interface, const char *member, const char *types, ...) {
    sd_bus_message *m = NULL, *reply = NULL;
    va_list ap;

    va_start(ap, types);
    if (sd_bus_message_new_method_call(bus, &m, CALLBUS_NAME, path, interface, member) < 0 ||
        (*types && sd_bus_message_appendv(m, types, ap) < 0) || sd_bus_call(bus, m, 0, NULL, &reply) < 0)
        abort();
    va_end(ap);
    sd_bus_message_unref(m);
    return reply;
}

/* Sends, and does not wait for the answer. */
static void say(sd_bus *bus, const char *path, const char *interface, const char *member, const char *types, ...) {
    sd_bus_message *m = NULL;
    va_list ap;

    va_start(ap, types);
    if (sd_bus_message_new_method_call(bus, &m, CALLBUS_NAME, path, interface, member) < 0 ||
        (*types && sd_bus_message_appendv(m, types, ap) < 0) || sd_bus_send(bus, m, NULL) < 0)
        abort();
    va_end(ap);
    sd_bus_flush(bus);
    sd_bus_message_unref(m);
}

static char *dial(sd_bus *bus, const char *line, const char *address) {
    sd_bus_message *reply = ask(bus, line, CALLBUS_LINE_INTERFACE, "Dial", "sa{sv}", address, 0);
    const char *path = NULL;
    char *copy;

    if (sd_bus_message_read(reply, "o", &path) < 0)
        abort();
    copy = strdup(path);
    sd_bus_message_unref(reply);
    return copy;
}

static void wait_for_state(sd_bus *bus, const char *path, const char *wanted) {
    char *state = NULL;

    while (!state || strcmp(state, wanted) != 0) {
        free(state);
        state = NULL;
        if (sd_bus_get_property_string(bus, CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE, "State", NULL, &state) < 0)
            abort();
    }
    free(state);
}

/* The first handle that the client has, once it has one. */
static char *wait_for_handle(sd_bus *bus) {
    const char *path = NULL;
    char *copy;

    for (;;) {
        sd_bus_message *reply = ask(bus, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListCalls", "");

        if (sd_bus_message_enter_container(reply, 'a', "(osss)") > 0 &&
            sd_bus_message_enter_container(reply, 'r', "osss") > 0 && sd_bus_message_read(reply, "o", &path) > 0) {
            copy = strdup(path);
            sd_bus_message_unref(reply);
            return copy;
        }
        sd_bus_message_unref(reply);
    }
}

static void on_call(sd_bus *bus, const char *path, const char *member) {
    sd_bus_message_unref(ask(bus, path, CALLBUS_CALL_INTERFACE, member, ""));
}

/* ---- Points at which a client dies ---- */

typedef enum Point {
    BEFORE_ITS_FIRST_WORD,
    AFTER_ITS_FIRST_WORD, /* nobody knows its user yet */
    WITH_OPEN_PENDING,    /* the bus is asked who owns the app id */
    WITH_DIAL_PENDING,
    DIALLED,
    RINGING,
    CONNECTED,
    ON_HOLD,
    WITH_DIGITS_RUNNING,
    WITH_DROP_PENDING,
    IDLE,
    POINTS,
} Point;

/* Up to the point, then SIGKILL by its own hand. */
static void caller_lives(const char *address, Point point) {
    sd_bus *bus = raw_connect(address);
    char *path;

    if (point == BEFORE_ITS_FIRST_WORD)
        sd_bus_flush(bus);
    else if (point == AFTER_ITS_FIRST_WORD)
        say(bus, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListCalls", "");
    else if (point == WITH_OPEN_PENDING)
        say(bus, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Open", "sasa{sv}", "owner", 0, 1, "app-id", "s", "org.example.App");
    else if (point == WITH_DIAL_PENDING)
        say(bus, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Dial", "sa{sv}", "101", 0);
    if (point <= WITH_DIAL_PENDING)
        raise(SIGKILL);

    path = dial(bus, LINE("loop0"), "101");
    if (point >= RINGING)
        wait_for_state(bus, path, point == RINGING ? "ringback" : "connected");
    if (point == ON_HOLD)
        on_call(bus, path, "Hold");
    if (point == WITH_DIGITS_RUNNING)
        sd_bus_message_unref(ask(bus, path, CALLBUS_CALL_INTERFACE, "SendDigits", "sa{sv}", "0123456789", 0));
    if (point == WITH_DROP_PENDING)
        say(bus, path, CALLBUS_CALL_INTERFACE, "Drop", "a{sv}", 0);
    if (point == IDLE)
        sd_bus_message_unref(ask(bus, path, CALLBUS_CALL_INTERFACE, "Drop", "a{sv}", 0));
    raise(SIGKILL);
}

/* The called side: offering, accepted, with Answer pending, connected, on hold. */
enum { CALLED_POINTS = 5 };

static void called_lives(const char *address, int point, int ready_fd) {
    sd_bus *bus = raw_connect(address);
    char *path;

    sd_bus_message_unref(ask(bus, LINE("loop1"), CALLBUS_LINE_INTERFACE, "Open", "sasa{sv}", "owner", 0, 0));
    if (write(ready_fd, "", 1) != 1)
        abort();
    path = wait_for_handle(bus);
    if (point == 1)
        on_call(bus, path, "Accept");
    if (point == 2)
        say(bus, path, CALLBUS_CALL_INTERFACE, "Answer", "");
    if (point >= 3)
        on_call(bus, path, "Answer");
    if (point == 4)
        on_call(bus, path, "Hold");
    raise(SIGKILL);
}

static void expect_killed(pid_t pid) {
    int status = 0;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}

static guint service_fds(void) {
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int) bus_service_pid(t));
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(dir))
        count++;
    return count;
}

/* Only the watcher is left, and no call of anybody. */
static void await_nothing_left(Client *watcher, guint fds) {
    static const char *const lines[] = { LINE("loop0"), LINE("loop1") };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        AWAIT(t, get_number(watcher, lines[i], "Opens") == 1);
        AWAIT(t, get_number(watcher, lines[i], "ActiveCalls") == 0);
        ck_assert_uint_eq(get_number(watcher, lines[i], "HeldCalls"), 0);
    }
    ck_assert_uint_eq(service_fds(), fds);
}

static Client *new_watcher(void) {
    Client *watcher = bus_client(t);

    client_open(watcher, "loop0", "none");
    client_open(watcher, "loop1", "none");
    return watcher;
}

START_TEST(a_caller_killed_at_each_point_takes_its_call_along) {
    Point point = _i;
    Client *watcher = new_watcher(), *bob = bus_client(t);
    guint fds = service_fds();
    pid_t pid;

    client_open(bob, "loop1", "owner");
    pid = fork();
    if (pid == 0)
        caller_lives(bus_address(t), point);
    if (point >= RINGING) {
        const char *in = await_handle(bob);

        if (point > RINGING)
            client_call(bob, in, "Answer", "");
        expect_killed(pid);
        await_state(bob, in, "disconnected");
        ck_assert_str_ne(get_string(bob, in, "DisconnectCause"), "");
        client_drop(bob, in);
        client_release(bob, in);
    } else {
        expect_killed(pid);
    }
    client_kill(bob);
    await_nothing_left(watcher, fds);
}
END_TEST

START_TEST(an_owner_killed_at_each_point_of_a_call_that_came_in) {
    int point = _i % CALLED_POINTS, ready[2];
    bool another = _i >= CALLED_POINTS, rings = point <= 1;
    Client *watcher = new_watcher(), *alice = bus_client(t), *bob = bus_client(t);
    guint fds = service_fds();
    const char *out;
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0)
        called_lives(bus_address(t), point, ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    if (another)
        client_open(bob, "loop1", "owner");
    out = client_dial(alice, "loop0", "101");
    expect_killed(pid);
    if (another && rings) {
        /* Rule 11: it still rings, so the next is asked. */
        const char *in = await_handle(bob);

        ck_assert_str_eq(get_string(bob, in, "Privilege"), "owner");
        client_call(bob, in, "Answer", "");
        await_state(alice, out, "connected");
        client_drop(bob, in);
    } else if (point >= 3) {
        await_state(alice, out, "disconnected");
    }
    client_kill(alice);
    client_kill(bob);
    await_nothing_left(watcher, fds);
}
END_TEST

/* ---- By the thousand ---- */

static void allow_many_files(void) {
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_gt(limit.rlim_cur, CROWD + 64);
}

START_TEST(two_thousand_clients_at_once) {
    Client *watcher = new_watcher();
    guint fds = service_fds();
    g_autofree sd_bus **crowd = g_new0(sd_bus *, CROWD);

    for (guint i = 0; i < CROWD; i++) {
        crowd[i] = raw_connect(bus_address(t));
        if (i % 2 == 0)
            free(dial(crowd[i], LINE("loop0"), "answer?ring=0"));
        else
            sd_bus_message_unref(ask(crowd[i], LINE("loop1"), CALLBUS_LINE_INTERFACE, "Open", "sasa{sv}", "monitor", 0, 0));
    }
    ck_assert_uint_eq(get_number(watcher, LINE("loop0"), "Opens"), CROWD / 2 + 1);
    ck_assert_uint_eq(get_number(watcher, LINE("loop1"), "Opens"), CROWD / 2 + 1);
    ck_assert_uint_eq(get_number(watcher, LINE("loop0"), "ActiveCalls"), CROWD / 2);
    ck_assert_uint_eq(service_fds(), fds);

    /* A thousand monitors see one call, each by a handle of its own. */
    free(dial(crowd[0], LINE("loop1"), "answer?ring=0"));
    for (guint i = 1; i < CROWD; i += 2) {
        char *path = wait_for_handle(crowd[i]);

        ck_assert_ptr_nonnull(path);
        free(path);
    }
    for (guint i = 0; i < CROWD; i++)
        sd_bus_close_unref(crowd[i]);
    await_nothing_left(watcher, fds);
}
END_TEST

/* Come, dial, die: some with the answer, some before it. */
static void worker_lives(const char *address, guint clients) {
    for (guint i = 0; i < clients; i++) {
        sd_bus *bus = raw_connect(address);

        if (i % 3 == 0)
            say(bus, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Dial", "sa{sv}", "101", 0);
        else
            free(dial(bus, LINE("loop0"), i % 3 == 1 ? "101" : "echo?ring=0"));
        sd_bus_close_unref(bus);
    }
    _exit(0);
}

static void run_workers(guint clients) {
    pid_t pids[WORKERS];

    for (size_t i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            worker_lives(bus_address(t), clients / WORKERS);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        int status = 0;

        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

START_TEST(ten_thousand_clients_come_dial_and_die) {
    Client *watcher = new_watcher();
    guint fds = service_fds();
    uint64_t before, after;

    run_workers(1000);
    await_nothing_left(watcher, fds);
    before = service_kib();
    run_workers(DYING_CLIENTS - 1000);
    await_nothing_left(watcher, fds);
    after = service_kib();
    printf("# memory of the service: %" G_GUINT64_FORMAT " KiB after 1000 clients, %" G_GUINT64_FORMAT " KiB after %d\n",
           before, after, DYING_CLIENTS);
    /* A sanitizer keeps what was freed. */
    if (!SANITIZED)
        ck_assert_uint_le(after, before + GROWTH_MAX_KIB);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("storm");
    TCase *tcase = bus_case(suite, "killed");

    tcase_add_loop_test(tcase, a_caller_killed_at_each_point_takes_its_call_along, 0, POINTS);
    tcase_add_loop_test(tcase, an_owner_killed_at_each_point_of_a_call_that_came_in, 0, 2 * CALLED_POINTS);
    tcase = bus_case(suite, "thousands");
    tcase_set_timeout(tcase, 300);
    tcase_add_unchecked_fixture(tcase, allow_many_files, NULL);
    tcase_add_test(tcase, two_thousand_clients_at_once);
    tcase_add_test(tcase, ten_thousand_clients_come_dial_and_die);
    return bus_main(suite);
}
