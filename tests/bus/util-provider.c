/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Providers that are processes of their own, for tests that kill them. Whoever runs has its lock, with its number in it. */
#include "tests/bus/util-provider.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "service/cleanup.h"

const char *const *provider_environ(void) {
    static const char *environ_[] = {NULL, "XDG_RUNTIME_DIR=", "RUNTIME_DIRECTORY=", NULL};
    const char *folder = g_getenv("CALLBUS_TEST_PROVIDERS");
    ck_assert_msg(folder, "CALLBUS_TEST_PROVIDERS must name the folder of the provider programs to test");
    environ_[0] = g_strconcat("CALLBUS_PROVIDERS=", folder, NULL);
    return environ_;
}

static char *path_of(const char *file) {
    return g_build_filename(bus_directory(t), "state", "run", file, NULL);
}

char *provider_socket(void) {
    return path_of("providers");
}

int provider_knock(void) {
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    g_autofree char *path = provider_socket();
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_uint_lt(strlen(path), sizeof(place.sun_path));
    memcpy(place.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *) &place, sizeof(place)) >= 0)
        return fd;
    close(fd);
    return -errno;
}

bool provider_has_hung_up(int fd) {
    char byte;
    ssize_t n;
    do
        n = recv(fd, &byte, 1, 0);
    while (n > 0);
    return n == 0 || errno == ECONNRESET;
}

/* Whoever may come in is told at least which words would be right. */
bool provider_is_turned_away(int fd) {
    static const char question[] = "\0AUTH\r\n";
    char byte;
    send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL);
    return recv(fd, &byte, 1, 0) <= 0;
}

/* It may be killed in between; whoever asks asks again. */
pid_t provider_pid(const char *name) {
    g_autofree char *file = g_strconcat(name, ".lock", NULL), *path = path_of(file);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    char text[32] = "";
    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) >= 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0)
        return 0;
    return (pid_t) strtol(text, NULL, 10);
}

static void wait_a_little(uint64_t deadline, const char *what) {
    ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "%s; the log of the service:\n%s", what, bus_service_log(t));
    g_usleep(5000);
}

pid_t await_provider(const char *name, pid_t before) {
    uint64_t deadline = bus_deadline();
    pid_t pid;
    while ((pid = provider_pid(name)) == 0 || pid == before)
        wait_a_little(deadline, "no provider comes");
    return pid;
}

void await_provider_gone(const char *name) {
    uint64_t deadline = bus_deadline();
    while (provider_pid(name) != 0)
        wait_a_little(deadline, "the provider stays");
}

void provider_signal(const char *name, int signal) {
    pid_t pid = provider_pid(name);
    ck_assert_int_gt(pid, 1);
    ck_assert_int_eq(kill(pid, signal), 0);
}

void await_line_state(Client *client, const char *line, const char *state) {
    uint64_t deadline = bus_deadline();
    g_autofree char *path = g_strconcat(CALLBUS_LINE_PATH "/", line, NULL);
    while (strcmp(get_string(client, path, "State"), state) != 0)
        wait_a_little(deadline, "the line stays as it is");
}
