/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: what makes calls: to dial, to consult, to set up a conference, to fetch a call from elsewhere. */
#include "tests/model/reference.h"

#include <glib.h>

/* ---- Checks, in the order of the rules ---- */

static int check_order(int line, Operation operation, const RefOrder *order) {
    if (!(ref_abilities(line) & OPERATION_BIT(operation)) || !(ref.lines[line].media_modes & MEDIA_BIT(order->media_mode)) ||
        order->address_refusal == REFUSAL_NOT_SUPPORTED)
        return REFUSAL_NOT_SUPPORTED;
    if (ref.stopping)
        return REFUSAL_PROVIDER_FAILED;
    if (ref.lines[line].state != LINE_IN_SERVICE)
        return REFUSAL_LINE_OUT_OF_SERVICE;
    return order->address_refusal;
}

static int check_room(int client, unsigned n) {
    return ref_has_room(client, n) ? GRANTED : REFUSAL_LIMITS_EXCEEDED;
}

/* ---- Asking ---- */

/* One or two calls that the network is to make. */
static int place(int client, const RefPlacement *placement, RefCall facts, RefRequest request) {
    int refusal = facts.emergency ? GRANTED : ref_limits(client, NOTHING);

    if (refusal != GRANTED)
        return refusal;
    request.kind = REQUEST_PLACE;
    request.other = placement->n > 1 ? placement->slots[1] : NOTHING;
    request.from = placement->from;
    if (ref_ask(request, true) == NOTHING)
        return REFUSAL_PROVIDER_FAILED;
    facts.emergency = false;
    for (unsigned i = 0; i < placement->n; i++) {
        facts.kind = placement->conference && i == 0 ? CALL_KIND_CONFERENCE : CALL_KIND_PLAIN;
        ref_new_call(placement->slots[i], facts);
    }
    return GRANTED;
}

/* It is dialled by the order. */
static void apply(int call, const RefOrder *order) {
    RefCall *c = &ref.calls[call];

    g_strlcpy(c->address, order->address, sizeof(c->address));
    c->emergency = g_str_equal(c->address, EMERGENCY);
}

int ref_dial(int client, int line, const RefOrder *order, int call, uint64_t question) {
    unsigned user = ref.clients[client].user;
    const RefPlacement placement = { .operation = OPERATION_DIAL, .line = line, .from = NOTHING, .n = 1, .slots = { call } };
    RefRequest request = ref_request_of(client, call, OPERATION_DIAL, question);
    bool emergency = g_str_equal(order->address, EMERGENCY);
    int refusal;

    request.token = NOTHING;
    request.on_owner_lost = order->on_owner_lost;
    if (order->token > 0) {
        request.token = ref_find_token(user, line, order->token);
        if (request.token != NOTHING)
            return ref_repeat(client, line, order, request.token, question);
    }
    refusal = check_order(line, OPERATION_DIAL, order);
    if (refusal == GRANTED && !emergency)
        refusal = ref_check_active(line);
    if (refusal == GRANTED)
        refusal = check_room(client, emergency ? 0 : 1);
    if (refusal != GRANTED)
        return refusal;
    if (order->token > 0) {
        request.token = ref_add_token(user, line, order);
        if (request.token == NOTHING && !emergency)
            return REFUSAL_LIMITS_EXCEEDED;
    }
    refusal = place(client, &placement, (RefCall) { .line = line, .media_mode = order->media_mode, .emergency = emergency },
                    request);
    if (refusal == GRANTED)
        apply(call, order);
    else if (request.token != NOTHING)
        ref_remove_token(request.token);
    return refusal;
}

/* A consultation, maybe with the conference that it is for. The call that it begins from is held meanwhile. */
int ref_consult(int client, const RefPlacement *placement, const RefOrder *order, uint64_t question) {
    RefRequest request = ref_request_of(client, placement->slots[0], placement->operation, question);
    bool emergency = g_str_equal(order->address, EMERGENCY);
    int refusal = GRANTED;

    if (placement->from != NOTHING)
        refusal = ref_check(client, placement->from, placement->operation);
    if (refusal == GRANTED)
        refusal = check_order(placement->line, placement->operation, order);
    if (refusal == GRANTED && placement->operation == OPERATION_PREPARE_ADD_TO_CONFERENCE)
        refusal = ref_check_full(placement->from);
    if (refusal == GRANTED && placement->from == NOTHING)
        refusal = ref_check_active(placement->line);
    if (refusal == GRANTED)
        refusal = ref_check_held(placement->line);
    if (refusal == GRANTED)
        refusal = check_room(client, placement->n - emergency);
    if (refusal != GRANTED)
        return refusal;
    request.token = NOTHING;
    request.on_owner_lost = order->on_owner_lost;
    refusal = place(client, placement,
                    (RefCall) { .line = placement->line, .media_mode = order->media_mode, .emergency = emergency }, request);
    if (refusal == GRANTED)
        apply(placement->slots[placement->n - 1], order);
    return refusal;
}

int ref_transfer_to_conference(int client, const RefPlacement *placement, uint64_t question) {
    RefRequest request = ref_request_of(client, placement->slots[0], OPERATION_COMPLETE_TRANSFER, question);
    int refusal = ref_check_transfer(client, placement->from, placement->other);

    if (refusal == GRANTED && !(ref_abilities(placement->line) & OPERATION_BIT(OPERATION_ADD_TO_CONFERENCE)))
        refusal = REFUSAL_NOT_SUPPORTED;
    /* Nobody is there. */
    if (refusal == GRANTED && ref.calls[placement->other].state == CALL_STATE_BUSY)
        refusal = REFUSAL_INVALID_STATE;
    if (refusal == GRANTED && ref.lines[placement->line].max_parties == 1)
        refusal = REFUSAL_CONFERENCE_FULL;
    if (refusal == GRANTED)
        refusal = check_room(client, 1);
    if (refusal != GRANTED)
        return refusal;
    request.token = NOTHING;
    request.on_owner_lost = ref.clients[client].handles[placement->from].on_owner_lost;
    return place(client, placement,
                 (RefCall) { .line = placement->line, .media_mode = ref.calls[placement->from].media_mode }, request);
}

