/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of objects on the bus, both ways. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "interfaces/bus.h"
#include "service/handle.h"

/* Enough for every path of ours: a unique name has at most 255 bytes. */
#define PATH_SIZE 384

/* "/org/callbus1/line/loop0" */
const char *line_path(const Line *line, char buffer[static PATH_SIZE]);

/* "/org/callbus1/client/1_42/call/7_1" */
const char *handle_path(const Handle *handle, char buffer[static PATH_SIZE]);
const char *handle_number_path(const Client *client, uint64_t epoch, uint64_t number, char buffer[static PATH_SIZE]);

/* Appends the paths of handles, as ao. */
int handle_paths_append(sd_bus_message *m, const GPtrArray *handles);

/* What the path of a handle says. False: it is no such path. */
bool parse_handle_path(const char *path, char client[static PATH_SIZE], uint64_t *ret_epoch, uint64_t *ret_number);

/* The client's handle with that epoch and number, or NULL. */
Handle *find_numbered_handle(const Client *client, uint64_t epoch, uint64_t number);
