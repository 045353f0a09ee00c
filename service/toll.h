/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Toll: what each user has dialled lately, on each line and on all together, and whether more is possible.
 *
 * Whatever leads to a call that somebody pays for is checked before anything changes, and counted once it is asked of the network. It
 * is kept over a restart. Emergency calls are under no limit and count for none.
 */
#pragma once

#include "service/refusal.h"
#include "service/types.h"

/* How often something is dialled; of these, to costly numbers. */
typedef struct Dials {
    unsigned all, costly;
} Dials;

/* Those to one address; none to "" and to an emergency number. Of one that is dialled digit by digit: `more` may follow. */
Dials dials_to(const Line *line, const char *address);
Dials dials_sent_to(const Line *line, const char *address); /* a call of others: an emergency number is no exception */
Dials dials_to_place(const Line *line, const char *address); /* where one is parked: none but to what could be costly */
Dials dials_to_digits(const Line *line, const char *digits, bool more);

/* Which of them are not among the others. */
Dials dials_beyond(Dials dials, Dials others);

typedef struct Toll Toll;

/* Part of a call that was dialled: what was counted for it. */
typedef struct TollMark {
    Toll *on_line, *in_all; /* NULL: nothing is counted there */
    Dials dials;
} TollMark;

/* Refuses the dials if they are too many, telling which limit that is, how much, and when it is over. Else they are counted, and
 * that is written down (or they are refused for that), as they are about to be asked of the network. */
Refusal *toll_take(const Line *line, const Client *client, Dials dials);

/* The same for a call that the client dials: it is up from its first one on. */
Refusal *toll_take_for_call(Call *call, const Client *client, Dials dials);

/* Likewise, in two steps: the caller writes it down. */
Refusal *toll_check_call(const Line *line, const Client *client, Dials dials);
void toll_count_call(Call *call, const Client *client, Dials dials);

/* The call is over, or never was. `failed`: it reached nobody, and counts double. */
void toll_finish(Call *call, bool failed);

/* After so many minutes the call ends; 0: never. */
unsigned toll_max_minutes(const Line *line);

/* The user sends so many digits: they are refused, or counted. */
Refusal *toll_check_digits(const Call *call, const Client *client, unsigned n);

/* The user sends a message: it is counted, or too many. */
bool toll_admit_message(Manager *manager, uint32_t uid);

/* It sends one to dial an emergency number, though it has sent too many. */
bool toll_admit_emergency(Manager *manager, uint32_t uid);

/* Somebody was refused something: for the log, which hears of it once a minute for each user. `line` may be NULL. */
void toll_tell(Manager *manager, uint32_t uid, const char *limit, const Line *line);

/* ---- All of them ---- */

Tolls *tolls_new(Manager *manager);
Tolls *tolls_free(Tolls *tolls);

/* What earlier runs of the service have kept. A row that makes no sense is left out. -EIO and the like: it can't be read. */
int tolls_restore(Tolls *tolls);
