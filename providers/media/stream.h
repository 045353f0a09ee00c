/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MediaStream: the voice of one call, by RTP (RFC 3550). It knows nothing of signalling: somebody else negotiates, and tells it what
 * was agreed.
 *
 * The sound comes from and goes to devices, or files and tones where the configuration says so, or a mixer (mixer.h). GStreamer has
 * threads of its own; all functions are called, and all of the observer's are called back, in the thread of the main loop.
 *
 * MediaStats: documented at media_stream_stats().
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "providers/media/codec.h"
#include "service/types.h"

typedef struct Media Media;             /* of the process: media.h */
typedef struct MediaStream MediaStream; /* of a call */

/* RFC 4568: what one end encrypts with. */
typedef enum SrtpSuite {
    SRTP_NONE,
    SRTP_AES_CM_128_HMAC_SHA1_80,
    SRTP_AES_CM_128_HMAC_SHA1_32,
    _SRTP_MAX,
} SrtpSuite;

typedef struct SrtpKey {
    SrtpSuite suite;
    uint8_t key[30]; /* master key (16 bytes) and salt (14) */
} SrtpKey;

enum {
    MEDIA_HEARD_MAX = 16,
};

/* What one of RTP's numbers means: a voice, or the telephone events of RFC 4733 at the clock of that codec. */
typedef struct MediaFormat {
    uint8_t payload;
    bool is_event;
    Codec codec;
} MediaFormat;

/* What both ends agreed. Valid during the call only. */
typedef struct MediaAgreement {
    const char *address; /* numeric, where our packets go */
    uint16_t port, rtcp_port;
    bool rtcp_mux;
    /* What we send, with the peer's numbers. */
    Codec codec;
    uint8_t payload;
    uint8_t telephone_event; /* that of RFC 4733, at the clock of the codec whatever was said; 0: none */
    /* What the peer may send at any time, with ours (RFC 3264, 5.1 and 7). Each number is there once. */
    MediaFormat heard[MEDIA_HEARD_MAX];
    size_t n_heard;
    unsigned ptime_ms;       /* 20 if nothing was said */
    bool sends, receives;    /* hold: neither, or one */
    SrtpKey local, remote;   /* SRTP_NONE in both, or in neither */
} MediaAgreement;

typedef struct MediaObserver {
    void (*on_digit)(MediaStream *stream, char digit, void *userdata);        /* once for each that the far end sent */
    void (*on_digits_sent)(MediaStream *stream, DigitsOutcome outcome, void *userdata);
    void (*on_tone_sent)(MediaStream *stream, DigitsOutcome outcome, void *userdata);
    void (*on_silence)(MediaStream *stream, unsigned seconds, void *userdata); /* nothing came for so long, though it should: 5, 10, 15 ... */
    void (*on_failed)(MediaStream *stream, const char *why, void *userdata);   /* the device is gone, or such: silence goes on */
} MediaObserver;

/* Binds a pair of ports (RTP even, RTCP the next) of a numeric local address. -EADDRINUSE, -EMFILE and so on. */
int media_stream_new(Media *media, const char *address, const MediaObserver *observer, void *userdata, MediaStream **ret);
MediaStream *media_stream_free(MediaStream *stream);

uint16_t media_stream_port(const MediaStream *stream);

/* It goes on from another address of ours, on another port. -EADDRINUSE and so on, -EAFNOSUPPORT: that address is of another kind, and can't
 * reach the far end; nothing has changed then. */
int media_stream_move(MediaStream *stream, const char *address);

/* Starts it, or changes it: another address, hold, another codec. The same again changes nothing. Packets from elsewhere than the agreed
 * address are not played, but that the port may be another one (NAT: the first that comes counts). -EOPNOTSUPP: the codec is not installed. */
int media_stream_agree(MediaStream *stream, const MediaAgreement *agreement);

/* Early: what is heard before the call is answered; the microphone is not open yet. */
void media_stream_set_early(MediaStream *stream, bool early);

void media_stream_mute(MediaStream *stream, bool mute);

/* "" for the usual one of the configuration. -ENODEV: there is none of that name (or it was not found yet, in the first moments of the
 * process); the old one goes on. */
int media_stream_set_device(MediaStream *stream, const char *device);
const char *media_stream_device(const MediaStream *stream); /* what it is heard on; "" for nowhere */
void media_stream_set_volume(MediaStream *stream, unsigned per_cent);

/* Digits by RFC 4733 (-EOPNOTSUPP: the far end takes none): each so long, with a gap after it, "," a pause of a second. Replaces what is
 * running (told as cancelled); "" only stops. */
int media_stream_send_digits(MediaStream *stream, const char *digits, unsigned duration_ms, unsigned gap_ms);
int media_stream_send_tone(MediaStream *stream, Tone tone, unsigned ms);

/*
 * What is known, floating: "codec" s, "packets-sent" t, "packets-received" t, "packets-lost" t, "bytes-sent" t, "bytes-received" t,
 * "jitter-ms" d, "round-trip-ms" d (absent if unknown), "level-in-db" d and "level-out-db" d (RMS, dBFS, of the last 100 ms), "mos" d (1 to
 * 4.5, by the E-model), "remote" s ("192.0.2.1:40000"), "encryption" s.
 */
GVariant *media_stream_stats(const MediaStream *stream);
