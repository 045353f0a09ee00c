/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrival: requests outside of all dialogs, and whose they are. */
#pragma once

#include "providers/sip/stack.h"

/* A SipArrival; the userdata is the Sip. */
int arrival(SipStack *stack, SipDialog *dialog, const SipEvent *event, void *userdata);
