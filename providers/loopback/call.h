/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call: what owners, far ends and lines do with the ends of calls (end.h). Each refusal says that the state is no longer that
 * in which they asked, and nothing has changed. A function that takes a request completes it by itself if it does not refuse.
 */
#pragma once

#include "providers/loopback/line.h"
#include "providers/loopback/script.h"

typedef struct End End;

/* Operations on their way hold the end, which may be over when they arrive. */
End *end_ref(End *end);
End *end_unref(End *end);
bool end_is_over(const End *end);

Exchange *end_exchange(const End *end);
LoopLine *end_line(const End *end);
GVariant *end_media_stats(End *end);

/* ---- What owners do: dial.c, call.c, hold.c, sound.c ---- */

/* Takes the call, completes the request, and then sends it on its way. */
void end_dial(LoopLine *line, Call *call, const DialParams *params, RequestId request);
/* Completes the request, if it does not refuse, before it sends the call on its way. */
Refusal *end_dial_digits(End *end, const char *digits, bool more, RequestId request);

Refusal *end_accept(End *end);
Refusal *end_answer(End *end);
Refusal *end_redirect(End *end, const char *address, RequestId request);
void end_drop(End *end, RejectReason reason);
Refusal *end_hold(End *end);
Refusal *end_unhold(End *end, RequestId request); /* completes it, if it does not refuse */
Refusal *end_swap_hold(End *end, End *held);
Refusal *end_send_digits(End *end, const char *digits, unsigned duration_ms, unsigned gap_ms);
Refusal *end_send_tone(End *end, Tone tone, unsigned ms);
void end_monitor_digits(End *end, bool enable);
void end_mute(End *end, bool mute);
Refusal *end_set_device(End *end, const char *device);
void end_set_volume(End *end, unsigned volume);
Refusal *end_send_user_user_info(End *end, const uint8_t *data, size_t size);
Refusal *end_secure(End *end);

/* ---- What the far end does: way.c, call.c, sound.c ---- */

/* A call from outside comes in on the line; `ret_call_id` is "" where none is assigned. */
Refusal *end_come_in(LoopLine *line, const char *from, char ret_call_id[CALL_ID_SIZE]);

void end_ring(End *end);
void end_far_proceeds(End *end);
void end_far_rings(End *end);
void end_far_answers(End *end);
void end_far_busy(End *end);

/* Whether the special information tone is heard; else the call is over. */
bool end_far_congested(End *end);

/* What was busy is not any more, and rings. */
void end_script_is_free(End *end);
void end_far_ends(End *end, DisconnectCause cause);
void end_hear_digit(End *end, char digit);

/* ---- What the line does: end.c ---- */

/* Ends the call and that of the far end, which learns that it was the line's fault. */
void end_fail(End *end, DisconnectCause cause);

/* The same when the call is void with its line: only the far end is told. */
void end_void(End *end);

/* Neither is told: the service is no longer there. */
void end_discard(End *end);
