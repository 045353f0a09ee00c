/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manager: the registry of lines, clients, calls and requests, and the limits. */
#pragma once

#include <glib.h>

#include "service/call-state.h"
#include "service/cleanup.h"
#include "service/deed.h"
#include "service/limit.h"
#include "service/line-policy.h"
#include "service/observer.h"
#include "service/types.h"

Manager *manager_new(const Limits *limits);

/* Everything else must be gone: providers and clients. */
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_free)

/* The lists of applications that it goes by, from the start on; taken. Before, there are empty ones in memory. */
void manager_set_priorities(Manager *manager, Priorities *priorities);
Priorities *manager_priorities(const Manager *manager);

/* Who is told; before the first client. */
void manager_set_observer(Manager *manager, const Observer *observer, void *userdata);

/* Where what changes is written down, and the epoch of this start of the service; taken, before anything happens. NULL at the end:
 * what goes from now on is there again after the next start. */
void manager_set_journal(Manager *manager, Journal *journal, uint64_t epoch);
Journal *manager_journal(const Manager *manager); /* NULL: nothing is kept */
uint64_t manager_epoch(const Manager *manager);

/* Where it is written what became of calls; taken, after the journal. NULL: nowhere. */
void manager_set_call_log(Manager *manager, CallLog *log);
CallLog *manager_call_log(const Manager *manager);

/* The id of the bus that its clients are named on; "" for none. */
void manager_set_bus_id(Manager *manager, const char *id);
const char *manager_bus_id(const Manager *manager);

/* A number that is never given again, over any number of starts: the epoch in its upper half, a count in the lower. */
uint64_t manager_next_number(Manager *manager);

/* The lines that are configured; the store is the caller's. NULL: there is nothing to add to. */
void manager_set_line_store(Manager *manager, LineStore *store);
LineStore *manager_line_store(const Manager *manager);

/* What the administrator decided about a line; taken. NULL: nothing. */
void manager_set_line_policy(Manager *manager, LinePolicy *policy);
void manager_forget_line_policy(Manager *manager, const char *line);
const LinePolicy *manager_line_policy(const Manager *manager, const char *line);

/* Who says what clients may do; from the start on. Nobody: they may do all. */
void manager_set_judge(Manager *manager, Judge judge, void *userdata);
Judge manager_judge(const Manager *manager, void **ret_userdata);

/* Tells every client what waits for it; called at the end of each turn of the loop. */
void manager_flush(Manager *manager);

/* Called once, when all providers have started, or have stopped; `failure` is what the first that failed says, or NULL. */
typedef void (*ManagerReady)(const char *failure, void *userdata);

void manager_start(Manager *manager, ManagerReady ready, void *userdata);
void manager_stop(Manager *manager, ManagerReady ready, void *userdata);
bool manager_is_stopping(const Manager *manager);

const Limits *manager_limits(const Manager *manager);
GPtrArray *manager_providers(const Manager *manager); /* of Provider, in order of start */
GQueue *manager_lines(Manager *manager);              /* of Line, in order of appearance */
Line *manager_find_line(const Manager *manager, const char *name);
Client *manager_find_client(const Manager *manager, const char *name);
const GQueue *manager_find_calls(const Manager *manager, const char *call_id); /* of Call; NULL if none */

/* Is there a live call, that is one that has media or is on its way out; is there one that rings? */
bool manager_in_call(const Manager *manager);
bool manager_ringing(const Manager *manager);

/* How many calls and handles there are, for who looks after them. */
unsigned manager_count_clients(const Manager *manager);

/* ---- for the service ---- */

const Observer *manager_observer(const Manager *manager);
void *manager_observer_data(const Manager *manager);
GQueue *manager_outboxes(Manager *manager); /* of Client with something to be told */
GHashTable *manager_users(Manager *manager);
GHashTable *manager_requests(Manager *manager); /* id -> Request */
GQueue *manager_deadlines(Manager *manager);    /* of Request, the earliest first */
uint64_t manager_next_request(Manager *manager);
uint64_t manager_last_request(const Manager *manager); /* 0: none yet */
Tokens *manager_tokens(Manager *manager);
Tolls *manager_tolls(const Manager *manager);
Timers *manager_timers(Manager *manager);
GQueue *manager_recipients(Manager *manager);        /* of Client, the first that registered first */
GHashTable *manager_network_ids(const Manager *manager);
GHashTable *manager_numbered_calls(const Manager *manager); /* a set of the numbers of calls that providers gave */

/* Has on_deadline called at that monotonic time, unless it is to be called earlier anyway; it returns the next time, or -1. */
void manager_arm_deadline(Manager *manager, int64_t (*on_deadline)(Manager *), int64_t usec);

void manager_add_line(Manager *manager, Line *line);
void manager_remove_line(Manager *manager, Line *line);
void manager_add_client(Manager *manager, Client *client);
void manager_remove_client(Manager *manager, Client *client);
void manager_count_state(Manager *manager, CallState from, CallState to);

/* The calls that have one Call ID. */
typedef struct CallGroup CallGroup;

const char *call_group_id(const CallGroup *group);
CallGroup *manager_join_group(Manager *manager, const char *call_id, GList *link);
CallGroup *manager_leave_group(Manager *manager, CallGroup *group, GList *link);
