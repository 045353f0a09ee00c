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

/* A request of the client for calls on the line that the network does not know yet; the last one is dialled by the order, if
 * there is one. Refused at a limit. */
Refusal *placement_new(Line *line, Client *client, Operation operation, const CallKind *kinds, unsigned n_calls,
                       const DialOrder *order, Request **ret);

/* Its calls, in the order of the kinds. */
Call *placement_call(const Request *request, unsigned i);

/* What the provider made of its start: `r` as ProviderOps says. The calls of one that failed never were. */
Refusal *placement_started(Request *request, int r, Done done);

bool request_is_placement(const Request *request);

/* The provider has made the calls, or has not. */
void placement_succeeded(Request *request, const CallStart *starts);
void placement_failed(Request *request, Refusal *refusal);

/* What a consultation or a new call is checked for, in the order of the rules: what the line can do and what state it is in;
 * then the values. */
Refusal *placement_check_line(const Line *line, const DialOrder *order);
Refusal *placement_check_values(const Line *line, const DialOrder *order);
Refusal *placement_check_room(const Client *client, unsigned n_calls);
