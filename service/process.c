/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Process: what programs of ours have in common that run until they are told to stop. */
#include "service/process.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

typedef struct Stop {
    void (*func)(void *userdata);
    void *userdata;
} Stop;

static gboolean on_signal(int fd, GIOCondition condition, void *userdata) {
    const Stop *stop = userdata;
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) == sizeof(info))
        stop->func(stop->userdata);
    return G_SOURCE_CONTINUE;
}

/* By a descriptor in the loop: GLib's own way would start a thread. */
int process_watch_signals(void (*on_stop)(void *userdata), void *userdata) {
    Stop *stop;
    sigset_t set;
    int fd;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    stop = g_new(Stop, 1);
    *stop = (Stop) { on_stop, userdata };
    g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, G_IO_IN, on_signal, stop, g_free);
    return 0;
}

static gboolean on_watchdog(void *userdata) {
    sd_notify(/* unset_environment= */ false, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

void process_start_watchdog(void) {
    uint64_t usec = 0;

    if (sd_watchdog_enabled(/* unset_environment= */ false, &usec) > 0)
        g_timeout_add(MAX(usec / 2000, 1), on_watchdog, NULL);
}
