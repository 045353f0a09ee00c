/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takeover: a call comes to a line from where it rang or was parked. */
#pragma once

#include "providers/loopback/end.h"

typedef struct Takeover {
    CallReason reason;
    GRefString *id; /* of the conversation */
    const char *called;
    PartyInfo from; /* where it was */
    MediaMode media_mode;
    CallOrigin origin;
} Takeover;

/* Completes the request with the call, connected with the far side, which has no other. Returns its end. */
End *takeover(LoopLine *line, Call *call, Far far, const Takeover *how, RequestId request);
