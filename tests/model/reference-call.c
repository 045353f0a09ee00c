/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: calls, what the network says of them, and what becomes of them without handles. */
#include "tests/model/reference.h"

static bool has_handles(int call) {
    return ref_owners(call) + ref_monitors(call) > 0;
}

static void forget(int call) {
    ref_finish_call(call);
    ref_forget_call(call);
    ref.calls[call] = (RefCall) {};
}

static void forget_if_unused(int call) {
    if (!ref.calls[call].at_network && !has_handles(call))
        forget(call);
}

/* ---- States ---- */

static void enter(int call, CallState state, StateDetail detail) {
    RefCall *c = &ref.calls[call];

    c->state = state;
    c->detail = detail;
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

void ref_clear(int call) {
    if (ref.calls[call].state != CALL_STATE_IDLE)
        enter(call, CALL_STATE_IDLE, STATE_DETAIL_NONE);
}

/* Our own drop, and a redirection that worked, lead straight to idle. */
void ref_ended(int call, DisconnectCause cause) {
    RefCall *c = &ref.calls[call];
    bool redirected = cause == CAUSE_FORWARDED && ref_find_pending(call, OPERATION_REDIRECT) != NOTHING;
    bool by_us = c->dropping || redirected;

    if (!c->at_network || !c->appeared)
        return;
    if (c->dropping && !redirected)
        cause = CAUSE_NORMAL;
    if ((int) cause <= CAUSE_NONE || cause >= _CAUSE_MAX)
        cause = CAUSE_UNKNOWN;

    c->at_network = false;
    c->muted = false;
    if (!by_us)
        enter(call, CALL_STATE_DISCONNECTED, STATE_DETAIL_NONE);
    c->cause = cause;
    if (by_us || ref_owners(call) == 0)
        ref_clear(call);
    ref_finish_call(call);
    forget_if_unused(call);
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
    int line = ref.calls[call].line, client;
    uint64_t place = 0;

    while ((client = next_open(line, OPEN_OWNER, place)) != NOTHING) {
        const RefOpen *open = &ref.clients[client].opens[line];

        place = open->place;
        if (open->offer && open->media_modes & MEDIA_BIT(ref.calls[call].media_mode) &&
            ref_give(client, call, true, open->on_owner_lost))
            return;
    }
}

void ref_appear(int call, CallState state, int dialler, OnOwnerLost on_owner_lost) {
    int line = ref.calls[call].line, client;
    uint64_t place = 0;

    enter(call, state, STATE_DETAIL_NONE);
    ref.calls[call].appeared = true;
    if (dialler != NOBODY)
        ref_give(dialler, call, true, on_owner_lost);
    else if (ref.calls[call].direction == DIRECTION_IN)
        ref_offer(call);
    /* Rule 3. */
    while ((client = next_open(line, OPEN_MONITOR, place)) != NOTHING) {
        place = ref.clients[client].opens[line].place;
        ref_give(client, call, false, ON_OWNER_LOST_DROP);
    }
}

bool ref_incoming(int line, MediaMode media_mode, int call) {
    const RefLine *l = &ref.lines[line];

    if (l->state != LINE_IN_SERVICE || ref.stopping || (l->max_active > 0 && ref_active_calls(line) >= l->max_active))
        return false;
    if ((unsigned) media_mode >= _MEDIA_MAX || !(l->media_modes & MEDIA_BIT(media_mode)))
        media_mode = MEDIA_UNKNOWN;
    ref.calls[call] = (RefCall) {
        .there = true,
        .at_network = true,
        .line = line,
        .born = ++ref.stamp,
        .direction = DIRECTION_IN,
        .media_mode = media_mode,
        .generator = NOBODY,
    };
    ref_appear(call, CALL_STATE_OFFERING, NOBODY, ON_OWNER_LOST_DROP);
    return true;
}

/* ---- When handles go ---- */

void ref_drop_unowned(int call) {
    RefCall *c = &ref.calls[call];
    const RefRequest request = {
        .operation = OPERATION_DROP,
        .client = NOBODY,
        .user = NOBODY,
        .call = call,
        .answered = true,
    };

    c->abandoned = true;
    if (!c->dropping)
        c->dropping = ref_ask(request, true) != NOTHING;
}

/* Rules 10 and 11: nobody is left to clear what ended, or to hold what goes on. */
static void settle(int call) {
    RefCall *c = &ref.calls[call];

    if (ref_owners(call) == 0 && c->state == CALL_STATE_DISCONNECTED)
        ref_clear(call);
    if (has_handles(call))
        return;
    if (c->at_network && ref.lines[c->line].close_drop && !c->dialled_kept && !c->kept && !ref_is_ringing(c->state))
        ref_drop_unowned(call);
    forget_if_unused(call);
}

void ref_after_release(int call, bool owner, OnOwnerLost on_owner_lost) {
    if (owner && ref_owners(call) == 0)
        ref.calls[call].kept = on_owner_lost == ON_OWNER_LOST_KEEP;
    settle(call);
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
    settle(call);
}

void ref_event(int call, CallEvent event, StateDetail detail) {
    RefCall *c = &ref.calls[call];
    CallState next = ref_state_after(c->state, event);
    bool rang = ref_is_ringing(c->state);

    if (!c->appeared || next == _CALL_STATE_INVALID)
        return;
    if ((unsigned) detail >= _STATE_DETAIL_MAX)
        detail = STATE_DETAIL_NONE;
    if (next == c->state)
        c->detail = detail;
    else
        enter(call, next, detail);
    if (!rang || ref_is_ringing(next))
        return;
    /* Answered for nobody. */
    if (c->orphaned)
        ref_drop_unowned(call);
    else
        settle(call);
}

/* ---- Digits ---- */

void ref_count_digits(int call, int before, int after) {
    const RefRequest request = {
        .operation = OPERATION_MONITOR_DIGITS,
        .client = NOBODY,
        .user = NOBODY,
        .call = call,
        .answered = true,
    };

    if (!before != !after && ref.calls[call].at_network && ref.abilities & OPERATION_BIT(OPERATION_MONITOR_DIGITS))
        ref_ask(request, true);
}

void ref_digit(int call, char digit) {
    for (int i = 0; i < CLIENTS; i++) {
        const RefHandle *handle = &ref.clients[i].handles[call];

        if (ref.clients[i].there && handle->there && handle->digits)
            ref_tell(i, TOLD_DIGIT, handle->number, digit);
    }
}

void ref_digits_sent(int call, DigitsOutcome outcome) {
    int client = ref.calls[call].generator;

    ref.calls[call].generator = NOBODY;
    if (client != NOBODY)
        ref_tell(client, TOLD_SENT, ref.clients[client].handles[call].number, outcome);
}
