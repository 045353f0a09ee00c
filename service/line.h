/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line: a provider's line, who has it open, and its calls. */
#pragma once

#include <glib.h>

#include "service/call-state.h"
#include "service/forward.h"
#include "service/open.h"
#include "service/provider.h"

/* A line of the provider. -EINVAL: the description breaks a rule; -EEXIST: the name is taken. */
int line_new(Provider *provider, const LineInfo *info, Line **ret);

/* It is described anew; what its provider can do has changed. -EINVAL: the description breaks a rule. */
int line_update(Line *line, const LineInfo *info);
void line_update_abilities(Line *line);

/* Frees the line and all that hangs on it, telling nobody. */
Line *line_free(Line *line);

Provider *line_provider(const Line *line);
Manager *line_manager(const Line *line);
const char *line_name(const Line *line);
const char *line_label(const Line *line);
const char *const *line_addresses(const Line *line);
const char *const *line_emergency_numbers(const Line *line);
LineState line_state(const Line *line);
const char *line_state_reason(const Line *line);
uint32_t line_media_modes(const Line *line);
MediaMode line_clean_media_mode(const Line *line, MediaMode media_mode); /* one that it has, or unknown */
bool line_has_call_id(const Line *line);
bool line_close_drop(const Line *line);
AnswerMode line_answer_mode(const Line *line);
unsigned line_max_active_calls(const Line *line);
unsigned line_max_held_calls(const Line *line);
unsigned line_max_conference_parties(const Line *line);

/* What can ever work on it: what its provider can do, and what needs no provider. */
Operations line_abilities(const Line *line);

/* Calls that are neither idle, disconnected nor held; and held ones. Of the active ones those that ring, and those with media of
 * their own: participants share that of their conference. */
unsigned line_active_calls(const Line *line);
unsigned line_held_calls(const Line *line);
unsigned line_ringing_calls(const Line *line);
unsigned line_busy_calls(const Line *line);

/* Refuses one more call with media, or one more on hold, past the line's limits. Answering may make room by itself. */
Refusal *line_check_active(const Line *line);
Refusal *line_check_answer(const Line *line);
Refusal *line_check_held(const Line *line);

/* Refuses what can't be asked of the network now, as the line is out of service or the service stops; and a method of the line
 * that the line lacks. */
Refusal *line_check_service(const Line *line);
Refusal *line_check_ability(const Line *line, Operation operation);
Refusal *line_check_method(const Line *line, Operation operation);

/* Has it as many active calls, ringing ones too, as it can have? */
bool line_is_full(const Line *line);

/* Is it one of the line's own? */
bool line_is_own_address(const Line *line, const char *address);

/* The rules by which it sends calls elsewhere; messages that wait for its user. */
const ForwardRules *line_forwarding(const Line *line);
void line_set_forwarding(Line *line, const ForwardRule *rules, size_t n_rules);
void line_tell_forwarding(Line *line, Client *client);
unsigned line_messages_waiting(const Line *line);
void line_set_messages_waiting(Line *line, unsigned count);

/* Is the address one of its emergency numbers, however it is written? See number-class.h. */
bool line_is_emergency_number(const Line *line, const char *address);

/* The line's state as the network tells it. Removed: the line is freed. */
void line_set_state(Line *line, LineState state, const char *reason);

/* The bell rings for all who have the line open. */
void line_ring(Line *line, const char *mode, unsigned count);

/* ---- The methods of a client ---- */

/* Opens the line (see open.h). */
Refusal *line_open(Line *line, Client *client, const OpenOptions *options);

/* The client's open, to be closed (see open.h); refused if it has none. */
Refusal *line_find_open(Line *line, const Client *client, Open **ret);

/* May it know what only those may know who have the line open? */
bool line_is_open_for(const Line *line, const Client *client);

/* A monitor handle for each call on the line that the client has none for: those new handles, by rising number. */
Refusal *line_get_new_calls(Line *line, Client *client, GPtrArray **ret);

/* The app ids of those who have the line open, in the order of first opens, with "" for each that gave none; NULL-terminated,
 * the texts the service's. For those who have it open themselves. */
Refusal *line_list_apps(Line *line, const Client *client, GPtrArray **ret);

/* ---- for the service ---- */

GQueue *line_calls(Line *line);    /* of Call, the oldest first */
GQueue *line_opens(Line *line);    /* of Open, all of them */
GQueue *line_owners(Line *line);   /* of Open with the owner privilege, in the order of first opens */
GQueue *line_monitors(Line *line); /* of Open with the monitor privilege, likewise */
uint64_t line_next_place(Line *line);
void line_pass_place(Line *line, uint64_t place); /* it was used before a restart */

/* Rule 4: who is next after `last` (NULL: the first) to be offered a call of that media mode; NULL: nobody. */
Open *line_next_candidate(Line *line, MediaMode media_mode, const Open *last);

/* Who opened it as owner with that app id; NULL: nobody. */
Open *line_find_app(Line *line, const char *app_id);
void line_count_state(Line *line, CallState from, CallState to);
