/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Door: the whole service in this process, on a bus that is none: the other end of a socket, where messages can be put together as
 * from any client. The clock stands still until it is told to pass.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

enum { DOOR_CLIENTS = 4 };

/* Unique names: three clients of one user and, as the last, one of another. */
extern const char *const door_clients[DOOR_CLIENTS];

/* A message from the service for one of them: its number in door_clients. It is looked at before the next one comes. */
typedef void (*DoorMessage)(unsigned client, sd_bus_message *m);

/* A service with the default lines and "fuzz0"; no calls. With a journal, which is in memory, or none. */
void door_open(bool journal, DoorMessage on_message);

/* Everybody leaves, everything ends, nothing may be left. */
void door_close(void);

/* Where messages to the service are made. */
sd_bus *door_bus(void);

/* Sends one from the client, with a reply expected, tells that it was sent, and lets happen what comes of it. Returns its cookie;
 * 0: it is no message that could be sent. */
uint64_t door_send(unsigned client, sd_bus_message *m, void (*on_sent)(unsigned client, uint64_t cookie));

/* The client is gone from the bus. */
void door_leave(unsigned client);

/* Does a client of that name still have something there? */
bool door_has(unsigned client);

void door_pass(unsigned ms);
