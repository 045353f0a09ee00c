/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the spy: what it remembers, for spy-down.c (what the service asks) and spy.c (what the provider says). */
#pragma once

#include <glib.h>

#include "tests/conformance/spy.h"

/* The operations, by the contract's names. */
typedef enum Kind {
    KIND_START,
    KIND_STOP,
    KIND_DIAL,
    KIND_ACCEPT,
    KIND_ANSWER,
    KIND_REDIRECT,
    KIND_DROP,
    KIND_HOLD,
    KIND_UNHOLD,
    KIND_SWAP_HOLD,
    KIND_BLIND_TRANSFER,
    KIND_SETUP_TRANSFER,
    KIND_COMPLETE_TRANSFER,
    KIND_SETUP_CONFERENCE,
    KIND_PREPARE_ADD,
    KIND_ADD,
    KIND_REMOVE,
    KIND_PARK,
    KIND_UNPARK,
    KIND_PICKUP,
    KIND_FORWARD,
    KIND_COMPLETE_CALL,
    KIND_CANCEL_COMPLETION,
    KIND_DIAL_DIGITS,
    KIND_SEND_DIGITS,
    KIND_SEND_TONE,
    KIND_MONITOR_DIGITS,
    KIND_MUTE,
    KIND_SET_AUDIO,
    KIND_SEND_USER_USER_INFO,
    KIND_SECURE,
    KIND_ADD_LINE,
    KIND_REMOVE_LINE,
    KIND_DEBUG_INCOMING,
    KIND_DEBUG_LINE_STATE,
    _KIND_MAX,
} Kind;

/* What sounds towards the far end. */
typedef enum Sound {
    SOUND_NONE,
    SOUND_DIGITS,
    SOUND_TONE,
} Sound;

enum { MADE_MAX = 2 };

/* An operation that is not complete. */
typedef struct Pending {
    Kind kind;
    Call *call, *other;   /* the call that is asked for it, and the second one; NULL once forgotten */
    Call *made[MADE_MAX]; /* the calls that it makes, in the contract's order; NULL once void */
    unsigned n_made;
    CallEvent begin;      /* the state that the call begins in which is dialled or connected by it: the last one */
    Line *line;
    unsigned seen, seen_on_other; /* bits of the events that were reported meanwhile */
    bool ended;                   /* its call ended meanwhile */
    bool line_reported;           /* the state of its line, or the forwarding */
    Sound sound;                  /* what it begins */
    bool enables;                 /* of monitor_digits */
    CompletionMode mode;          /* of complete_call */
} Pending;

/* A call that the provider knows. */
typedef struct Known {
    Line *line;
    Call *conference; /* that it is a participant of */
    bool making;      /* the operation that makes it is not complete */
    bool listens;
    Sound sound;
    bool owes;      /* the next that is told of it has to be this: the operation that made another call promised it */
    CallEvent owed;
} Known;

extern const ProviderOps *spy_real;
extern GHashTable *spy_pending; /* RequestId -> Pending */
extern GHashTable *spy_known;   /* Call -> Known */
extern unsigned spy_depth;      /* more than 0: inside an operation */

/* The contract's name of an operation. */
const char *kind_to_string(Kind kind);

/* The operations, each with its judge before it. */
ProviderOps spy_operations(const ProviderOps *real);
