/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reporter: what both ends tell each other of what they hear (RTCP). */
#include "providers/media/reporter.h"

#include <glib.h>

#define FIRST_USEC (1 * G_USEC_PER_SEC)
#define BETWEEN_USEC (5 * G_USEC_PER_SEC)
#define ROUND_TRIP_MS_MAX 10000.0

void reporter_init(Reporter *reporter) {
    *reporter = (Reporter) { .round_trip_ms = -1 };
    g_snprintf(reporter->name, sizeof(reporter->name), "%08x%08x", g_random_int(), g_random_int());
}

/* Not all at once (RFC 3550, 6.3.1): half to one and a half times as long. */
static int64_t spread(int64_t usec) {
    return usec / 2 + g_random_int_range(0, (gint32) usec);
}

bool reporter_is_due(Reporter *reporter, int64_t now) {
    if (reporter->next == 0)
        reporter->next = now + spread(FIRST_USEC);
    if (now < reporter->next)
        return false;
    reporter->next = now + spread(BETWEEN_USEC);
    return true;
}

static uint32_t delay_since(const Reporter *reporter, int64_t now) {
    return (uint32_t) ((now - reporter->last_arrived) * 65536 / G_USEC_PER_SEC);
}

size_t reporter_make(Reporter *reporter, Receiver *receiver, const Sender *sender, bool is_bye, uint8_t buffer[RTCP_SIZE_MAX]) {
    ReceiverCounts in = receiver_counts(receiver);
    SenderCounts out = sender_counts(sender);
    int64_t now = g_get_real_time();
    RtcpReport report = {
        .ssrc = out.ssrc,
        .sends = out.packets > reporter->packets_before,
        .ntp = rtcp_ntp(now),
        .timestamp = out.timestamp,
        .packets = (uint32_t) out.packets,
        .bytes = (uint32_t) out.bytes,
        .has_block = in.packets > 0,
        .block = {
            .ssrc = in.ssrc,
            .fraction = receiver_fraction_lost(receiver),
            .lost = (int32_t) MIN(in.lost, 0x7fffff),
            .highest = in.highest,
            .jitter = in.jitter,
            .last_report = reporter->last_report,
            .delay = reporter->last_report != 0 ? delay_since(reporter, now) : 0,
        },
        .is_bye = is_bye,
        .name = reporter->name,
    };

    reporter->packets_before = out.packets;
    return rtcp_write(&report, buffer);
}

void reporter_take(Reporter *reporter, const RtcpReport *report, int64_t arrived) {
    if (report->sends) {
        reporter->last_report = rtcp_middle(report->ntp);
        reporter->last_arrived = arrived;
    }
    if (!report->has_block)
        return;
    reporter->lost_there = report->block.fraction / 256.0;
    if (report->block.last_report != 0) {
        uint32_t middle = rtcp_middle(rtcp_ntp(arrived));
        int32_t units = (int32_t) (middle - report->block.last_report - report->block.delay);
        double ms = units * 1000.0 / 65536;

        /* A clock that was set in between, or a peer that errs: not worth a number. */
        if (ms > -1 && ms < ROUND_TRIP_MS_MAX)
            reporter->round_trip_ms = MAX(ms, 0);
    }
}
