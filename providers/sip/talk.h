/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talk: the SDP of a call and its stream, brought to what the call is: held or not, in a conference or not. */
#pragma once

#include "providers/sip/call.h"

/* Opens the stream. A negative errno: there is none. */
int talk_begin(SipCall *call);
void talk_end(SipCall *call);

/* The stream is this call's from now on. */
void talk_own(SipCall *call);

/* Our offer, to be freed; it is the one that is on its way from now on. */
char *talk_offer(SipCall *call);

/* The peer's offer, answered: the answer is to be freed. Errors as sdp_answer(). */
int talk_answer(SipCall *call, const char *offer, char **ret_answer);

/* The peer's answer. Errors as sdp_take_answer(). */
int talk_take_answer(SipCall *call, const char *answer);

/* What was agreed sounds, as the call's phase allows. `early`: the call is not answered. */
void talk_sound(SipCall *call, bool early);

/* Whether it is encrypted: before the call is told to be connected, so that whoever hears of that can rely on it. */
void talk_tell_encrypted(const SipCall *call);

/* The peer learns of what has changed, as soon as it can. */
void talk_update(SipCall *call);

/* Completes the request as soon as the peer of the call, and of the other one (NULL: none), knows what was changed; after some seconds,
 * or at the call's end, at any rate. */
void talk_settle(SipCall *call, SipCall *other, RequestId request);

void talk_end_settlements(SipCall *call);

/* Active, or held by the peer. */
StateDetail talk_detail(const SipCall *call);
void talk_tell_detail(SipCall *call);

/* What comes in the dialog of a call that is up. */
void talk_on_offer(SipCall *call, const SipEvent *event);
void talk_on_ack(SipCall *call, const SipEvent *event);
void talk_on_response(SipCall *call, const SipEvent *event);

/* The status for a description that does not do. */
int talk_status(int error);
