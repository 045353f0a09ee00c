/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hold: what holds and gives back calls, the answer modes included. */
#pragma once

#include "providers/sip/call.h"

void hold_begin(SipCall *call, CallEvent event);
void hold_end(SipCall *call);

/* The consultation about it is over. NULL: nothing. */
void hold_give_back(SipCall *call);

/* What the line's answer mode does with its other calls. */
void hold_for_answer(SipCall *answered);

/* These complete the request if they do not refuse. */
Refusal *hold_call(SipCall *call, RequestId request);
Refusal *hold_unhold(SipCall *call, RequestId request);
Refusal *hold_swap(SipCall *call, SipCall *held, RequestId request);
