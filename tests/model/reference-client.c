/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: clients, what they have opened, and their handles. */
#include "tests/model/reference.h"

#include <string.h>

#include <glib.h>

static RefHandle *handle_at(int client, int call) {
    return &ref.clients[client].handles[call];
}

/* ---- Handles ---- */

static int oldest_idle(int client) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++) {
        const RefHandle *handle = handle_at(client, i);

        if (handle->there && handle->retired > 0 &&
            (found == NOTHING || handle->retired < handle_at(client, found)->retired))
            found = i;
    }
    return found;
}

/* So many idle handles would have to go. */
static unsigned excess(int client, unsigned n) {
    unsigned wanted = n;

    for (int i = 0; i < CALLS; i++)
        wanted += handle_at(client, i)->there && (!handle_at(client, i)->uncounted || handle_at(client, i)->retired > 0);
    return wanted > ref.max_handles ? wanted - ref.max_handles : 0;
}

bool ref_has_room(int client, unsigned n) {
    unsigned idle = 0;

    for (int i = 0; i < CALLS; i++)
        idle += handle_at(client, i)->there && handle_at(client, i)->retired > 0;
    return excess(client, n) <= idle;
}

void ref_make_room(int client, unsigned n) {
    for (unsigned left = excess(client, n); left > 0; left--)
        ref_release_handle(client, oldest_idle(client));
}

bool ref_has_room_for(int client, int call) {
    if (ref.calls[call].emergency)
        return true;
    return ref.calls[call].state == CALL_STATE_IDLE ? excess(client, 1) == 0 : ref_has_room(client, 1);
}

/* Rule 9: at the limit the oldest idle handle goes (but not for another idle one); if none is idle, monitors do without and
 * are told how often. */
bool ref_give(int client, int call, bool owner, OnOwnerLost on_owner_lost) {
    RefClient *c = &ref.clients[client];
    RefHandle *handle = handle_at(client, call);

    if (owner && (handle->there || ref_has_room_for(client, call)))
        ref.calls[call].abandoned = ref.calls[call].orphaned = false;
    if (handle->there) {
        if (owner && !handle->owner) {
            handle->owner = true;
            handle->on_owner_lost = on_owner_lost;
        }
        return true;
    }
    if (!ref_has_room_for(client, call)) {
        c->withheld += !owner;
        return false;
    }
    if (!ref.calls[call].emergency)
        ref_make_room(client, 1);
    else if (ref.calls[call].state != CALL_STATE_IDLE)
        ref_make_room(client, 0);
    *handle = (RefHandle) {
        .there = true,
        .owner = owner,
        .on_owner_lost = on_owner_lost,
        .number = ++c->last_number,
        .uncounted = ref.calls[call].emergency,
        .retired = ref.calls[call].state == CALL_STATE_IDLE ? ++ref.stamp : 0,
    };
    ref_tell(client, TOLD_ADDED, handle->number, ref.calls[call].state);
    return true;
}

static void take(int client, int call) {
    RefHandle *handle = handle_at(client, call);
    unsigned before = ref_listeners(call);

    ref_tell(client, TOLD_REMOVED, handle->number, 0);
    handle->digits = false;
    ref_count_digits(call, before, ref_listeners(call));
    if (ref.calls[call].generator == client)
        ref.calls[call].generator = NOBODY;
    if (ref.calls[call].gathering.client == client)
        ref_stop_gathering(call);
    *handle = (RefHandle) {};
}

void ref_release_handle(int client, int call) {
    RefHandle was = *handle_at(client, call);

    take(client, call);
    ref_after_release(call, was.owner, was.on_owner_lost);
}

void ref_lose_handle(int client, int call) {
    RefHandle was = *handle_at(client, call);

    take(client, call);
    ref_after_loss(call, was.owner, was.on_owner_lost);
}

void ref_void_handle(int client, int call) {
    take(client, call);
}

