/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Park: places of the switch, where a far end waits until somebody gets it from there. */
#pragma once

#include "providers/loopback/call.h"

typedef struct Place Place;

Refusal *park_call(End *end, const char *address, RequestId request);

/* Gets the call at the place to this line. */
Refusal *park_get(LoopLine *line, Call *call, const char *address, RequestId request);

/* The end is over: its place, if it is parked, is free again. */
void park_leave(End *end);

/* A script hung up at its place. */
void park_script_left(Place *place);

/* The network is gone: whoever is parked goes with it. */
void park_clear(Exchange *exchange);
