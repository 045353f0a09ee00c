/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Take: calls that are taken over from elsewhere, by the exchange's codes: parked ones, and those that ring. */
#pragma once

#include "providers/sip/call.h"

Refusal *take_parked(Desk *desk, Call *call, const char *address, RequestId request);
Refusal *take_ringing(Desk *desk, Call *call, const char *address, const char *group, RequestId request);

/* It is connected: completes what asked for it. */
void take_is_done(SipCall *call);
