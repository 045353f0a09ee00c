/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errand: an operation on its way. It holds what it is about, so that a call or a line that goes first leaves it something to
 * look at, and completes its request whatever it finds.
 */
#pragma once

#include "providers/loopback/call.h"
#include "providers/loopback/forward.h"

typedef struct Errand Errand;

/* Does it; a refusal if it can't be done. One that completes its request by itself sets it to 0. */
typedef Refusal *(*Perform)(Errand *errand);

struct Errand {
    NetworkEvent event;
    Perform perform;
    RequestId request;
    Exchange *exchange;
    LoopLine *line;         /* what it is about: a line, */
    End *end;               /* or a call, */
    End *other;             /* or two */
    Call *calls[2];         /* those to be made: valid unless the line was taken away */
    DialParams dial;        /* the last one of them is dialled so */
    GBytes *user_user_info; /* that goes with it */
    Rules *rules;           /* those that the line is to have */
    char *group;
    union {
        RejectReason reason;
        LineState state;
        CompletionMode mode;
        bool enable;
        unsigned volume;
        unsigned ms[2];
        struct {
            Tone tone;
            unsigned tone_ms;
        };
    };
    char text[]; /* address, digits, reason, completion id */
};

/* About a call that is not over, or about a line: -ENOENT, -ENODEV or -ESHUTDOWN where there is none of it any more. */
int errand_new_for_call(Call *call, Perform perform, RequestId request, const char *text, Errand **ret);
int errand_new_for_line(Line *line, Perform perform, RequestId request, const char *text, Errand **ret);

/* The second call. */
void errand_set_other(Errand *errand, End *other);

/* Calls to be made: copies how; the address is the errand's text. */
void errand_set_dial(Errand *errand, const DialParams *params);

/* Its calls can't be made any more, or its call is over; NULL: they can. */
Refusal *errand_check_line(const Errand *errand);
Refusal *errand_check_call(const Errand *errand);

/* What a function returned that completes the request by itself if it does not refuse. */
Refusal *errand_took(Errand *errand, Refusal *refusal);

/* Frees an operation that never happens, found by its event; false: the event is none of an operation. */
bool errand_discard(NetworkEvent *event);
