/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filter: who may speak on the ports of a call: the host that was agreed on, from the port that was, or else from the first that
 * comes (NAT). Several threads ask it.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "providers/media/stream.h"

typedef enum Channel {
    CHANNEL_RTP,
    CHANNEL_RTCP,
    _CHANNEL_MAX,
} Channel;

typedef struct Filter Filter;

Filter *filter_new(void);
Filter *filter_ref(Filter *filter);
Filter *filter_unref(Filter *filter);

/* -EINVAL: not a numeric address. What was learned of another place is forgotten. */
int filter_aim(Filter *filter, const MediaAgreement *agreement);

/* What a packet says of itself, at the same place with encryption, too. */
typedef struct PacketHead {
    bool is_rtcp;
    uint32_t source;
    uint16_t sequence; /* of RTP */
} PacketHead;

/* It came from there, and is of the source that is heard. Another one takes its place if that is silent, or if it is no accident: with
 * packets that follow each other. */
bool filter_accept(Filter *filter, Channel channel, GSocketAddress *from, const PacketHead *head);

/* Where our packets go; NULL: nowhere. And that of RTP as text. Both are to be freed. */
GSocketAddress *filter_target(Filter *filter, Channel channel);
char *filter_remote(Filter *filter);

/* When the last one was accepted, monotonic; 0: none yet. */
int64_t filter_heard_at(Filter *filter);
