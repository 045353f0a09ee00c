/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* World: the service on the provider under test, without a bus, and clients that write down what they are told. */
#pragma once

#include <check.h>
#include <glib.h>

#include "service/call.h"
#include "service/client.h"
#include "service/completion.h"
#include "service/conference.h"
#include "service/dial.h"
#include "service/digits.h"
#include "service/forward.h"
#include "service/gather.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/operations.h"
#include "service/pickup.h"
#include "service/provider-control.h"
#include "service/transfer.h"
#include "tests/conformance/adapter.h"
#include "tests/conformance/spy.h"

/* A handle as its client was told of it. */
typedef struct Seen {
    Handle *handle; /* NULL once void */
    uint64_t number;
    char *call_id;
    GString *states;   /* "offering connected disconnected:normal idle:normal"; connected/active-held while it is held */
    GString *digits;   /* heard */
    GString *outcomes; /* of digits that were sent: "done cancel" */
    GString *tones;    /* the same of tones */
    GString *gathered; /* "12#:term-digit" */
} Seen;

/* Who uses the service. */
typedef struct Person {
    const char *name;
    Client *client;
    GPtrArray *seen; /* of Seen */
    unsigned taken;  /* so many of them were looked at by await_call() */
    GString *closed; /* "loop0:reason" of each open that was taken away */
    GString *rings;  /* "normal:1 normal:2" */
} Person;

/* What became of a request. */
typedef struct Answer {
    unsigned arrived;
    bool refused;
    RefusalCode code;
    char *text;
    Handle *handle, *second;
} Answer;

/* For each test; the end of the world stops the provider and judges what is left. */
void world_begin(void);
void world_end(void);

/* The end by hand, for tests that look at what it does. */
void world_stop(void);

/* Lines by number, as in the adapter; NULL when taken away. */
Line *world_line(unsigned i);
Line *world_plain_line(void);
Line *world_small_line(void);
Line *world_find_line(const char *name);

/* Adds that line, as a client does; and removes it. */
Answer *world_adds_line(Person *person, const char *name, const char *const *settings);
Answer *world_removes_line(Person *person, const char *name);

/* One turn of the loop; fails with `what` when the time for it is over. */
void world_begin_wait(void);
void world_turn(const char *what);

/* One turn without waiting; and one that waits for something to happen. */
void world_poll(void);
void world_pause(void);

#define AWAIT(condition)             \
    do {                             \
        world_begin_wait();          \
        while (!(condition))         \
            world_turn(#condition);  \
    } while (0)

Person *person_arrives(const char *name);
void person_opens(Person *person, unsigned line, OpenPrivilege privilege);
void person_opens_line(Person *person, Line *line, OpenPrivilege privilege);
void person_leaves(Person *person);

/* Dials and waits for the handle. */
Seen *person_dials(Person *person, unsigned line, const char *address);
Seen *person_orders(Person *person, Line *line, const DialOrder *order);

/* Waits for the next handle that the person gets without having dialled. */
Seen *await_call(Person *person);

/* What the client of the handle was told of it. */
Seen *seen_of(Handle *handle);

/* ---- Requests ---- */

/* asked(handle_hold(handle, answer_by(answer)), answer): a refusal at once is an answer too. */
Answer *answer_new(void);
Done answer_by(Answer *answer);
Answer *asked(Refusal *refusal, Answer *answer);

void expect_done(Answer *answer);
void expect_refused(Answer *answer, RefusalCode code);

/* One that asks and waits for success. */
#define DO(function, ...)                                                      \
    do {                                                                       \
        Answer *_answer = answer_new();                                        \
        expect_done(asked(function(__VA_ARGS__, answer_by(_answer)), _answer)); \
    } while (0)

/* One that asks, and gives what may be waited for. */
#define ASK(function, ...)                                                     \
    ({                                                                         \
        Answer *_answer = answer_new();                                        \
        asked(function(__VA_ARGS__, answer_by(_answer)), _answer);             \
    })

/* ---- What was told ---- */

/* Waits until exactly these states were told. */
void expect_states(const Seen *seen, const char *states);

/* Waits until this is the last state that was told. */
void expect_last_state(const Seen *seen, const char *state);

/* Waits until the party is that number, and its presentation then is that. */
void expect_party(const Seen *seen, PartyRole role, const char *number, Presentation presentation);

Call *seen_call(const Seen *seen);
PartyInfo seen_party(const Seen *seen, PartyRole role);

/* Two calls that are connected with each other, `from` and `to` by different persons: fills both. */
void connect_calls(Person *from, unsigned from_line, Person *to, unsigned to_line, Seen **ret_out, Seen **ret_in);
