/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports: the two sockets of a call, RTP on an even port and RTCP on the next. */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

typedef struct Ports {
    GSocket *rtp, *rtcp;
    uint16_t port; /* of RTP */
} Ports;

/* Anywhere in the range, of a numeric address. -EADDRINUSE: none is free; -EINVAL: not a numeric address. */
int ports_open(const char *address, uint16_t min, uint16_t max, Ports *ret);

/* Whoever has one of the sockets still may keep it open for a while. */
void ports_close(Ports *ports);
