/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations: those of the contract that are about calls, in its order. */
#pragma once

#include "service/provider.h"

int operation_check_address(Line *line, const char *address, const char **ret_hint);
int operation_dial(Line *line, Call *call, const DialParams *params, RequestId request);
int operation_accept(Call *call, RequestId request);
int operation_answer(Call *call, RequestId request);
int operation_redirect(Call *call, const char *address, RequestId request);
int operation_drop(Call *call, RejectReason reason, RequestId request);
int operation_hold(Call *call, RequestId request);
int operation_unhold(Call *call, RequestId request);
int operation_swap_hold(Call *call, Call *held, RequestId request);
int operation_blind_transfer(Call *call, const char *address, RequestId request);
int operation_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId request);
int operation_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId request);
int operation_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                               RequestId request);
int operation_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId request);
int operation_add_to_conference(Call *conference, Call *call, RequestId request);
int operation_remove_from_conference(Call *call, RequestId request);
int operation_park(Call *call, const char *address, RequestId request);
int operation_unpark(Line *line, Call *call, const char *address, RequestId request);
int operation_pickup(Line *line, Call *call, const char *address, const char *group, RequestId request);
int operation_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request);
int operation_dial_digits(Call *call, const char *digits, bool more, RequestId request);
int operation_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request);
int operation_send_tone(Call *call, Tone tone, unsigned ms, RequestId request);
int operation_monitor_digits(Call *call, bool enable, RequestId request);
int operation_mute(Call *call, bool mute, RequestId request);
int operation_set_audio(Call *call, const AudioChoice *choice, RequestId request);
int operation_send_user_user_info(Call *call, const uint8_t *data, size_t size, RequestId request);
int operation_secure(Call *call, RequestId request);
GVariant *operation_media_stats(Call *call);
