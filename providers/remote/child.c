/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child: a provider's program, as a process that outlives the service. */
#include "providers/remote/child.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "providers/wire/names.h"
#include "service/cleanup.h"

struct Child {
    char *program, *name, *address, *lock;
    void (*on_exit)(void *userdata);
    void *userdata;
    pid_t pid; /* of the one that we have started; 0: none */
    int pidfd;
    guint watch;
};

Child *child_new(const ChildOptions *options) {
    Child *child = g_new0(Child, 1);
    g_autofree char *lock = g_strconcat(options->name, ".lock", NULL);

    *child = (Child) {
        .program = g_strdup(options->program),
        .name = g_strdup(options->name),
        .address = g_strdup(options->address),
        .lock = g_build_filename(options->folder, lock, NULL),
        .on_exit = options->on_exit,
        .userdata = options->userdata,
        .pidfd = -1,
    };
    return child;
}

static void forget(Child *child) {
    if (child->watch)
        g_source_remove(child->watch);
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->watch = 0;
    child->pidfd = -1;
    child->pid = 0;
}

Child *child_free(Child *child) {
    if (!child)
        return NULL;
    forget(child);
    g_free(child->program);
    g_free(child->name);
    g_free(child->address);
    g_free(child->lock);
    g_free(child);
    return NULL;
}

static gboolean on_end(int fd, GIOCondition condition, void *userdata) {
    Child *child = userdata;

    waitpid(child->pid, NULL, WNOHANG);
    child->watch = 0;
    forget(child);
    child->on_exit(child->userdata);
    return G_SOURCE_REMOVE;
}

/* What is the service's own business with its manager is none of the provider's. */
static char **make_environment(const Child *child) {
    static const char *const ours[] = {
        "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID",
    };
    char **environment = g_get_environ();

    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        environment = g_environ_unsetenv(environment, ours[i]);
    return g_environ_setenv(environment, WIRE_ADDRESS_VARIABLE, child->address, /* overwrite= */ TRUE);
}

/* In a session of its own, so that what a terminal sends to the service does not reach it; with signals as they usually are. */
static int spawn(const Child *child, int lock, pid_t *ret) {
    char *const arguments[] = { child->program, NULL };
    g_auto(GStrv) environment = make_environment(child);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int r;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, lock, lock); /* open there, too */
    if (r == 0)
        r = posix_spawn(ret, child->program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -r;
}

/* The lock goes with the process, to its end. 0: somebody has it. */
static int take_lock(const Child *child, int *ret) {
    _cleanup_close_ int fd = open(child->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? 0 : -errno;
    *ret = fd;
    fd = -1;
    return 1;
}

static void write_pid(int fd, pid_t pid) {
    char text[32];
    int size = snprintf(text, sizeof(text), "%d\n", (int) pid);

    /* Should it fail, one that hangs is not killed by a later service. */
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t) size, 0) < 0)
        return;
}

/* Where there was no descriptor to hear of its end by, it is looked for. */
static bool is_running(Child *child) {
    if (child->pid > 0 && child->pidfd < 0 && waitpid(child->pid, NULL, WNOHANG) == child->pid)
        child->pid = 0;
    return child->pid > 0;
}

int child_start(Child *child) {
    _cleanup_close_ int lock = -1;
    int r;

    if (is_running(child))
        return 0;
    r = take_lock(child, &lock);
    if (r <= 0)
        return r;
    r = spawn(child, lock, &child->pid);
    if (r < 0) {
        child->pid = 0;
        return r;
    }
    write_pid(lock, child->pid);
    child->pidfd = pidfd_open(child->pid, 0);
    if (child->pidfd >= 0)
        child->watch = g_unix_fd_add(child->pidfd, G_IO_IN, on_end, child);
    return 1;
}

static pid_t read_pid(const Child *child) {
    char text[32] = "";
    _cleanup_close_ int fd = open(child->lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0)
        return 0;
    return (pid_t) strtol(text, NULL, 10);
}

/* Whoever has the lock is the one whose number is in it, and it can't be another's as long as that lasts. */
static void signal_holder(const Child *child, int number) {
    pid_t pid = read_pid(child);
    _cleanup_close_ int pidfd = pid > 1 ? pidfd_open(pid, 0) : -1, lock = -1;

    if (pidfd >= 0 && take_lock(child, &lock) == 0)
        pidfd_send_signal(pidfd, number, NULL, 0);
}

void child_signal(const Child *child, int number) {
    if (child->pidfd >= 0)
        pidfd_send_signal(child->pidfd, number, NULL, 0);
    else
        signal_holder(child, number);
}
