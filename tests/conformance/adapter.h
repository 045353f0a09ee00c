/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adapter: what the suite has to know of a provider to judge it. */
#pragma once

#include <check.h>

#include "service/provider.h"

/* What a network can do besides operations. A scenario that needs what is missing is not applicable. */
typedef enum Trait {
    TRAIT_THIRD_LINE = 1 << 0,     /* lines[2] */
    TRAIT_PLAIN_LINE = 1 << 1,     /* plain_line */
    TRAIT_SMALL_LINE = 1 << 2,     /* small_line */
    TRAIT_ANSWER_MODES = 1 << 3,   /* drop_line, hold_line */
    TRAIT_CALL_ID = 1 << 4,        /* lines[] have Call IDs */
    TRAIT_NAMES = 1 << 5,          /* both ends are told who is who */
    TRAIT_HIDING = 1 << 6,         /* a caller can be hidden */
    TRAIT_USER_USER_INFO = 1 << 7, /* a dialled call carries user-user information, and its media mode */
    TRAIT_PATIENCE = 1 << 8,       /* DialParams.no_answer_timeout_s counts */
    TRAIT_BELL = 1 << 9,           /* each ring is reported, "normal", the second one some seconds later */
    TRAIT_FAR_HOLD = 1 << 10,      /* a held end is told so: connected, active-held */
    TRAIT_MEDIA = 1 << 11,         /* count_media() */
    TRAIT_HEARING = 1 << 12,       /* hears() */
    TRAIT_INCOMING = 1 << 13,      /* debug_incoming() */
    TRAIT_LINE_STATE = 1 << 14,    /* debug_line_state() */
    TRAIT_GROUP = 1 << 15,         /* group */
    TRAIT_MALFORMED = 1 << 16,     /* malformed */
    TRAIT_MORE_LINES = 1 << 17,    /* more_line: add_line(), remove_line() */
    TRAIT_ENCRYPTION = 1 << 18,    /* calls between lines[] are encrypted, and told to be so */
    TRAIT_RINGING_MOVES = 1 << 19, /* a call that rings can be handed over as it is */
    TRAIT_NETWORK_IDS = 1 << 20,   /* both ends of a call have a network id in common */
} Trait;

typedef struct Adapter {
    const char *name;
    const ProviderOps *ops;
    const ProviderOps *(*find_ops)(void *data); /* where `ops` is NULL: those of what make() made */
    Operations abilities; /* what the lines[] can do, by ProviderOps and LineInfo.without: the suite checks that it is so */
    unsigned traits;      /* a set of Trait */

    /* The provider's data, with its network around it; taken apart after the provider is freed. */
    void *(*make)(void);
    void (*unmake)(void *data);

    const char *lines[3];     /* they can call each other, at least two of them, and take several calls each */
    const char *addresses[3]; /* theirs */
    const char *plain_line;   /* one without Call IDs */
    const char *plain_address;
    const char *small_line; /* one that takes one active call */
    const char *small_address;
    const char *drop_line, *hold_line; /* with these answer modes */
    const char *drop_address, *hold_address;
    const char *group;     /* the pickup group of lines[] */
    const char *nobody;    /* a good address that nobody has */
    const char *malformed; /* an address that no line takes */
    unsigned timeout_s;    /* nothing takes longer */

    const char *more_line;            /* a name that no line has yet; it can call lines[] and be called as they can */
    const char *more_address;         /* its own, once it is added with these: */
    const char *const *more_settings; /* keys and values by turns, NULL-terminated */
    const char *const *bad_settings;  /* the same, but one of them makes no sense to the provider */

    /* How much an end has said and heard so far, in whatever unit: 0 before it was connected, and both rise
     * while it does. */
    void (*count_media)(Call *call, uint64_t *ret_spoken, uint64_t *ret_heard);

    /* Does the end hear the one of that address at this moment? */
    bool (*hears)(Call *call, const char *address);

    /* Test cases of this provider only; may be NULL. */
    void (*add_cases)(Suite *suite);
} Adapter;

/* The provider under test; defined with its main(). */
extern const Adapter adapter;
