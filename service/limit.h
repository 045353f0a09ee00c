/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits: how much of everything there may be, so that nobody uses up what others need, or money.
 *
 * One table for the files, the manual and the tests. 0 is no limit, where 0 is allowed. Emergency calls are under none of them; what
 * a line itself can carry (MaxActiveCalls and the like) is none of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Not given: what the table says, but on lines of networks that are not real no limit. */
#define LIMIT_DEFAULT UINT_MAX

/* What dialling is limited by: of one user, on one line or on all together. */
typedef struct TollLimits {
    unsigned dials_per_minute, dials_per_day, costly_dials_per_day;
    unsigned calls;        /* that were dialled, at a time */
    unsigned call_minutes; /* that a call may last; of a line only */
} TollLimits;

typedef struct Limits {
    unsigned clients_per_user;
    unsigned handles_per_client, handles_per_user;
    unsigned opens_per_client;
    unsigned requests_per_client, requests_per_user;
    unsigned request_timeout_s;
    unsigned tokens_per_user;
    unsigned prompts_per_user, prompts;
    unsigned messages_per_second; /* of one user */
    unsigned digits_per_minute;   /* of one user; */
    TollLimits toll;              /* and on all lines together: maybe LIMIT_DEFAULT */
    bool system;                                     /* it is the system bus: real lines have their limits */
} Limits;

typedef enum Limit {
    LIMIT_CLIENTS_PER_USER,
    LIMIT_HANDLES_PER_CLIENT,
    LIMIT_HANDLES_PER_USER,
    LIMIT_OPENS_PER_CLIENT,
    LIMIT_REQUESTS_PER_CLIENT,
    LIMIT_REQUESTS_PER_USER,
    LIMIT_TOKENS_PER_USER,
    LIMIT_PROMPTS_PER_USER,
    LIMIT_PROMPTS,
    LIMIT_MESSAGES_PER_SECOND,
    LIMIT_DIGITS_PER_MINUTE,
    LIMIT_DIALS_PER_MINUTE,
    LIMIT_DIALS_PER_DAY,
    LIMIT_COSTLY_DIALS_PER_DAY,
    LIMIT_CALLS_PER_USER,
    LIMIT_LINE_DIALS_PER_MINUTE,
    LIMIT_LINE_DIALS_PER_DAY,
    LIMIT_LINE_COSTLY_DIALS_PER_DAY,
    LIMIT_LINE_CALLS_PER_USER,
    LIMIT_LINE_CALL_MINUTES,
    _LIMIT_MAX,
} Limit;

typedef enum LimitScope {
    LIMIT_SERVICE, /* group [Service] of callbusd.conf; in Limits */
    LIMIT_LINE,    /* group [Line] of lines.d; in TollLimits */
} LimitScope;

typedef struct LimitInfo {
    const char *key;
    LimitScope scope;
    size_t offset;
    unsigned session, system; /* what is usual on a session bus, and on the system bus */
    unsigned min, max;
    const char *what; /* is counted */
} LimitInfo;

extern const LimitInfo limit_table[_LIMIT_MAX];

/* Those of a session bus. */
extern const Limits limits_default;

/* Nothing is given yet; and then, what was not given is what is usual on that bus. */
void limits_clear(Limits *limits);
void limits_fill(Limits *limits, bool system);
void toll_limits_clear(TollLimits *limits);
