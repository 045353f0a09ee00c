/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: calls, what the network says of them, and what becomes of them without handles. */
#include "tests/model/reference.h"

#include <glib.h>

static bool has_handles(int call) {
    return ref_owners(call) + ref_monitors(call) > 0;
}

static void forget_consultation(int call) {
    int consultation = ref.calls[call].consultation;

    if (consultation != NOTHING)
        ref.calls[consultation].consulted_for = ref.calls[call].consultation = NOTHING;
}

static void part(int call) {
    forget_consultation(call);
    if (ref.calls[call].consulted_for != NOTHING)
        forget_consultation(ref.calls[call].consulted_for);
}

void ref_consult_about(int call, int consultation) {
    forget_consultation(call);
    ref.calls[call].consultation = consultation;
    ref.calls[consultation].consulted_for = call;
}

/* Held for its consultation, that is. */
static bool is_consulting(int call) {
    CallState state = ref.calls[call].state;

    return state == CALL_STATE_ON_HOLD_PENDING_TRANSFER || state == CALL_STATE_ON_HOLD_PENDING_CONFERENCE;
}

bool ref_ends_consultation(int call) {
    int consultation = ref.calls[call].consultation;

    return is_consulting(call) && consultation != NOTHING && ref_is_live(ref.calls[consultation].state) &&
           !ref_is_held(ref.calls[consultation].state);
}

static void forget(int call) {
    uint64_t joined = 0;
    int participant;

    ref_finish_call(call);
    ref_forget_call(call);
    for (unsigned i = 0; i < ref.n_requests; i++) {
        if (ref.requests[i].from == call)
            ref.requests[i].from = NOTHING;
        if (ref.requests[i].operation == OPERATION_ADD_TO_CONFERENCE && ref.requests[i].other == call)
            ref.requests[i].other = NOTHING;
    }
    part(call);
    while ((participant = ref_next_participant(call, joined)) != NOTHING) {
        joined = ref.calls[participant].joined;
        ref.calls[participant].conference = NOTHING;
    }
    ref.calls[call] = (RefCall) {};
}

static void forget_if_unused(int call) {
    if (!ref.calls[call].at_network && !has_handles(call))
        forget(call);
}

void ref_new_call(int call, RefCall facts) {
    facts.there = facts.at_network = true;
    facts.volume = VOLUME_USUAL;
    facts.born = ++ref.stamp;
    facts.generator = facts.gathering.client = NOBODY;
    facts.conference = facts.consultation = facts.consulted_for = NOTHING;
    ref.calls[call] = facts;
}

/* ---- States ---- */

/* A participant that gets another state is one no longer. */
void ref_enter(int call, CallState state, StateDetail detail) {
    RefCall *c = &ref.calls[call];

    if (!ref_is_live(state))
        ref_cancel_gathering(call);
    c->state = state;
    c->entered = ++ref.stamp;
    c->detail = detail;
    c->conference = NOTHING;
    if (state == CALL_STATE_BUSY)
        c->cause = CAUSE_BUSY;
    else if (ref_is_live(state))
        c->cause = CAUSE_NONE;
    for (int i = 0; i < CLIENTS; i++) {
        RefHandle *handle = &ref.clients[i].handles[call];

        if (!ref.clients[i].there || !handle->there)
            continue;
        ref_tell(i, TOLD_STATE, handle->number, state);
        if (state == CALL_STATE_IDLE)
            handle->retired = ++ref.stamp;
    }
}

/* Whoever waited for a consultation that was over by itself is connected again. */
void ref_give_back(int consultation) {
    int call = ref.calls[consultation].consulted_for;
    const RefRequest request = {
        .operation = OPERATION_UNHOLD,
        .client = NOBODY,
        .user = NOBODY,
        .call = call,
        .other = NOTHING,
        .from = NOTHING,
        .answered = true,
    };

    if (call == NOTHING || !is_consulting(call) || ref.calls[call].dropping || ref_find_pending(call, OPERATION_UNHOLD) != NOTHING)
        return;
    if (ref.abilities & OPERATION_BIT(OPERATION_UNHOLD) && ref_check_active(ref.calls[call].line) == GRANTED)
        ref_ask(request, true);
}

void ref_clear(int call) {
    if (ref.calls[call].state != CALL_STATE_IDLE)
        ref_enter(call, CALL_STATE_IDLE, STATE_DETAIL_NONE);
    part(call);
}

