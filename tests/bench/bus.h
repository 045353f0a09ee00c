/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private message bus of either make. */
#pragma once

#include <errno.h>

#include "tests/bench/process.h"

typedef enum BusKind {
    BUS_DAEMON,
    BUS_BROKER,
    _BUS_KIND_MAX,
    _BUS_KIND_INVALID = -EINVAL,
} BusKind;

typedef struct Bus Bus;

const char *bus_kind_to_string(BusKind kind);
BusKind bus_kind_from_string(const char *name);
bool bus_kind_is_installed(BusKind kind);

/* What the bus complains of, in its folder. */
#define BUS_LOG_NAME "bus"

/* Starts a bus whose socket (and configuration) is in `folder`; it accepts connections at the return. */
int bus_start(BusKind kind, const char *folder, Bus **ret);
Bus *bus_stop(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_stop)

const char *bus_address(const Bus *bus);
const char *bus_socket(const Bus *bus);
Process *bus_process(Bus *bus);
