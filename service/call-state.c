/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure table of the call model: events, states, operations. */
#include "service/call-state.h"

#include <glib.h>

/* A set of states. */
#define IN(state) (UINT32_C(1) << CALL_STATE_##state)

#define IN_ANY (IN(DISCONNECTED) * 2 - 1)
#define IN_HELD (IN(ON_HOLD) | IN(ON_HOLD_PENDING_CONFERENCE) | IN(ON_HOLD_PENDING_TRANSFER))
#define IN_SETUP (IN(UNKNOWN) | IN(DIAL_TONE) | IN(DIALING) | IN(PROCEEDING) | IN(RINGBACK) | IN(BUSY) | IN(SPECIAL_INFO))
#define IN_RINGING (IN(OFFERING) | IN(ACCEPTED))
#define IN_LIVE (IN_ANY & ~(IN(IDLE) | IN(DISCONNECTED)))

static const struct {
    const char *name;
    uint32_t from;
    CallState to;
} events[_CALL_EVENT_MAX] = {
    [CALL_EVENT_DIAL_TONE] = { "dial-tone", IN(UNKNOWN) | IN(DIALING), CALL_STATE_DIAL_TONE },
    [CALL_EVENT_DIALING] = { "dialing", IN(UNKNOWN) | IN(DIAL_TONE), CALL_STATE_DIALING },
    [CALL_EVENT_PROCEEDING] = { "proceeding", IN_SETUP & ~IN(PROCEEDING), CALL_STATE_PROCEEDING },
    [CALL_EVENT_RINGBACK] = { "ringback", IN_SETUP & ~IN(RINGBACK), CALL_STATE_RINGBACK },
    [CALL_EVENT_BUSY] = { "busy", IN_SETUP & ~IN(BUSY), CALL_STATE_BUSY },
    [CALL_EVENT_SPECIAL_INFO] = { "special-info", IN_SETUP & ~IN(SPECIAL_INFO), CALL_STATE_SPECIAL_INFO },
    [CALL_EVENT_OFFERED] = { "offered", IN(UNKNOWN), CALL_STATE_OFFERING },
    [CALL_EVENT_ACCEPTED] = { "accepted", IN(OFFERING), CALL_STATE_ACCEPTED },
    /* Connected again: only the detail is new, as when the far end holds us. */
    [CALL_EVENT_CONNECTED] = { "connected", IN_SETUP | IN_RINGING | IN(CONNECTED), CALL_STATE_CONNECTED },
    [CALL_EVENT_HELD] = { "held", IN(CONNECTED) | IN(CONFERENCED), CALL_STATE_ON_HOLD },
    [CALL_EVENT_HELD_FOR_TRANSFER] = { "held-for-transfer", IN(CONNECTED), CALL_STATE_ON_HOLD_PENDING_TRANSFER },
    [CALL_EVENT_HELD_FOR_CONFERENCE] = { "held-for-conference", IN(UNKNOWN) | IN(CONNECTED),
                                         CALL_STATE_ON_HOLD_PENDING_CONFERENCE },
    [CALL_EVENT_RESUMED] = { "resumed", IN_HELD, CALL_STATE_CONNECTED },
    [CALL_EVENT_JOINED] = { "joined", IN(CONNECTED) | IN_HELD | IN(PROCEEDING) | IN(RINGBACK), CALL_STATE_CONFERENCED },
    [CALL_EVENT_LEFT] = { "left", IN(CONFERENCED), CALL_STATE_CONNECTED },
    [CALL_EVENT_ENDED] = { "ended", IN_LIVE, CALL_STATE_DISCONNECTED },
    [CALL_EVENT_CLEARED] = { "cleared", IN_ANY & ~IN(IDLE), CALL_STATE_IDLE },
};

/* The kinds of calls that an operation is for. */
#define PLAIN (1 << CALL_KIND_PLAIN)
#define CONFERENCE (1 << CALL_KIND_CONFERENCE)
#define BOTH (PLAIN | CONFERENCE)

