/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of any type, between sd-bus messages and GVariant: for what is kept for a client as it came. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Reads the next value, an a{sv} of any content. -EBADMSG: it has file descriptors, or is nested too deeply; -E2BIG: it is
 * beyond `max` bytes. */
int variant_read_dictionary(sd_bus_message *m, size_t max, GVariant **ret);

/* Appends an a{sv}; NULL is an empty one. */
int variant_append_dictionary(sd_bus_message *m, GVariant *dictionary);
