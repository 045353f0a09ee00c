/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a session's pipeline. */
#include "providers/media/session-text.h"

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
    [CODEC_PCMU] = { "audioresample name=say ! " RAW_8 " ! mulawenc", "rtppcmupay", "rtppcmudepay", "mulawdec", "PCMU" },
    [CODEC_PCMA] = { "audioresample name=say ! " RAW_8 " ! alawenc", "rtppcmapay", "rtppcmadepay", "alawdec", "PCMA" },
    [CODEC_G722] = { "avenc_g722 name=say", "rtpg722pay", "rtpg722depay", "avdec_g722 ! audioconvert", "G722" },
    [CODEC_OPUS] = { "opusenc name=say audio-type=voice bitrate=24000 complexity=5 inband-fec=true packet-loss-percentage=5", "rtpopuspay",
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

    g_string_append(text, parts[agreement->codec].encoder);
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
    g_string_append(text, agreement->telephone_event > 0 ? " ! mux.sink_0 rtpdtmfmux name=mux ! bin.send_rtp_sink_0 " : " ! bin.send_rtp_sink_0 ");
}

static void add_secrecy(GString *text) {
    g_string_append(text, "srtpenc name=encrypt srtpdec name=decrypt "
                          "bin.send_rtp_src_0 ! encrypt.rtp_sink_0 bin.send_rtcp_src_0 ! encrypt.rtcp_sink_0 "
                          "decrypt.rtp_src ! bin.recv_rtp_sink_0 decrypt.rtcp_src ! bin.recv_rtcp_sink_0 ");
}

char *session_text(const MediaAgreement *agreement, unsigned jitter_ms) {
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "rtpbin name=bin latency=%u drop-on-latency=true do-lost=true autoremove=true max-streams=%d ",
                           jitter_ms, STREAMS_MAX);
    add_sender(agreement, text);
    if (agreement->local.suite != SRTP_NONE)
        add_secrecy(text);
    return g_string_free(text, FALSE);
}

char *session_ear_text(Codec codec) {
    return g_strdup_printf("%s ! %s ! audioresample name=evener ! capsfilter caps=\"" FRAME_CAPS "\"", parts[codec].depayloader,
                           parts[codec].decoder);
}

const MediaFormat *session_find_heard(const MediaAgreement *agreement, unsigned payload) {
    for (size_t i = 0; i < agreement->n_heard; i++)
        if (agreement->heard[i].payload == payload)
            return &agreement->heard[i];
    return NULL;
}

char *session_heard_caps(const MediaFormat *format) {
    return g_strdup_printf("application/x-rtp,media=audio,encoding-name=%s,clock-rate=%u,payload=%u",
                           format->is_event ? "TELEPHONE-EVENT" : parts[format->codec].caps, codec_clock_rate(format->codec),
                           format->payload);
}

char *session_event_caps(const MediaAgreement *agreement) {
    return g_strdup_printf("application/x-rtp,media=audio,encoding-name=TELEPHONE-EVENT,clock-rate=%u,payload=%u,timestamp-offset=(uint)0",
                           codec_clock_rate(agreement->codec), agreement->telephone_event);
}
