/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flow: how much a client was sent that it may not have read yet. */
#include "interfaces/flow.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)

#define WINDOW_MIN KIB

/* The system bus of dbus-daemon stops reading from us at 127 MiB. Its users are strangers to each other: one does not wait for
 * another for long. */
const FlowLimits flow_limits_system = {
    .window = 64 * KIB,
    .stall = 256 * KIB,
    .limit = MIB,
    .user = 16 * MIB,
    .all = 48 * MIB,
    .patience_s = 2,
};

const FlowLimits flow_limits_session = {
    .window = 64 * KIB,
    .stall = 256 * KIB,
    .limit = MIB,
    .user = 48 * MIB,
    .all = 48 * MIB,
    .patience_s = 15,
};

/* ---- The part of a flow in its groups: taken out before the flow changes, put back after ---- */

/* A single one counts for so much only: it takes many to make a crowd. */
static uint64_t awaited(const Flow *flow) {
    if (!flow->pinged || flow->late || flow->cut_off)
        return 0;
    return flow_unread(flow) < flow->limits->stall ? flow_unread(flow) : flow->limits->stall;
}

static void leave_group(const Flow *flow, FlowGroup *group) {
    group->flows--;
    group->unread -= flow_unread(flow);
    group->pinged -= flow->pinged;
    group->awaited -= awaited(flow);
}

static void join_group(const Flow *flow, FlowGroup *group) {
    group->flows++;
    group->unread += flow_unread(flow);
    group->pinged += flow->pinged;
    group->awaited += awaited(flow);
}

static void leave(const Flow *flow) {
    leave_group(flow, flow->user);
    leave_group(flow, flow->all);
}

static void join(const Flow *flow) {
    join_group(flow, flow->user);
    join_group(flow, flow->all);
}

void flow_init(Flow *flow, const FlowLimits *limits, FlowGroup *user, FlowGroup *all) {
    *flow = (Flow) { .limits = limits, .user = user, .all = all };
    join(flow);
}

void flow_set_user(Flow *flow, FlowGroup *user) {
    leave_group(flow, flow->user);
    flow->user = user;
    join_group(flow, flow->user);
}

void flow_done(Flow *flow) {
    leave(flow);
}

uint64_t flow_unread(const Flow *flow) {
    return flow->sent - flow->read;
}

/* ---- Sending ---- */

/* What is left for one of those who owe an answer, once all together are over their limit. */
static uint64_t share(const FlowGroup *group, uint64_t limit) {
    return group->unread > limit && group->pinged > 0 ? limit / group->pinged : UINT64_MAX;
}

static uint64_t least(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static bool is_over(const Flow *flow) {
    /* What came after the ping counts: one long reply before it is no reason to lose what follows. */
    uint64_t seen = flow->mark > flow->read ? flow->mark : flow->read;

    return flow->sent - seen > flow->limits->limit ||
           flow_unread(flow) > least(share(flow->user, flow->limits->user), share(flow->all, flow->limits->all), UINT64_MAX);
}

bool flow_admit(Flow *flow) {
    if (!flow->cut_off && flow->pinged && is_over(flow)) {
        leave(flow);
        flow->cut_off = true;
        join(flow);
    }
    if (flow->cut_off)
        flow->lost++;
    return !flow->cut_off;
}

/* What all may have been sent before any of them has to answer; as much again is when requests wait for answers; the rest is
 * for what comes of requests that were let through before that, and of the network. */
static uint64_t part(uint64_t limit) {
    return limit / 4;
}

static uint64_t own_window(const Flow *flow) {
    uint64_t window = least(flow->limits->window, part(flow->limits->user) / flow->user->flows,
                            part(flow->limits->all) / flow->all->flows);

    return window > WINDOW_MIN ? window : WINDOW_MIN;
}

bool flow_charge(Flow *flow, uint64_t size) {
    leave(flow);
    flow->sent += size;
    join(flow);
    return !flow->pinged && flow_unread(flow) > own_window(flow);
}

/* ---- Answers ---- */

void flow_pinged(Flow *flow) {
    leave(flow);
    flow->mark = flow->sent;
    flow->pinged = true;
    flow->late = false;
    join(flow);
}

bool flow_answered(Flow *flow) {
    if (!flow->pinged)
        return false;
    leave(flow);
    flow->pinged = false;
    flow->late = false;
    if (flow->mark > flow->read)
        flow->read = flow->mark;
    join(flow);
    return flow_unread(flow) > own_window(flow);
}

void flow_set_late(Flow *flow) {
    leave(flow);
    flow->late = flow->pinged;
    join(flow);
}

void flow_acknowledge(Flow *flow, uint64_t sent) {
    if (sent <= flow->read || sent > flow->sent)
        return;
    leave(flow);
    flow->read = sent;
    join(flow);
}

/* ---- Waiting ---- */

/* Well below what it is cut off at: a request that waits loses nothing, a reply that is not sent is lost. */
static uint64_t own_stall(const Flow *flow) {
    return least(flow->limits->stall, share(flow->user, flow->limits->user) / 4, share(flow->all, flow->limits->all) / 4);
}

bool flow_is_doubtful(const Flow *flow) {
    return flow->pinged && flow_unread(flow) > own_stall(flow) / 2;
}

bool flow_is_stalled(const Flow *flow) {
    return flow->cut_off || (flow->pinged && flow_unread(flow) > own_stall(flow));
}

bool flow_is_crowded(const Flow *flow) {
    return flow->user->awaited > part(flow->limits->user) || flow->all->awaited > part(flow->limits->all);
}

uint64_t flow_resume(Flow *flow) {
    uint64_t lost = flow->lost;

    if (!flow->cut_off || flow_unread(flow) > flow->limits->window)
        return 0;
    leave(flow);
    flow->cut_off = false;
    flow->lost = 0;
    join(flow);
    return lost;
}
