/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits: in the voice (RFC 4733), or in INFO where the peer knows no better; and tones. */
#pragma once

#include "providers/sip/call.h"

Refusal *digits_send(SipCall *call, const char *digits, unsigned duration_ms, unsigned gap_ms);
Refusal *digits_send_tone(SipCall *call, Tone tone, unsigned ms);

/* What sounds is told as cancelled. */
void digits_stop(SipCall *call);

/* What the stream tells, and INFO. */
void digits_on_heard(SipCall *call, char digit);
void digits_on_sent(SipCall *call, DigitsOutcome outcome);
void digits_on_tone_sent(SipCall *call, DigitsOutcome outcome);
void digits_on_info(SipCall *call, const SipEvent *event);
void digits_on_info_refused(SipCall *call);

/* A digit in the body of an INFO; 0: none. Pure. */
char digits_from_relay(const char *body);
char digits_from_plain(const char *body);
