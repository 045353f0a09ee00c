/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ledger: what each client asked and was told, with the rules that always hold: one reply to each request, a documented error with
 * a text, nothing about a handle before it was given or after it is void, and nothing about those of others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Who is not there keeps nothing. */
void ledger_begin(void);
void ledger_end(void);

/* For door_send() and door_open(). */
void ledger_sent(unsigned client, uint64_t cookie);
void ledger_message(unsigned client, sd_bus_message *m);

/* The client has left; what it asked is nobody's business any more. */
void ledger_left(unsigned client);

/* How many requests have no reply yet. */
unsigned ledger_pending(void);

/* The paths that a client has, the newest first; NULL: not so many. */
const char *ledger_path(unsigned client, unsigned n);

/* The last error that a client got, as "name: text", or "" if the last reply was none. */
const char *ledger_error(unsigned client);
