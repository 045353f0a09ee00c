/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A service that is killed again and again, and clients that stay: two actors that dial, answer, hold, confer, hang up, as the
 * dice say, and note what they are told. After each restart they are asked what they have, and it is judged:
 *
 *   Every handle that a client was told of, and did not release, is there at its old path, for the same call.
 *   Each client that had something is told of the restart, exactly once, before all else.
 *   No path is another call's, and no Call ID comes again for another call.
 *   What a client was told is true: what ended stays ended, with its cause; what was up has ended.
 *   No Sequence comes twice.
 *   A token has never made two calls.
 *   The call log has each call that is over and that anybody saw, once.
 */
#pragma once

#include "tests/bus/util-robust.h"

typedef struct Rig Rig;

/* Lines for the bus that a rig works on: one of them counts its dials, TOLL_DIALS a day. */
extern const char *const rig_lines[];
#define TOLL_LINE "toll"
#define TOLL_DIALS 8

Rig *rig_new(Bus *bus, guint seed);
Rig *rig_free(Rig *rig);

/* All that the service kept was lost while it was down: nothing of it is expected, but no path is used again. */
void rig_forget(Rig *rig);

/* Lets the actors work: so many deeds at least, or until the service has ended: then it is true. */
bool rig_work(Rig *rig, guint deeds);

/* For that time, or until the service has ended. */
bool rig_work_for(Rig *rig, uint64_t usec);

/* Each request has an answer. */
void rig_settle(Rig *rig);

/* The service has ended: hears what it still had said. */
void rig_hear_last_words(Rig *rig);

/* It is there again: waits until each actor is told so, looks at all that they have, and judges. */
void rig_judge(Rig *rig);
void rig_judge_log(Rig *rig);

/* Dials on the line that counts until it is refused: it remembers all dials of before. */
void rig_spend_tolls(Rig *rig);

/* How soon is the first request answered? Asks until it is. */
uint64_t rig_first_answer_usec(Rig *rig);

typedef struct RigFigures {
    guint deeds, handles, calls, tokens, restarts, ended_by_restart, gone_on, log_entries;
} RigFigures;

RigFigures rig_figures(const Rig *rig);
