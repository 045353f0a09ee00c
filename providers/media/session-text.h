/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of a session's elements, as gst_parse_launch() takes them. Pure. */
#pragma once

#include "providers/media/stream.h"

/* To be freed. Names in it: bin (rtpbin), say (it takes frames), mux (of voice and digits, if there are telephone events), encrypt and
 * decrypt (with SRTP). */
char *session_text(const MediaAgreement *agreement, unsigned jitter_ms);

/* From packets to frames; to be freed. Name in it: evener (the last element before them). */
char *session_ear_text(Codec codec);

/* What a number means in what the peer sends: NULL, nothing. */
const MediaFormat *session_find_heard(const MediaAgreement *agreement, unsigned payload);

/* What the rtpbin is told of it; caps to be freed. */
char *session_heard_caps(const MediaFormat *format);

/* Of the telephone events that we make; to be freed. */
char *session_event_caps(const MediaAgreement *agreement);
