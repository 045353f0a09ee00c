/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call outcome: what came of a call, in a word. */
#pragma once

#include "service/types.h"

/* How a call ended. */
typedef struct CallEnding {
    CallDirection direction;
    DisconnectCause cause;
    CallState from;     /* the last state that was live */
    bool was_connected;
    bool ours;          /* by an operation of ours, as a drop */
} CallEnding;

CallOutcome call_outcome_of(const CallEnding *ending);
