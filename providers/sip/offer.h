/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offer: calls that come in, until they are answered. */
#pragma once

#include "providers/sip/call.h"

/* An INVITE for the line. As SipArrival. */
int offer_arrives(Desk *desk, SipDialog *dialog, const SipEvent *event);

Refusal *offer_accept(SipCall *call);
Refusal *offer_answer(SipCall *call, RequestId request); /* completes it, if it does not refuse */
Refusal *offer_redirect(SipCall *call, const char *address, RequestId request);

/* What the dialog tells of it. */
void offer_on_answered(SipCall *call);
void offer_on_cancel(SipCall *call, const SipEvent *event);

/* Of those that wait on the line, the first; NULL: none. */
SipCall *offer_find(const Desk *desk);

void bell_stop(SipCall *call);

/* The answer goes out: 200. */
void offer_say_yes(SipCall *call);

/* What the INVITE says of the call. A status that refuses it, or 0. */
int offer_read(SipCall *call, const SipEvent *event);
