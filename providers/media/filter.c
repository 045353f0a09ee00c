/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filter: who may speak on the ports of a call. */
#include "providers/media/filter.h"

#include <errno.h>
#include <string.h>

enum {
    IN_A_ROW = 3,                  /* packets */
    SILENT_USEC = 400 * 1000,
    CHANGE_USEC = G_USEC_PER_SEC,  /* of the source: once in so long, */
    CHANGES_KEPT = 12,             /* but so many at once: there may be one with each change of the call */
};

struct Filter {
    GMutex lock;
    GInetAddress *host;
    uint16_t agreed[_CHANNEL_MAX];
    uint16_t learned[_CHANNEL_MAX]; /* 0: nothing came yet */
    bool is_muxed;
    int64_t heard_at;              /* of the source */
    bool has_source;
    uint32_t source;
    uint32_t candidate;            /* another one, and how many of its packets came one after the other */
    uint16_t candidate_sequence;
    unsigned candidate_packets;
    bool has_reporter;             /* that came before all voices */
    uint32_t reporter;
    int64_t changes_since;         /* each change takes its time from that between here and now */
};

Filter *filter_new(void) {
    Filter *filter = g_atomic_rc_box_new0(Filter);

    g_mutex_init(&filter->lock);
    return filter;
}

Filter *filter_ref(Filter *filter) {
    return g_atomic_rc_box_acquire(filter);
}

static void done(void *object) {
    Filter *filter = object;

    g_clear_object(&filter->host);
    g_mutex_clear(&filter->lock);
}

Filter *filter_unref(Filter *filter) {
    if (filter)
        g_atomic_rc_box_release_full(filter, done);
    return NULL;
}

int filter_aim(Filter *filter, const MediaAgreement *agreement) {
    g_autoptr(GInetAddress) host = g_inet_address_new_from_string(agreement->address);
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&filter->lock);

    if (!host)
        return -EINVAL;
    if (!filter->host || !g_inet_address_equal(host, filter->host) || filter->agreed[CHANNEL_RTP] != agreement->port) {
        filter->learned[CHANNEL_RTP] = filter->learned[CHANNEL_RTCP] = 0;
        filter->has_source = filter->has_reporter = false;
    }
    g_set_object(&filter->host, host);
    filter->is_muxed = agreement->rtcp_mux;
    filter->agreed[CHANNEL_RTP] = agreement->port;
    filter->agreed[CHANNEL_RTCP] = agreement->rtcp_port > 0 ? agreement->rtcp_port : (uint16_t) (agreement->port + 1);
    return 0;
}

static Channel socket_of(const Filter *filter, Channel channel) {
    return filter->is_muxed ? CHANNEL_RTP : channel;
}

/* Each costs memory, and for a while after it was heard last. */
static bool can_change(Filter *filter, int64_t now) {
    if (now - filter->changes_since > CHANGES_KEPT * CHANGE_USEC)
        filter->changes_since = now - CHANGES_KEPT * CHANGE_USEC;
    if (now - filter->changes_since < CHANGE_USEC)
        return false;
    filter->changes_since += CHANGE_USEC;
    return true;
}

static bool is_no_accident(Filter *filter, const PacketHead *head) {
    bool follows = head->source == filter->candidate && head->sequence == (uint16_t) (filter->candidate_sequence + 1);

    if (head->source == filter->candidate && head->sequence == filter->candidate_sequence)
        return false;
    filter->candidate = head->source;
    filter->candidate_sequence = head->sequence;
    filter->candidate_packets = follows ? filter->candidate_packets + 1 : 1;
    return filter->candidate_packets >= IN_A_ROW;
}

/* Before any voice it may be of anybody, but not of everybody. */
static bool accept_reporter(Filter *filter, const PacketHead *head, int64_t now) {
    if (filter->has_source)
        return head->source == filter->source;
    if (filter->has_reporter && head->source == filter->reporter)
        return true;
    if (!can_change(filter, now))
        return false;
    filter->has_reporter = true;
    filter->reporter = head->source;
    return true;
}

static bool accept_source(Filter *filter, const PacketHead *head, int64_t now) {
    bool known = filter->has_source && head->source == filter->source;

    if (head->is_rtcp)
        return accept_reporter(filter, head, now);
    if (!known && filter->has_source && now - filter->heard_at < SILENT_USEC && !is_no_accident(filter, head))
        return false;
    if (!known && !can_change(filter, now))
        return false;
    filter->has_source = true;
    filter->source = head->source;
    filter->heard_at = now;
    return true;
}

bool filter_accept(Filter *filter, Channel channel, GSocketAddress *from, const PacketHead *head) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&filter->lock);
    GInetSocketAddress *sender = G_IS_INET_SOCKET_ADDRESS(from) ? G_INET_SOCKET_ADDRESS(from) : NULL;
    uint16_t port;

    if (!sender || !filter->host || !g_inet_address_equal(g_inet_socket_address_get_address(sender), filter->host))
        return false;
    channel = socket_of(filter, channel);
    port = g_inet_socket_address_get_port(sender);
    if (filter->learned[channel] != 0 && port != filter->learned[channel] && port != filter->agreed[channel])
        return false;
    if (!accept_source(filter, head, g_get_monotonic_time()))
        return false;
    /* Whoever was agreed on beats whoever was first. */
    if (filter->learned[channel] == 0 || port == filter->agreed[channel])
        filter->learned[channel] = port;
    return filter->learned[channel] == port;
}

static uint16_t port_to(const Filter *filter, Channel channel) {
    channel = socket_of(filter, channel);
    return filter->learned[channel] > 0 ? filter->learned[channel] : filter->agreed[channel];
}

GSocketAddress *filter_target(Filter *filter, Channel channel) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&filter->lock);
    uint16_t port = port_to(filter, channel);

    return filter->host && port > 0 ? g_inet_socket_address_new(filter->host, port) : NULL;
}

char *filter_remote(Filter *filter) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&filter->lock);
    g_autofree char *host = filter->host ? g_inet_address_to_string(filter->host) : NULL;

    if (!host)
        return g_strdup("");
    return g_strdup_printf(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port_to(filter, CHANNEL_RTP));
}

int64_t filter_heard_at(Filter *filter) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&filter->lock);

    return filter->heard_at;
}
