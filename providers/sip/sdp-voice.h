/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SdpLine: the m-lines of what a peer said, as far as a voice is concerned. Pure. Private to sdp.c. */
#pragma once

#include <arpa/inet.h>
#include <glib.h>

#include "providers/sip/crypto.h"

enum {
    SDP_TEXT_MAX = 16384, /* bytes of one message */
    SDP_LINES_MAX = 32,
    SDP_FORMATS_MAX = 32, /* those of a line that we know */
    SDP_CRYPTO_MAX = 8,   /* likewise */
};

/* What a payload means: a voice, or (telephone_event) digits at the clock rate. */
typedef struct SdpFormat {
    uint8_t payload;
    bool telephone_event;
    Codec codec;
    unsigned rate;
} SdpFormat;

typedef struct SdpLine {
    char *type, *proto, *formats; /* as they stand there: "audio", "RTP/AVP", "0 8 101" */
    bool refused;                 /* port 0 */
    bool usable;                  /* a voice by RTP over UDP, at one numeric address; else nothing below counts */
    bool secure;                  /* RTP/SAVP */
    char address[INET6_ADDRSTRLEN];
    int family;
    uint16_t port, rtcp_port;
    bool rtcp_mux;
    bool sends, receives; /* as the peer sees it */
    unsigned ptime_ms;
    SdpFormat format[SDP_FORMATS_MAX];
    size_t n_formats;
    CryptoLine crypto[SDP_CRYPTO_MAX];
    size_t n_crypto;
} SdpLine;

/* The m-lines in order, of SdpLine, which go with the array; NULL: that is no SDP. */
GPtrArray *sdp_lines_read(const char *text);

/* That of the clock rate, else any: there are telephones that know only telephone-event/8000, and mean the clock of the voice. */
const SdpFormat *sdp_line_find_telephone_event(const SdpLine *line, unsigned rate);
