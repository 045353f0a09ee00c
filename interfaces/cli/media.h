/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media: how a call sounds, and what networks call it, in words. */
#pragma once

#include "interfaces/cli/record.h"

/* "headset, 150%"; "" where nothing is other than usual. */
char *media_heard_on(const Record *call);

/* "opus, SRTP AES_CM_128_HMAC_SHA1_80"; "" where nothing is known. */
char *media_codec(const Record *call);

/* "MOS 4.3, 0.4% lost (3 of 750), jitter 2.1 ms, round trip 18 ms". */
char *media_quality(const Record *call);

/* "in -23 dB, out -20 dB". */
char *media_levels(const Record *call);

/* "sip-call-id 8f2a@example.org, session-id ...". */
char *media_network_ids(const Record *call);
