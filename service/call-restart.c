/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: what becomes of it when the service was started anew. */
#include <string.h>

#include "service/call-private.h"
#include "service/line.h"
#include "service/operations.h"

/* What a restart changes, and what came with an end that was written down, but not told any more. */
static void touch_by_end(Call *call) {
    call_touch(call, BIT(STATE_DETAIL) | BIT(DISCONNECT_CAUSE) | BIT(PROVIDER_CAUSE) | BIT(CONNECTED_TIMESTAMP) |
                         BIT(ENDED_TIMESTAMP) | BIT(MUTED) | BIT(ENCRYPTED) | BIT(AUDIO_DEVICE) | BIT(VOLUME) | BIT(OWNERS) |
                         BIT(OWNER_APPS));
}

void call_end_by_restart(Call *call) {
    bool live = call_state_is_live(call->state);

    if (live || (call->state == CALL_STATE_DISCONNECTED && call->owners == 0))
        touch_by_end(call);
    if (!live)
        call_owner_released(call, /* owner= */ false, ON_OWNER_LOST_DROP);
    else if (call->kind == CALL_KIND_CONFERENCE)
        call_end_by_us(call, CAUSE_SERVICE_RESTARTED);
    else
        call_end(call, CAUSE_SERVICE_RESTARTED, /* provider_cause= */ NULL);
}

/* Whatever may have been written down, but not told any more, and what is not written down. */
static void touch_by_adoption(Call *call) {
    call_touch(call, BIT(CALL_ID) | BIT(RELATED_CALL_ID) | BIT(NETWORK_IDS) | BIT(ADDRESS) | BIT(STATE) | BIT(STATE_DETAIL) |
                         BIT(STATE_TIMESTAMP) | BIT(DISCONNECT_CAUSE) | BIT(CONNECTED_TIMESTAMP) | BIT(ORIGIN) | BIT(REASON) |
                         BIT(CALLER) | BIT(CALLED) | BIT(CONNECTED) | BIT(REDIRECTING) | BIT(REDIRECTION) | BIT(USER_USER_INFO) |
                         BIT(ENCRYPTED) | BIT(MUTED) | BIT(AUDIO_DEVICE) | BIT(VOLUME) | BIT(CONFERENCE) | BIT(OWNERS) | BIT(OWNER_APPS));
}

static bool is_consultation(const Call *call, const char *related) {
    return call_state_is_live(call->state) && call->direction == DIRECTION_OUT && !extra_of(call)->consulted_for &&
           call->state != CALL_STATE_CONFERENCED && strcmp(call_related_call_id(call), related) == 0;
}

/* Whoever is held for a consultation has the Call ID that this one has as its related one. */
static void find_consultation(Call *call) {
    const char *id = call_call_id(call);

    if (call->state != CALL_STATE_ON_HOLD_PENDING_TRANSFER && call->state != CALL_STATE_ON_HOLD_PENDING_CONFERENCE)
        return;
    for (GList *i = line_calls(call->line)->head; i && *id; i = i->next)
        if (i->data != call && is_consultation(i->data, id)) {
            call_consult(call, i->data);
            return;
        }
}

/* It counts again for whoever made it, it may last for so long again, and its digits are listened for. */
static void go_on(Call *call) {
    if (call->direction != DIRECTION_IN && call->was_owned && !call->maker) {
        call->maker = user_ref_by_uid(line_manager(call->line), call->last_uid);
        (*user_calls(call->maker))++;
    }
    if (call->timestamps[CALL_CONNECTED] > 0)
        call_limit_duration(call);
    if (call->digit_monitors > 0)
        operations_monitor_digits(call, true);
    find_consultation(call);
}

/* Until all is said it is there, even if its provider tells its end, and nobody has a handle of it. */
bool call_adopt(Call *call, bool lost, OnOwnerLost on_owner_lost) {
    const ProviderOps *ops = provider_ops(line_provider(call->line));
    bool there;

    if (!ops->adopt || !call_state_is_live(call->state))
        return false;
    call->adopting = true;
    touch_by_end(call);
    there = ops->adopt(call);
    call->adopting = false;
    if (!there)
        return false;
    if (call->at_network) {
        touch_by_adoption(call);
        go_on(call);
    }
    if (lost && call->at_network)
        call_owner_lost(call, /* owner= */ true, on_owner_lost);
    else
        call_owner_released(call, /* owner= */ false, on_owner_lost);
    return true;
}