static const struct {
    const char *name;
    uint32_t states; /* of a call; none for what is asked of a line */
    const char *states_text;
    unsigned kinds;
    bool owner;   /* needs the owner privilege */
    bool ability; /* asks something of the network */
} operations[_OPERATION_MAX] = {
    [OPERATION_ACCEPT] = { "Accept", IN(OFFERING), "offering", PLAIN, true, true },
    [OPERATION_ANSWER] = { "Answer", IN_RINGING, "offering or accepted", PLAIN, true, true },
    [OPERATION_REDIRECT] = { "Redirect", IN(OFFERING), "offering", PLAIN, true, true },
    [OPERATION_DROP] = { "Drop", IN_ANY & ~IN(IDLE), "any state but idle", BOTH, true, true },
    [OPERATION_HOLD] = { "Hold", IN(CONNECTED), "connected", BOTH, true, true },
    [OPERATION_UNHOLD] = { "Unhold", IN_HELD, "on-hold or on-hold-pending-*", BOTH, true, true },
    [OPERATION_SWAP_HOLD] = { "SwapHold", IN(CONNECTED), "connected", BOTH, true, true },
    [OPERATION_BLIND_TRANSFER] = { "BlindTransfer", IN(CONNECTED), "connected", PLAIN, true, true },
    [OPERATION_SETUP_TRANSFER] = { "SetupTransfer", IN(CONNECTED), "connected", PLAIN, true, true },
    [OPERATION_COMPLETE_TRANSFER] = { "CompleteTransfer", IN(ON_HOLD) | IN(ON_HOLD_PENDING_TRANSFER),
                                      "on-hold or on-hold-pending-transfer", PLAIN, true, true },
    [OPERATION_SETUP_CONFERENCE] = { "SetupConference", IN(CONNECTED), "connected", PLAIN, true, true },
    [OPERATION_PREPARE_ADD_TO_CONFERENCE] = { "PrepareAddToConference", IN(CONNECTED), "connected", CONFERENCE, true, true },
    [OPERATION_ADD_TO_CONFERENCE] = { "AddToConference", IN(ON_HOLD) | IN(ON_HOLD_PENDING_CONFERENCE),
                                      "on-hold or on-hold-pending-conference", CONFERENCE, true, true },
    [OPERATION_REMOVE_FROM_CONFERENCE] = { "RemoveFromConference", IN(CONFERENCED), "conferenced", PLAIN, true, true },
    [OPERATION_GET_CONFERENCE_CALLS] = { "GetConferenceCalls", IN_ANY, "any state", BOTH, false, true },
    [OPERATION_PARK] = { "Park", IN(CONNECTED), "connected", PLAIN, true, true },
    [OPERATION_COMPLETE_CALL] = { "CompleteCall", IN(BUSY) | IN(RINGBACK), "busy or ringback", PLAIN, true, true },
    [OPERATION_DIAL_DIGITS] = { "DialDigits", IN(DIAL_TONE) | IN(DIALING), "dial-tone or dialing", PLAIN, true, true },
    [OPERATION_SEND_DIGITS] = { "SendDigits", IN(CONNECTED) | IN(CONFERENCED), "connected or conferenced", BOTH, true, true },
    [OPERATION_MONITOR_DIGITS] = { "MonitorDigits", IN_LIVE, "any state but disconnected and idle", BOTH, false, true },
    [OPERATION_GATHER_DIGITS] = { "GatherDigits", IN_LIVE, "any state but disconnected and idle", BOTH, true, true },
    [OPERATION_SEND_TONE] = { "SendTone", IN(CONNECTED), "connected", BOTH, true, true },
    [OPERATION_HANDOFF] = { "Handoff", IN_ANY, "any state", BOTH, true, false },
    [OPERATION_SET_PRIVILEGE] = { "SetPrivilege", IN_ANY, "any state", BOTH, false, false },
    [OPERATION_SET_ON_OWNER_LOST] = { "SetOnOwnerLost", IN_ANY, "any state", BOTH, true, false },
    [OPERATION_SET_MEDIA_MODE] = { "SetMediaMode", IN_ANY, "any state", BOTH, true, false },
    [OPERATION_SET_CALL_DATA] = { "SetCallData", IN_ANY, "any state", BOTH, true, false },
    [OPERATION_SET_APP_DATA] = { "SetAppData", IN_ANY, "any state", BOTH, false, false },
    [OPERATION_SEND_USER_USER_INFO] = { "SendUserUserInfo", IN_RINGING | IN(RINGBACK) | IN(CONNECTED),
                                        "offering, accepted, ringback or connected", PLAIN, true, true },
    [OPERATION_MUTE] = { "Mute", IN(CONNECTED), "connected", BOTH, true, true },
    [OPERATION_SET_AUDIO_DEVICE] = { "SetAudioDevice", IN_LIVE, "any state but disconnected and idle", BOTH, true, true },
    [OPERATION_SET_VOLUME] = { "SetVolume", IN_LIVE, "any state but disconnected and idle", BOTH, true, true },
    [OPERATION_SECURE] = { "Secure", IN(CONNECTED), "connected", BOTH, true, true },
    [OPERATION_RELEASE] = { "Release", IN_ANY, "any state", BOTH, false, false },
    [OPERATION_DIAL] = { .name = "Dial", .ability = true },
    [OPERATION_PICKUP] = { .name = "Pickup", .ability = true },
    [OPERATION_UNPARK] = { .name = "Unpark", .ability = true },
    [OPERATION_FORWARD] = { .name = "Forward", .ability = true },
    [OPERATION_CANCEL_COMPLETION] = { .name = "CancelCompletion", .ability = true },
};

