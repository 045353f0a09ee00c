/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transport: the two sockets of a call, and who may speak on them. */
#include "providers/media/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "providers/media/rtp.h"
#include "service/cleanup.h"

enum {
    BATCH = 16,
    BATCHES_MAX = 8,              /* in one go: 128 packets are those of more than two seconds */
    RECEIVE_BUFFER = 128 * 1024,
    EXPEDITED = 46 << 2,          /* RFC 3246: routers let voices pass first */
};

typedef union Address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} Address;

struct Transport {
    int fds[_CHANNEL_MAX];
    uint16_t port;
    sa_family_t family;
    bool aimed, muxed;
    Address remote;
    uint16_t agreed[_CHANNEL_MAX];
    uint16_t learned[_CHANNEL_MAX]; /* 0: nothing came yet */
};

static int parse(const char *text, uint16_t port, Address *ret) {
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM }, *found = NULL;

    if (!text || getaddrinfo(text, NULL, &hints, &found) != 0)
        return -EINVAL;
    *ret = (Address) {};
    memcpy(ret, found->ai_addr, MIN(found->ai_addrlen, sizeof(*ret)));
    freeaddrinfo(found);
    ret->v4.sin_port = htons(port); /* at the same place in both */
    return 0;
}

static socklen_t length_of(const Address *address) {
    return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

static bool is_same_host(const Address *a, const Address *b) {
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET6)
        return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
    return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

static void prepare(int fd, sa_family_t family) {
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int) { 1 }, sizeof(int));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int) { RECEIVE_BUFFER }, sizeof(int));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &(int) { EXPEDITED }, sizeof(int));
    else
        setsockopt(fd, IPPROTO_IP, IP_TOS, &(int) { EXPEDITED }, sizeof(int));
}

static int bind_one(Address *address, uint16_t port, int *ret) {
    _cleanup_close_ int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    prepare(fd, address->any.sa_family);
    address->v4.sin_port = htons(port);
    if (bind(fd, &address->any, length_of(address)) < 0)
        return -errno;
    *ret = fd;
    fd = -1;
    return 0;
}

static int bind_pair(Transport *transport, Address *address, uint16_t port) {
    _cleanup_close_ int rtp = -1;
    int r;

    r = bind_one(address, port, &rtp);
    if (r < 0)
        return r;
    r = bind_one(address, (uint16_t) (port + 1), &transport->fds[CHANNEL_RTCP]);
    if (r < 0)
        return r;
    transport->fds[CHANNEL_RTP] = rtp;
    transport->port = port;
    rtp = -1;
    return 0;
}

/* From anywhere in the range on, so that calls which follow each other don't get each other's late packets. */
static int bind_any(Transport *transport, Address *address, uint16_t min, uint16_t max) {
    uint32_t first = (min + 1u) & ~1u, pairs = max > first ? (max - first + 1) / 2 : 0;
    uint32_t start = pairs > 0 ? (uint32_t) g_random_int_range(0, (gint32) pairs) : 0;
    int r = -EADDRINUSE;

    for (uint32_t i = 0; i < pairs && r == -EADDRINUSE; i++)
        r = bind_pair(transport, address, (uint16_t) (first + (start + i) % pairs * 2));
    return r;
}

int transport_new(const char *address, uint16_t min, uint16_t max, Transport **ret) {
    Transport *transport;
    Address local;
    int r;

    r = parse(address, 0, &local);
    if (r < 0)
        return r;
    transport = g_new0(Transport, 1);
    transport->fds[CHANNEL_RTP] = transport->fds[CHANNEL_RTCP] = -1;
    transport->family = local.any.sa_family;
    r = bind_any(transport, &local, min, max);
    if (r < 0) {
        transport_free(transport);
        return r;
    }
    *ret = transport;
    return 0;
}

Transport *transport_free(Transport *transport) {
    if (!transport)
        return NULL;
    for (int channel = 0; channel < _CHANNEL_MAX; channel++)
        if (transport->fds[channel] >= 0)
            close(transport->fds[channel]);
    g_free(transport);
    return NULL;
}

uint16_t transport_port(const Transport *transport) {
    return transport->port;
}

int transport_aim(Transport *transport, const char *address, uint16_t port, uint16_t rtcp_port, bool rtcp_mux) {
    Address remote;
    int r;

    r = parse(address, port, &remote);
    if (r < 0)
        return r;
    if (remote.any.sa_family != transport->family)
        return -EINVAL;
    if (!transport->aimed || !is_same_host(&remote, &transport->remote) || port != transport->agreed[CHANNEL_RTP])
        transport->learned[CHANNEL_RTP] = transport->learned[CHANNEL_RTCP] = 0;
    transport->aimed = true;
    transport->remote = remote;
    transport->muxed = rtcp_mux;
    transport->agreed[CHANNEL_RTP] = port;
    transport->agreed[CHANNEL_RTCP] = rtcp_port > 0 ? rtcp_port : (uint16_t) (port + 1);
    return 0;
}

