/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The harness itself: a bus, the service, a few clients, one call; nothing about the rules. */
#include "tests/bus/util-bus.h"
#include "tests/bus/util-folder.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(one_call_between_two_clients_and_a_watcher) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_open(carol, "loop1", "monitor");
    const char *out = client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob), *watched = await_handle(carol);
    ck_assert_str_eq(get_string(alice, out, "CallId"), get_string(carol, watched, "CallId"));
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    await_state(carol, watched, "connected");
    expect_error(carol, "NotOwner", watched, "Drop", "a{sv}", 0);
    g_autofree char *before = bus_snapshot(t);
    expect_unchanged(t, before);
    client_drop(alice, out);
    await_state(bob, in, "disconnected");
    client_release(carol, watched);
    expect_no_signal_within_barrier(bob);
}
END_TEST

START_TEST(a_client_that_dies_is_forgotten) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    client_dial(alice, "loop0", "101");
    const char *in = await_handle(bob);
    client_kill(alice);
    await_state(bob, in, "disconnected");
}
END_TEST

/* A test program, as far as its folder goes. */
static void pretend_to_test(int told) {
    g_autofree char *path = folder_new(), *inner = g_build_filename(path, "a", "b", NULL);
    if (g_mkdir_with_parents(inner, 0700) < 0 || write(told, path, strlen(path)) < 0)
        _exit(1);
    for (;;)
        pause();
}

START_TEST(a_killed_program_leaves_no_folder) {
    char path[256] = "";
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0)
        pretend_to_test(fds[1]);
    ck_assert_int_gt(read(fds[0], path, sizeof(path) - 1), 0);
    ck_assert(g_file_test(path, G_FILE_TEST_IS_DIR));
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    for (uint64_t deadline = bus_deadline(); g_file_test(path, G_FILE_TEST_EXISTS); g_usleep(1000))
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "%s is still there", path);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("harness");
    TCase *tcase = bus_case(suite, "harness");
    tcase_add_test(tcase, one_call_between_two_clients_and_a_watcher);
    tcase_add_test(tcase, a_client_that_dies_is_forgotten);
    if (!g_getenv("CALLBUS_TEST_KEEP"))
        tcase_add_test(tcase, a_killed_program_leaves_no_folder);
    return bus_main(suite);
}
