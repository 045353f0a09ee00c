/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a session's pipeline, as gst_parse_launch() takes it. Pure. */
#pragma once

#include "providers/media/stream.h"

/* To be freed. Names in it: bin (rtpbin), say and digits (appsrc; the latter if there are telephone events), hear (appsink), evener (the
 * last element before it), voices and dialled (funnels for the rtpbin's pads), events (what hears digits), encrypt and decrypt (with
 * SRTP), rtp_in, rtcp_in (with rtcp_mux an appsrc), rtp_out, rtcp_out. */
char *session_text(const MediaAgreement *agreement, unsigned jitter_ms);

/* Does a packet with that number bring the voice? */
bool session_is_voice(const MediaAgreement *agreement, unsigned payload);

/* What the rtpbin is told of a payload type: caps to be freed, or NULL. */
char *session_payload_caps(const MediaAgreement *agreement, unsigned payload);
