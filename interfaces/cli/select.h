/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which calls a person means by CALL: an id, the beginning of one, LINE, LINE/NUMBER or LINE/ID. */
#pragma once

#include "interfaces/cli/record.h"

/* All of `calls` (of Record) that fit, without a copy. Calls that are over count only where no other fits. */
GPtrArray *select_calls(const GPtrArray *calls, const char *what);

/* Those of `calls` that are in one of the states; all of them where none is. */
GPtrArray *select_in_states(const GPtrArray *calls, const char *const *states);

/* Where all are ends of one call, by its Call ID: the end that placed it, if it is there. Else NULL. */
Record *select_caller_end(const GPtrArray *calls);

/* The shortest plain name of a call among all: its Call ID, cut short, or what follows a line's name. */
char *select_short_id(const GPtrArray *calls, const Record *call);
char *select_plain_name(const GPtrArray *calls, const Record *call);
