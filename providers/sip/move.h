/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Move: calls that go on from another address of this machine, as from Wi-Fi to cable: signalling, voice and all. */
#pragma once

#include "providers/sip/call.h"

/* The line has another stack. Calls that are not connected yet, and those that can't come along, end. */
void move_calls(Desk *desk, SipStack *stack);

/* The dialog of the call is there; and the peer does not accept it. */
void move_tell_peer(SipCall *call);
void move_failed(SipCall *call, const SipEvent *event);
