/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of a message, which sd-bus does not tell. */
#pragma once

#include <stddef.h>
#include <systemd/sd-bus.h>

/* About the bytes that a sealed message takes, found by reading it through; it is rewound. */
size_t message_size(sd_bus_message *m);
