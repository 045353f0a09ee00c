/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transport: the two sockets of a call, and who may speak on them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Transport Transport;

typedef enum Channel {
    CHANNEL_RTP,
    CHANNEL_RTCP,
    _CHANNEL_MAX,
} Channel;

typedef struct Datagram {
    const uint8_t *data;
    size_t size;
    Channel channel;
    uint16_t port;    /* it came from */
    int64_t arrived;  /* microseconds, of the wall clock */
} Datagram;

typedef void (*TransportHandler)(const Datagram *datagram, void *userdata);

/* An even port in the range, and the next. -EADDRINUSE: none is free; -EINVAL: not a numeric address. */
int transport_new(const char *address, uint16_t min, uint16_t max, Transport **ret);
Transport *transport_free(Transport *transport);

uint16_t transport_port(const Transport *transport);

/* Whom we talk to from now on; the ports that were learned of another one are forgotten. -EINVAL: not a numeric address of our
 * family. */
int transport_aim(Transport *transport, const char *address, uint16_t port, uint16_t rtcp_port, bool rtcp_mux);

/* Gives what came of the agreed address, at most so much as a peer can have to say; what is beyond stays where the kernel
 * drops it. */
void transport_receive(Transport *transport, TransportHandler handler, void *userdata);

/* This datagram was truly of the peer: its port is the one from now on, unless one was learned before. False: it was, and is
 * another. */
bool transport_accept(Transport *transport, const Datagram *datagram);

void transport_send(Transport *transport, Channel channel, const uint8_t *data, size_t size);

/* "192.0.2.1:40000" as we send to, to be freed. */
char *transport_remote(const Transport *transport);
