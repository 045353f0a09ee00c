/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call in any state, with an owner, a monitor and the far end, and the table of a call's methods: what the
 * tests of refusals, of Features and of foreign paths go through.
 */
#pragma once

#include "tests/bus/util-bus.h"

typedef struct Scene {
    Client *owner, *monitor, *far;         /* far: at the other end of calls between two lines */
    const char *owner_path, *monitor_path; /* of the call */
    const char *other;                     /* another call of the owner's on the same line, fit for an argument */
    const char *monitor_other;             /* the monitor's handle of that */
    const char *state;
} Scene;

/* The states that a call can be made to stay in, NULL-terminated; of a conference: "conference:on-hold". */
extern const char *const scene_states[];

/* The call's State there. */
const char *scene_state(const Scene *scene);

/* Opens the lines for the three, once; the monitor with "monitor" or "owner+monitor". */
Scene scene_begin(Bus *bus, const char *monitor_privilege);

/* Brings a new call into the state, in which it stays. False: it is not there. */
bool scene_set(Scene *scene, const char *state);

/* Has the line what it takes to bring a call into that state? */
bool scene_is_possible(const Scene *scene, const char *state);

/* Drops what the client owns, and releases all that it has. */
void clear_client(Client *client);

/* Drops and releases all of it. */
void scene_clear(Scene *scene);

typedef struct Method {
    const char *name;
    const char *types;  /* of its arguments */
    bool owner;         /* owners only */
    const char *states; /* in which it can work, blank-separated with blanks at both ends; NULL: in all */
    /* Sends it with arguments that are good in the scene. */
    uint64_t (*send)(Client *client, const char *path, const char *other);
} Method;

extern const Method methods[];
extern const size_t method_count;

bool method_works_in(const Method *method, const char *state);

/* Do the Capabilities of the scene's line name it? */
bool method_is_able(const Method *method, Client *client);

/* The short name of the error with which it is refused, "" if it is not. */
const char *method_refusal(const Method *method, bool owner, bool able, const char *state);
