/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Farewell: dialogs whose calls are over, until the peer has heard it. */
#pragma once

#include "providers/sip/stack.h"
#include "service/types.h"

/* A call that is connected: BYE. One that is on its way: CANCEL, and BYE if the answer crosses it. The reason may be NULL. */
void farewell_bye(SipDialog *dialog, const char *reason);
void farewell_cancel(SipDialog *dialog, const char *reason);

/* One that was asked to call somebody else (REFER): BYE when it tells how that went, or after a while. */
void farewell_referred(SipDialog *dialog);

/* One that has asked us to call somebody else: its turn to say BYE, and ours after a while. */
void farewell_referred_us(SipDialog *dialog);

/* Nothing more is to be said. */
void farewell_end(SipDialog *dialog);
