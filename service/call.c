/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: the provider's call on one line. */
#include "service/call-private.h"

#include <string.h>

#include "service/client.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/log.h"
#include "service/open.h"
#include "service/operations.h"
#include "service/request.h"

Call *call_new(Line *line, CallDirection direction, MediaMode media_mode) {
    Call *call = g_new0(Call, 1);

    *call = (Call) {
        .line = line,
        .direction = direction,
        .media_mode = media_mode,
        .origin = direction == DIRECTION_OUT ? ORIGIN_OUTBOUND : ORIGIN_INBOUND,
        .reason = REASON_DIRECT,
        .at_network = true,
    };
    call->timestamps[CALL_CREATED] = g_get_real_time();
    call->group_link.data = call;
    call->line_link.data = call;
    g_queue_push_tail_link(line_calls(line), &call->line_link);
    return call;
}

static Call *call_free(Call *call) {
    g_assert(g_queue_is_empty(&call->handles));

    request_finish_call(call);
    if (call->weak)
        *call->weak = NULL;
    call_join(call, NULL);
    line_count_state(call->line, call->state, CALL_STATE_IDLE);
    g_queue_unlink(line_calls(call->line), &call->line_link);
    for (int i = 0; i < _PARTY_MAX; i++)
        party_free(call->parties[i]);
    g_clear_pointer(&call->call_data, g_bytes_unref);
    g_clear_pointer(&call->user_user_info, g_bytes_unref);
    g_clear_pointer(&call->network_ids, g_hash_table_unref);
    g_free(call->related_call_id);
    g_free(call->address);
    g_free(call->called_party);
    g_free(call->comment);
    g_free(call->provider_cause);
    g_free(call);
    return NULL;
}

/* The record goes when the network has forgotten the call and nobody holds a handle of it. */
static void free_if_unused(Call *call) {
    if (!call->at_network && g_queue_is_empty(&call->handles))
        call_free(call);
}

Call *call_discard(Call *call) {
    call->at_network = false;
    return call_free(call);
}

/* ---- State ---- */

/* Busy is a cause by itself, as long as it lasts; other causes come with the end. */
static DisconnectCause cause_in(const Call *call, CallState state) {
    if (state == CALL_STATE_BUSY)
        return CAUSE_BUSY;
    return call_state_is_live(state) ? CAUSE_NONE : call->end_cause;
}

/* The same state with another detail, as when the far end holds us. */
static void set_detail(Call *call, StateDetail detail) {
    if (detail == call->detail)
        return;
    call_touch(call, BIT(STATE_DETAIL));
    call->detail = detail;
}

/* The only writer of call->state. */
static void call_enter_state(Call *call, CallState state, StateDetail detail) {
    uint64_t changed = BIT(STATE) | BIT(STATE_TIMESTAMP);
    uint64_t now = g_get_real_time();
    CallState old = call->state;
    DisconnectCause cause = cause_in(call, state);

    if (detail != call->detail)
        changed |= BIT(STATE_DETAIL);
    if (cause != call->cause)
        changed |= BIT(DISCONNECT_CAUSE);
    if (state == CALL_STATE_CONNECTED && call->timestamps[CALL_CONNECTED] == 0)
        changed |= BIT(CONNECTED_TIMESTAMP);
    if (!call_state_is_live(state) && call->timestamps[CALL_ENDED] == 0)
        changed |= BIT(ENDED_TIMESTAMP);
    /* Muted is over with the media. */
    if (!call_state_is_live(state) && call->muted)
        changed |= BIT(MUTED);

    call_touch(call, changed);
    log_debug("event: call-state, line: %s, from: %s, to: %s", line_name(call->line), call_state_to_string(old),
              call_state_to_string(state));
    call->state = state;
    call->detail = detail;
    call->cause = cause;
    call->timestamps[CALL_STATE_ENTERED] = now;
    if (changed & BIT(CONNECTED_TIMESTAMP))
        call->timestamps[CALL_CONNECTED] = now;
    if (changed & BIT(ENDED_TIMESTAMP))
        call->timestamps[CALL_ENDED] = now;
    if (changed & BIT(MUTED))
        call->muted = false;
    line_count_state(call->line, old, state);

    if (state == CALL_STATE_IDLE)
        for (GList *i = call->handles.head; i; i = i->next)
            handle_retire(i->data);
}

