/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options: a{sv} arguments, read by a table of the keys that there are. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Bytes in a message; valid as long as it is. */
typedef struct Bytes {
    const uint8_t *data;
    size_t size;
} Bytes;

/* One key: its type is "s", "b", "u", "t" or "ay", and its place in the result a const char *, int, uint32_t, uint64_t
 * or Bytes. */
typedef struct Option {
    const char *name, *type;
    size_t offset;
} Option;

/* Reads an a{sv} into the struct at `result`; what is absent stays as it was. 0, or -EINVAL and what was wrong in *ret_why. */
int options_read(sd_bus_message *m, const Option *options, size_t n_options, void *result, char **ret_why);
