/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Session: a pipeline of GStreamer between the ports of a call and frames, for one codec and one pair of keys: its rtpbin does RTP, RTCP
 * and the jitter buffer, its elements the codecs, SRTP and RFC 4733.
 */
#pragma once

#include <glib.h>

#include "providers/media/digits.h"
#include "providers/media/filter.h"
#include "providers/media/frame.h"
#include "providers/media/ports.h"

typedef struct Session Session;

/* Called in a thread of GStreamer. */
typedef void (*SessionDigit)(char digit, void *userdata);

const char *srtp_suite_to_string(SrtpSuite suite); /* as in SDP; "none" */

/* Both outlive it. -EOPNOTSUPP: an element is not installed. */
int session_new(const Ports *ports, Filter *filter, const MediaAgreement *agreement, unsigned jitter_ms, SessionDigit on_digit,
                void *userdata, Session **ret);

/* It comes to its end in a thread: nobody waits for it but session_wait_all(), when all is over. */
Session *session_free(Session *session);
void session_wait_all(void);

/* Can it go on under that agreement? Only where the packets go may be new. */
bool session_fits(const Session *session, const MediaAgreement *agreement);
void session_aim(Session *session);

/* Never blocks: what there is no room for is dropped, and what is not there is false. */
void session_say(Session *session, const Frame *frame);
bool session_hear(Session *session, Frame *ret);
void session_flush(Session *session);

/* Instead of a frame: a digit sounds, or comes to its end. */
void session_dial(Session *session, const DigitStep *step);

/* What it counted so far; negative: unknown. */
typedef struct SessionCounts {
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received, packets_lost;
    double jitter_ms, round_trip_ms;
} SessionCounts;

SessionCounts session_counts(Session *session);
