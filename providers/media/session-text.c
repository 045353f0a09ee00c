/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a session's pipeline. */
#include "providers/media/session-text.h"

#include <gst/gst.h>

#include "providers/media/frame.h"

enum {
    STREAMS_MAX = 16,      /* sources of one peer within half a minute: each costs a thread, but who is put through is not deaf */
    PACKET_MS_USUAL = 20,
    PACKET_MS_MAX = 200,
};

#define RAW_8 "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=8000"

static const struct {
    const char *encoder, *payloader, *depayloader, *decoder, *caps;
    bool by_frames;
} parts[_CODEC_MAX] = {
    [CODEC_PCMU] = { "audioresample ! " RAW_8 " ! mulawenc", "rtppcmupay", "rtppcmudepay", "mulawdec", "PCMU" },
    [CODEC_PCMA] = { "audioresample ! " RAW_8 " ! alawenc", "rtppcmapay", "rtppcmadepay", "alawdec", "PCMA" },
    [CODEC_G722] = { "avenc_g722", "rtpg722pay", "rtpg722depay", "avdec_g722 ! audioconvert", "G722" },
    [CODEC_OPUS] = { "opusenc audio-type=voice bitrate=24000 complexity=5 inband-fec=true packet-loss-percentage=5", "rtpopuspay",
                     "rtpopusdepay", "opusdec plc=true use-inband-fec=true", "OPUS", .by_frames = true },
};

/* Opus knows frames of some lengths only. */
static unsigned packet_ms(const MediaAgreement *agreement) {
    unsigned ms = agreement->ptime_ms;

    if (ms == 0 || ms > PACKET_MS_MAX)
        return PACKET_MS_USUAL;
    if (!parts[agreement->codec].by_frames)
        return ms;
    return ms == 10 || ms == 40 || ms == 60 ? ms : PACKET_MS_USUAL;
}

static void add_encoder(const MediaAgreement *agreement, GString *text) {
    unsigned ms = packet_ms(agreement);

    g_string_append_printf(text, "appsrc name=say is-live=true format=time max-bytes=16384 leaky-type=downstream caps=\"" FRAME_CAPS "\" ! %s",
                           parts[agreement->codec].encoder);
    if (parts[agreement->codec].by_frames)
        g_string_append_printf(text, " frame-size=%u ! %s", ms, parts[agreement->codec].payloader);
    else
        g_string_append_printf(text, " ! %s min-ptime=%u000000 max-ptime=%u000000", parts[agreement->codec].payloader, ms, ms);
    /* The mixer of voice and digits does not ask what it is given: it has to be told. Time goes on while nobody speaks. */
    g_string_append_printf(text, " perfect-rtptime=false pt=%u ! application/x-rtp,media=audio,payload=%u,clock-rate=%u", agreement->payload,
                           agreement->payload, codec_clock_rate(agreement->codec));
}

static void add_sender(const MediaAgreement *agreement, GString *text) {
    add_encoder(agreement, text);
    if (agreement->telephone_event == 0) {
        g_string_append(text, " ! bin.send_rtp_sink_0 ");
        return;
    }
    g_string_append_printf(text, " ! mux.sink_0 rtpdtmfmux name=mux ! bin.send_rtp_sink_0 "
                                 "appsrc name=digits is-live=true format=time max-bytes=4096 leaky-type=downstream "
                                 "caps=application/x-rtp,media=audio,encoding-name=TELEPHONE-EVENT,payload=%u,clock-rate=%u,"
                                 "timestamp-offset=(uint)0 ! mux.priority_sink_0 ",
                           agreement->telephone_event, codec_clock_rate(agreement->codec));
}

static void add_receiver(const MediaAgreement *agreement, GString *text) {
    g_string_append_printf(text, "funnel name=voices ! %s ! %s ! audioresample name=evener ! " FRAME_CAPS
                                 " ! appsink name=hear sync=false async=false max-buffers=50 drop=true ",
                           parts[agreement->codec].depayloader, parts[agreement->codec].decoder);
    if (agreement->telephone_event > 0)
        g_string_append(text, "funnel name=dialled ! rtpdtmfdepay name=events ! fakesink sync=false async=false ");
}

#define OUT " sync=false async=false close-socket=false auto-multicast=false qos-dscp=46 "
#define IN " close-socket=false auto-multicast=false "

static void add_network(const MediaAgreement *agreement, GString *text) {
    bool secret = agreement->local.suite != SRTP_NONE;

    if (secret)
        g_string_append(text, "srtpenc name=encrypt srtpdec name=decrypt "
                              "bin.send_rtp_src_0 ! encrypt.rtp_sink_0 encrypt.rtp_src_0 ! udpsink name=rtp_out" OUT
                              "bin.send_rtcp_src_0 ! encrypt.rtcp_sink_0 encrypt.rtcp_src_0 ! udpsink name=rtcp_out" OUT
                              "decrypt.rtp_src ! bin.recv_rtp_sink_0 decrypt.rtcp_src ! bin.recv_rtcp_sink_0 ");
    else
        g_string_append(text, "bin.send_rtp_src_0 ! udpsink name=rtp_out" OUT "bin.send_rtcp_src_0 ! udpsink name=rtcp_out" OUT);
    g_string_append_printf(text, "udpsrc name=rtp_in caps=application/x-%srtp" IN "! %s ", secret ? "s" : "",
                           secret ? "decrypt.rtp_sink" : "bin.recv_rtp_sink_0");
    g_string_append_printf(text, "%s caps=application/x-%srtcp ! %s",
                           agreement->rtcp_mux ? "appsrc name=rtcp_in is-live=true do-timestamp=true max-bytes=65536 leaky-type=downstream"
                                               : "udpsrc name=rtcp_in" IN,
                           secret ? "s" : "", secret ? "decrypt.rtcp_sink" : "bin.recv_rtcp_sink_0");
}

char *session_text(const MediaAgreement *agreement, unsigned jitter_ms) {
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "rtpbin name=bin latency=%u drop-on-latency=true do-lost=true autoremove=true max-streams=%u ",
                           jitter_ms, STREAMS_MAX);
    add_sender(agreement, text);
    add_receiver(agreement, text);
    add_network(agreement, text);
    return g_string_free(text, FALSE);
}

static bool is_event(const MediaAgreement *agreement, unsigned payload) {
    return agreement->telephone_event > 0 &&
           (payload == agreement->telephone_event_in || (payload == agreement->telephone_event && payload != agreement->payload_in));
}

/* There are peers that send with their own numbers: as good, if they mean nothing else here. */
bool session_is_voice(const MediaAgreement *agreement, unsigned payload) {
    return payload == agreement->payload_in || (payload == agreement->payload && !is_event(agreement, payload));
}

char *session_payload_caps(const MediaAgreement *agreement, unsigned payload) {
    unsigned rate = codec_clock_rate(agreement->codec);

    if (session_is_voice(agreement, payload))
        return g_strdup_printf("application/x-rtp,media=audio,encoding-name=%s,clock-rate=%u,payload=%u", parts[agreement->codec].caps,
                               rate, payload);
    if (is_event(agreement, payload))
        return g_strdup_printf("application/x-rtp,media=audio,encoding-name=TELEPHONE-EVENT,clock-rate=%u,payload=%u", rate, payload);
    return NULL;
}
