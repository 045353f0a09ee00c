/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: the far ends of calls are handed to each other. */
#pragma once

#include "providers/loopback/call.h"

Refusal *transfer_blind(End *end, const char *address, RequestId request);
Refusal *transfer_setup(End *end, Call *consultation, const DialParams *params, RequestId request);

/* `conference`: NULL, or the call that the three are to talk in. */
Refusal *transfer_complete(End *end, End *consultation, Call *conference, RequestId request);
