/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Placement: what a request that makes calls has to remember, and how its calls appear: to dial, to consult, to set up a
 * conference, to pick up, to unpark. The client is the sole owner of each (rule 1), and its reply comes before any
 * signal about them (rule 2).
 */
#pragma once

#include "service/dial.h"

/* The most calls that one operation makes. */
enum { PLACEMENT_CALLS_MAX = 2 };

/* What is to be made, besides the line and for whom. */
typedef struct PlacementPlan {
    Operation operation;
    unsigned n_calls;
    CallKind kinds[PLACEMENT_CALLS_MAX];
    CallDirection direction;  /* of the plain ones */
    const DialOrder *order;   /* what the last call is dialled with; NULL: nobody dials it */
    MediaMode media_mode;     /* where there is no order */
    OnOwnerLost on_owner_lost;
    Token *token;             /* of a dial, or NULL */
    Call *from;               /* what a consultation begins from: it is held, or joins the conference; or NULL */
} PlacementPlan;

/* A request of the client for calls that the network does not know yet. Refused at a limit; nothing was made then. */
Refusal *placement_new(Line *line, Client *client, const PlacementPlan *plan, Request **ret);

/* The same for a consultation about the call of the handle, which is held meanwhile. */
Refusal *placement_new_consultation(Handle *handle, Operation operation, const DialOrder *order, Request **ret);

/* Its calls, in the order of the kinds. */
Call *placement_call(const Request *request, unsigned i);

/* What the last call is dialled with, for the provider. */
DialParams placement_params(const DialOrder *order);

/* What the provider made of its start: `r` as ProviderOps says. The calls of one that failed never were. */
Refusal *placement_started(Request *request, int r, Done done);

/* The provider has made the calls, or has not. */
void placement_succeeded(Request *request, const CallStart *starts);
void placement_failed(Request *request, Refusal *refusal);

/* What a new call is checked for, in the order of the rules: what the line can do, what state it is in, the values. */
Refusal *placement_check_order(const Line *line, const DialOrder *order);

/* The same of a consultation: its address may be empty, and is none of the line's own. */
Refusal *placement_check_consultation(const Line *line, Client *client, const DialOrder *order);
