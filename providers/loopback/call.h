/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * End: the loopback network's side of one Call. Two ends that talk to each other are peers; an end without a peer talks to
 * a script, or to nobody yet. All of this happens on the network's time, so never inside an operation.
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

/* ---- What owners do. A refusal: the state is no longer that in which they asked. ---- */

/* Takes the call, completes the request, and then sends it on its way. */
void end_dial(LoopLine *line, Call *call, const DialParams *params, RequestId request);

Refusal *end_accept(End *end);
Refusal *end_answer(End *end);
Refusal *end_redirect(End *end, const char *address, RequestId request); /* completes the request, unless refused */
void end_drop(End *end, RejectReason reason);
Refusal *end_hold(End *end);
Refusal *end_unhold(End *end);
Refusal *end_swap_hold(End *end, End *held);
Refusal *end_send_digits(End *end, const char *digits, unsigned duration_ms, unsigned gap_ms);
void end_monitor_digits(End *end, bool enable);
void end_mute(End *end, bool mute);

GVariant *end_media_stats(End *end);

/* ---- What the far end does ---- */

/* A call from outside comes in on the line; `ret_call_id` is "" where none is assigned. */
Refusal *end_come_in(LoopLine *line, const char *from, char ret_call_id[CALL_ID_SIZE]);

void end_far_proceeds(End *end);
void end_far_rings(End *end);
void end_far_answers(End *end);
void end_far_busy(End *end);
void end_far_congested(End *end);
void end_hear_digit(End *end, char digit);

/* The call is over; its far end, if it is a peer, is told nothing by this. */
void end_finish(End *end, DisconnectCause cause);

/* ---- What the line does ---- */

/* Ends the call and that of the far end, which learns that it was the line's fault. */
void end_fail(End *end, DisconnectCause cause);

/* The same when the call is void with its line: only the far end is told. */
void end_void(End *end);

/* Neither is told: the service is no longer there. */
void end_discard(End *end);
