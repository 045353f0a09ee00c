/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Codec: how a voice is put into packets (RFC 3551, RFC 7587). */
#pragma once

#include <errno.h>
#include <stdbool.h>

typedef enum Codec {
    CODEC_PCMU,
    CODEC_PCMA,
    CODEC_G722,
    CODEC_OPUS,
    _CODEC_MAX,
    _CODEC_INVALID = -EINVAL,
} Codec;

const char *codec_to_string(Codec codec); /* as in SDP: "PCMU"; NULL out of range */
Codec codec_from_string(const char *name); /* in upper or lower case */

unsigned codec_clock_rate(Codec codec); /* as in SDP: 8000 for G722, 48000 for opus */
unsigned codec_channels(Codec codec);   /* as in SDP: 2 for opus */
int codec_static_payload(Codec codec);  /* -1: none */

/* Are the parts that it needs installed? */
bool codec_is_here(Codec codec);
