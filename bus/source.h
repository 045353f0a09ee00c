/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source: a connection of sd-bus in GLib's loop, to the message bus or to a process. Attached to the default context. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct BusSource BusSource;

/* All but `lost` may be NULL. */
typedef struct BusSourceEvents {
    /* Before the bus reads: what its other end has sent is to be brought to it. The source may be freed in it. */
    void (*feed)(void *userdata);

    /* The loop is about to wait: the last chance to write something. */
    void (*waits)(void *userdata);

    /* A message was handled. False: the next ones wait for another turn. */
    bool (*handled)(void *userdata);

    /* So were all that had their turn. */
    void (*turned)(void *userdata);

    /* The connection is lost, or bus_source_lose() says so: called once, before anybody is told that no answer will come. Nothing is
     * read or written any more; the source may be freed in it. */
    void (*lost)(int error, void *userdata);
} BusSourceEvents;

/* Reads and writes, up to 64 messages a turn. Holds a reference of the bus, which its owner closes. */
BusSource *bus_source_new(sd_bus *bus, const BusSourceEvents *events, void *userdata);
/* The same for a bus that reads from `input`, to which `feed` brings what comes from `socket`. */
BusSource *bus_source_new_fed(sd_bus *bus, int input, int socket, const BusSourceEvents *events, void *userdata);
BusSource *bus_source_free(BusSource *source);

void bus_source_lose(BusSource *source, int error);
