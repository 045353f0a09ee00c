/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source: a connection of sd-bus in GLib's loop, to the message bus or to a process. Attached to the default context. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct BusSource BusSource;

/* All but `lost` may be NULL. */
typedef struct BusSourceEvents {
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
BusSource *bus_source_free(BusSource *source);

void bus_source_lose(BusSource *source, int error);
