/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls in each state, and who may ask for what of them: their owner, the far end, a stranger and (as root, on a bus like that of a
 * system) another user. For tests that ask very often, with connections of which nothing is checked.
 */
#pragma once

#include "tests/bus/util-bus.h"

enum { OWNER, FAR, STRANGER, OTHER_USER, CALLERS };

extern sd_bus *callers[CALLERS];
extern unsigned n_callers;

/* Connects them; and the end of it. */
void callers_begin(void);
void callers_end(void);

/* Asks, and waits for the answer: NULL if that is an error. Signals that come meanwhile are thrown away. */
sd_bus_message *calls(unsigned caller, sd_bus_message *m, sd_bus_error *error);

/* Likewise, whatever comes of it. */
bool asks(unsigned caller, const char *path, const char *interface, const char *member, const char *types, ...);

/* One of its handles that is in that state (NULL: any); to be freed. NULL: there is none. */
char *find_handle(unsigned caller, const char *state);

/* How many scenes there are; plays one after the other. Returns the path of a call that is in the scene's state, to be freed, and
 * whose it is. */
extern const unsigned n_scenes;
char *scene_play(unsigned number, unsigned *ret_subject);

/* Waits until nothing happens by itself any more in that scene, in which nobody has done anything yet. */
void scene_settle(unsigned number);

/* Nobody has anything any more. */
void scene_end(void);
