/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: we hand a call over (REFER), blindly or after a consultation; to a place where calls are parked, too. */
#pragma once

#include "providers/sip/call.h"

Refusal *transfer_blind(SipCall *call, const char *address, RequestId request);
Refusal *transfer_park(SipCall *call, const char *place, RequestId request);
Refusal *transfer_setup(SipCall *call, Call *consultation, const DialParams *params, RequestId request);
Refusal *transfer_complete(SipCall *call, SipCall *consultation, Call *conference, RequestId request);

/* What the peer says to the REFER. */
void transfer_on_response(SipCall *call, const SipEvent *event);
