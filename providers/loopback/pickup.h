/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pickup: calls that ring at one line are taken at another of the same group. */
#pragma once

#include "providers/loopback/line.h"

typedef struct PickupGroup PickupGroup;

PickupGroup *pickup_group_join(Exchange *exchange, const char *name);
void pickup_group_leave(PickupGroup *group);
const char *pickup_group_name(const PickupGroup *group);

/* The calls that ring in it, the oldest first. */
GQueue *pickup_group_ringing(PickupGroup *group);

Refusal *pickup_call(LoopLine *line, Call *call, const char *address, const char *group, RequestId request);
