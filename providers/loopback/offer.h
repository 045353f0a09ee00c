/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offer: a call on its way to a line: where it leads, and what the line called is told of it. */
#pragma once

#include "providers/loopback/destination.h"
#include "providers/loopback/forward.h"
#include "providers/loopback/line.h"

typedef struct Offer {
    LoopLine *from;        /* the caller's line, or NULL: it comes from outside */
    LoopLine *redirecting; /* the line that sent the call on, or NULL; */
    PartyInfo by;          /* and how that looks */
    LoopLine *target;      /* set by offer_find_way() */
    Trail *trail;          /* the lines that sent it on by their rules; the offer's until it rings */
    CallReason reason;
    PartyInfo caller;
    GRefString *call_id; /* of the conversation; the offer's own reference */
    GRefString *called;  /* the number first dialled; the same */
    MediaMode media_mode;
    const uint8_t *user_user_info;
    size_t user_user_info_size;
} Offer;

void offer_clear(Offer *offer);

/* Where the call goes: CAUSE_BUSY, another cause to end it, or CAUSE_NONE: then to the target, or, if that is NULL, to a
 * scripted far end. */
DisconnectCause offer_find_way(Offer *offer, const Exchange *exchange, const Destination *to);

CallOrigin offer_origin(const Offer *offer);

/* Offers the call to the target. NULL: the line is full. */
Call *offer_report(const Offer *offer);

/* The party with that number: the line's (which may be NULL). */
void number_party(const LoopLine *line, const char *number, PartyInfo *ret);
