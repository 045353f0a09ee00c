/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials: what the bus vouches for of a connection: its user, and the groups that the user was in when it connected. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#include "service/cleanup.h"

typedef struct Credentials {
    uint32_t uid;
    GArray *groups; /* of uint32_t, never NULL: empty where the bus tells none */
} Credentials;

/* Asks the bus, which answers on_credentials(). */
int credentials_ask(sd_bus *bus, const char *name, sd_bus_message_handler_t on_credentials, void *userdata, sd_bus_slot **ret_slot);

/* Reads the answer. -ENXIO: the connection is gone. -ECONNRESET: it is the bus that is gone. -EBADMSG: somebody else
 * answered. Other errors: the bus does not tell whose it is. */
int credentials_read(sd_bus_message *m, Credentials *ret);
void credentials_clear(Credentials *credentials); /* what is all zero is clear */
