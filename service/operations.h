/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Operations: the methods of a call that ask something of the network.
 *
 * Each returns a refusal and nothing has happened, or NULL and done() is called exactly once.
 */
#pragma once

#include "service/handle.h"
#include "service/request.h"

Refusal *handle_accept(Handle *handle, Done done);
Refusal *handle_answer(Handle *handle, Done done);
Refusal *handle_redirect(Handle *handle, const char *address, Done done);
Refusal *handle_drop(Handle *handle, RejectReason reason, Done done);
Refusal *handle_hold(Handle *handle, Done done);
Refusal *handle_unhold(Handle *handle, Done done);
Refusal *handle_swap_hold(Handle *handle, Handle *held, Done done);
Refusal *handle_send_digits(Handle *handle, const char *digits, unsigned duration_ms, unsigned gap_ms, Done done);
Refusal *handle_mute(Handle *handle, bool mute, Done done);

/* Asks to be told the digits of the far end, or no longer. */
Refusal *handle_monitor_digits(Handle *handle, bool enable);

/* ---- What the service itself asks of the network ---- */

/* Nobody owns the call any more: it is dropped. */
void operations_drop_unowned(Call *call);
void operations_monitor_digits(Call *call, bool enable);
