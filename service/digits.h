/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits: what is sent to the far end by tones, and dialled one by one. */
#pragma once

#include "service/handle.h"
#include "service/request.h"

Refusal *handle_dial_digits(Handle *handle, const char *digits, Done done);
Refusal *handle_send_digits(Handle *handle, const char *digits, unsigned duration_ms, unsigned gap_ms, Done done);
Refusal *handle_send_tone(Handle *handle, Tone tone, unsigned ms, Done done);

/* Asks to be told the digits of the far end, or no longer. */
Refusal *handle_monitor_digits(Handle *handle, bool enable);
