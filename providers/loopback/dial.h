/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: how calls begin that somebody dials: for themselves or to consult, at once or digit by digit. */
#pragma once

#include "providers/loopback/destination.h"
#include "providers/loopback/end.h"

/* A call that is about to begin. */
typedef struct Beginning {
    End *end;
    bool dialled; /* its address is known */
    Destination to;
    PartyInfo caller, called;
    CallStart start; /* what its request is completed with; points into the rest */
} Beginning;

/* Takes the call; `related` is the Call ID that it is about, or NULL. */
void dial_begin(LoopLine *line, Call *call, const DialParams *params, GRefString *related, Beginning *ret);

/* Sends it on its way, after its request was completed. */
void dial_go(const Beginning *beginning);
