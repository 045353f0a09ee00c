/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bus like that of a system: dbus-daemon with the limits and the policy of a stock one, or dbus-broker with its launcher,
 * either with our policy file on top; callbusd --system on it, under a user of its own; and clients of several users.
 * Names in org.example may be owned by everybody.
 *
 * Only root can be several users, and only root can start the launcher of dbus-broker: who configures the build as somebody
 * else has no such tests.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#define SYSTEM_USERS 8

/* The lines loop0, loop1 and loop2, for these users and root: there is no polkit on such a bus. With the text for
 * callbusd.conf that goes with them. */
extern const char *const system_lines[];
extern const char system_config[];

/* An account of the machine, none of them root or the service's. */
const char *system_user(guint i);
const char *system_service_user(void);
uid_t system_uid(const char *account);

/* What is connected in between belongs to that account, in its own group and a further one, or NULL, for the bus and for
 * whom it tells. */
void system_act_as(const char *account, const char *group);
void system_act_as_self(void);

/* For good: in a process of its own. */
void system_become(const char *account);

/* ---- For util-bus.c ---- */

char *system_bus_config(const char *directory);
pid_t system_start_broker(int listen_fd, const char *address, const char *config, const char *log);
