/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pure table of the call model: which event leads where, and which operation is possible when. Features, the checks
 * of every method and the tests read this one table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "service/types.h"

/* What can happen to a call. */
typedef enum CallEvent {
    CALL_EVENT_DIAL_TONE,    /* the switch waits for digits */
    CALL_EVENT_DIALING,      /* the switch takes digits */
    CALL_EVENT_PROCEEDING,   /* dialled, on its way */
    CALL_EVENT_RINGBACK,     /* the far end rings */
    CALL_EVENT_BUSY,         /* the far end or the way to it is busy; the call stands until it is dropped */
    CALL_EVENT_SPECIAL_INFO, /* the network plays its special information tone */
    CALL_EVENT_OFFERED,      /* the call comes in */
    CALL_EVENT_ACCEPTED,     /* an owner took responsibility */
    CALL_EVENT_CONNECTED,    /* media flows */
    CALL_EVENT_HELD,         /* hard hold */
    CALL_EVENT_RESUMED,      /* back from hold */
    CALL_EVENT_ENDED,        /* the far end or the network ended it */
    CALL_EVENT_CLEARED,      /* an owner dropped it, or nobody is left to drop it: final */
    _CALL_EVENT_MAX,
} CallEvent;

/* The methods of a call. */
typedef enum Operation {
    OPERATION_ACCEPT,
    OPERATION_ANSWER,
    OPERATION_REDIRECT,
    OPERATION_DROP,
    OPERATION_HOLD,
    OPERATION_UNHOLD,
    OPERATION_SWAP_HOLD,
    OPERATION_SEND_DIGITS,
    OPERATION_MONITOR_DIGITS,
    OPERATION_HANDOFF,
    OPERATION_SET_PRIVILEGE,
    OPERATION_SET_ON_OWNER_LOST,
    OPERATION_SET_CALL_DATA,
    OPERATION_SET_APP_DATA,
    OPERATION_MUTE,
    OPERATION_RELEASE,
    _OPERATION_MAX,
} Operation;

#define OPERATION_BIT(operation) (UINT32_C(1) << (operation))

/* A set of operations. */
typedef uint32_t Operations;

const char *call_event_to_string(CallEvent event);

/* The name of the operation's method on the bus. */
const char *operation_to_string(Operation operation);

/* Where the event leads, or _CALL_STATE_INVALID: the event does not fit and is to be ignored. */
CallState call_state_after(CallState state, CallEvent event);

/* Needs the operation an owner? Is it possible in the state? */
bool operation_needs_owner(Operation operation);
bool operation_possible(Operation operation, CallState state);

/* Does the operation ask something of the network, so that a line may lack it? */
bool operation_needs_ability(Operation operation);

/* The operations that a holder with this privilege can use now, on a line with these abilities. */
Operations operations_now(Operations abilities, Privilege privilege, CallState state);

/* The states in which the operation is possible, as words for an error message: "connected, conferenced". Static. */
const char *operation_states(Operation operation);

/* Predicates on states. Live: with network resources, that is neither idle nor disconnected. Ringing: offering or accepted.
 * In call: live and not ringing (what InCall counts). Active: what ActiveCalls counts. */
bool call_state_is_live(CallState state);
bool call_state_is_ringing(CallState state);
bool call_state_is_in_call(CallState state);
bool call_state_is_active(CallState state);
bool call_state_is_held(CallState state);
