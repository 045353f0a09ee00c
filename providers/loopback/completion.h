/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Completion: what is done about a far end that is busy or does not answer. The desk of a line holds what is asked about it
 * and what was asked from it.
 */
#pragma once

#include "providers/loopback/call.h"

typedef struct Completion Completion;
typedef struct Desk Desk;

/* ---- What owners do ---- */

Refusal *completion_ask(End *end, CompletionMode mode, RequestId request);
Refusal *completion_cancel(LoopLine *line, const char *id);

/* ---- What happens to calls ---- */

/* A callback is answered: calls whom it is about. */
void completion_answered(End *end);

/* The end is over, or has reached whom it wanted. */
void completion_end_left(End *end);

/* The line calls another one: whatever that one left as a message here is done. */
void completion_calls_back(LoopLine *line, LoopLine *target);

/* A call of the line has ended or is held, or the line is back in service: maybe it is free now. */
void completion_line_changed(LoopLine *line);

/* Somebody was at the line: whoever called in vain while nobody was there may try again. */
void completion_line_used(LoopLine *line);

/* ---- The desk ---- */

Desk *desk_new(LoopLine *line);

/* The line is gone; `tell`: and somebody is there to hear what follows from it. */
void desk_close(Desk *desk, bool tell);
Desk *desk_free(Desk *desk);
