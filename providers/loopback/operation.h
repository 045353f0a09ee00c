/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations on their way: what the service asked for happens one turn of the main loop later, and is completed then. */
#pragma once

#include "providers/loopback/network.h"
#include "service/provider.h"

/* The rows of loopback_ops; each is documented in service/provider.h. */
int operation_dial(Line *line, Call *call, const DialParams *params, RequestId request);
int operation_accept(Call *call, RequestId request);
int operation_answer(Call *call, RequestId request);
int operation_redirect(Call *call, const char *address, RequestId request);
int operation_drop(Call *call, RejectReason reason, RequestId request);
int operation_hold(Call *call, RequestId request);
int operation_unhold(Call *call, RequestId request);
int operation_swap_hold(Call *call, Call *held, RequestId request);
int operation_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request);
int operation_monitor_digits(Call *call, bool enable, RequestId request);
int operation_mute(Call *call, bool mute, RequestId request);
int operation_debug_incoming(Line *line, const char *from, RequestId request);
int operation_debug_line_state(Line *line, LineState state, const char *reason, RequestId request);

/* Frees an operation that never happens, found by its event; false: the event is none of an operation. */
bool operation_discard(NetworkEvent *event);
