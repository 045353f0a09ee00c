/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Door: the socket at which providers that are processes of their own find the service. Its path is the same after a restart, and
 * under a service manager the socket itself is, too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "service/cleanup.h"

typedef struct Door Door;
typedef struct Link Link;

typedef struct DoorOptions {
    bool system;       /* for providers of another user: "callbus-provider" */
    const char *state; /* the folder of the state, for want of another */
} DoorOptions;

/* -EBUSY: another service has it. On failure one line in *ret_why. */
int door_open(const DoorOptions *options, Door **ret, char **ret_why);

/* Nobody finds the service any more, nor the next one by the same socket. */
void door_close(Door *door);
Door *door_free(Door *door);
DEFINE_CLEANUP(Door *, door_free)

/* An earlier service that did not stop in good order has left it: providers may still be there. */
bool door_is_old(const Door *door);

/* "unix:path=..."; and the folder in which there is room for what goes with the socket. */
const char *door_address(const Door *door);
const char *door_folder(const Door *door);

/* Whoever says hello under that name is for that one. */
typedef struct Remote Remote;
void door_expect(Door *door, const char *name, Remote *remote);
void door_forget(Door *door, const char *name);
Remote *door_find(const Door *door, const char *name);

/* One of those that have not said hello yet is not one of them any more. */
void door_let_go(Door *door, Link *link);

/* One of them says more than others may at a time: is it the only one? */
bool door_lets_talk(Door *door, const Link *link);