static bool follow(Call *call, CallEvent event, StateDetail detail) {
    CallState next = call_state_after(call->state, event);

    if (next == _CALL_STATE_INVALID) {
        log_debug("event: ignored, line: %s, state: %s, event: %s", line_name(call->line),
                  call_state_to_string(call->state), call_event_to_string(event) ?: "?");
        return false;
    }
    if (next == call->state)
        set_detail(call, detail);
    else
        call_enter_state(call, next, detail);
    return true;
}

/* The network's own words come with the state that they explain, so after it. */
static void set_provider_cause(Call *call, const char *provider_cause) {
    if (!provider_cause || !*provider_cause)
        return;
    call_touch(call, BIT(PROVIDER_CAUSE));
    call->provider_cause = g_utf8_make_valid(provider_cause, strnlen(provider_cause, TEXT_MAX));
}

void call_expect_drop(Call *call, bool expect) {
    call->dropping = expect;
}

void call_clear(Call *call) {
    follow(call, CALL_EVENT_CLEARED, STATE_DETAIL_NONE);
}

/* Straight to idle: it was we who ended it, by a redirect or by a drop, whichever came first. */
static bool ends_by_us(Call *call, DisconnectCause *cause) {
    if (*cause == CAUSE_FORWARDED && request_pending(call, OPERATION_REDIRECT))
        return true;
    if (call->dropping)
        *cause = CAUSE_NORMAL;
    return call->dropping;
}

void call_end(Call *call, DisconnectCause cause, const char *provider_cause) {
    bool by_us = ends_by_us(call, &cause);

    if (!call->at_network || !call->appeared) {
        log_warning("event: ignored, line: %s, why: the end of a call that is not up", line_name(call->line));
        return;
    }
    call->at_network = false;
    call->provider_data = NULL;

    if (cause == CAUSE_NONE || (int) cause < 0 || cause >= _CAUSE_MAX)
        cause = CAUSE_UNKNOWN;
    call->end_cause = cause;
    if (!by_us) {
        follow(call, CALL_EVENT_ENDED, STATE_DETAIL_NONE);
        set_provider_cause(call, provider_cause);
    }
    if (by_us || call->owners == 0)
        call_clear(call);
    request_finish_call(call);
    free_if_unused(call);
}

void call_void(Call *call) {
    Handle *handle;

    call->at_network = false;
    while ((handle = g_queue_peek_head(&call->handles)))
        handle_void(handle);
    call_free(call);
}

/* ---- Appearing ---- */

/* Rule 3: whoever watches the line gets a handle, unless it has one. */
static void show_to_monitors(Call *call) {
    for (GList *i = line_monitors(call->line)->head; i; i = i->next)
        handle_give(open_client(i->data), call, PRIVILEGE_MONITOR, ON_OWNER_LOST_DROP);
}

/* Rule 4: the first that takes it. */
static void offer(Call *call) {
    for (GList *i = line_owners(call->line)->head; i; i = i->next) {
        const OpenOptions *options = open_options(i->data);

        if (!options->offer || !(options->media_modes & MEDIA_BIT(call->media_mode)))
            continue;
        if (handle_give(open_client(i->data), call, PRIVILEGE_OWNER, options->on_owner_lost))
            return;
    }
}

Handle *call_appear(Call *call, CallEvent event, Client *dialler, OnOwnerLost on_owner_lost) {
    Handle *handle = NULL;

    follow(call, event, STATE_DETAIL_NONE);
    call->appeared = true;
    if (dialler)
        handle = handle_give(dialler, call, PRIVILEGE_OWNER, on_owner_lost);
    else if (call->direction == DIRECTION_IN)
        offer(call);
    show_to_monitors(call);
    return handle;
}

/* ---- Handles come and go ---- */

