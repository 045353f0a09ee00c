/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection beside those of the clients: it sees whether the service is there. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

sd_bus *watcher_new(const char *address);

/* The owner of the service's name, or NULL. */
char *watcher_find_service(sd_bus *watcher);

/* Are the lines there that need no configuration, and all that there are in service? */
bool watcher_sees_lines(sd_bus *watcher, const char *service);
