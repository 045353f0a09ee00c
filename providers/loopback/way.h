/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Way: a call is placed: it goes from rule to rule until it rings, meets a script, or has failed; and what the caller sees of
 * it. A caller that is connected already (it was transferred, or called back) stays so until somebody answers.
 */
#pragma once

#include "providers/loopback/end.h"
#include "providers/loopback/offer.h"

/* Sends the call of a far side, whose own is empty, to its destination; takes what the offer holds. Tells the caller all of it.
 * CAUSE_NONE: somebody rings, or will act. */
DisconnectCause way_place(Far caller, const Destination *to, Offer *offer, Exchange *exchange);

/* Lets the target of the offer ring for the caller, without asking its rules; or refuses: the line is full. */
bool way_ring(Far caller, Offer *offer);

/* An offered call goes elsewhere: by its owner, whose request it then completes, or (0) by a rule. */
void way_send_on(End *end, const Destination *to, CallReason reason, RequestId request);
