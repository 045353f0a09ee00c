/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probe: a thread that lives as long as it takes, and a word in the main loop at its end. */
#include "providers/sip/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "providers/sip/certificate.h"
#include "providers/sip/way.h"

#define CONNECT_MS 3000
#define SILENCE_MS 300 /* how long a port of UDP may take to be refused */

/* Shared by the main loop, which may forget it, and the thread. */
struct Probe {
    gint refs;
    ProbeDone done; /* of the main loop; NULL: forgotten */
    void *userdata;
    char *name, *ca_file;
    uint16_t port;
    SipTransport transport;
    ProbeDepth depth;
    Trouble trouble;
    char *detail, *address, *local, **addresses;
    uint16_t found_port;
    bool is_service;
};

static void unref(Probe *probe) {
    if (!g_atomic_int_dec_and_test(&probe->refs))
        return;
    g_free(probe->name);
    g_free(probe->ca_file);
    g_free(probe->detail);
    g_free(probe->address);
    g_free(probe->local);
    g_strfreev(probe->addresses);
    g_free(probe);
}

static Trouble trouble_from_errno(int error) {
    switch (error) {
    case ECONNREFUSED:
        return TROUBLE_REFUSED;
    case ETIMEDOUT:
        return TROUBLE_NO_ANSWER;
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return TROUBLE_NO_NETWORK;
    default:
        return TROUBLE_UNREACHABLE;
    }
}

static int wait_for(int fd, short events, int ms) {
    struct pollfd pollfd = { .fd = fd, .events = events };
    int error = 0, r = poll(&pollfd, 1, ms);
    socklen_t size = sizeof(error);

    if (r == 0)
        return -ETIMEDOUT;
    if (r < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return -error;
}

static int connect_to(const Way *way, int type) {
    const struct timeval patience = { .tv_sec = CONNECT_MS / 1000 };
    _cleanup_close_ int fd = socket(way->to.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int taken, r;

    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *) &way->to, way->size) < 0) {
        if (errno != EINPROGRESS)
            return -errno;
        r = wait_for(fd, POLLOUT, CONNECT_MS);
        if (r < 0)
            return r;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    taken = fd;
    fd = -1;
    return taken;
}

/* RFC 5626: two empty lines keep a way open, and mean nothing. */
static Trouble knock(int fd) {
    int r;

    if (send(fd, "\r\n\r\n", 4, MSG_NOSIGNAL) < 0)
        return trouble_from_errno(errno);
    r = wait_for(fd, POLLIN, SILENCE_MS);
    return r < 0 && r != -ETIMEDOUT ? trouble_from_errno(-r) : TROUBLE_NONE;
}

static Trouble try_way(Probe *probe, const Way *way) {
    _cleanup_close_ int fd = connect_to(way, probe->transport == SIP_TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM);

    g_clear_pointer(&probe->detail, g_free);
    if (fd < 0)
        return trouble_from_errno(-fd);
    if (probe->transport == SIP_TRANSPORT_UDP)
        return knock(fd);
    if (probe->transport == SIP_TRANSPORT_TLS)
        return certificate_check(fd, probe->name, probe->ca_file, &probe->detail);
    return TROUBLE_NONE;
}

static void note_way(Probe *probe, const Way *way) {
    g_free(probe->address);
    g_free(probe->local);
    probe->address = way_address(way);
    probe->found_port = way_port(way);
    probe->is_service = way->is_service;
    probe->local = way_local(way);
}

/* The first that works; else the first has the word. */
static Trouble try_all(Probe *probe, const GArray *ways) {
    Trouble first = TROUBLE_NONE;

    for (guint i = 0; i < ways->len; i++) {
        const Way *way = &g_array_index(ways, Way, i);
        Trouble trouble = try_way(probe, way);

        if (trouble == TROUBLE_NONE || i == 0)
            note_way(probe, way);
        if (trouble == TROUBLE_NONE)
            return trouble;
        if (i == 0)
            first = trouble;
    }
    return first;
}

static void find_way(Probe *probe, const GArray *ways) {
    for (guint i = 0; i < ways->len && !probe->local; i++)
        note_way(probe, &g_array_index(ways, Way, i));
    if (!probe->local)
        probe->trouble = TROUBLE_NO_NETWORK;
}

static char **list_addresses(const GArray *ways) {
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();

    for (guint i = 0; i < ways->len; i++) {
        g_autofree char *address = way_address(&g_array_index(ways, Way, i));

        g_strv_builder_add(list, address);
    }
    return g_strv_builder_end(list);
}

static gboolean on_found(gpointer userdata) {
    Probe *probe = userdata;
    const ProbeResult result = {
        .trouble = probe->trouble,
        .detail = probe->detail,
        .address = probe->address,
        .port = probe->found_port,
        .is_service = probe->is_service,
        .local = probe->local,
        .addresses = (const char *const *) probe->addresses,
    };
    ProbeDone done = probe->done;

    probe->done = NULL;
    if (done)
        done(&result, probe->userdata);
    unref(probe);
    return G_SOURCE_REMOVE;
}

static void *run(void *userdata) {
    Probe *probe = userdata;
    const SipHost host = { probe->name, probe->port };
    g_autoptr(GArray) ways = NULL;

    probe->trouble = way_find(&host, probe->transport, &ways);
    if (probe->trouble == TROUBLE_NONE)
        probe->addresses = list_addresses(ways);
    if (probe->trouble == TROUBLE_NONE && probe->depth == PROBE_WAY)
        find_way(probe, ways);
    else if (probe->trouble == TROUBLE_NONE)
        probe->trouble = try_all(probe, ways);
    g_idle_add_full(G_PRIORITY_DEFAULT, on_found, probe, NULL);
    return NULL;
}

Probe *probe_new(const ProbeTarget *target, ProbeDone done, void *userdata) {
    Probe *probe = g_new0(Probe, 1);

    probe->refs = 2;
    probe->done = done;
    probe->userdata = userdata;
    probe->name = g_strdup(target->host.name);
    probe->port = target->host.port;
    probe->ca_file = g_strdup(target->ca_file);
    probe->transport = target->transport;
    probe->depth = target->depth;
    g_thread_unref(g_thread_new("sip probe", run, probe));
    return probe;
}

Probe *probe_free(Probe *probe) {
    if (probe) {
        probe->done = NULL;
        unref(probe);
    }
    return NULL;
}
