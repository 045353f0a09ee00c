/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Crowd: by the descriptors of the process, as the stack shows nobody its connections. */
#include "providers/sip/crowd.h"

#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/cleanup.h"

enum {
    MANY = 64,
    OF_ONE_MACHINE = 16,
    QUIET_MS = 10000,
    DESCRIPTORS_MAX = 65536,
    SPARE = 16, /* with which a crowd that has all others can be sent away */
};

typedef struct Address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    };
} Address;

static void set_limit(rlim_t spare) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = MIN(limit.rlim_max, DESCRIPTORS_MAX) - spare;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void crowd_begin(void) {
    set_limit(SPARE);
}

/* The lowest number that is free: those below are taken. */
static int count_descriptors(void) {
    _cleanup_close_ int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

    return fd < 0 ? DESCRIPTORS_MAX : fd;
}

static bool has_option(int fd, int option, int value) {
    int is = -1;
    socklen_t size = sizeof(is);

    return getsockopt(fd, SOL_SOCKET, option, &is, &size) == 0 && is == value;
}

static uint16_t port_of(const Address *address) {
    return address->any.sa_family == AF_INET6 ? address->in6.sin6_port : address->in.sin_port;
}

/* Of IPv6, the network: whoever has one has all its addresses. */
static uint64_t machine_of(const Address *address) {
    uint64_t network = 0;

    if (address->any.sa_family != AF_INET6)
        return address->in.sin_addr.s_addr;
    memcpy(&network, &address->in6.sin6_addr, sizeof(network));
    return network;
}

static bool read_local_port(int fd, bool listens, uint16_t *ret) {
    Address local = { 0 };
    socklen_t size = sizeof(local);

    if (!has_option(fd, SO_PROTOCOL, IPPROTO_TCP) || !has_option(fd, SO_ACCEPTCONN, listens) ||
        getsockname(fd, &local.any, &size) < 0)
        return false;
    *ret = port_of(&local);
    return true;
}

/* The ports at which others connect to us; our own connections have others. */
static GHashTable *find_doors(int n) {
    GHashTable *doors = g_hash_table_new(NULL, NULL);
    uint16_t port;

    for (int fd = 0; fd < n; fd++)
        if (read_local_port(fd, /* listens= */ true, &port))
            g_hash_table_add(doors, GUINT_TO_POINTER(port));
    return doors;
}

static bool is_quiet(int fd) {
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_last_data_recv >= QUIET_MS;
}

/* A descriptor of our own, as the stack may close its one meanwhile. -1: it is nobody's who connected to us. */
static int take_visitor(int fd, GHashTable *doors, uint64_t *ret_machine) {
    _cleanup_close_ int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    Address peer = { 0 };
    socklen_t size = sizeof(peer);
    uint16_t port;
    int taken;

    if (own < 0 || !read_local_port(own, /* listens= */ false, &port) || !g_hash_table_contains(doors, GUINT_TO_POINTER(port)) ||
        getpeername(own, &peer.any, &size) < 0)
        return -1;
    *ret_machine = machine_of(&peer);
    taken = own;
    own = -1;
    return taken;
}

static unsigned thin_out(int n, GHashTable *doors) {
    g_autoptr(GHashTable) machines = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    unsigned gone = 0;

    for (int fd = 0; fd < n; fd++) {
        uint64_t machine;
        _cleanup_close_ int visitor = take_visitor(fd, doors, &machine);
        unsigned others = visitor >= 0 ? GPOINTER_TO_UINT(g_hash_table_lookup(machines, &machine)) : 0;

        if (visitor < 0)
            continue;
        g_hash_table_insert(machines, g_memdup2(&machine, sizeof(machine)), GUINT_TO_POINTER(others + 1));
        if (others < OF_ONE_MACHINE && !is_quiet(visitor))
            continue;
        shutdown(visitor, SHUT_RDWR);
        gone++;
    }
    return gone;
}

static unsigned count_visitors(int n, GHashTable *doors) {
    unsigned visitors = 0;
    uint16_t port;

    for (int fd = 0; fd < n; fd++)
        visitors += read_local_port(fd, /* listens= */ false, &port) && g_hash_table_contains(doors, GUINT_TO_POINTER(port));
    return visitors;
}

unsigned crowd_thin_out(void) {
    int n = count_descriptors();
    g_autoptr(GHashTable) doors = n < MANY ? NULL : find_doors(n);
    unsigned gone;

    if (!doors || count_visitors(n, doors) < MANY)
        return 0;
    set_limit(0);
    gone = thin_out(n, doors);
    set_limit(SPARE);
    return gone;
}
