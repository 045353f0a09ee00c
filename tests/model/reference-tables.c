/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: which event leads where, what is possible when, and what can be counted. Written down once more, by hand. */
#include "tests/model/reference.h"

#include <string.h>

Reference ref;

/* One letter for each state. */
static const char letters[_CALL_STATE_MAX] = {
    [CALL_STATE_UNKNOWN] = 'u',
    [CALL_STATE_IDLE] = 'i',
    [CALL_STATE_OFFERING] = 'o',
    [CALL_STATE_ACCEPTED] = 'a',
    [CALL_STATE_DIAL_TONE] = 't',
    [CALL_STATE_DIALING] = 'd',
    [CALL_STATE_PROCEEDING] = 'p',
    [CALL_STATE_RINGBACK] = 'r',
    [CALL_STATE_BUSY] = 'b',
    [CALL_STATE_SPECIAL_INFO] = 's',
    [CALL_STATE_CONNECTED] = 'c',
    [CALL_STATE_ON_HOLD] = 'h',
    [CALL_STATE_CONFERENCED] = 'f',
    [CALL_STATE_ON_HOLD_PENDING_CONFERENCE] = 'k',
    [CALL_STATE_ON_HOLD_PENDING_TRANSFER] = 'l',
    [CALL_STATE_DISCONNECTED] = 'x',
};

static bool in(CallState state, const char *states) {
    return strchr(states, letters[state]) != NULL;
}

bool ref_is_live(CallState state) {
    return !in(state, "ix");
}

bool ref_is_ringing(CallState state) {
    return in(state, "oa");
}

bool ref_is_held(CallState state) {
    return in(state, "hkl");
}

static const struct {
    const char *from;
    CallState to;
} events[_CALL_EVENT_MAX] = {
    [CALL_EVENT_DIAL_TONE] = { "d", CALL_STATE_DIAL_TONE },
    [CALL_EVENT_DIALING] = { "t", CALL_STATE_DIALING },
    [CALL_EVENT_PROCEEDING] = { "tdrbs", CALL_STATE_PROCEEDING },
    [CALL_EVENT_RINGBACK] = { "tdpbs", CALL_STATE_RINGBACK },
    [CALL_EVENT_BUSY] = { "tdprs", CALL_STATE_BUSY },
    [CALL_EVENT_SPECIAL_INFO] = { "tdprb", CALL_STATE_SPECIAL_INFO },
    [CALL_EVENT_OFFERED] = { "", 0 },
    [CALL_EVENT_ACCEPTED] = { "o", CALL_STATE_ACCEPTED },
    [CALL_EVENT_CONNECTED] = { "tdprbsoac", CALL_STATE_CONNECTED },
    [CALL_EVENT_HELD] = { "c", CALL_STATE_ON_HOLD },
    [CALL_EVENT_RESUMED] = { "hkl", CALL_STATE_CONNECTED },
    [CALL_EVENT_ENDED] = { "", 0 },
    [CALL_EVENT_CLEARED] = { "", 0 },
};

CallState ref_state_after(CallState state, CallEvent event) {
    if ((unsigned) event >= _CALL_EVENT_MAX || !in(state, events[event].from))
        return _CALL_STATE_INVALID;
    return events[event].to;
}

static const struct {
    bool owner;
    const char *states;
} operations[_OPERATION_MAX] = {
    [OPERATION_ACCEPT] = { true, "o" },
    [OPERATION_ANSWER] = { true, "oa" },
    [OPERATION_REDIRECT] = { true, "o" },
    [OPERATION_DROP] = { true, "uoatdprbschfklx" },
    [OPERATION_HOLD] = { true, "c" },
    [OPERATION_UNHOLD] = { true, "hkl" },
    [OPERATION_SWAP_HOLD] = { true, "c" },
    [OPERATION_SEND_DIGITS] = { true, "cf" },
    [OPERATION_MONITOR_DIGITS] = { false, "uoatdprbschfkl" },
    [OPERATION_HANDOFF] = { true, "uioatdprbschfklx" },
    [OPERATION_SET_PRIVILEGE] = { false, "uioatdprbschfklx" },
    [OPERATION_SET_ON_OWNER_LOST] = { true, "uioatdprbschfklx" },
    [OPERATION_SET_CALL_DATA] = { true, "uioatdprbschfklx" },
    [OPERATION_SET_APP_DATA] = { false, "uioatdprbschfklx" },
    [OPERATION_MUTE] = { true, "c" },
    [OPERATION_RELEASE] = { false, "uioatdprbschfklx" },
};

bool ref_needs_owner(Operation operation) {
    return operations[operation].owner;
}

bool ref_possible(Operation operation, CallState state) {
    return in(state, operations[operation].states);
}

int ref_check(int client, int call, Operation operation) {
    if (ref_needs_owner(operation) && !ref.clients[client].handles[call].owner)
        return REFUSAL_NOT_OWNER;
    if (!(ref.abilities & OPERATION_BIT(operation)))
        return REFUSAL_NOT_SUPPORTED;
    if (!ref_possible(operation, ref.calls[call].state))
        return REFUSAL_INVALID_STATE;
    return GRANTED;
}

Operations ref_features(int client, int call) {
    Operations features = 0;

    for (Operation i = 0; i < _OPERATION_MAX; i++)
        if (ref_check(client, call, i) == GRANTED)
            features |= OPERATION_BIT(i);
    return features;
}

/* ---- Counting ---- */

static unsigned count_holders(int call, bool owner) {
    unsigned n = 0;

    for (int i = 0; i < CLIENTS; i++)
        n += ref.clients[i].there && ref.clients[i].handles[call].there && ref.clients[i].handles[call].owner == owner;
    return n;
}

unsigned ref_owners(int call) {
    return count_holders(call, true);
}

unsigned ref_monitors(int call) {
    return count_holders(call, false);
}

unsigned ref_count_handles(int client) {
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++)
        n += ref.clients[client].handles[i].there;
    return n;
}

unsigned ref_client_requests(int client) {
    unsigned n = 0;

    for (unsigned i = 0; i < ref.n_requests; i++)
        n += ref.requests[i].client == client;
    return n;
}

unsigned ref_user_requests(unsigned user) {
    unsigned n = 0;

    for (unsigned i = 0; i < ref.n_requests; i++)
        n += ref.requests[i].user == (int) user;
    return n;
}

unsigned ref_active_calls(int line) {
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++)
        n += ref.calls[i].there && ref.calls[i].appeared && ref.calls[i].line == line && ref_is_live(ref.calls[i].state) &&
             !ref_is_held(ref.calls[i].state);
    return n;
}

unsigned ref_held_calls(int line) {
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++)
        n += ref.calls[i].there && ref.calls[i].line == line && ref_is_held(ref.calls[i].state);
    return n;
}

int ref_free_call(void) {
    for (int i = 0; i < CALLS; i++)
        if (!ref.calls[i].there)
            return i;
    return NOTHING;
}

/* ---- Tales ---- */

uint64_t outcome_value(int refusal, uint64_t handle) {
    return (uint64_t) (refusal + 1) << 32 | handle;
}

void ref_tell(int client, ToldKind kind, uint64_t about, uint64_t value) {
    Tale *tale = &ref.clients[client].tale;

    if (ref.clients[client].there && tale->n < TALE)
        tale->told[tale->n++] = (Told) { kind, about, value };
}
