/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Polkit: asks the machine's authority for rights, over a connection of its own, without ever waiting in place. */
#pragma once

#include <stdbool.h>

#include "service/cleanup.h"

typedef enum Verdict {
    VERDICT_YES,
    VERDICT_NO,
    VERDICT_CHALLENGE, /* somebody would have to show who he is, and was not or could not be asked */
    VERDICT_ABSENT,    /* there is no polkit on this machine */
    VERDICT_FAILED,    /* no answer, or one that makes no sense: the same as no */
} Verdict;

/* May the client with that unique name on the bus do it? The texts are needed only while the question is asked. */
typedef struct Question {
    const char *client, *action;
    const char *line, *class; /* what a person is shown of it; NULL: nothing */
    bool interactive;         /* may a person be asked? */
} Question;

typedef struct Polkit Polkit;
typedef struct PolkitCheck PolkitCheck;
typedef void (*PolkitDone)(Verdict verdict, void *userdata);

Polkit *polkit_new(void);

/* All checks must be over or cancelled. */
Polkit *polkit_free(Polkit *polkit);
DEFINE_CLEANUP(Polkit *, polkit_free)

/* `done` is called once, never from in here. NULL: it can't be asked. */
PolkitCheck *polkit_check(Polkit *polkit, const Question *question, PolkitDone done, void *userdata);

/* Is there one? VERDICT_YES or VERDICT_ABSENT, or VERDICT_FAILED; as with a check. */
PolkitCheck *polkit_look(Polkit *polkit, PolkitDone done, void *userdata);

/* Nobody wants to know any more; whoever is being asked for a password is left alone. */
PolkitCheck *polkit_cancel(PolkitCheck *check);