int ref_fetch(int client, const RefPlacement *placement, int value_refusal, uint64_t question) {
    RefRequest request = ref_request_of(client, placement->slots[0], placement->operation, question);
    int refusal = ref_check_line(placement->line, placement->operation);
    const RefOpen *open = &ref.clients[client].opens[placement->line];

    if (value_refusal == REFUSAL_NOT_SUPPORTED)
        return REFUSAL_NOT_SUPPORTED;
    if (refusal == GRANTED)
        refusal = value_refusal;
    if (refusal == GRANTED)
        refusal = placement->operation == OPERATION_PICKUP ? ref_check_answer(placement->line) : ref_check_active(placement->line);
    if (refusal == GRANTED)
        refusal = check_room(client, 1);
    if (refusal != GRANTED)
        return refusal;
    request.token = NOTHING;
    request.on_owner_lost = open->there ? open->on_owner_lost : ON_OWNER_LOST_DROP;
    return place(client, placement, (RefCall) { .line = placement->line, .media_mode = MEDIA_INTERACTIVE_VOICE }, request);
}

/* ---- Completion ---- */

/* What the network says, if a call of its kind can begin so at all. */
static CallState first_state(int call, CallEvent event) {
    bool conference = ref.calls[call].kind == CALL_KIND_CONFERENCE, waits = event == CALL_EVENT_HELD_FOR_CONFERENCE;
    CallState state = ref_state_after(CALL_STATE_UNKNOWN, event);

    if (conference)
        return event == CALL_EVENT_CONNECTED ? state : CALL_STATE_ON_HOLD_PENDING_CONFERENCE;
    return state == _CALL_STATE_INVALID || waits ? CALL_STATE_DIALING : state;
}

/* What was fetched is what it was elsewhere, and nobody has dialled it. */
static void appear(int call, const RefStartOfCall *start, int client, OnOwnerLost on_owner_lost, bool fetched) {
    RefCall *c = &ref.calls[call];

    ref_call_id(call, start->call_id, start->related);
    c->dialled_kept = on_owner_lost == ON_OWNER_LOST_KEEP && !fetched;
    if (fetched)
        c->media_mode = ref_clean_media_mode(c->line, start->media_mode);
    if (fetched && start->address)
        g_strlcpy(c->address, start->address, sizeof(c->address));
    ref_appear(call, first_state(call, start->event), start->detail, client, on_owner_lost);
}

/* Rules 1, 2, 20. Without anybody to own it, a call is dropped, unless its client left and wanted it kept. */
void ref_complete_calls(uint64_t id, const RefStartOfCall *starts) {
    int request = ref_find_request(id), client;
    unsigned n, room = 0;
    RefRequest r;
    uint64_t number;

    if (request == NOTHING || ref.requests[request].kind != REQUEST_PLACE)
        return;
    r = ref.requests[request];
    n = r.other != NOTHING ? 2 : 1;
    client = r.answered ? NOBODY : r.client;
    if (client != NOBODY) {
        ref_open_if_closed(client, ref.calls[r.call].line);
        room = n - ref.calls[n > 1 ? r.other : r.call].emergency;
        if (!ref_has_room(client, room))
            client = NOBODY;
    }
    number = client != NOBODY ? ref.clients[client].last_number + 1 : 0;
    if (client != NOBODY) {
        ref_finish(request, GRANTED, number, n > 1 ? number + 1 : 0);
        ref_make_room(client, room);
    }
    if (r.token != NOTHING) {
        ref.tokens[r.token].pending = false;
        ref.tokens[r.token].call = r.call;
    }
    appear(r.call, &starts[0], client, r.on_owner_lost, r.operation == OPERATION_PICKUP || r.operation == OPERATION_UNPARK);
    if (n > 1)
        appear(r.other, &starts[1], client, r.on_owner_lost, false);
    if (n > 1)
        ref_consult_about(r.call, r.other);
    else if (r.from != NOTHING && ref.calls[r.from].there && r.operation != OPERATION_COMPLETE_TRANSFER)
        ref_consult_about(r.from, r.call);
    /* To who is refused the call it is like any other. */
    if (client == NOBODY)
        ref_finish(ref_find_request(id), REFUSAL_LIMITS_EXCEEDED, 0, 0);
    if (r.token != NOTHING)
        ref_answer_waiting(r.token, r.call, r.on_owner_lost);
    if (r.client == NOBODY && r.on_owner_lost == ON_OWNER_LOST_KEEP)
        return;
    if (ref_owners(r.call) == 0)
        ref_drop_unowned(r.call);
    if (n > 1 && ref_owners(r.other) == 0)
        ref_drop_unowned(r.other);
}

static void forget(int call) {
    ref_finish_call(call);
    ref_forget_call(call);
    ref.calls[call] = (RefCall) {};
}

void ref_place_failed(int request, int refusal) {
    RefRequest r = ref.requests[request];

    ref_finish(request, refusal, 0, 0);
    forget(r.call);
    if (r.other != NOTHING)
        forget(r.other);
    if (r.token != NOTHING)
        ref_fail_token(r.token, refusal);
}
