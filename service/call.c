/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: the provider's call on one line. */
#include "service/call-private.h"

#include <string.h>

#include "service/call-log.h"
#include "service/client.h"
#include "service/foreign-text.h"
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
        .volume = VOLUME_USUAL,
    };
    call->mark.id = manager_next_number(line_manager(line));
    call->timestamps[CALL_CREATED] = g_get_real_time();
    call->group_link.data = call;
    call->line_link.data = call;
    g_queue_push_tail_link(line_calls(line), &call->line_link);
    return call;
}

Call *call_new_conference(Line *line, MediaMode media_mode) {
    Call *call = call_new(line, DIRECTION_NONE, media_mode);

    call->kind = CALL_KIND_CONFERENCE;
    call->origin = ORIGIN_CONFERENCE;
    call_extra(call)->participants = g_queue_new();
    return call;
}

static void forget_consultation(Call *call) {
    Call *consultation = extra_of(call)->consultation;

    if (!consultation)
        return;
    call_extra(consultation)->consulted_for = NULL;
    call_extra(call)->consultation = NULL;
}

/* It is no consultation any more, and has none. */
static void part(Call *call) {
    forget_consultation(call);
    if (extra_of(call)->consulted_for)
        forget_consultation(extra_of(call)->consulted_for);
}

/* Takes it out of the conference that it is a participant of, if any. */
static void leave_conference(Call *call) {
    if (!call_conference(call))
        return;
    g_queue_delete_link(call_participants(call_conference(call)), extra_of(call)->place);
    call_extra(call)->conference = NULL;
}

static void leave_maker(Call *call) {
    if (!call->maker)
        return;
    (*user_calls(call->maker))--;
    call->maker = user_unref(call->maker);
}

void call_set_maker(Call *call, const User *user) {
    call->maker = user_ref_by_uid(line_manager(call->line), user_uid(user));
    (*user_calls(call->maker))++;
}

static void free_extra(CallExtra *extra) {
    if (!extra)
        return;
    if (extra->weak)
        *extra->weak = NULL;
    timer_stop(&extra->limit);
    g_clear_pointer(&extra->participants, g_queue_free);
    g_clear_pointer(&extra->call_data, g_bytes_unref);
    g_clear_pointer(&extra->user_user_info, g_bytes_unref);
    g_free(extra->related_call_id);
    g_free(extra->called_party);
    g_free(extra->comment);
    g_free(extra->provider_cause);
    g_free(extra->audio_device);
    g_free(extra);
}

static Call *call_free(Call *call) {
    g_assert(g_queue_is_empty(&call->handles));

    leave_maker(call);
    call_keep_no_more(call);
    call_forget_number(call);
    toll_finish(call, /* failed= */ false);
    request_finish_call(call);
    part(call);
    request_forget_other(call);
    leave_conference(call);
    while (!g_queue_is_empty(call_participants(call)))
        leave_conference(g_queue_peek_head(call_participants(call)));
    call_forget_network_ids(call);
    free_extra(call->extra);
    call_join_group(call, NULL);
    line_count_state(call->line, call->state, CALL_STATE_IDLE);
    g_queue_unlink(line_calls(call->line), &call->line_link);
    for (int i = 0; i < _PARTY_MAX; i++)
        party_unref(call->parties[i]);
    g_free(call->address);
    g_free(call);
    return NULL;
}