void ref_forget_media(RefCall *c) {
    c->muted = c->encrypted = false;
    c->device = 0;
    c->volume = VOLUME_USUAL;
}

void ref_end(int call, DisconnectCause cause, bool by_us) {
    RefCall *c = &ref.calls[call];
    int participant;

    if (!c->at_network || !c->appeared)
        return;
    if ((int) cause <= CAUSE_NONE || cause >= _CAUSE_MAX)
        cause = CAUSE_UNKNOWN;
    c->at_network = false;
    ref_forget_media(c);
    if (!by_us)
        ref_enter(call, CALL_STATE_DISCONNECTED, STATE_DETAIL_NONE);
    c->cause = cause;
    if (!by_us && ref_owners(call) == 0)
        ref_give_back(call);
    if (by_us || ref_owners(call) == 0)
        ref_clear(call);
    ref_finish_call(call);
    while ((participant = ref_next_participant(call, 0)) != NOTHING)
        ref_enter(participant, CALL_STATE_CONNECTED, STATE_DETAIL_NONE);
    forget_if_unused(call);
}

/* Our own drop leads straight to idle, also that of the conference; likewise that we go back to the call that was held for this
 * one; and a conference has no far end that could have ended it. */
void ref_ended(int call, DisconnectCause cause) {
    const RefCall *c = &ref.calls[call];
    bool by_us = c->dropping || c->kind == CALL_KIND_CONFERENCE ||
                 (c->conference != NOTHING && ref.calls[c->conference].dropping) ||
                 (c->consulted_for != NOTHING && is_consulting(c->consulted_for) &&
                  ref_find_pending(c->consulted_for, OPERATION_UNHOLD) != NOTHING);

    ref_end(call, by_us ? CAUSE_NORMAL : cause, by_us);
}

void ref_void(int call) {
    ref.calls[call].at_network = false;
    for (int i = 0; i < CLIENTS; i++)
        if (ref.clients[i].there && ref.clients[i].handles[call].there)
            ref_void_handle(i, call);
    forget(call);
}

/* ---- Appearing ---- */

/* The open with the next greater place of those that have the privilege. */
static int next_open(int line, OpenPrivilege privilege, uint64_t after) {
    int found = NOTHING;

    for (int i = 0; i < CLIENTS; i++) {
        const RefOpen *open = &ref.clients[i].opens[line];

        if (ref.clients[i].there && open->there && open->privilege & privilege && open->place > after &&
            (found == NOTHING || open->place < ref.clients[found].opens[line].place))
            found = i;
    }
    return found;
}

/* Rule 4. */
void ref_offer(int call) {
    int line = ref.calls[call].line, client = NOBODY;

    while ((client = ref_next_open(line, ref.calls[call].media_mode, client)) != NOBODY)
        if (ref_give(client, call, true, ref.clients[client].opens[line].on_owner_lost))
            return;
}

void ref_appear(int call, CallState state, StateDetail detail, int dialler, OnOwnerLost on_owner_lost) {
    int line = ref.calls[call].line, client;
    uint64_t place = 0;

    ref_enter(call, state, detail);
    ref.calls[call].appeared = true;
    if (dialler != NOBODY)
        ref_give(dialler, call, true, on_owner_lost);
    else if (ref_is_ringing(state))
        ref_offer(call);
    /* Rule 3. */
    while ((client = next_open(line, OPEN_MONITOR, place)) != NOTHING) {
        place = ref.clients[client].opens[line].place;
        ref_give(client, call, false, ON_OWNER_LOST_DROP);
    }
}

/* Where answering puts the other calls aside, only those that ring are in the way of one more. */
static bool is_full(int line) {
    const RefLine *l = &ref.lines[line];
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++) {
        const RefCall *c = &ref.calls[i];
        bool counts = l->answer_mode == ANSWER_MODE_NONE
                          ? ref_is_live(c->state) && !ref_is_held(c->state) && c->state != CALL_STATE_CONFERENCED
                          : ref_is_ringing(c->state);

        n += c->there && c->appeared && c->line == line && counts;
    }
    return l->max_active > 0 && n >= l->max_active;
}

/* What the network tells: one of the line's, or unknown. */
MediaMode ref_clean_media_mode(int line, MediaMode media_mode) {
    if ((unsigned) media_mode >= _MEDIA_MAX || !(ref.lines[line].media_modes & MEDIA_BIT(media_mode)))
        return MEDIA_UNKNOWN;
    return media_mode;
}

