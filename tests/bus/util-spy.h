/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spy: a client that sees the very bytes of what it is sent, and how long it took. */
#pragma once

#include "tests/bus/util-bus.h"

typedef struct Spy Spy;

/* On a connection that is ready, and is the spy's from now on: nothing but spy_ask() may use it. */
Spy *spy_new(sd_bus *bus);
Spy *spy_free(Spy *spy);

sd_bus *spy_bus(Spy *spy); /* to make messages */

/* Sends the message and waits for the answer. Its bytes, without what differs from message to message: its number, and that of the
 * message that it answers. To be freed. */
GByteArray *spy_ask(Spy *spy, sd_bus_message *m, uint64_t *ret_nsec);

/* The bytes of all signals that came since then, one after the other; to be freed. */
GByteArray *spy_take_signals(Spy *spy);
