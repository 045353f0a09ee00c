/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Secrets: what the clients of a test say to the service and what is nobody else's business: numbers, names, comments, digits,
 * tokens. At the end of each test of the harness none of it may stand in the service's log, but in lines for debugging.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Adds the texts of a request that was sent. */
void secrets_note(GHashTable *secrets, sd_bus_message *message);

/* The first line of the log, whose lines begin with their level ("<6>"), that has one of them; NULL: none. To be freed. */
char *secrets_find(GHashTable *secrets, const char *log);