int ref_set_privilege(int client, int call, bool owner) {
    const RefOpen *open = &ref.clients[client].opens[ref.calls[call].line];
    RefHandle *handle = handle_at(client, call);

    if (handle->owner == owner)
        return GRANTED;
    if (owner) {
        if (!open->there || !(open->privilege & OPEN_OWNER))
            return REFUSAL_INVALID_PRIVILEGE;
        ref_give(client, call, true, open->on_owner_lost);
        return GRANTED;
    }
    if (ref_owners(call) == 1 && ref.calls[call].state != CALL_STATE_IDLE)
        return REFUSAL_INVALID_STATE;
    handle->owner = false;
    return GRANTED;
}

int ref_set_on_owner_lost(int client, int call, OnOwnerLost on_owner_lost) {
    int refusal = ref_check(client, call, OPERATION_SET_ON_OWNER_LOST);

    if (refusal == GRANTED)
        handle_at(client, call)->on_owner_lost = on_owner_lost;
    return refusal;
}

int ref_set_app_data(int client, int call, unsigned data) {
    handle_at(client, call)->app_data = data;
    return GRANTED;
}

int ref_set_call_data(int client, int call, unsigned data) {
    int refusal = ref_check(client, call, OPERATION_SET_CALL_DATA);

    if (refusal == GRANTED)
        ref.calls[call].call_data = data;
    return refusal;
}

int ref_set_media_mode(int client, int call, MediaMode media_mode) {
    int refusal = ref_check(client, call, OPERATION_SET_MEDIA_MODE);

    if (refusal != GRANTED)
        return refusal;
    if (!(ref.lines[ref.calls[call].line].media_modes & MEDIA_BIT(media_mode)))
        return REFUSAL_NOT_SUPPORTED;
    ref.calls[call].media_mode = media_mode;
    return GRANTED;
}

/* ---- Whose turn it is ---- */

static unsigned rank(MediaMode media_mode, unsigned app) {
    for (unsigned i = 0; app > 0 && i < APPS && ref.apps[media_mode][i]; i++)
        if (ref.apps[media_mode][i] == app)
            return i;
    return APPS;
}

/* Those of the list first, then the others as they opened. */
static bool comes_before(int line, MediaMode media_mode, int a, int b) {
    const RefOpen *x = &ref.clients[a].opens[line], *y = &ref.clients[b].opens[line];
    unsigned x_rank = rank(media_mode, x->app), y_rank = rank(media_mode, y->app);

    return x_rank != y_rank ? x_rank < y_rank : x->place < y->place;
}

int ref_next_open(int line, MediaMode media_mode, int last) {
    int found = NOBODY;

    for (int i = 0; i < CLIENTS; i++) {
        const RefOpen *open = &ref.clients[i].opens[line];

        if (!ref.clients[i].there || !open->there || !(open->privilege & OPEN_OWNER) || !open->offer ||
            !(open->media_modes & MEDIA_BIT(media_mode)))
            continue;
        if (last != NOBODY && !comes_before(line, media_mode, last, i))
            continue;
        if (found == NOBODY || comes_before(line, media_mode, i, found))
            found = i;
    }
    return found;
}

/* Rule 7. To oneself nothing changes. */
static int hand_to(int client, int call, int target) {
    if (target == client)
        return GRANTED;
    return ref_give(target, call, true, ref.clients[target].opens[ref.calls[call].line].on_owner_lost)
               ? GRANTED
               : REFUSAL_LIMITS_EXCEEDED;
}

int ref_handoff(int client, int call, int target) {
    int refusal = ref_check(client, call, OPERATION_HANDOFF);
    const RefOpen *open;

    if (refusal != GRANTED)
        return refusal;
    if (target == client)
        return GRANTED;
    if (target == NOBODY || !ref.clients[target].there)
        return REFUSAL_TARGET_NOT_FOUND;
    open = &ref.clients[target].opens[ref.calls[call].line];
    if (!open->there || !(open->privilege & OPEN_OWNER))
        return REFUSAL_TARGET_NOT_FOUND;
    return hand_to(client, call, target);
}

