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
    CALL_EVENT_HELD,         /* hard hold; also out of a conference into it */
    CALL_EVENT_HELD_FOR_TRANSFER,   /* held while its owner consults */
    CALL_EVENT_HELD_FOR_CONFERENCE, /* a conference that waits for one more to be added */
    CALL_EVENT_RESUMED,      /* back from hold, of whatever kind */
    CALL_EVENT_JOINED,       /* now part of a conference */
    CALL_EVENT_LEFT,         /* out of the conference and connected by itself */
    CALL_EVENT_ENDED,        /* the far end or the network ended it */
    CALL_EVENT_CLEARED,      /* an owner dropped it, or nobody is left to drop it: final */
    _CALL_EVENT_MAX,
} CallEvent;

/* The methods that the rules decide on: first those of a call, then those of a line that ask something of the network. */
typedef enum Operation {
    OPERATION_ACCEPT,
    OPERATION_ANSWER,
    OPERATION_REDIRECT,
    OPERATION_DROP,
    OPERATION_HOLD,
    OPERATION_UNHOLD,
    OPERATION_SWAP_HOLD,
    OPERATION_BLIND_TRANSFER,
    OPERATION_SETUP_TRANSFER,
    OPERATION_COMPLETE_TRANSFER,
    OPERATION_SETUP_CONFERENCE, /* of a line, too */
    OPERATION_PREPARE_ADD_TO_CONFERENCE,
    OPERATION_ADD_TO_CONFERENCE,
    OPERATION_REMOVE_FROM_CONFERENCE,
    OPERATION_GET_CONFERENCE_CALLS,
    OPERATION_PARK,
    OPERATION_COMPLETE_CALL,
    OPERATION_DIAL_DIGITS,
    OPERATION_SEND_DIGITS,
    OPERATION_MONITOR_DIGITS,
    OPERATION_GATHER_DIGITS,
    OPERATION_SEND_TONE,
    OPERATION_HANDOFF,
    OPERATION_SET_PRIVILEGE,
    OPERATION_SET_ON_OWNER_LOST,
    OPERATION_SET_MEDIA_MODE,
    OPERATION_SET_CALL_DATA,
    OPERATION_SET_APP_DATA,
    OPERATION_SEND_USER_USER_INFO,
    OPERATION_MUTE,
    OPERATION_SET_AUDIO_DEVICE,
    OPERATION_SET_VOLUME,
    OPERATION_SECURE,
    OPERATION_RELEASE,
    _OPERATION_CALL_MAX,
    OPERATION_DIAL = _OPERATION_CALL_MAX,
    OPERATION_PICKUP,
    OPERATION_UNPARK,
    OPERATION_FORWARD,
    OPERATION_CANCEL_COMPLETION,
    _OPERATION_MAX,
} Operation;

#define OPERATION_BIT(operation) (UINT64_C(1) << (operation))

/* A set of operations. */
typedef uint64_t Operations;

/* A conference is a call of its own, with which other things can be done than with a call to one far end. */
typedef enum CallKind {
    CALL_KIND_PLAIN,
    CALL_KIND_CONFERENCE,
    _CALL_KIND_MAX,
} CallKind;

const char *call_event_to_string(CallEvent event);

/* The name of the operation's method on the bus. */
const char *operation_to_string(Operation operation);

/* Where the event leads, or _CALL_STATE_INVALID: the event does not fit and is to be ignored. */
CallState call_state_after(CallState state, CallEvent event);

/* Needs the operation an owner? Is it one for calls of the kind at all, and possible in the state? */
bool operation_needs_owner(Operation operation);
bool operation_fits(Operation operation, CallKind kind);
bool operation_possible(Operation operation, CallKind kind, CallState state);

/* Does the operation ask something of the network, so that a line may lack it? */
bool operation_needs_ability(Operation operation);

/* What every line can do: those that need no ability, and to dial and to drop. */
Operations operations_always(void);

/* The operations that a holder with this privilege can use now, on a call of a line with these abilities. */
Operations operations_now(Operations abilities, Privilege privilege, CallKind kind, CallState state);

/* The states in which the operation is possible, as words for an error message: "connected, conferenced". Static. */
const char *operation_states(Operation operation);

/* Predicates on states. Live: with network resources, that is neither idle nor disconnected. Ringing: offering or accepted.
 * In call: live and not ringing (what InCall counts). Active: what ActiveCalls counts. */
bool call_state_is_live(CallState state);
bool call_state_is_ringing(CallState state);
bool call_state_is_in_call(CallState state);
bool call_state_is_active(CallState state);
bool call_state_is_held(CallState state);
