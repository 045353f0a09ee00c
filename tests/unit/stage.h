/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stage: the service with a network that does nothing by itself, and clients a, b, c ... whose experience is written down
 * in one line, to be compared.
 *
 *   a+1(offering)                   handle 1 of a is announced, in that state
 *   a~1[State=busy Owners=2]        these properties of it have changed; times, Sequence and Features are left out
 *   a-1                             it is void
 *   a#1:5  a!1:done  a^1:done       a digit was heard; digits were sent; a tone was
 *   a=1:12#(term-digit)             digits were gathered
 *   a:wish(102)                     somebody wants that address to be called
 *   a?3                             three handles were withheld
 *   a:closed(line0)  a:rang(normal,2)  a:forwarding(line0,1)  *:messages(line0,2)      of a line
 *   a=done  a=done(1)  a=Conflict   the answer to a request: done, done with handle 1 (two handles: 1,2; a text), refused
 */
#pragma once

#include <check.h>

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
#include "service/transfer.h"
#include "tests/unit/run.h"

extern Manager *manager;
extern Provider *provider;
extern Line *line0, *line1; /* with Call IDs; line1 can have one active and one held call; neither drops on close */
extern Line *drop_line;     /* drops a call of which nobody holds a handle */

/* Where its database is, kept from stage to stage; NULL: in memory. And the epoch, of which each stage needs a new one. */
extern const char *stage_folder;
extern uint64_t stage_epoch;
void stage_open_journal(void);

/* In a folder of its own from the next stage on, until it is removed after the last. */
void stage_make_folder(void);
void stage_remove_folder(void);
void stage_commit(void);
extern const char *stage_bus_id;

/* For each test, as a checked fixture. */
void stage_begin(void);
void stage_end(void);

/* The service is killed: nothing is written any more, and nobody is told anything. */
void stage_is_killed(void);

/* It starts again; these of its clients, a letter each, are still on the bus. */
void stage_restarts(const char *names);

/* What the network says of a call of before; unset: that it has it no more. */
extern bool (*stage_adopt)(Call *call);
bool stage_has_still(Call *call);

/* With other limits than the usual ones: before stage_begin(). */
extern Limits stage_limits;

/* The next start of an operation fails with that errno. */
extern int stage_start_error;

/* One more line, with that limit of active and of held calls, which lacks these abilities. */
Line *adds_line(const char *name, unsigned limit, bool close_drop, Operations without);

/* A test case with the stage for each test. */
TCase *stage_case(Suite *suite, const char *name);

Client *arrives(const char *name); /* of user 1000, or 1001 if its name is in capitals */
void opens(Client *client, Line *line, OpenPrivilege privilege);

/* As an application, for these media modes, to be offered calls or not. */
void opens_as(Client *client, Line *line, const char *app_id, uint32_t media_modes, bool offer);

/* ---- The network ---- */

/* What it was asked since the last time, such as "dial drop", and forgets it. */
void expect_asked(const char *asked);

/* The newest request that it was asked for, and the call of it: the one that is made if one is; and its conference. */
RequestId last_request(void);
Call *last_call(void);
Call *last_conference(void);

Call *comes_in(Line *line, const char *call_id);
void completes(RequestId request);                     /* done */
void refuses(RequestId request, RefusalCode code);
void completes_with(RequestId request, const char *text);
void dialled(RequestId request, const char *call_id); /* done, the call is dialing */

/* Done: the call begins so; and a conference with its consultation. */
void begins(RequestId request, CallEvent event, const char *call_id, const char *related_call_id);
void conference_begins(RequestId request, const char *call_id, const char *consultation_id);

/* Done by the end of the call. */
void ends_by(Call *call, Call *consultation, RequestId request, DisconnectCause cause, const char *text);

/* A call that the client dialled and that is connected now; nothing of it is left in the story. */
Handle *talks(Client *client, Line *line);
Handle *talks_as(Client *client, Line *line, const char *call_id);

/* Its client calls somebody about that call: the consultation, connected as "second"; nothing of it is left in the story. */
Handle *consults_about(Handle *handle);

/* What was told and not yet compared. */
const char *stage_story(void);

/* What happened until now is of no interest. */
void forget_story(void);

/* ---- What happened ---- */

/* An answer goes to the story. The refusal of a question is told so, too. */
Done told(Client *client);
void asked(Client *client, Refusal *refusal, Done done);

#define ASK(client, function, ...)                              \
    do {                                                        \
        Done _done = told(client);                              \
        asked(client, function(__VA_ARGS__, _done), _done);     \
    } while (0)

/* Flushes and compares with all that happened since the last time. */
#define expect_story(expected) check_story(expected, /* flush= */ true)
#define expect_unflushed(expected) check_story(expected, /* flush= */ false)
void check_story(const char *expected, bool flush);

/* The refusal has that code; freed. */
void expect_refusal(Refusal *refusal, RefusalCode code);
void expect_granted(Refusal *refusal);
