/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refer: the peer sends us elsewhere, and watches how we get there. The call is the same to its owners, with another far end. */
#pragma once

#include "providers/sip/call.h"

void refer_on_request(SipCall *call, const SipEvent *event);

/* What becomes of the journey: it is connected; it failed; nobody waits for it any more. */
void refer_arrived(SipCall *journey);
void refer_failed(SipCall *call, DisconnectCause cause, const char *text);
void refer_abandon(SipCall *call);

/* The peer's dialog ended while we travel: true if the call goes on without it. */
bool refer_survives(SipCall *call);
