/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conference: a call that mixes others. */
#pragma once

#include "providers/sip/call.h"

Refusal *conference_setup(Desk *desk, SipCall *first, Call *conference, Call *consultation, const DialParams *params,
                          RequestId request);
Refusal *conference_prepare_add(SipCall *conference, Call *consultation, const DialParams *params, RequestId request);
Refusal *conference_add(SipCall *conference, SipCall *call);
Refusal *conference_remove(SipCall *call);

/* Of a call and its consultation: completes the request. */
Refusal *conference_make(SipCall *call, SipCall *consultation, Call *conference, RequestId request);

/* A member has a voice now, or another one. */
void conference_mix(SipCall *call);

/* The call is in it no longer; nothing is told. */
void conference_part(SipCall *call);
void conference_lost_one(SipCall *conference);

/* Over, but for the last participant, who is connected by itself. */
void conference_dissolve(SipCall *conference);
void conference_dissolve_for(SipCall *conference, RequestId request);

/* Over with all participants. */
void conference_end(SipCall *conference, DisconnectCause cause);
