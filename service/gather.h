/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gathering: the digits of the far end, collected for one client until they are enough. One per call: a later one of
 * any owner replaces it, and its client is told so (rule 18).
 */
#pragma once

#include "service/handle.h"

/* Gathers up to `max` digits (0: only ends the one that runs), until one of the terminators (0-9 A-D * #; it is among the
 * digits), or until no first or no further digit comes in time (0: for ever). */
Refusal *handle_gather_digits(Handle *handle, unsigned max, const char *terminators, unsigned first_ms, unsigned inter_ms);

/* ---- for Call and Handle ---- */

/* A digit of the call was heard; the gathering may be over by it. */
void gathering_hear(Gathering *gathering, char digit);

/* Tells its client that it is cancelled, with what there is. */
Gathering *gathering_cancel(Gathering *gathering);

/* The handle is void: one that gathers for it ends without a word. */
void gathering_drop(Handle *handle);
