/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ours: the side of a description that tests of SDP speak for. */
#pragma once

#include <glib.h>

#include "providers/sip/sdp.h"

static const Codec all_codecs[] = { CODEC_OPUS, CODEC_G722, CODEC_PCMA, CODEC_PCMU };

static const SdpLocal ours = {
    .address = "192.0.2.1",
    .port = 4000,
    .codecs = all_codecs,
    .n_codecs = G_N_ELEMENTS(all_codecs),
    .sends = true,
    .receives = true,
    .session = 77,
};
