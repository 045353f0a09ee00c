/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: calls that begin here, until they are answered. */
#pragma once

#include "providers/sip/call.h"

/* A call that its operation is to be completed with, and that then is to go. Stays where it was made. */
typedef struct Beginning {
    SipCall *call;
    CallStart start;
    PartyInfo caller, called;
} Beginning;

/* `related`: the Call ID of what it is about; NULL: none. */
void dial_begin(Desk *desk, Call *call, const DialParams *params, const char *related, Beginning *ret);

/* On its way, if its number is known. */
void dial_go(SipCall *call);

void dial_call(Desk *desk, Call *call, const DialParams *params, RequestId request);
Refusal *dial_digits(SipCall *call, const char *digits, bool more, RequestId request);

/* A new dialog towards a URI, from this call's line; the From and To of the first one stay. Not begun; NULL: there can be none. */
SipDialog *dial_dialog(SipCall *call, const char *target);

/* Its INVITE, with further headers (may be NULL). */
void dial_invite(SipCall *call, const char *target, const char *headers);

/* Nobody waits for the answer any more. */
void dial_stop_patience(SipCall *call);
