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
Refusal *handle_send_user_user_info(Handle *handle, const uint8_t *data, size_t size, Done done);
Refusal *handle_mute(Handle *handle, bool mute, Done done);
Refusal *handle_set_audio_device(Handle *handle, const char *device, Done done);
Refusal *handle_set_volume(Handle *handle, unsigned volume, Done done);
Refusal *handle_secure(Handle *handle, Done done);

/* ---- For the files of other operations ---- */

const ProviderOps *operations_of(const Call *call);

/* A request of the handle's client about its call. */
Refusal *operation_request(Handle *handle, Operation operation, Request **ret);

/* What the provider made of the start of an operation: `r` as ProviderOps says. */
Refusal *operation_started(Request *request, int r, RequestEffect effect, Done done);

/* ---- What the service itself asks of the network ---- */

/* Nobody owns the call any more: it is dropped. */
void operations_drop_unowned(Call *call);

/* It has lasted for as long as it may: it ends as by the network. */
void operations_drop_expired(Call *call);

/* Its consultation is over: it is connected again, unless another call has the place on the line meanwhile. */
void operations_give_back(Call *call);
void operations_monitor_digits(Call *call, bool enable);
