/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flow: how much a client was sent that it may not have read yet. */
#include "interfaces/flow.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)

/* The system bus of dbus-daemon stops reading from us at 127 MiB. */
const FlowLimits flow_limits_default = {
    .window = 64 * KIB,
    .stall = 256 * KIB,
    .limit = MIB,
    .user = 16 * MIB,
    .all = 48 * MIB,
};

void flow_init(Flow *flow, const FlowLimits *limits, FlowGroup *user, FlowGroup *all) {
    *flow = (Flow) { .limits = limits, .user = user, .all = all };
}

static void set_pinged(Flow *flow, bool pinged) {
    if (flow->pinged == pinged)
        return;
    flow->pinged = pinged;
    flow->user->pinged += pinged ? 1 : -1;
    flow->all->pinged += pinged ? 1 : -1;
}

static void set_read(Flow *flow, uint64_t read) {
    if (read <= flow->read)
        return;
    flow->user->unread -= read - flow->read;
    flow->all->unread -= read - flow->read;
    flow->read = read;
}

void flow_done(Flow *flow) {
    if (!flow->limits)
        return;
    set_read(flow, flow->sent);
    set_pinged(flow, false);
}

uint64_t flow_unread(const Flow *flow) {
    return flow->sent - flow->read;
}

/* What is left for one of those who owe an answer. */
static uint64_t share(const FlowGroup *group, uint64_t limit) {
    return group->pinged > 1 ? limit / group->pinged : limit;
}

static uint64_t own_limit(const Flow *flow) {
    uint64_t limit = flow->limits->limit;
    uint64_t user = share(flow->user, flow->limits->user), all = share(flow->all, flow->limits->all);

    if (user < limit)
        limit = user;
    if (all < limit)
        limit = all;
    return limit;
}

/* Near the limit of all, everybody has to answer sooner. */
static uint64_t own_window(const Flow *flow) {
    if (flow->user->unread > flow->limits->user / 2 || flow->all->unread > flow->limits->all / 2)
        return flow->limits->window / 16;
    return flow->limits->window;
}

bool flow_admit(Flow *flow) {
    if (!flow->cut_off && flow->pinged && flow_unread(flow) > own_limit(flow))
        flow->cut_off = true;
    if (flow->cut_off)
        flow->lost++;
    return !flow->cut_off;
}

bool flow_charge(Flow *flow, uint64_t size) {
    flow->sent += size;
    flow->user->unread += size;
    flow->all->unread += size;
    return !flow->pinged && flow_unread(flow) > own_window(flow);
}

void flow_pinged(Flow *flow) {
    flow->mark = flow->sent;
    set_pinged(flow, true);
}

bool flow_answered(Flow *flow) {
    if (!flow->pinged)
        return false;
    set_pinged(flow, false);
    set_read(flow, flow->mark);
    return flow_unread(flow) > own_window(flow);
}

void flow_acknowledge(Flow *flow, uint64_t sent) {
    if (sent <= flow->sent)
        set_read(flow, sent);
}

/* Well below the limit, however many share it: a request that waits loses nothing, a reply that is not sent is lost. */
static uint64_t own_stall(const Flow *flow) {
    uint64_t stall = own_limit(flow) / 4;

    return stall < flow->limits->stall ? stall : flow->limits->stall;
}

bool flow_is_doubtful(const Flow *flow) {
    return flow->pinged && flow_unread(flow) > own_stall(flow) / 2;
}

bool flow_is_stalled(const Flow *flow) {
    return flow->cut_off || (flow->pinged && flow_unread(flow) > own_stall(flow));
}

uint64_t flow_resume(Flow *flow) {
    uint64_t lost = flow->lost;

    if (!flow->cut_off || flow_unread(flow) > flow->limits->window)
        return 0;
    flow->cut_off = false;
    flow->lost = 0;
    return lost;
}
