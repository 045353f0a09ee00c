/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of a message, which sd-bus does not tell. */
#pragma once

#include <stddef.h>
#include <systemd/sd-bus.h>

/* What a bus lets through. */
enum { MESSAGE_SIZE_MAX = 128 * 1024 * 1024 };

/* About the bytes that a sealed message takes, found by reading it through; it is rewound. One that has more values than any
 * method of ours takes is not read to its end: it takes as much as there can be. */
size_t message_size(sd_bus_message *m);