int ref_handoff_app(int client, int call, unsigned app) {
    int refusal = ref_check(client, call, OPERATION_HANDOFF), found = NOBODY, line = ref.calls[call].line;

    if (refusal != GRANTED)
        return refusal;
    for (int i = 0; i < CLIENTS; i++) {
        const RefOpen *open = &ref.clients[i].opens[line];

        if (ref.clients[i].there && open->there && open->privilege & OPEN_OWNER && open->app == app &&
            (found == NOBODY || open->place < ref.clients[found].opens[line].place))
            found = i;
    }
    return found == NOBODY ? REFUSAL_TARGET_NOT_FOUND : hand_to(client, call, found);
}

int ref_handoff_media(int client, int call, MediaMode media_mode) {
    int refusal = ref_check(client, call, OPERATION_HANDOFF);
    int target = ref_next_open(ref.calls[call].line, media_mode, NOBODY);

    if (refusal != GRANTED)
        return refusal;
    if (target == NOBODY)
        return REFUSAL_TARGET_NOT_FOUND;
    return target == client ? REFUSAL_TARGET_SELF : hand_to(client, call, target);
}

void ref_register_recipient(int client, bool enable) {
    RefClient *c = &ref.clients[client];

    if (enable != (c->recipient > 0))
        c->recipient = enable ? ++ref.stamp : 0;
}

/* The best place that any of its opens has. */
static unsigned best_rank(int client, MediaMode media_mode) {
    unsigned best = APPS;

    for (int i = 0; i < LINES; i++)
        if (ref.clients[client].opens[i].there)
            best = MIN(best, rank(media_mode, ref.clients[client].opens[i].app));
    return best;
}

int ref_request_call(MediaMode media_mode) {
    int found = NOBODY;

    for (int i = 0; i < CLIENTS; i++) {
        const RefClient *c = &ref.clients[i];

        if (!c->there || c->recipient == 0)
            continue;
        if (found == NOBODY || best_rank(i, media_mode) < best_rank(found, media_mode) ||
            (best_rank(i, media_mode) == best_rank(found, media_mode) && c->recipient < ref.clients[found].recipient))
            found = i;
    }
    if (found == NOBODY)
        return REFUSAL_TARGET_NOT_FOUND;
    ref_tell(found, TOLD_WISH, 0, media_mode);
    return GRANTED;
}

/* ---- Conferences ---- */

int ref_get_conference_calls(int client, int call) {
    int refusal = ref_check(client, call, OPERATION_GET_CONFERENCE_CALLS), participant, conference;
    uint64_t joined = 0;

    if (refusal != GRANTED)
        return refusal;
    conference = ref.calls[call].kind == CALL_KIND_CONFERENCE ? call : ref.calls[call].conference;
    ref_give(client, conference, false, ON_OWNER_LOST_DROP);
    while ((participant = ref_next_participant(conference, joined)) != NOTHING) {
        joined = ref.calls[participant].joined;
        ref_give(client, participant, false, ON_OWNER_LOST_DROP);
    }
    return GRANTED;
}

/* ---- Opens ---- */

int ref_open(int client, int line, const OpenOptions *options) {
    RefOpen *open = &ref.clients[client].opens[line];

    if (options->media_modes & ~ref.lines[line].media_modes)
        return REFUSAL_NOT_SUPPORTED;
    if (!open->there)
        open->place = ++ref.lines[line].last_place;
    open->there = true;
    open->privilege = options->privilege;
    open->media_modes = options->media_modes;
    open->offer = options->offer;
    open->on_owner_lost = options->on_owner_lost;
    open->app = options->app_id && *options->app_id ? (unsigned) (options->app_id[strlen(options->app_id) - 1] - '0') : 0;
    return GRANTED;
}

void ref_open_if_closed(int client, int line) {
    const OpenOptions implicit = { .privilege = OPEN_NONE, .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE) };

    if (!ref.clients[client].opens[line].there)
        ref_open(client, line, &implicit);
}

