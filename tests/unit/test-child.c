/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom a later service ends: the process that holds the lock, and no other one that has its number by now. */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "providers/remote/child.h"
#include "tests/unit/run.h"

static char *folder, *lock;
static Child *child;
static pid_t process;

static pid_t begin_process(void) {
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        pause();
}

/* One that an earlier service has started, by what it left behind. */
static void set_up(void) {
    g_autofree char *number = NULL;

    folder = g_dir_make_tmp("callbus-child-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    lock = g_build_filename(folder, "tel.lock", NULL);
    child = child_new(&(ChildOptions) { .program = "/bin/true", .name = "tel", .address = "unix:path=/nowhere", .folder = folder });
    process = begin_process();
    number = g_strdup_printf("%d\n", (int) process);
    ck_assert(g_file_set_contents(lock, number, -1, NULL));
}

static void tear_down(void) {
    child = child_free(child);
    g_unlink(lock);
    g_rmdir(folder);
    g_clear_pointer(&lock, g_free);
    g_clear_pointer(&folder, g_free);
}

static void expect_ended_by(int number) {
    int status = 0;

    ck_assert_int_eq(waitpid(process, &status, 0), process);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == number, "wait status %#x", (unsigned) status);
}

START_TEST(whoever_holds_the_lock_is_signalled) {
    int fd = open(lock, O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
    child_signal(child, SIGUSR1);
    expect_ended_by(SIGUSR1);
    close(fd);
}
END_TEST

/* Of two signals that wait the lower one would come first. */
START_TEST(a_number_without_the_lock_is_anybodys) {
    child_signal(child, SIGUSR1);
    kill(process, SIGUSR2);
    expect_ended_by(SIGUSR2);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("child");
    TCase *tcase = tcase_create("child");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, whoever_holds_the_lock_is_signalled);
    tcase_add_test(tcase, a_number_without_the_lock_is_anybodys);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
