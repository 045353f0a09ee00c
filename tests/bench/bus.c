/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts and stops a private dbus-daemon or dbus-broker with the limits of a session bus and no rules. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <glib.h>
#include <systemd/sd-bus.h>

#include "tests/bench/broker.h"
#include "tests/bench/bus.h"

#define START_TIMEOUT_MS 10000
#define BACKLOG 1024

/* Rules and limits are those of a stock session bus: 1,000 clients of one user can connect. */
#define DAEMON_CONFIG                                                                                     \
    "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'"                    \
    " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>\n"                                   \
    "<busconfig><type>session</type><listen>%s</listen><auth>EXTERNAL</auth>\n"                           \
    "<policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/>"     \
    "<allow own='*'/></policy>\n"                                                                         \
    "<limit name='max_incoming_bytes'>1000000000</limit>\n"                                               \
    "<limit name='max_outgoing_bytes'>1000000000</limit>\n"                                               \
    "<limit name='max_message_size'>1000000000</limit>\n"                                                 \
    "<limit name='auth_timeout'>240000</limit>\n"                                                         \
    "<limit name='max_completed_connections'>100000</limit>\n"                                            \
    "<limit name='max_incomplete_connections'>10000</limit>\n"                                            \
    "<limit name='max_connections_per_user'>100000</limit>\n"                                             \
    "<limit name='max_match_rules_per_connection'>50000</limit>\n"                                        \
    "<limit name='max_replies_per_connection'>50000</limit>\n"                                            \
    "</busconfig>\n"

struct Bus {
    Process *process;
    sd_bus *controller; /* of a broker */
    char *socket, *address;
};

static const char *const kind_names[_BUS_KIND_MAX] = {
    [BUS_DAEMON] = "dbus-daemon",
    [BUS_BROKER] = "dbus-broker",
};

const char *bus_kind_to_string(BusKind kind) {
    return kind_names[kind];
}

BusKind bus_kind_from_string(const char *name) {
    for (BusKind kind = 0; kind < _BUS_KIND_MAX; kind++)
        if (strcmp(name, kind_names[kind]) == 0)
            return kind;
    return _BUS_KIND_INVALID;
}

bool bus_kind_is_installed(BusKind kind) {
    g_autofree char *program = g_find_program_in_path(kind_names[kind]);
    return program;
}

const char *bus_address(const Bus *bus) {
    return bus->address;
}

const char *bus_socket(const Bus *bus) {
    return bus->socket;
}

Process *bus_process(Bus *bus) {
    return bus->process;
}

Bus *bus_stop(Bus *bus) {
    sd_bus_close_unref(bus->controller);
    if (bus->process)
        process_stop(bus->process);
    g_free(bus->socket);
    g_free(bus->address);
    g_free(bus);
    return NULL;
}

/* The daemon prints its address once it listens. */
static int wait_for_line(int fd) {
    char text[256];
    if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, START_TIMEOUT_MS) <= 0)
        return -ETIMEDOUT;
    return read(fd, text, sizeof(text)) > 0 ? 0 : -EPIPE;
}

static int start_daemon(Bus *bus, const char *program, const char *folder, const char *log) {
    g_autofree char *config_path = g_build_filename(folder, "bus.conf", NULL);
    g_autofree char *config = g_strdup_printf(DAEMON_CONFIG, bus->address);
    if (!g_file_set_contents(config_path, config, -1, NULL))
        return -EIO;

    _cleanup_close_ int ours = -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    ours = ends[0];
    g_autofree char *config_option = g_strdup_printf("--config-file=%s", config_path);
    g_autofree char *print_option = g_strdup_printf("--print-address=%d", ends[1]);
    const char *argv[] = {
        program, config_option, print_option, "--nofork", "--nopidfile", "--nosyslog", NULL
    };
    int r = process_start(argv, &(Outfit){ .keep_fd = &ends[1], .log = log }, &bus->process);
    close(ends[1]);
    return r < 0 ? r : wait_for_line(ours);
}

static int listen_on(const char *path) {
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (fd < 0)
        return -errno;
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0)
        return -errno;
    int taken = fd;
    fd = -1;
    return taken;
}

static int start_broker(Bus *bus, const char *program, const char *log) {
    _cleanup_close_ int fd = listen_on(bus->socket);
    return fd < 0 ? fd : broker_start(program, fd, log, &bus->process, &bus->controller);
}

int bus_start(BusKind kind, const char *folder, Bus **ret) {
    g_autofree char *program = g_find_program_in_path(kind_names[kind]);
    if (!program)
        return -ENOENT;
    _cleanup_(bus_stopp) Bus *bus = g_new0(Bus, 1);
    g_autofree char *log = g_strdup_printf("%s/%s.log", folder, BUS_LOG_NAME);
    bus->socket = g_build_filename(folder, "bus", NULL);
    bus->address = g_strdup_printf("unix:path=%s", bus->socket);
    int r = kind == BUS_DAEMON ? start_daemon(bus, program, folder, log) : start_broker(bus, program, log);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(bus);
    return 0;
}
