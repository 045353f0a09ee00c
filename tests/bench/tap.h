/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listens between one client and the bus: which messages pass, and how big they are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "service/cleanup.h"

typedef struct Tap Tap;

/* The types of messages on the wire. */
typedef enum TapType {
    TAP_CALL = 1,
    TAP_REPLY,
    TAP_ERROR,
    TAP_SIGNAL,
} TapType;

typedef struct TapMessage {
    bool sent; /* by the client, else to it */
    TapType type;
    uint32_t size;   /* bytes on the wire */
    char member[32]; /* as far as it fits, "" in a reply */
} TapMessage;

/* Connects to the bus at `socket_path` and begins to relay. *ret_fd is the client's end, for it to close. */
int tap_open(const char *socket_path, Tap **ret, int *ret_fd);
Tap *tap_close(Tap *tap);
DEFINE_CLEANUP(Tap *, tap_close)

/* Takes out what passed since the last time: TapMessage. */
GArray *tap_take(Tap *tap);