static void count_handles(Call *call, int owners, int monitors) {
    call->owners += owners;
    call->monitors += monitors;
    if (call->owners > 0) {
        call->abandoned = false;
        call->orphaned = false;
    }
}

void call_add_handle(Call *call, GList *link, bool owner) {
    if (owner)
        call_touch(call, BIT(OWNERS) | BIT(OWNER_APPS));
    g_queue_push_tail_link(&call->handles, link);
    count_handles(call, owner, !owner);
}

void call_remove_handle(Call *call, GList *link, bool owner) {
    if (owner)
        call_touch_but(call, link, BIT(OWNERS) | BIT(OWNER_APPS));
    g_queue_unlink(&call->handles, link);
    count_handles(call, -owner, -!owner);
}

void call_change_owners(Call *call, int owners, int monitors) {
    call_touch(call, BIT(OWNERS) | BIT(OWNER_APPS));
    count_handles(call, owners, monitors);
}

void call_touch_owner_apps(Call *call) {
    call_touch(call, BIT(OWNER_APPS));
}

void call_count_digit_monitors(Call *call, int change) {
    unsigned before = call->digit_monitors;

    call->digit_monitors += change;
    if (call->at_network && !before != !call->digit_monitors)
        operations_monitor_digits(call, call->digit_monitors > 0);
}

void call_set_generator(Call *call, Handle *handle) {
    call->generator = handle;
}

Handle *call_generator(const Call *call) {
    return call->generator;
}

static void drop_unowned(Call *call) {
    call->abandoned = true;
    if (!call->dropping)
        operations_drop_unowned(call);
}

/* Rule 10: the last handle of all clients is gone. */
static void after_last_handle(Call *call) {
    bool ringing = call_state_is_ringing(call->state);

    if (call->at_network && line_close_drop(call->line) && !call->dialled_kept && !call->kept && !ringing)
        drop_unowned(call);
    free_if_unused(call);
}

static void after_handle(Call *call) {
    if (call->owners == 0 && call->state == CALL_STATE_DISCONNECTED)
        call_clear(call);
    if (g_queue_is_empty(&call->handles))
        after_last_handle(call);
}

void call_drop_if_abandoned(Call *call) {
    if (call->abandoned)
        drop_unowned(call);
}

void call_set_keep(Call *call, OnOwnerLost on_owner_lost) {
    call->kept = on_owner_lost == ON_OWNER_LOST_KEEP;
}

void call_set_dialled_keep(Call *call, OnOwnerLost on_owner_lost) {
    call->dialled_kept = on_owner_lost == ON_OWNER_LOST_KEEP;
}

void call_owner_released(Call *call, bool owner, OnOwnerLost on_owner_lost) {
    if (owner && call->owners == 0)
        call_set_keep(call, on_owner_lost);
    after_handle(call);
}

void call_owner_lost(Call *call, bool owner, OnOwnerLost on_owner_lost) {
    if (owner && call->owners == 0 && call_state_is_live(call->state)) {
        call_set_keep(call, on_owner_lost);
        if (call_state_is_ringing(call->state)) {
            offer(call);
            call->orphaned = call->owners == 0 && on_owner_lost == ON_OWNER_LOST_DROP;
        } else if (on_owner_lost == ON_OWNER_LOST_DROP) {
            drop_unowned(call);
        }
    }
    after_handle(call);
}

/* Its answer was under way when its owner went: what was put off while it rang is due now. */
static void after_ringing(Call *call) {
    if (call->orphaned)
        drop_unowned(call);
    else if (g_queue_is_empty(&call->handles))
        after_last_handle(call);
}

void call_apply_event(Call *call, CallEvent event, StateDetail detail) {
    bool rings;

    if (!call->appeared || event == CALL_EVENT_ENDED || event == CALL_EVENT_CLEARED || event == CALL_EVENT_OFFERED) {
        log_warning("event: ignored, line: %s, why: an event that may not be reported now", line_name(call->line));
        return;
    }
    rings = call_state_is_ringing(call->state);
    if (follow(call, event, detail) && rings && !call_state_is_ringing(call->state))
        after_ringing(call);
}
