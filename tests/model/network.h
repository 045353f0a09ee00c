/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: what it reports, told to the service and to the reference at the same time. */
#pragma once

#include "tests/model/world.h"

void act_event(int call, CallEvent event, StateDetail detail);
void act_joined(int call, int conference);
void act_ended(int call, DisconnectCause cause);
void act_complete(RequestId id, int refusal);
void act_complete_calls(const Asked *asked);
void act_complete_by_end(int call, int consultation, RequestId id, DisconnectCause cause);
void act_forwarding(int line);

/* Does the network still know the call that had the slot then? */
bool network_knows(int slot, uint64_t born);

/* What it does when it has done what it was asked: reports and completes, or one of the two, or neither. */
void network_complete(unsigned pending);