/* The record goes when the network has forgotten the call and nobody holds a handle of it. */
static void free_if_unused(Call *call) {
    if (!call->at_network && g_queue_is_empty(&call->handles) && !call->adopting)
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

/* Once for each call that clients may have seen, when it is over for the network. */
static void keep_in_log(Call *call, CallState from, bool ours) {
    if (call->logged || !call->appeared)
        return;
    call->logged = true;
    call_log_add(manager_call_log(line_manager(call->line)), call, from, ours);
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
    /* What is so of the media is over with them, and so is what is heard. */
    if (!call_state_is_live(state)) {
        changed |= call_media_changed(call);
        if (call_gathering(call))
            call_set_gathering(call, gathering_cancel(call_gathering(call)));
    }
    /* One of before a restart was in a conference that is no more. */
    if (call_conference(call) || old == CALL_STATE_CONFERENCED)
        changed |= BIT(CONFERENCE);

    call_touch(call, changed);
    leave_conference(call);
    log_debug("event: call-state, line: %s, from: %s, to: %s", line_name(call->line), call_state_to_string(old),
              call_state_to_string(state));
    call->state = state;
    call->detail = detail;
    call->cause = cause;
    call->timestamps[CALL_STATE_ENTERED] = now;
    if (changed & BIT(CONNECTED_TIMESTAMP)) {
        call->timestamps[CALL_CONNECTED] = now;
        call->connected_usec = g_get_monotonic_time();
        call_limit_duration(call);
    }
    if (changed & BIT(ENDED_TIMESTAMP))
        call->timestamps[CALL_ENDED] = now;
    if (!call_state_is_live(state))
        call_forget_media(call);
    line_count_state(call->line, old, state);
    /* What the network ends is disconnected first; what goes straight to idle was our doing. */
    if (!call_state_is_live(state)) {
        keep_in_log(call, old, state == CALL_STATE_IDLE);
        call_settle_toll(call);
    }

    if (state == CALL_STATE_IDLE)
        leave_maker(call);
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
    if (!state_detail_to_string(detail))
        detail = STATE_DETAIL_NONE;
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
    call_extra(call)->provider_cause = foreign_text(provider_cause, TEXT_MAX);
}

void call_expect_drop(Call *call, bool expect) {
    call->dropping = expect;
}

/* ---- Consultations ---- */

void call_consult(Call *call, Call *consultation) {
    forget_consultation(call);
    call_extra(call)->consultation = consultation;
    call_extra(consultation)->consulted_for = call;
}

static bool is_consulting(const Call *call) {
    return call->state == CALL_STATE_ON_HOLD_PENDING_TRANSFER || call->state == CALL_STATE_ON_HOLD_PENDING_CONFERENCE;
}

bool call_ends_consultation(const Call *call) {
    const Call *consultation = extra_of(call)->consultation;

    return is_consulting(call) && consultation && call_state_is_active(consultation->state);
}

static bool ends_by_unhold(const Call *call) {
    Call *waiting = extra_of(call)->consulted_for;

    return waiting && is_consulting(waiting) && request_pending(waiting, OPERATION_UNHOLD);
}

/* Whoever waits for this consultation, and is not on its way elsewhere. */
static Call *find_waiting(const Call *call) {
    Call *waiting = extra_of(call)->consulted_for;

    if (!waiting || !is_consulting(waiting) || waiting->dropping || request_pending(waiting, OPERATION_UNHOLD))
        return NULL;
    return waiting;
}

static void clear(Call *call) {
    follow(call, CALL_EVENT_CLEARED, STATE_DETAIL_NONE);
    if (call->state == CALL_STATE_IDLE)
        part(call);
}

void call_clear(Call *call) {
    Call *waiting = find_waiting(call);

    clear(call);
    if (waiting)
        operations_give_back(waiting);
}

/* ---- The end ---- */

/* A drop of ours, or of the whole conference. A conference ends for want of participants: there is nobody to tell a cause of. */
static bool ends_by_drop(const Call *call) {
    return call->dropping || call->kind == CALL_KIND_CONFERENCE || (call_conference(call) && call_conference(call)->dropping) ||
           ends_by_unhold(call);
}

/* Those that the network did not speak of go on by themselves. */
static void let_participants_go(Call *conference) {
    while (!g_queue_is_empty(call_participants(conference)))
        follow(g_queue_peek_head(call_participants(conference)), CALL_EVENT_LEFT, STATE_DETAIL_NONE);
}

static void end(Call *call, DisconnectCause cause, const char *provider_cause, bool by_us) {
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
    if (by_us)
        clear(call);
    else if (call->owners == 0)
        call_clear(call);
    request_finish_call(call);
    let_participants_go(call);
    free_if_unused(call);
}

void call_end(Call *call, DisconnectCause cause, const char *provider_cause) {
    bool dropped = ends_by_drop(call);

    end(call, dropped ? CAUSE_NORMAL : call->expired ? CAUSE_BLOCKED : cause, provider_cause, dropped);
}

void call_end_by_us(Call *call, DisconnectCause cause) {
    end(call, cause, /* provider_cause= */ NULL, /* by_us= */ true);
}

/* ---- Conferences ---- */

static bool can_join(const Call *call, const Call *conference) {
    return call->line == conference->line && call->kind == CALL_KIND_PLAIN && conference->kind == CALL_KIND_CONFERENCE &&
           conference->at_network && conference->appeared && call_state_is_live(conference->state) && !call_conference(call) &&
           call->appeared;
}

void call_join_conference(Call *call, Call *conference) {
    if (!can_join(call, conference)) {
        log_warning("event: ignored, line: %s, why: no such conference can be joined", line_name(call->line));
        return;
    }
    /* One of before a restart may be there without: it comes back to it. */
    if (call->state != CALL_STATE_CONFERENCED && !follow(call, CALL_EVENT_JOINED, STATE_DETAIL_NONE))
        return;
    part(call);
    call_touch(call, BIT(CONFERENCE));
    call_extra(call)->conference = conference;
    g_queue_push_tail(call_participants(conference), call);
    call_extra(call)->place = call_participants(conference)->tail;
}

void call_void(Call *call) {
    Handle *handle;

    if (call_state_is_live(call->state)) {
        call->end_cause = CAUSE_PROVIDER_FAILED;
        keep_in_log(call, call->state, /* ours= */ false);
    }
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
    Open *open = NULL;

    while ((open = line_next_candidate(call->line, call->media_mode, open)))
        if (handle_give(open_client(open), call, PRIVILEGE_OWNER, open_options(open)->on_owner_lost))
            return;
}

Handle *call_appear(Call *call, CallEvent event, StateDetail detail, Client *dialler, OnOwnerLost on_owner_lost) {
    Handle *handle = NULL;

    follow(call, event, detail);
    call->appeared = true;
    if (dialler)
        handle = handle_give(dialler, call, PRIVILEGE_OWNER, on_owner_lost);
    else if (call_state_is_ringing(call->state))
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

void call_set_last_owner(Call *call, uint32_t uid) {
    call_keep(call);
    call->last_uid = uid;
    call->was_owned = true;
}

void call_remove_handle(Call *call, GList *link, bool owner) {
    if (owner) {
        call_touch_but(call, link, BIT(OWNERS) | BIT(OWNER_APPS));
        call_set_last_owner(call, user_uid(client_user(handle_client(link->data))));
    }
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

void call_set_generator(Call *call, Handle *handle, bool tone) {
    if (handle || call->extra)
        call_extra(call)->generator = handle;
    call->generates_tone = tone;
}

bool call_generates_tone(const Call *call) {
    return call->generates_tone;
}

void call_set_gathering(Call *call, Gathering *gathering) {
    call_extra(call)->gathering = gathering;
}

Gathering *call_gathering(const Call *call) {
    return extra_of(call)->gathering;
}

Handle *call_generator(const Call *call) {
    return extra_of(call)->generator;
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

/* What its last owner wanted. */
static void set_keep(Call *call, OnOwnerLost on_owner_lost) {
    bool kept = on_owner_lost == ON_OWNER_LOST_KEEP;

    if (kept != call->kept)
        call_keep(call);
    call->kept = kept;
}

void call_set_dialled_keep(Call *call, OnOwnerLost on_owner_lost) {
    call->dialled_kept = on_owner_lost == ON_OWNER_LOST_KEEP;
}

void call_owner_released(Call *call, bool owner, OnOwnerLost on_owner_lost) {
    if (owner && call->owners == 0)
        set_keep(call, on_owner_lost);
    after_handle(call);
}

void call_owner_lost(Call *call, bool owner, OnOwnerLost on_owner_lost) {
    if (owner && call->owners == 0 && call_state_is_live(call->state)) {
        set_keep(call, on_owner_lost);
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

/* These have functions of their own, as they say more than a state. */
static bool is_no_report(CallEvent event) {
    return event == CALL_EVENT_ENDED || event == CALL_EVENT_CLEARED || event == CALL_EVENT_OFFERED ||
           event == CALL_EVENT_JOINED;
}

void call_apply_event(Call *call, CallEvent event, StateDetail detail) {
    bool rings;

    if (!call->appeared || is_no_report(event)) {
        log_warning("event: ignored, line: %s, why: an event that may not be reported now", line_name(call->line));
        return;
    }
    rings = call_state_is_ringing(call->state);
    if (follow(call, event, detail) && rings && !call_state_is_ringing(call->state))
        after_ringing(call);
}
