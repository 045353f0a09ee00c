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
    unsigned n_handles; /* that it gives; the answer then comes before what it causes */
    bool with_text;
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
    Call *call, *other, *from; /* see RefRequest */
    int line;
    int slot, other_slot, from_slot;       /* the calls in the reference */
    uint64_t born, other_born, from_born;  /* and which of those that had the slot */
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
    unsigned told_messages[LINES];
    uint64_t told_rules[CLIENTS][LINES]; /* how a line forwards */

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
    bool keeps;  /* it writes down what there is, */
    bool killed; /* and is being killed */
    Limits limits;
    int crowd; /* so many clients come */
    unsigned disorder; /* how often of a hundred the network does something that nobody asked for */
    uint64_t steps;      /* of the program */
    uint64_t digest;     /* of all dumps: equal for equal seeds */
} World;

extern World world;

/* ---- Story: the last steps, to be printed when something is wrong ---- */

void story_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void story_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
void story_print(void);

/* Says each line on standard output, with the number that it came from. */
void story_aloud(bool enable);
void story_mark(const char *what, uint64_t number);
void story_end(void);

/* Something is wrong: says what and ends the program. What it is must be a text of its own (see trial.h). */
void wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- Life ---- */

/* A new world with random limits and abilities; and its end, after which nothing may be left. */
void world_begin(uint64_t seed);
void world_end(uint64_t seed);

/* One random step of a client, of the network, or of time; then the checks. */
void world_step(uint64_t seed);

/* ---- Parts ---- */

/* Made, or made again: the service without anything. */
void world_make(void);

/* What it writes down. */
void restart_begin(void);
void restart_end(void);
void restart_step(void);
void restart_commit(void);

/* Clients. */
void client_step(void);
void client_leaves(int client);
Handle *real_handle(int client, int call);
Done ask(int client, unsigned n_handles, Question **ret);
void judge(int expected, Refusal *refusal, Question *question);
int some_handle(int client);
void judge_reply_first(int client, uint64_t last_number);
int some_partner(int client, int call, uint32_t states); /* mostly another of its calls there, in one of these states */
void step_call(int client, int call, Operation operation);
void step_bad_arguments(int client, int call);
void step_complete_transfer(int client, int call);
char *name_of(int client); /* on the bus */
const char *app_name(unsigned app);
void step_dial(int client, int line);
void step_set_up(int client, int line, int call, Operation operation); /* a consultation */
void step_fetch(int client, int line, Operation operation);
void step_ask_line(int client, int line, Operation operation);
int client_of(const Client *client);

/* The network. */
void network_begin(void);
void network_start(void);       /* without any line */
void network_stop(void);        /* asked to */
void network_is_stopped(void);  /* says so */
void network_step(void);
void network_bind(void);         /* what it was asked in this step gets its place in the reference */
bool network_finish_one(void);   /* one thing less that is under way; false if nothing is */
void network_add_line(int line);
extern const ProviderOps network_ops;
extern const char *const network_id_kinds[KINDS];

/* The observer. */
extern const Observer watcher;
uint64_t read_shared(Call *call, CallProperty property);
uint64_t read_value(const Handle *handle, CallProperty property);
bool is_shared(CallProperty property);
bool is_told(CallProperty property);

uint64_t read_rules(const Line *line);

/* Everything that must be so after a step; `flushed`: the clients were told everything. */
void check_all(bool flushed);