static bool state_in(CallState state, uint32_t states) {
    if ((int) state < 0 || state >= _CALL_STATE_MAX)
        return false;
    return states & (UINT32_C(1) << state);
}

const char *call_event_to_string(CallEvent event) {
    return (int) event >= 0 && event < _CALL_EVENT_MAX ? events[event].name : NULL;
}

const char *operation_to_string(Operation operation) {
    return (int) operation >= 0 && operation < _OPERATION_MAX ? operations[operation].name : NULL;
}

CallState call_state_after(CallState state, CallEvent event) {
    if ((int) event < 0 || event >= _CALL_EVENT_MAX || !state_in(state, events[event].from))
        return _CALL_STATE_INVALID;
    return events[event].to;
}

bool operation_needs_owner(Operation operation) {
    return operations[operation].owner;
}

bool operation_needs_ability(Operation operation) {
    return operations[operation].ability;
}

Operations operations_always(void) {
    Operations all = OPERATION_BIT(OPERATION_DIAL) | OPERATION_BIT(OPERATION_DROP);

    for (Operation i = 0; i < _OPERATION_MAX; i++)
        if (!operation_needs_ability(i))
            all |= OPERATION_BIT(i);
    return all;
}

bool operation_fits(Operation operation, CallKind kind) {
    return operations[operation].kinds & 1U << kind;
}

/* A call that is in no conference has no conference calls. */
bool operation_possible(Operation operation, CallKind kind, CallState state) {
    if (!operation_fits(operation, kind) || !state_in(state, operations[operation].states))
        return false;
    return operation != OPERATION_GET_CONFERENCE_CALLS || kind == CALL_KIND_CONFERENCE || state == CALL_STATE_CONFERENCED;
}

const char *operation_states(Operation operation) {
    return operations[operation].states_text;
}

/* What a holder can do in a state on a line that can do everything: worked out once, as it is asked for each signal. */
static Operations possible[_PRIVILEGE_MAX][_CALL_KIND_MAX][_CALL_STATE_MAX];

static void work_out_kind(CallKind kind) {
    for (CallState state = 0; state < _CALL_STATE_MAX; state++)
        for (Operation i = 0; i < _OPERATION_MAX; i++)
            if (operation_possible(i, kind, state)) {
                possible[PRIVILEGE_OWNER][kind][state] |= OPERATION_BIT(i);
                if (!operations[i].owner)
                    possible[PRIVILEGE_MONITOR][kind][state] |= OPERATION_BIT(i);
            }
}

static void work_out_possible(void) {
    static gsize done = 0;

    if (!g_once_init_enter(&done))
        return;
    for (CallKind kind = 0; kind < _CALL_KIND_MAX; kind++)
        work_out_kind(kind);
    g_once_init_leave(&done, 1);
}

Operations operations_now(Operations abilities, Privilege privilege, CallKind kind, CallState state) {
    work_out_possible();
    return possible[privilege][kind][state] & abilities;
}

bool call_state_is_live(CallState state) {
    return state_in(state, IN_LIVE);
}

bool call_state_is_ringing(CallState state) {
    return state_in(state, IN_RINGING);
}

bool call_state_is_in_call(CallState state) {
    return state_in(state, IN_LIVE & ~IN_RINGING);
}

bool call_state_is_active(CallState state) {
    return state_in(state, IN_LIVE & ~IN_HELD);
}

bool call_state_is_held(CallState state) {
    return state_in(state, IN_HELD);
}
