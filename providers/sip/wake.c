/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wake: the kernel's own words (rtnetlink) about addresses and routes, and a timer that the kernel cancels when the clock jumps. Asleep, the
 * clock since boot goes on while the monotonic one stands: so a jump that is a sleep is told from one that is a clock being set.
 */
#include "providers/sip/wake.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>

#include "service/log.h"

#define SETTLE_MS 500 /* a network comes up in many small steps */
#define SLEEP_NSEC G_GINT64_CONSTANT(1000000000)

struct Wake {
    void (*on_wake)(void *userdata);
    void *userdata;
    int netlink, timer;
    guint netlink_source, timer_source, settle;
    int64_t slept; /* nanoseconds that the machine has slept since its boot */
};

static int64_t now(clockid_t clock) {
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * G_GINT64_CONSTANT(1000000000) + ts.tv_nsec;
}

static int64_t time_slept(void) {
    return now(CLOCK_BOOTTIME) - now(CLOCK_MONOTONIC);
}

static gboolean on_settled(gpointer userdata) {
    Wake *wake = userdata;

    wake->settle = 0;
    wake->on_wake(wake->userdata);
    return G_SOURCE_REMOVE;
}

static void tell_later(Wake *wake) {
    if (wake->settle != 0)
        g_source_remove(wake->settle);
    wake->settle = g_timeout_add(SETTLE_MS, on_settled, wake);
}

static bool matters(const struct nlmsghdr *header) {
    const struct rtmsg *route = NLMSG_DATA(header);

    switch (header->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return true;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return route->rtm_table == RT_TABLE_MAIN && route->rtm_type == RTN_UNICAST && !(route->rtm_flags & RTM_F_CLONED);
    default:
        return false;
    }
}

/* What was lost, as there was too much of it, mattered. */
static gboolean on_netlink(int fd, GIOCondition condition, gpointer userdata) {
    Wake *wake = userdata;
    _Alignas(struct nlmsghdr) char buffer[16384];
    ssize_t n;
    bool different = false;

    while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
        size_t left = (size_t) n;

        for (const struct nlmsghdr *header = (void *) buffer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left))
            different |= matters(header);
    }
    if (n < 0 && errno == ENOBUFS)
        different = true;
    else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        wake->netlink_source = 0;
        return G_SOURCE_REMOVE;
    }
    if (different)
        tell_later(wake);
    return G_SOURCE_CONTINUE;
}

static void watch_network(Wake *wake) {
    const struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
    };

    wake->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (wake->netlink < 0 || bind(wake->netlink, (const struct sockaddr *) &address, sizeof(address)) < 0) {
        log_warning("sip: changes of the network are not told: %s", g_strerror(errno));
        return;
    }
    wake->netlink_source = g_unix_fd_add(wake->netlink, G_IO_IN, on_netlink, wake);
}

/* Far in the future: it only ever ends by being cancelled. */
static int arm(Wake *wake) {
    const struct itimerspec never = { .it_value.tv_sec = (time_t) (now(CLOCK_REALTIME) / 1000000000) + 10 * 365 * 24 * 3600L };

    return timerfd_settime(wake->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static gboolean on_clock(int fd, GIOCondition condition, gpointer userdata) {
    Wake *wake = userdata;
    uint64_t count;
    int64_t slept = time_slept();

    if (read(fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
        return G_SOURCE_CONTINUE;
    if (slept - wake->slept > SLEEP_NSEC)
        tell_later(wake);
    wake->slept = slept;
    arm(wake);
    return G_SOURCE_CONTINUE;
}

static void watch_clock(Wake *wake) {
    wake->slept = time_slept();
    wake->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (wake->timer < 0 || arm(wake) < 0)
        log_warning("sip: sleep of the machine is not told: %s", g_strerror(errno));
    else
        wake->timer_source = g_unix_fd_add(wake->timer, G_IO_IN, on_clock, wake);
}

Wake *wake_new(void (*on_wake)(void *userdata), void *userdata) {
    Wake *wake = g_new0(Wake, 1);

    wake->on_wake = on_wake;
    wake->userdata = userdata;
    watch_network(wake);
    watch_clock(wake);
    return wake;
}

static void stop_source(guint source) {
    if (source != 0)
        g_source_remove(source);
}

Wake *wake_free(Wake *wake) {
    if (!wake)
        return NULL;
    stop_source(wake->netlink_source);
    stop_source(wake->timer_source);
    stop_source(wake->settle);
    if (wake->netlink >= 0)
        close(wake->netlink);
    if (wake->timer >= 0)
        close(wake->timer);
    g_free(wake);
    return NULL;
}
