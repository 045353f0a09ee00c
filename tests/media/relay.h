/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Relay: a network between two phones that sees all, and can be made bad. From its own port it passes on what comes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Relay Relay;

/* To that port of our address. */
Relay *relay_new(uint16_t to);
Relay *relay_free(Relay *relay);

uint16_t relay_port(const Relay *relay);

/* One of so many is lost, at random; 0: none. */
void relay_lose(Relay *relay, unsigned one_of);

/* Each waits for up to so long, at random: they overtake each other. */
void relay_shake(Relay *relay, unsigned ms);

void relay_double(Relay *relay, bool twice);

/* Sends this as if the peer had. */
void relay_inject(Relay *relay, const void *data, size_t size);

/* Of the packets that it saw, as if they were PCMU: dBFS of a frequency. */
double relay_level_at(Relay *relay, double hz);
void relay_forget(Relay *relay);
uint64_t relay_lost(const Relay *relay);
