/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound: what owners do to the voice of a call, and what else goes along with it. */
#pragma once

#include "providers/sip/call.h"

Refusal *sound_mute(SipCall *call, bool mute);

/* The device NULL, or the volume VOLUME_AS_IT_IS: stays. */
Refusal *sound_set(SipCall *call, const char *device, unsigned volume);

Refusal *sound_send_user_user_info(SipCall *call, const uint8_t *data, size_t size);
Refusal *sound_secure(SipCall *call);
