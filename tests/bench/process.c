/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child process: start, stop, CPU time, memory. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <glib.h>

#include "tests/bench/process.h"

#define STOP_TIMEOUT_MS 20000

struct Process {
    pid_t pid;
    int pidfd;
};

int process_pin(unsigned core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

static void redirect_errors(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0)
        dup2(fd, STDERR_FILENO);
}

static void child_main(const char *const *argv, const Outfit *outfit, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    if (outfit->log)
        redirect_errors(outfit->log);
    if (outfit->keep_fd)
        fcntl(*outfit->keep_fd, F_SETFD, 0);
    for (const char *const *variable = outfit->environment; variable && *variable; variable++)
        putenv((char *) *variable);
    execv(argv[0], (char *const *) argv);
    fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

int process_start(const char *const *argv, const Outfit *outfit, Process **ret) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        child_main(argv, outfit, parent);

    Process *process = g_new0(Process, 1);
    process->pid = pid;
    process->pidfd = pidfd_open(pid, 0);
    *ret = process;
    return 0;
}

static bool ended_within(const Process *process, int timeout_ms) {
    return poll(&(struct pollfd){ .fd = process->pidfd, .events = POLLIN }, 1, timeout_ms) > 0;
}

bool process_is_alive(Process *process) {
    return !ended_within(process, 0);
}

Process *process_stop(Process *process) {
    kill(process->pid, SIGTERM);
    if (!ended_within(process, STOP_TIMEOUT_MS)) {
        fprintf(stderr, "process %d does not end when asked to: killed\n", process->pid);
        kill(process->pid, SIGKILL);
    }
    waitpid(process->pid, NULL, 0);
    close(process->pidfd);
    g_free(process);
    return NULL;
}

static int read_proc(const Process *process, const char *file, char **ret) {
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", process->pid, file);
    return g_file_get_contents(path, ret, NULL, NULL) ? 0 : -ESRCH;
}

int process_cpu_ns(const Process *process, uint64_t *ret) {
    g_autofree char *text = NULL;
    int r = read_proc(process, "schedstat", &text);
    if (r < 0)
        return r;
    *ret = g_ascii_strtoull(text, NULL, 10);
    return 0;
}

int process_private_dirty(const Process *process, uint64_t *ret) {
    g_autofree char *text = NULL;
    int r = read_proc(process, "smaps_rollup", &text);
    if (r < 0)
        return r;
    const char *line = strstr(text, "Private_Dirty:");
    if (!line)
        return -ENODATA;
    *ret = g_ascii_strtoull(line + strlen("Private_Dirty:"), NULL, 10) * 1024;
    return 0;
}
