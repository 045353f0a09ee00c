/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Script: a far end that is no line of ours and acts by itself. */
#pragma once

#include "providers/loopback/destination.h"
#include "providers/loopback/media.h"
#include "providers/loopback/network.h"
#include "service/provider.h"

typedef struct End End;
typedef struct Place Place;
typedef struct Script Script;

/* One that this end dialled; it begins to act at once. `patient`: the caller gives up by itself when nobody answers. */
Script *script_new(Network *network, End *end, const Destination *destination, bool patient);

/* One that calls, waits for an answer, and stays silent. */
Script *script_new_caller(Network *network, const char *from);

Script *script_free(Script *script);

/* The end that it has to do with now, or the place where it is parked; NULL: neither. */
void script_set_end(Script *script, End *end);
void script_set_place(Script *script, Place *place);

/* A busy one: lets it ring at the end as soon as it is free, and answer then; or no longer. */
void script_wait(Script *script);
void script_stop_waiting(Script *script);

/* When a busy one is free, in microseconds from now; false: never. */
bool script_free_in(const Script *script, uint64_t *ret_usec);

void script_party(const Script *script, PartyInfo *ret);
MediaEnd *script_media(Script *script);
bool script_echoes(const Script *script);

/* The two are connected from now on. */
void script_connected(Script *script);

void script_hear_digit(Script *script, char digit);
