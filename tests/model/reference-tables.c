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
    [CALL_EVENT_DIAL_TONE] = { "ud", CALL_STATE_DIAL_TONE },
    [CALL_EVENT_DIALING] = { "ut", CALL_STATE_DIALING },
    [CALL_EVENT_PROCEEDING] = { "utdrbs", CALL_STATE_PROCEEDING },
    [CALL_EVENT_RINGBACK] = { "utdpbs", CALL_STATE_RINGBACK },
    [CALL_EVENT_BUSY] = { "utdprs", CALL_STATE_BUSY },
    [CALL_EVENT_SPECIAL_INFO] = { "utdprb", CALL_STATE_SPECIAL_INFO },
    [CALL_EVENT_OFFERED] = { "", 0 },
    [CALL_EVENT_ACCEPTED] = { "o", CALL_STATE_ACCEPTED },
    [CALL_EVENT_CONNECTED] = { "utdprbsoac", CALL_STATE_CONNECTED },
    [CALL_EVENT_HELD] = { "cf", CALL_STATE_ON_HOLD },
    [CALL_EVENT_HELD_FOR_TRANSFER] = { "c", CALL_STATE_ON_HOLD_PENDING_TRANSFER },
    [CALL_EVENT_HELD_FOR_CONFERENCE] = { "uc", CALL_STATE_ON_HOLD_PENDING_CONFERENCE },
    [CALL_EVENT_RESUMED] = { "hkl", CALL_STATE_CONNECTED },
    [CALL_EVENT_JOINED] = { "chklpr", CALL_STATE_CONFERENCED },
    [CALL_EVENT_LEFT] = { "f", CALL_STATE_CONNECTED },
    [CALL_EVENT_ENDED] = { "", 0 },
    [CALL_EVENT_CLEARED] = { "", 0 },
};

CallState ref_state_after(CallState state, CallEvent event) {
    if ((unsigned) event >= _CALL_EVENT_MAX || !in(state, events[event].from))
        return _CALL_STATE_INVALID;
    return events[event].to;
}

#define ANY "uioatdprbschfklx"
#define LIVE "uoatdprbschfkl"

static const struct {
    bool owner;
    const char *plain, *conference; /* the states in which such a call can do it; NULL: never */
} operations[_OPERATION_MAX] = {
    [OPERATION_ACCEPT] = { true, "o", NULL },
    [OPERATION_ANSWER] = { true, "oa", NULL },
    [OPERATION_REDIRECT] = { true, "o", NULL },
    [OPERATION_DROP] = { true, LIVE "x", LIVE "x" },
    [OPERATION_HOLD] = { true, "c", "c" },
    [OPERATION_UNHOLD] = { true, "hkl", "hkl" },
    [OPERATION_SWAP_HOLD] = { true, "c", "c" },
    [OPERATION_BLIND_TRANSFER] = { true, "c", NULL },
    [OPERATION_SETUP_TRANSFER] = { true, "c", NULL },
    [OPERATION_COMPLETE_TRANSFER] = { true, "hl", NULL },
    [OPERATION_SETUP_CONFERENCE] = { true, "c", NULL },
    [OPERATION_PREPARE_ADD_TO_CONFERENCE] = { true, NULL, "c" },
    [OPERATION_ADD_TO_CONFERENCE] = { true, NULL, "hk" },
    [OPERATION_REMOVE_FROM_CONFERENCE] = { true, "f", NULL },
    [OPERATION_GET_CONFERENCE_CALLS] = { false, "f", ANY },
    [OPERATION_PARK] = { true, "c", NULL },
    [OPERATION_COMPLETE_CALL] = { true, "br", NULL },
    [OPERATION_DIAL_DIGITS] = { true, "td", NULL },
    [OPERATION_SEND_DIGITS] = { true, "cf", "cf" },
    [OPERATION_MONITOR_DIGITS] = { false, LIVE, LIVE },
    [OPERATION_GATHER_DIGITS] = { true, LIVE, LIVE },
    [OPERATION_SEND_TONE] = { true, "c", "c" },
    [OPERATION_HANDOFF] = { true, ANY, ANY },
    [OPERATION_SET_PRIVILEGE] = { false, ANY, ANY },
    [OPERATION_SET_ON_OWNER_LOST] = { true, ANY, ANY },
    [OPERATION_SET_MEDIA_MODE] = { true, ANY, ANY },
    [OPERATION_SET_CALL_DATA] = { true, ANY, ANY },
    [OPERATION_SET_APP_DATA] = { false, ANY, ANY },
    [OPERATION_SEND_USER_USER_INFO] = { true, "oarc", NULL },
    [OPERATION_MUTE] = { true, "c", "c" },
    [OPERATION_SET_AUDIO_DEVICE] = { true, LIVE, LIVE },
    [OPERATION_SET_VOLUME] = { true, LIVE, LIVE },
    [OPERATION_SECURE] = { true, "c", "c" },
    [OPERATION_RELEASE] = { false, ANY, ANY },
};

