/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods of org.callbus1.Call, in several files. Each is asked of a handle, whose signature sd-bus has checked; it reads
 * the words, finds the handles among its arguments, and leaves all other questions to the rules.
 */
#pragma once

#include "interfaces/peer.h"
#include "service/handle.h"
#include "service/request.h"

#define DECLARE_METHOD(name) int on_call_##name(sd_bus_message *m, void *userdata, sd_bus_error *error);

/* call-operations.c: one call, and what the network does with it. */
DECLARE_METHOD(accept)
DECLARE_METHOD(answer)
DECLARE_METHOD(redirect)
DECLARE_METHOD(drop)
DECLARE_METHOD(hold)
DECLARE_METHOD(unhold)
DECLARE_METHOD(swap_hold)
DECLARE_METHOD(park)
DECLARE_METHOD(complete_call)
DECLARE_METHOD(send_user_user_info)
DECLARE_METHOD(mute)
DECLARE_METHOD(set_audio_device)
DECLARE_METHOD(set_volume)
DECLARE_METHOD(secure)

/* call-together.c: calls that are brought together. */
DECLARE_METHOD(blind_transfer)
DECLARE_METHOD(setup_transfer)
DECLARE_METHOD(complete_transfer)
DECLARE_METHOD(setup_conference)
DECLARE_METHOD(prepare_add_to_conference)
DECLARE_METHOD(add_to_conference)
DECLARE_METHOD(remove_from_conference)
DECLARE_METHOD(get_conference_calls)

/* call-digits.c: digits and tones. */
DECLARE_METHOD(dial_digits)
DECLARE_METHOD(send_digits)
DECLARE_METHOD(monitor_digits)
DECLARE_METHOD(gather_digits)
DECLARE_METHOD(send_tone)

/* call-sharing.c: who has the call, and what is kept with it. */
DECLARE_METHOD(handoff)
DECLARE_METHOD(set_privilege)
DECLARE_METHOD(set_on_owner_lost)
DECLARE_METHOD(set_media_mode)
DECLARE_METHOD(set_call_data)
DECLARE_METHOD(set_app_data)
DECLARE_METHOD(release)

/* ---- For these files ---- */

Peer *call_peer(const Handle *handle);

/* An operation without arguments and result. */
typedef Refusal *(*CallOperation)(Handle *handle, Done done);

int call_begin(sd_bus_message *m, Handle *handle, CallOperation operation);

/* One with an address, or another text that the rules look at. */
typedef Refusal *(*CallTextOperation)(Handle *handle, const char *text, Done done);

int call_begin_text(sd_bus_message *m, Handle *handle, CallTextOperation operation, Done (*reply)(Peer *, sd_bus_message *));

/* A handle that is an argument. 0: found. Else what the method is to return: it was refused already. */
int call_find_argument(Peer *peer, sd_bus_message *m, const char *path, Handle **ret);

/* An operation on two calls, without result: the other one is the argument. */
typedef Refusal *(*CallPairOperation)(Handle *handle, Handle *other, Done done);

int call_begin_with(sd_bus_message *m, Handle *handle, CallPairOperation operation);
