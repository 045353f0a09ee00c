/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of the wire that are not those of the bus. All as in service/types.h. */
#pragma once

#include "service/call-state.h"
#include "service/types.h"

/* Those that a provider may tell. */
const char *wire_event_to_string(CallEvent event);
CallEvent wire_event_from_string(const char *name); /* -EINVAL: none of them */

DECLARE_NAMES(wire_party_role, PartyRole)
DECLARE_NAMES(wire_tone, Tone)            /* none is "none" */
DECLARE_NAMES(wire_reject, RejectReason)  /* none is "" */
DECLARE_NAMES(wire_operation, Operation)  /* what a line can lack */
