/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gate: what a provider process sends passes here on its way to sd-bus, which would make room for a message of 128 MiB as soon as its
 * header says so. The gate reads how long a message is to be, and one that is too long does not get in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of a message: whatever is told fits well. The first, Hello, has all calls in it. */
enum {
    GATE_MESSAGE_MAX = 256 * 1024,
    GATE_HELLO_MAX = 16 * 1024 * 1024,
};

typedef struct Gate Gate;

/* From the socket, which stays its owner's, to *ret_fd, which is the caller's: there sd-bus reads. NULL: there are no descriptors. */
Gate *gate_new(int socket, int *ret_fd);
Gate *gate_free(Gate *gate);

/* Brings what came, some of it, if what was brought before has been read. `ready`: the other end has authenticated. False: it is not
 * listened to any more, and *ret_why, to be freed, tells why. */
bool gate_feed(Gate *gate, bool ready, char **ret_why);

/* Its first message is longer than another may be, and is not here yet. */
bool gate_has_long_hello(const Gate *gate);

/* The bytes of all messages that were brought so far. */
uint64_t gate_count(const Gate *gate);
