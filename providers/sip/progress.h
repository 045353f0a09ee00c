/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Progress: how a call that went out goes, until it is answered. */
#pragma once

#include "providers/sip/call.h"

void progress_on_response(SipCall *call, const SipEvent *event);

/* It has been answered, with what is agreed: connected, if it is in no conference. */
void progress_connect(SipCall *call);
