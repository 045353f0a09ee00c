/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LoopLine: a line of the loopback network. */
#pragma once

#include "providers/loopback/exchange.h"

/* Tells the service of a new line. A refusal: its name or one of its numbers is taken, or it can't be dialled. */
Refusal *loop_line_new(Exchange *exchange, const LineInfo *info, LoopLine **ret);

/* Operations on their way hold the line; taken away, it is in state removed and no token of it is valid. */
LoopLine *loop_line_ref(LoopLine *line);
LoopLine *loop_line_unref(LoopLine *line);

/* The network is gone: takes the line apart without a word to the service, and drops the reference. */
void loop_line_discard(LoopLine *line);

Exchange *loop_line_exchange(const LoopLine *line);
Line *loop_line_token(const LoopLine *line);
LineState loop_line_state(const LoopLine *line);
bool loop_line_has_media(const LoopLine *line, MediaMode mode);
bool loop_line_assigns_call_ids(const LoopLine *line);

/* Its usual number. */
GRefString *loop_line_number(const LoopLine *line);

/* How the line looks from the far end. */
void loop_line_party(const LoopLine *line, PartyInfo *ret);

unsigned loop_line_max_conference_parties(const LoopLine *line);
AnswerMode loop_line_answer_mode(const LoopLine *line);

/* The calls on it: those that ring, those that are connected, and all others; each in the order in which they came to be so. */
GQueue *loop_line_ringing(LoopLine *line);
GQueue *loop_line_active(LoopLine *line);
GQueue *loop_line_others(LoopLine *line);

/* The calls that ring in its pickup group; NULL: it is in none. */
GQueue *loop_line_group_ringing(LoopLine *line);
const char *loop_line_group(const LoopLine *line);

/* Its rules for calls that are to go elsewhere, and what is asked of others about it. */
typedef struct Rules Rules;
typedef struct Desk Desk;
Rules *loop_line_rules(const LoopLine *line);
void loop_line_set_rules(LoopLine *line, Rules *rules);
Desk *loop_line_desk(const LoopLine *line);

/* One of its calls is protected from interruption from now on, or no longer; whether there is any. */
void loop_line_secure(LoopLine *line, bool secure);
bool loop_line_is_secured(const LoopLine *line);

/* Ends all calls, as told to the service and to the far ends. */
void loop_line_end_calls(LoopLine *line, DisconnectCause cause);

/* The network under the line came or went. */
void loop_line_set_state(LoopLine *line, LineState state, const char *reason);
