/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errand: an operation on its way from the service to the network: performed in the next turn of the loop, in order. */
#pragma once

#include "providers/sip/call.h"

typedef struct Errand Errand;

/* Does it, and completes the request, or begins what will (errand_took()). A refusal completes it. */
typedef Refusal *(*Perform)(Errand *errand);

struct Errand {
    RequestId request;
    Perform perform;
    Desk *desk;
    SipCall *call, *other; /* NULL: none */
    Call *calls[2];        /* to be made */
    DialParams dial;       /* whose texts are ours */
    char *text, *text2;
    GBytes *bytes;
    Rules rules;
    RejectReason reject;
    Tone tone;
    unsigned numbers[2];
    bool enable, took;
};

/* -ENOENT: the call or the line is none of ours (any more). */
int errand_for_call(Call *call, Perform perform, RequestId request, Errand **ret);
int errand_for_line(Line *line, Perform perform, RequestId request, Errand **ret);
void errand_set_dial(Errand *errand, const DialParams *params);

/* Unless it is refused, the request is completed by somebody else. Returns the refusal. */
Refusal *errand_took(Errand *errand, Refusal *refusal);

Refusal *errand_check_line(const Errand *errand);

/* All that waits is done now; or forgotten without a word. */
void errands_perform(void);
void errands_discard(void);
