/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two files of the rig share. */
#pragma once

#include "tests/bus/util-rig.h"

#define ACTORS 2

/* The provider is a process of its own: calls go on over a restart, and say so while they are read anew. */
bool rig_calls_go_on(void);

/* A handle, as its client was told. */
typedef struct Known {
    char *path;
    GHashTable *values; /* property -> text */
    uint64_t sequence, read; /* the last of all; the last that was read, and not told */
    bool announced;
    bool met;       /* by reading: it may be announced yet */
    bool released;  /* asked for */
    bool gone;      /* told */
    bool shares_id; /* its Call ID is not its own alone, or was not */
    guint born;     /* after that many restarts */
    bool again;     /* got by a token, or found: the call may be older */
} Known;

typedef struct Actor {
    Rig *rig;
    sd_bus *bare;
    char *prefix;
    GHashTable *known; /* path -> Known, for ever */
    GPtrArray *order;
    guint under_way;
    bool awaits_resumed, stale; /* has it yet to be told of the restart; to read anew what it has? */
    guint resumed; /* since the service was started the last time */
} Actor;

typedef struct Dialled {
    Actor *actor;
    const char *line, *address;
} Dialled;

struct Rig {
    Bus *bus;
    GRand *rand;
    Actor actors[ACTORS];
    GSList *mayflies;            /* connections */
    GHashTable *dialled;         /* token -> Dialled */
    GHashTable *paths_of_tokens; /* as replied */
    GHashTable *calls_of_tokens; /* token -> Call ID */
    GHashTable *shared_ids;      /* Call IDs of conferences and the like */
    GHashTable *first_seen;      /* Call ID -> number of the restart */
    guint tolls, tolls_uncertain;
    RigFigures figures;
};

/* For util-rig-judge.c. */
void rig_turn(Rig *rig, int timeout_ms);
void actor_ask(Actor *actor, const char *token, const char *path, const char *member, const char *types, ...);
Known *known_new(Actor *actor, const char *path);
void known_learn(Rig *rig, Known *known, GHashTable *values, bool told);
void note_token(Actor *actor, const char *token, const char *path);
const char *known_value(const Known *known, const char *name);
bool known_is_over(const Known *known);
