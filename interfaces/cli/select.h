/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which calls a person means by CALL: an id, the beginning of one, LINE, LINE/NUMBER, LINE/ID or LINE/conference. */
#pragma once

#include "interfaces/cli/record.h"

/* All of `calls` (of Record) that fit, without a copy. Calls that are over count only where no other fits; NULL fits all
 * that are not over. */
GPtrArray *select_calls(const GPtrArray *calls, const char *what);

/* Those of `calls` that are in one of the states; all of them where none is. */
GPtrArray *select_in_states(const GPtrArray *calls, const char *const *states);

/* Where all are ends of one call, by its Call ID: the end that placed it, if it is there. Else NULL. */
Record *select_caller_end(const GPtrArray *calls);

/* The conference, where the others are its participants or their far ends. Else NULL. */
Record *select_conference(const GPtrArray *calls);

/* Those on the line (of that path). */
GPtrArray *select_on_line(const GPtrArray *calls, const char *line);

/* Is the word certainly a call, and not a number to dial? */
bool select_is_plain_call(const GPtrArray *calls, const char *word);

/* What was set up for a pending call: the consultation of one on hold for a transfer, or of a conference that waits for
 * one more; or, of a consultation, the call that waits. NULL if there is none, or more than one that might be meant. */
Record *select_partner(const GPtrArray *calls, const Record *call);

/* The shortest plain name of a call among all: its Call ID, cut short, or what follows a line's name. */
char *select_short_id(const GPtrArray *calls, const Record *call);
char *select_plain_name(const GPtrArray *calls, const Record *call);
