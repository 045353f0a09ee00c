/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Session: a pipeline of GStreamer between the ports of a call and frames, for one codec and one pair of keys: its rtpbin does RTP, RTCP
 * and the jitter buffer, its elements the codecs and SRTP; events of RFC 4733 are read and made here. All calls share the threads that
 * read, encode and send; the rtpbin has one of its own, and two for whom it hears.
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

/* It is made by a thread, and soon there. -EOPNOTSUPP: the codec is not installed. */
int session_new(const Ports *ports, Filter *filter, const MediaAgreement *agreement, unsigned jitter_ms, SessionDigit on_digit,
                void *userdata, Session **ret);

/* It comes to its end in a thread. */
Session *session_free(Session *session);

/* Until none is about to be made, or to come to its end. */
void session_wait_all(void);

/* Before that nothing is said or heard. */
bool session_is_made(Session *session);

/* From now on it hears what comes to the ports: when no other one does any more. */
void session_listen(Session *session);

/* Can it go on under that agreement? Only where the packets go may be new. */
bool session_fits(const Session *session, const MediaAgreement *agreement);

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