/* The handle with the next greater number. */
static int next_handle(int client, int line, uint64_t after) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++) {
        const RefHandle *handle = handle_at(client, i);

        if (handle->there && ref.calls[i].line == line && handle->number > after &&
            (found == NOTHING || handle->number < handle_at(client, found)->number))
            found = i;
    }
    return found;
}

int ref_close(int client, int line) {
    RefClient *c = &ref.clients[client];
    uint64_t number = 0;
    int call;

    if (!c->opens[line].there)
        return REFUSAL_LINE_NOT_OPEN;
    c->opens[line] = (RefOpen) {};
    while ((call = next_handle(client, line, number)) != NOTHING) {
        number = handle_at(client, call)->number;
        ref_lose_handle(client, call);
    }
    return GRANTED;
}

static int next_call(int line, uint64_t after) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++) {
        const RefCall *call = &ref.calls[i];

        if (call->there && call->line == line && call->born > after &&
            (found == NOTHING || call->born < ref.calls[found].born))
            found = i;
    }
    return found;
}

/* Those that are over; and of the others the conferences, or all but these. */
static void give_new_calls(int client, int line, bool idle, CallKind kind) {
    uint64_t born = 0;
    int call;

    while ((call = next_call(line, born)) != NOTHING) {
        born = ref.calls[call].born;
        if (ref.calls[call].appeared && (ref.calls[call].state == CALL_STATE_IDLE) == idle &&
            (idle || ref.calls[call].kind == kind))
            ref_give(client, call, false, ON_OWNER_LOST_DROP);
    }
}

int ref_get_new_calls(int client, int line) {
    const RefOpen *open = &ref.clients[client].opens[line];

    if (!open->there)
        return REFUSAL_LINE_NOT_OPEN;
    if (open->privilege == OPEN_NONE)
        return REFUSAL_INVALID_PRIVILEGE;
    give_new_calls(client, line, /* idle= */ false, CALL_KIND_CONFERENCE);
    give_new_calls(client, line, /* idle= */ false, CALL_KIND_PLAIN);
    give_new_calls(client, line, /* idle= */ true, CALL_KIND_PLAIN);
    return GRANTED;
}

/* ---- Coming and going ---- */

void ref_arrive(int client, unsigned user) {
    ref.clients[client] = (RefClient) { .there = true, .user = user };
}

/* The line that was added next. */
static int next_line(uint64_t after) {
    int found = NOTHING;

    for (int i = 0; i < LINES; i++) {
        const RefLine *line = &ref.lines[i];

        if (line->there && line->added > after && (found == NOTHING || line->added < ref.lines[found].added))
            found = i;
    }
    return found;
}

void ref_vanish(int client) {
    uint64_t added = 0;
    int line;

    ref_forget_client(client);
    while ((line = next_line(added)) != NOTHING) {
        added = ref.lines[line].added;
        ref_close(client, line);
    }
    ref.clients[client].there = false;
}

/* ---- Lines ---- */

void ref_add_line(int line) {
    ref.lines[line].there = true;
    ref.lines[line].state = LINE_IN_SERVICE;
    ref.lines[line].last_place = ref.lines[line].messages = 0;
    ref.lines[line].added = ++ref.stamp;
}

/* Rule 12. */
void ref_line_state(int line, LineState state) {
    uint64_t born = 0;
    int call;

    ref.lines[line].state = state;
    if (state != LINE_REMOVED)
        return;
    for (int i = 0; i < CLIENTS; i++)
        if (ref.clients[i].opens[line].there)
            ref_tell(i, TOLD_CLOSED, line, 0);
    while ((call = next_call(line, born)) != NOTHING) {
        born = ref.calls[call].born;
        ref_void(call);
    }
    for (int i = 0; i < CLIENTS; i++)
        ref.clients[i].opens[line] = (RefOpen) {};
    ref_forget_line(line);
    ref.lines[line].there = false;
}

void ref_ring(int line, unsigned count) {
    for (int i = 0; i < CLIENTS; i++)
        if (ref.clients[i].opens[line].there)
            ref_tell(i, TOLD_RANG, line, count);
}
