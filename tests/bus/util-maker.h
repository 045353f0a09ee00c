/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every request that makes calls, on loop0, with all that must be there before: what the rules about new calls go through. */
#pragma once

#include "tests/bus/util-calls.h"

typedef struct Stage {
    Client *maker;           /* has loop0 open as a test says, or not at all */
    Client *watcher, *other; /* have it open as monitor, and as owner+monitor */
    Client *far;             /* at loop1 and loop2 */
    const char *call;        /* of the maker's, that is worked on; NULL: none */
    const char *second;      /* the consultation that is there already, or NULL */
    const char *place;       /* where a call is parked */
} Stage;

typedef struct Maker {
    const char *name;
    bool line;    /* asked of the line: opens it if need be */
    guint number; /* of handles that it gives */
    void (*prepare)(Stage *stage);
    uint64_t (*send)(const Stage *stage);
} Maker;

extern const Maker makers[];
extern const guint maker_count;

/* All but the maker's open. */
Stage stage_begin(void);

typedef struct Made {
    const char *paths[2];
} Made;

/* The handles that the answer gives, once they are announced. */
Made maker_await(const Maker *maker, const Stage *stage, uint64_t request);