static int64_t arrival(struct msghdr *header) {
    struct timespec at;

    for (struct cmsghdr *message = CMSG_FIRSTHDR(header); message; message = CMSG_NXTHDR(header, message))
        if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&at, CMSG_DATA(message), sizeof(at));
            return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
        }
    return g_get_real_time();
}

typedef struct Batch {
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    Address from[BATCH];
    uint8_t data[BATCH][RTP_PACKET_MAX];
    union {
        struct cmsghdr header;
        uint8_t bytes[64];
    } control[BATCH];
} Batch;

static int read_batch(int fd, Batch *batch) {
    for (int i = 0; i < BATCH; i++) {
        batch->parts[i] = (struct iovec) { .iov_base = batch->data[i], .iov_len = sizeof(batch->data[i]) };
        batch->headers[i].msg_hdr = (struct msghdr) {
            .msg_name = &batch->from[i],
            .msg_namelen = sizeof(batch->from[i]),
            .msg_iov = &batch->parts[i],
            .msg_iovlen = 1,
            .msg_control = &batch->control[i],
            .msg_controllen = sizeof(batch->control[i]),
        };
    }
    return recvmmsg(fd, batch->headers, BATCH, MSG_DONTWAIT, NULL);
}

static void give(Transport *transport, Channel channel, Batch *batch, int i, TransportHandler handler, void *userdata) {
    Datagram datagram = {
        .data = batch->data[i],
        .size = batch->headers[i].msg_len,
        .channel = channel,
        .port = ntohs(batch->from[i].v4.sin_port),
    };

    if (!transport->aimed || batch->headers[i].msg_hdr.msg_flags & MSG_TRUNC ||
        !is_same_host(&batch->from[i], &transport->remote))
        return;
    if (channel == CHANNEL_RTP && transport->muxed && rtp_is_rtcp(datagram.data, datagram.size))
        datagram.channel = CHANNEL_RTCP;
    datagram.arrived = arrival(&batch->headers[i].msg_hdr);
    handler(&datagram, userdata);
}

static void receive_from(Transport *transport, Channel channel, TransportHandler handler, void *userdata) {
    Batch batch;

    for (int batches = 0; batches < BATCHES_MAX; batches++) {
        int count = read_batch(transport->fds[channel], &batch);

        for (int i = 0; i < count; i++)
            give(transport, channel, &batch, i, handler, userdata);
        if (count < BATCH)
            return;
    }
}

void transport_receive(Transport *transport, TransportHandler handler, void *userdata) {
    for (Channel channel = 0; channel < _CHANNEL_MAX; channel++)
        receive_from(transport, channel, handler, userdata);
}

static Channel socket_of(const Transport *transport, Channel channel) {
    return transport->muxed ? CHANNEL_RTP : channel;
}

bool transport_accept(Transport *transport, const Datagram *datagram) {
    Channel channel = socket_of(transport, datagram->channel);

    /* Whoever was agreed on beats whoever was first. */
    if (transport->learned[channel] == 0 || datagram->port == transport->agreed[channel])
        transport->learned[channel] = datagram->port;
    return transport->learned[channel] == datagram->port;
}

static uint16_t target_port(const Transport *transport, Channel channel) {
    return transport->learned[channel] > 0 ? transport->learned[channel] : transport->agreed[channel];
}

/* What the network does not take now, it loses: such is the way of voices. */
void transport_send(Transport *transport, Channel channel, const uint8_t *data, size_t size) {
    Address to = transport->remote;

    channel = socket_of(transport, channel);
    if (!transport->aimed || target_port(transport, channel) == 0)
        return;
    to.v4.sin_port = htons(target_port(transport, channel));
    (void) sendto(transport->fds[channel], data, size, MSG_DONTWAIT | MSG_NOSIGNAL, &to.any, length_of(&to));
}

char *transport_remote(const Transport *transport) {
    char host[INET6_ADDRSTRLEN] = "";
    const void *address = transport->family == AF_INET6 ? (const void *) &transport->remote.v6.sin6_addr
                                                        : (const void *) &transport->remote.v4.sin_addr;

    if (!transport->aimed)
        return g_strdup("");
    inet_ntop(transport->family, address, host, sizeof(host));
    if (transport->family == AF_INET6)
        return g_strdup_printf("[%s]:%u", host, target_port(transport, CHANNEL_RTP));
    return g_strdup_printf("%s:%u", host, target_port(transport, CHANNEL_RTP));
}
