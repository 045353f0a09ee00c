/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports: the two sockets of a call. */
#include "providers/media/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum {
    RECEIVE_BUFFER = 128 * 1024, /* bytes: what is beyond is dropped by the kernel */
    VOICE = 46 << 2,             /* "expedited forwarding", RFC 3246: networks let it pass first */
};

static int error_of(const GError *error) {
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE) ? -EADDRINUSE
        : g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES) ? -EMFILE
        : g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED) ? -EACCES
        : -EADDRNOTAVAIL;
}

static void mark_as_voice(GSocket *socket) {
    if (g_socket_get_family(socket) == G_SOCKET_FAMILY_IPV6)
        g_socket_set_option(socket, IPPROTO_IPV6, IPV6_TCLASS, VOICE, NULL);
    else
        g_socket_set_option(socket, IPPROTO_IP, IP_TOS, VOICE, NULL);
}

static int open_one(GInetAddress *address, uint16_t port, GSocket **ret) {
    g_autoptr(GSocketAddress) local = g_inet_socket_address_new(address, port);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) opened =
        g_socket_new(g_inet_address_get_family(address), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);

    if (!opened || !g_socket_bind(opened, local, /* allow_reuse= */ FALSE, &error))
        return error_of(error);
    g_socket_set_blocking(opened, FALSE);
    g_socket_set_option(opened, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER, NULL);
    mark_as_voice(opened);
    *ret = g_steal_pointer(&opened);
    return 0;
}

static int open_pair(GInetAddress *address, uint16_t port, Ports *ret) {
    g_autoptr(GSocket) rtp = NULL;
    int r;

    r = open_one(address, port, &rtp);
    if (r < 0)
        return r;
    r = open_one(address, (uint16_t) (port + 1), &ret->rtcp);
    if (r < 0)
        return r;
    ret->rtp = g_steal_pointer(&rtp);
    ret->port = port;
    return 0;
}

/* From anywhere in the range on, so that calls which follow each other don't get each other's late packets. */
int ports_open(const char *address, uint16_t min, uint16_t max, Ports *ret) {
    g_autoptr(GInetAddress) local = address ? g_inet_address_new_from_string(address) : NULL;
    uint32_t first = (min + 1u) & ~1u, pairs = max > first ? (max - first + 1) / 2 : 0;
    uint32_t start = pairs > 0 ? (uint32_t) g_random_int_range(0, (gint32) pairs) : 0;
    int r = -EADDRINUSE;

    *ret = (Ports) {};
    if (!local)
        return -EINVAL;
    for (uint32_t i = 0; i < pairs && r == -EADDRINUSE; i++)
        r = open_pair(local, (uint16_t) (first + (start + i) % pairs * 2), ret);
    return r;
}

void ports_close(Ports *ports) {
    g_clear_object(&ports->rtp);
    g_clear_object(&ports->rtcp);
}
