/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes on a call's ports: any datagrams, each after its length, at the parsers and at the buffer behind them. */
#include <glib.h>
#include <string.h>

#include "providers/media/jitter.h"
#include "providers/media/rtcp.h"
#include "tests/fuzz/fuzz.h"

enum {
    ABOUT = 1,
};

static void check_rtp(Jitter *jitter, const uint8_t *data, size_t size) {
    uint8_t buffer[RTP_PACKET_MAX];
    RtpPacket packet, again;
    RtpEvent event;

    if (rtp_parse(data, size, &packet) < 0)
        return;
    must(packet.payload >= data && packet.payload + packet.size <= data + size, "%zu bytes of %zu", packet.size, size);
    must(rtp_parse(buffer, rtp_write(&packet, buffer, sizeof(buffer)), &again) == 0, "what was written is not understood");
    must(again.sequence == packet.sequence && again.timestamp == packet.timestamp && again.size == packet.size, "it changed");
    (void) rtp_event_parse(packet.payload, packet.size, &event);
    jitter_put(jitter, &packet, 8000);
}

static void check_rtcp(const uint8_t *data, size_t size) {
    uint8_t buffer[RTCP_SIZE_MAX];
    RtcpReport report, again;

    if (rtcp_parse(data, size, ABOUT, &report) < 0)
        return;
    must(!report.has_block || report.block.ssrc == ABOUT, "a block about %u", report.block.ssrc);
    report.name = "name";
    must(rtcp_parse(buffer, rtcp_write(&report, buffer), ABOUT, &again) == 0, "what was written is not understood");
    must(again.ssrc == report.ssrc && again.sends == report.sends && again.has_block == report.has_block, "it changed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Jitter *jitter = jitter_new(60);

    while (size > 0) {
        size_t length = MIN(data[0], size - 1);
        g_autofree uint8_t *datagram = g_memdup2(data + 1, length); /* by itself: what is beyond is nobody's */
        g_autoptr(GBytes) bytes = NULL;

        check_rtp(jitter, datagram, length);
        check_rtcp(datagram, length);
        (void) jitter_take(jitter, &bytes);
        must(jitter_held_ms(jitter) <= 64 * jitter_packet_ms(jitter), "%u ms are held", jitter_held_ms(jitter));
        data += length + 1;
        size -= length + 1;
    }
    jitter_free(jitter);
    return 0;
}
