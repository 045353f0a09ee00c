/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conference: an end of its own, through which its participants, ends of the same line, speak. It has a Call ID of its own,
 * which its participants and their far ends show as long as they are in it.
 */
#pragma once

#include "providers/loopback/end.h"

/* ---- What owners do ---- */

/* From a connected call, or (NULL) from none. */
Refusal *conference_setup(LoopLine *line, End *first, Call *conference, Call *consultation, const DialParams *params,
                          RequestId request);
Refusal *conference_prepare_add(End *conference, Call *consultation, const DialParams *params, RequestId request);
Refusal *conference_add(End *conference, End *end);
Refusal *conference_remove(End *end);

/* Ends it with all of its participants. */
void conference_drop(End *conference);

/* ---- For others ---- */

/* Of a call and its consultation, for whoever completes a transfer so. Completes the request. */
void conference_make(End *end, End *consultation, Call *conference, RequestId request);

/* Whether so many participants may be in one conference. */
Refusal *conference_check_size(const LoopLine *line, unsigned n);
void conference_join(End *conference, End *end);

/* One participant has gone: with fewer than two it is over, unless somebody is about to join. */
void conference_lost_one(End *conference);

/* Over: the only participant, if there is one, goes on by itself. */
void conference_dissolve(End *conference);
/* The same as what an operation on it leads to: completes the request. */
void conference_dissolve_for(End *conference, RequestId request);

/* The line failed. */
void conference_fail(End *conference, DisconnectCause cause);