bool ref_incoming(int line, MediaMode media_mode, unsigned call_id, const char *number, int call) {
    const RefLine *l = &ref.lines[line];

    if (l->state != LINE_IN_SERVICE || ref.stopping || is_full(line))
        return false;
    media_mode = ref_clean_media_mode(line, media_mode);
    ref_new_call(call, (RefCall) { .line = line, .media_mode = media_mode, .call_id = l->call_id ? call_id : 0 });
    g_strlcpy(ref.calls[call].address, number, sizeof(ref.calls[call].address));
    ref_appear(call, CALL_STATE_OFFERING, STATE_DETAIL_NONE, NOBODY, ON_OWNER_LOST_DROP);
    return true;
}

void ref_call_id(int call, unsigned call_id, unsigned related) {
    RefCall *c = &ref.calls[call];

    if (!ref.lines[c->line].call_id)
        return;
    c->call_id = call_id;
    c->related = related;
}

/* ---- When handles go ---- */

void ref_drop_unowned(int call) {
    RefCall *c = &ref.calls[call];
    const RefRequest request = {
        .operation = OPERATION_DROP,
        .client = NOBODY,
        .user = NOBODY,
        .call = call,
        .other = NOTHING,
        .from = NOTHING,
        .answered = true,
    };

    c->abandoned = true;
    if (!c->dropping)
        c->dropping = ref_ask(request, true) != NOTHING;
}

/* Rules 10 and 11: nobody is left to clear what ended, or to hold what goes on. */
void ref_settle(int call) {
    RefCall *c = &ref.calls[call];

    if (ref_owners(call) == 0 && c->state == CALL_STATE_DISCONNECTED) {
        ref_give_back(call);
        ref_clear(call);
    }
    if (has_handles(call))
        return;
    if (c->at_network && ref.lines[c->line].close_drop && !c->dialled_kept && !c->kept && !ref_is_ringing(c->state))
        ref_drop_unowned(call);
    forget_if_unused(call);
}

void ref_after_release(int call, bool owner, OnOwnerLost on_owner_lost) {
    if (owner && ref_owners(call) == 0)
        ref.calls[call].kept = on_owner_lost == ON_OWNER_LOST_KEEP;
    ref_settle(call);
}

void ref_after_loss(int call, bool owner, OnOwnerLost on_owner_lost) {
    RefCall *c = &ref.calls[call];

    if (owner && ref_owners(call) == 0 && ref_is_live(c->state)) {
        c->kept = on_owner_lost == ON_OWNER_LOST_KEEP;
        if (ref_is_ringing(c->state)) {
            ref_offer(call);
            c->orphaned = ref_owners(call) == 0 && !c->kept;
        } else if (!c->kept) {
            ref_drop_unowned(call);
        }
    }
    ref_settle(call);
}

void ref_event(int call, CallEvent event, StateDetail detail) {
    RefCall *c = &ref.calls[call];
    CallState next = ref_state_after(c->state, event);
    bool rang = ref_is_ringing(c->state);

    if (!c->appeared || event == CALL_EVENT_JOINED || next == _CALL_STATE_INVALID)
        return;
    if ((unsigned) detail >= _STATE_DETAIL_MAX)
        detail = STATE_DETAIL_NONE;
    if (next == c->state)
        c->detail = detail;
    else
        ref_enter(call, next, detail);
    if (!rang || ref_is_ringing(next))
        return;
    /* Answered for nobody. */
    if (c->orphaned)
        ref_drop_unowned(call);
    else
        ref_settle(call);
}

/* Rule 19. */
void ref_joined(int call, int conference) {
    RefCall *c = &ref.calls[call];
    const RefCall *into = &ref.calls[conference];

    if (!c->appeared || c->kind == CALL_KIND_CONFERENCE || into->kind != CALL_KIND_CONFERENCE || c->line != into->line ||
        !into->at_network || !into->appeared || !ref_is_live(into->state) || c->conference != NOTHING ||
        ref_state_after(c->state, CALL_EVENT_JOINED) == _CALL_STATE_INVALID)
        return;
    ref_enter(call, CALL_STATE_CONFERENCED, STATE_DETAIL_NONE);
    part(call);
    c->conference = conference;
    c->joined = ++ref.stamp;
}
