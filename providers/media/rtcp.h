/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rtcp: reports of RFC 3550 between bytes and values. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTCP_SIZE_MAX = 256, /* of what we write */
};

/* What one end saw of the other. */
typedef struct RtcpBlock {
    uint32_t ssrc;
    uint8_t fraction;            /* lost, in 256ths, since the report before */
    int32_t lost;                /* of all */
    uint32_t highest, jitter;
    uint32_t last_report, delay; /* of the other's: the middle of its time, and how long ago in 65536ths of a second */
} RtcpBlock;

typedef struct RtcpReport {
    uint32_t ssrc;
    bool sends;                  /* a sender's report: the next four mean something */
    uint64_t ntp;
    uint32_t timestamp, packets, bytes;
    bool has_block;
    RtcpBlock block;
    bool is_bye;
    const char *name;            /* only of what is written */
} RtcpReport;

/* The time of the wall clock (microseconds) as reports have it, and its middle. */
uint64_t rtcp_ntp(int64_t real_time);
uint32_t rtcp_middle(uint64_t ntp);

size_t rtcp_write(const RtcpReport *report, uint8_t buffer[RTCP_SIZE_MAX]);

/* Of its blocks the one about `about`. -EBADMSG: it is none. */
int rtcp_parse(const uint8_t *data, size_t size, uint32_t about, RtcpReport *ret);