bool ref_needs_owner(Operation operation) {
    return operations[operation].owner;
}

static const char *states_of(Operation operation, CallKind kind) {
    return kind == CALL_KIND_CONFERENCE ? operations[operation].conference : operations[operation].plain;
}

bool ref_possible(Operation operation, CallKind kind, CallState state) {
    const char *states = states_of(operation, kind);

    return states && in(state, states);
}

/* What the rules do by themselves, every line can. */
#define OWN_WORK                                                                                                       \
    (OPERATION_BIT(OPERATION_HANDOFF) | OPERATION_BIT(OPERATION_SET_PRIVILEGE) |                                       \
     OPERATION_BIT(OPERATION_SET_ON_OWNER_LOST) | OPERATION_BIT(OPERATION_SET_MEDIA_MODE) |                            \
     OPERATION_BIT(OPERATION_SET_CALL_DATA) | OPERATION_BIT(OPERATION_SET_APP_DATA) | OPERATION_BIT(OPERATION_RELEASE) | \
     OPERATION_BIT(OPERATION_DIAL) | OPERATION_BIT(OPERATION_DROP))

Operations ref_abilities(int line) {
    return ref.abilities & ~(ref.lines[line].without & ~OWN_WORK);
}

int ref_check(int client, int call, Operation operation) {
    const RefCall *c = &ref.calls[call];

    if (ref_needs_owner(operation) && !ref.clients[client].handles[call].owner)
        return REFUSAL_NOT_OWNER;
    if (!(ref_abilities(c->line) & OPERATION_BIT(operation)))
        return REFUSAL_NOT_SUPPORTED;
    if (ref_possible(operation, c->kind, c->state))
        return GRANTED;
    if (c->kind == CALL_KIND_PLAIN &&
        (operation == OPERATION_PREPARE_ADD_TO_CONFERENCE || operation == OPERATION_ADD_TO_CONFERENCE))
        return REFUSAL_NOT_CONFERENCE;
    return operation == OPERATION_GET_CONFERENCE_CALLS ? REFUSAL_NO_CONFERENCE : REFUSAL_INVALID_STATE;
}

Operations ref_features(int client, int call) {
    Operations features = 0;

    for (Operation i = 0; i < _OPERATION_CALL_MAX; i++)
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

unsigned ref_participants(int conference) {
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++)
        n += ref.calls[i].there && ref.calls[i].conference == conference;
    return n;
}

int ref_next_participant(int conference, uint64_t after) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++) {
        const RefCall *c = &ref.calls[i];

        if (c->there && c->conference == conference && c->joined > after &&
            (found == NOTHING || c->joined < ref.calls[found].joined))
            found = i;
    }
    return found;
}

unsigned ref_free_calls(void) {
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++)
        n += !ref.calls[i].there;
    return n;
}

int ref_free_call(void) {
    for (int i = 0; i < CALLS; i++)
        if (!ref.calls[i].there)
            return i;
    return NOTHING;
}

/* ---- Tales ---- */

uint64_t outcome_value(int refusal, uint64_t handle, uint64_t second) {
    return (uint64_t) (refusal + 1) << 48 | second << 24 | handle;
}

uint64_t gathered_value(GatherReason reason, const char *digits) {
    uint64_t value = reason;

    for (; *digits; digits++)
        value = value << 7 | (unsigned char) *digits;
    return value;
}

void ref_tell(int client, ToldKind kind, uint64_t about, uint64_t value) {
    Tale *tale = &ref.clients[client].tale;

    if (ref.clients[client].there && tale->n < TALE)
        tale->told[tale->n++] = (Told) { kind, about, value };
}
