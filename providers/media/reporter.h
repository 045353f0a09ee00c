/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reporter: what both ends tell each other of what they hear (RTCP), and the time that it takes. */
#pragma once

#include "providers/media/receiver.h"
#include "providers/media/rtcp.h"
#include "providers/media/sender.h"

typedef struct Reporter {
    char name[24];               /* random: says nothing of the person */
    int64_t next;                /* when the next one is due, monotonic; 0: not begun */
    uint64_t packets_before;     /* sent, when the last report was made */
    uint32_t last_report;        /* the peer's last one, by the middle of its time */
    int64_t last_arrived;
    double round_trip_ms;        /* negative: unknown */
    double lost_there;           /* what the peer lost of ours, of late: 0 to 1 */
} Reporter;

void reporter_init(Reporter *reporter);

bool reporter_is_due(Reporter *reporter, int64_t now);

/* The bytes of it. */
size_t reporter_make(Reporter *reporter, Receiver *receiver, const Sender *sender, bool is_bye, uint8_t buffer[RTCP_SIZE_MAX]);

/* What came from the peer. */
void reporter_take(Reporter *reporter, const RtcpReport *report, int64_t arrived);
