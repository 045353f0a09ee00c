/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of a session's elements, as gst_parse_launch() takes them. Pure. */
#pragma once

#include "providers/media/stream.h"

/* To be freed. Names in it: bin (rtpbin), say (it takes frames), mux (of voice and digits, if there are telephone events), encrypt and
 * decrypt (with SRTP). */
char *session_text(const MediaAgreement *agreement, unsigned jitter_ms);

/* From packets to frames; to be freed. Name in it: evener (the last element before them). */
char *session_ear_text(const MediaAgreement *agreement);

/* Does a packet with that number bring the voice? */
bool session_is_voice(const MediaAgreement *agreement, unsigned payload);

/* What the rtpbin is told of a payload type: caps to be freed, or NULL. */
char *session_payload_caps(const MediaAgreement *agreement, unsigned payload);

/* Of the telephone events that we make; to be freed. */
char *session_event_caps(const MediaAgreement *agreement);
