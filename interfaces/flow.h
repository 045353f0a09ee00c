/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flow: how much a client was sent that it may not have read yet.
 *
 * The bus keeps what a client does not read, charged to us, and at its limit stops reading from us: one silent client would
 * stall all. So bytes are counted per client, per user and over all. Past a window the client has to show that it reads
 * (it is pinged, and the answer acknowledges what was sent before); past a limit it is cut off until it does. Where its
 * user, or all together, are past theirs, the limit of one client is its fair share.
 *
 * Whoever reads is not to lose anything just because many listen: while much is on its way to clients that are about to
 * answer, requests wait, so that nothing more comes of them. Who is late with its answer is not waited for.
 *
 * Pure arithmetic: no bus and no clock in here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a set of flows has outstanding. */
typedef struct FlowGroup {
    uint64_t unread;  /* all of it */
    uint64_t awaited; /* about the part of those that owe an answer and are not late with it */
    unsigned flows;
    unsigned pinged;  /* flows that owe an answer */
    uint64_t waiting; /* bytes of requests that have to wait; not counted in here */
} FlowGroup;

typedef struct FlowLimits {
    uint64_t window; /* bytes after which a flow has to answer, or its share of what all may have, if that is less */
    uint64_t stall;  /* bytes after which its requests wait, once it owes an answer */
    uint64_t limit;  /* bytes sent while it owes an answer, after which it is cut off */
    uint64_t user;   /* bytes of all flows of one user */
    uint64_t all;    /* bytes of all flows; far below what the bus lets us have */
    unsigned patience_s; /* how long the others wait for those who owe an answer, if nobody answers at all */
} FlowLimits;

/* A session has but one user. */
extern const FlowLimits flow_limits_session, flow_limits_system;

typedef struct Flow {
    const FlowLimits *limits;
    FlowGroup *user, *all;
    uint64_t sent, read, mark; /* bytes since ever: sent; known to be read; sent when it was pinged */
    uint64_t lost;             /* messages not sent while cut off */
    bool pinged, late, cut_off;
} Flow;

void flow_init(Flow *flow, const FlowLimits *limits, FlowGroup *user, FlowGroup *all);

/* Whose it is turns out later. */
void flow_set_user(Flow *flow, FlowGroup *user);

/* The client is gone: what it had outstanding is none any more. */
void flow_done(Flow *flow);

uint64_t flow_unread(const Flow *flow);

/* May a message be sent? If not it counts as lost. */
bool flow_admit(Flow *flow);

/* A message of that size was sent. True: the client has to be pinged now. */
bool flow_charge(Flow *flow, uint64_t size);

/* It was pinged. */
void flow_pinged(Flow *flow);

/* It answered: what was sent before the mark is read. True: ping it again. */
bool flow_answered(Flow *flow);

/* It has not answered for long: nobody waits for it any more. */
void flow_set_late(Flow *flow);

/* It is known from elsewhere that everything up to `sent` was read. */
void flow_acknowledge(Flow *flow, uint64_t sent);

/* It owes an answer for so long that it is worth to ask elsewhere whether it reads. */
bool flow_is_doubtful(const Flow *flow);

/* Do its requests have to wait, for it seems not to read? */
bool flow_is_stalled(const Flow *flow);

/* Do its requests have to wait, for others have yet to read? */
bool flow_is_crowded(const Flow *flow);

/* It reads again: returns how many messages it lost, once; 0 if it was not cut off or still is. */
uint64_t flow_resume(Flow *flow);
