/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * World: the real service, clients that write down what they are told, and a network that obeys and disobeys as the dice
 * fall. Beside it runs the reference; after each step both must agree.
 */
#pragma once

#include <glib.h>

#include "service/call.h"
#include "service/client.h"
#include "service/dial.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/operations.h"
#include "tests/model/reference.h"

enum {
    QUESTIONS = 16384,
    PENDING = 256,
};

/* A request of a client, from asking to the answer. */
typedef struct Question {
    int client;
    uint64_t number;
    bool with_handle; /* the answer comes before what it causes */
    bool refused;     /* at once */
    unsigned answers;
} Question;

/* What a client knows of one of its handles, by what it was told. */
typedef struct View {
    bool there;
    Handle *handle;
    uint64_t number;
    uint64_t values[_CALL_PROPERTY_MAX];
} View;

/* An operation that the network was asked for. */
typedef struct Asked {
    RequestId id;
    RefRequestKind kind;
    Operation operation;
    Call *call;
    int slot;      /* the call in the reference */
    uint64_t born; /* and which of those that had the slot */
    bool reported; /* its effect was */
    bool flag;
    bool refused;
} Asked;

typedef struct World {
    Manager *manager;
    Provider *provider;
    ProviderOps ops;
    Client *clients[CLIENTS];
    uint64_t generations[CLIENTS]; /* in their names: a name is never used twice */
    Line *lines[LINES];
    Call *calls[CALLS];

    Question questions[QUESTIONS];
    unsigned n_questions;

    Tale tales[CLIENTS];          /* what they were told */
    View views[CLIENTS][CALLS * 2];
    uint64_t withheld[CLIENTS];   /* as told */
    unsigned told_flags;          /* MANAGER_PROPERTY_* */
    LineState told_states[LINES];

    Asked heard[STARTS]; /* in this step */
    unsigned n_heard;
    Asked pending[PENDING];
    unsigned n_pending;

    uint64_t dump;     /* of everything that a client could see */
    uint64_t requests; /* likewise of what is under way */
    bool refused;      /* this step was, at once: nothing of either may have changed */
    bool declined;     /* this step was, by the network or by time: what a client sees may not have changed */
    uint64_t idle_born[CALLS];
    uint64_t idle_values[CALLS][_CALL_PROPERTY_MAX]; /* what was known when it became idle */
    bool stopping;
    uint64_t steps;      /* of the program */
    uint64_t digest;     /* of all dumps: equal for equal seeds */
} World;

extern World world;

/* ---- Story: the last steps, to be printed when something is wrong ---- */

void story_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void story_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
void story_print(void);

/* Something is wrong: prints the story and ends the program. */
void wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- Life ---- */

/* A new world with random limits and abilities; and its end, after which nothing may be left. */
void world_begin(void);
void world_end(void);

/* One random step of a client, of the network, or of time; then the checks. */
void world_step(void);

/* ---- Parts ---- */

/* Clients. */
void client_step(void);
void client_leaves(int client);
Handle *real_handle(int client, int call);
Done ask(int client, bool with_handle, Question **ret);
int client_of(const Client *client);

/* The network. */
void network_begin(void);
void network_stop(void);        /* asked to */
void network_is_stopped(void);  /* says so */
void network_step(void);
void network_bind(void);         /* what it was asked in this step gets its place in the reference */
bool network_finish_one(void);   /* one thing less that is under way; false if nothing is */
void network_add_line(int line);
extern const ProviderOps network_ops;

/* The observer. */
extern const Observer watcher;
uint64_t read_shared(Call *call, CallProperty property);
uint64_t read_value(const Handle *handle, CallProperty property);
bool is_shared(CallProperty property);
bool is_told(CallProperty property);

/* Everything that must be so after a step; `flushed`: the clients were told everything. */
void check_all(bool flushed);
