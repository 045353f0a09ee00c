/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of org.callbus1.Provider, what goes with them, and which of them the functions of a provider stand for. */
#pragma once

#include "service/provider.h"

typedef enum WireMethod {
    WIRE_START,
    WIRE_STOP,
    WIRE_ADD_LINE,
    WIRE_REMOVE_LINE,
    WIRE_ADOPTED,
    WIRE_DIAL,
    WIRE_ACCEPT,
    WIRE_ANSWER,
    WIRE_REDIRECT,
    WIRE_DROP,
    WIRE_HOLD,
    WIRE_UNHOLD,
    WIRE_SWAP_HOLD,
    WIRE_BLIND_TRANSFER,
    WIRE_SETUP_TRANSFER,
    WIRE_COMPLETE_TRANSFER,
    WIRE_SETUP_CONFERENCE,
    WIRE_PREPARE_ADD_TO_CONFERENCE,
    WIRE_ADD_TO_CONFERENCE,
    WIRE_REMOVE_FROM_CONFERENCE,
    WIRE_PARK,
    WIRE_UNPARK,
    WIRE_PICKUP,
    WIRE_FORWARD,
    WIRE_COMPLETE_CALL,
    WIRE_CANCEL_COMPLETION,
    WIRE_DIAL_DIGITS,
    WIRE_SEND_DIGITS,
    WIRE_SEND_TONE,
    WIRE_MONITOR_DIGITS,
    WIRE_MUTE,
    WIRE_SET_AUDIO,
    WIRE_SEND_USER_USER_INFO,
    WIRE_SECURE,
    WIRE_REFRESH_MEDIA_STATS,
    WIRE_DEBUG_INCOMING,
    WIRE_DEBUG_LINE_STATE,
    _WIRE_METHOD_MAX,
    _WIRE_METHOD_INVALID = -EINVAL,
} WireMethod;

/* A set of methods. */
typedef uint64_t WireMethods;

#define WIRE_METHOD_BIT(method) (UINT64_C(1) << (method))

DECLARE_NAMES(wire_method, WireMethod)

/* The types of what is asked, and of what is answered. */
const char *wire_method_input(WireMethod method);
const char *wire_method_output(WireMethod method);

/* The methods behind which there is a function. */
WireMethods wire_methods_of(const ProviderOps *ops);

/* Takes the functions away that are behind no method of the set. Those behind none at all stay. */
void wire_methods_restrict(ProviderOps *ops, WireMethods methods);
