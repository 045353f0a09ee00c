/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Move: the voice at once, as packets from the new address may find their way before the peer hears of it; then an offer with it. */
#include "providers/sip/move.h"

#include "providers/sip/cause.h"
#include "providers/sip/talk.h"
#include "service/log.h"

/* What is asked of the peer just now, or by it, is lost with the old address. */
static bool can_move(const SipCall *call) {
    return call->is_up && call->stream && !call->journey && call->awaits.answer == 0 && call->awaits.refer == 0;
}

static bool move(SipCall *call, SipStack *stack) {
    g_autofree char *address = desk_media_address(call->desk, call->target ? call->target : call->contact);

    if (!can_move(call) || media_stream_move(call->stream, address) < 0 || !sip_dialog_move(call->dialog, stack))
        return false;
    if (call->retry > 0)
        g_source_remove(call->retry);
    call->retry = 0;
    call->offers = false;
    call->asks = true; /* until it is there */
    return true;
}

void move_calls(Desk *desk, SipStack *stack) {
    g_autoptr(GPtrArray) calls = g_ptr_array_new();

    for (GList *link = desk->calls.head; link; link = link->next)
        g_ptr_array_add(calls, sip_call_ref(link->data));
    for (guint i = 0; i < calls->len; i++) {
        SipCall *call = calls->pdata[i];

        if (call->dialog && !sip_call_is_over(call) && !move(call, stack))
            call_hang_up(call, CAUSE_PROVIDER_FAILED, "The address of this machine has changed");
        sip_call_unref(call);
    }
}

void move_tell_peer(SipCall *call) {
    log_info("sip: line %s: a call goes on from another address", line_name(call->desk->token));
    call->asks = false;
    call->has_moved = true;
    talk_update(call);
}

/* One that knows nothing of the call: the stack ends it. */
void move_failed(SipCall *call, const SipEvent *event) {
    g_autofree char *text = cause_text(event->status, event->phrase, NULL);

    if (event->status == 408 || event->status == 481)
        return;
    call_hang_up(call, CAUSE_PROVIDER_FAILED, text);
}
