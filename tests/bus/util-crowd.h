/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thousands of connections in one process, all of which listen; of what they hear only the numbers are kept. */
#pragma once

#include "tests/bus/util-robust.h"

typedef struct Crowd Crowd;

typedef struct Member {
    Crowd *crowd;
    sd_bus *bare;
    char *name;
    uint64_t asked, answered, refused; /* requests; those that were answered; those of them with an error */
    uint64_t added, removed, changed;  /* handles, and signals of them */
    uint64_t lost_times, lost;         /* EventsLost, and what they told */
    bool gap_untold;                   /* something was missing before an EventsLost said so */
    GHashTable *handles;               /* path -> HandleFacts */
    char *last_path;                   /* that an answer gave */
} Member;

/* A handle as the member knows it from signals alone. */
typedef struct HandleFacts {
    char state[32];
    uint64_t sequence; /* the last one told */
    uint64_t signals;  /* that came for it */
    bool removed, gap; /* gap: some signal before did not come */
} HandleFacts;

Crowd *crowd_new(Bus *bus, guint count);
/* All die. */
Crowd *crowd_free(Crowd *crowd);

guint crowd_count(const Crowd *crowd);
Member *crowd_at(const Crowd *crowd, guint i);

/* One of them dies and another comes in its place. */
void crowd_replace(Crowd *crowd, guint i);

/* Counts the answer. */
void member_ask(Member *member, const char *path, const char *member_name, const char *types, ...);

/* Whatever came for it so far, it has heard. */
void member_settle(Member *member);

/* Calls and waits; what came meanwhile is handled. The answer is the caller's. */
sd_bus_message *member_call(Member *member, const char *path, const char *member_name, const char *types, ...);

/* Its handles, as ListCalls gives them; NULL-terminated. */
char **member_list_calls(Member *member);

/* Takes over what GetManagedObjects says: from here on there must be no gap. */
void member_reread(Member *member);

/* A member that does not listen is not read from. */
void crowd_set_deaf(Crowd *crowd, guint i, bool deaf);

/* Handles what came; waits for at most that long if nothing did. */
void crowd_turn(Crowd *crowd, int timeout_ms);
void crowd_turn_one(Crowd *crowd, guint i);

#define AWAIT_CROWD(crowd, condition)                                                                 \
    do {                                                                                              \
        uint64_t _deadline = bus_deadline();                                                          \
        while (!(condition)) {                                                                        \
            ck_assert_msg((uint64_t) g_get_monotonic_time() < _deadline, "waited in vain for %s", #condition); \
            crowd_turn((crowd), 100);                                                                 \
        }                                                                                             \
    } while (0)

/* How many handles of all of them are in that state. */
guint crowd_in_state(const Crowd *crowd, const char *state);

/* All that they asked is answered. */
void crowd_settle(Crowd *crowd);
uint64_t crowd_asked(const Crowd *crowd);
uint64_t crowd_answered(const Crowd *crowd);
