/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of org.callbus1.Provider. */
#include "providers/wire/method.h"

#include <string.h>

#define ROW(member, in, out, op) { member, in, out, offsetof(ProviderOps, op) }

static const struct {
    const char *name, *input, *output;
    size_t function; /* its place in ProviderOps */
} methods[_WIRE_METHOD_MAX] = {
    [WIRE_START] = ROW("Start", "ta{sv}", "", start),
    [WIRE_STOP] = ROW("Stop", "", "", stop),
    [WIRE_ADD_LINE] = ROW("AddLine", "sa{sv}a{ss}s", "", add_line),
    [WIRE_REMOVE_LINE] = ROW("RemoveLine", "s", "", remove_line),
    [WIRE_ADOPTED] = ROW("Adopted", "", "", adopt),
    [WIRE_DIAL] = ROW("Dial", "sta{sv}", "a{sv}", dial),
    [WIRE_ACCEPT] = ROW("Accept", "t", "", accept),
    [WIRE_ANSWER] = ROW("Answer", "t", "", answer),
    [WIRE_REDIRECT] = ROW("Redirect", "ts", "s", redirect),
    [WIRE_DROP] = ROW("Drop", "ts", "", drop),
    [WIRE_HOLD] = ROW("Hold", "t", "", hold),
    [WIRE_UNHOLD] = ROW("Unhold", "t", "s", unhold),
    [WIRE_SWAP_HOLD] = ROW("SwapHold", "tt", "", swap_hold),
    [WIRE_BLIND_TRANSFER] = ROW("BlindTransfer", "ts", "s", blind_transfer),
    [WIRE_SETUP_TRANSFER] = ROW("SetupTransfer", "tta{sv}", "a{sv}", setup_transfer),
    [WIRE_COMPLETE_TRANSFER] = ROW("CompleteTransfer", "ttt", "sa{sv}", complete_transfer),
    [WIRE_SETUP_CONFERENCE] = ROW("SetupConference", "sttta{sv}", "a{sv}a{sv}", setup_conference),
    [WIRE_PREPARE_ADD_TO_CONFERENCE] = ROW("PrepareAddToConference", "tta{sv}", "a{sv}", prepare_add_to_conference),
    [WIRE_ADD_TO_CONFERENCE] = ROW("AddToConference", "tt", "", add_to_conference),
    [WIRE_REMOVE_FROM_CONFERENCE] = ROW("RemoveFromConference", "t", "", remove_from_conference),
    [WIRE_PARK] = ROW("Park", "ts", "ss", park),
    [WIRE_UNPARK] = ROW("Unpark", "sts", "a{sv}", unpark),
    [WIRE_PICKUP] = ROW("Pickup", "stss", "a{sv}", pickup),
    [WIRE_FORWARD] = ROW("Forward", "sa(sssu)", "", forward),
    [WIRE_COMPLETE_CALL] = ROW("CompleteCall", "ts", "ss", complete_call),
    [WIRE_CANCEL_COMPLETION] = ROW("CancelCompletion", "ss", "", cancel_completion),
    [WIRE_DIAL_DIGITS] = ROW("DialDigits", "tsb", "", dial_digits),
    [WIRE_SEND_DIGITS] = ROW("SendDigits", "tsuu", "", send_digits),
    [WIRE_SEND_TONE] = ROW("SendTone", "tsu", "", send_tone),
    [WIRE_MONITOR_DIGITS] = ROW("MonitorDigits", "tb", "", monitor_digits),
    [WIRE_MUTE] = ROW("Mute", "tb", "", mute),
    [WIRE_SET_AUDIO] = ROW("SetAudio", "ta{sv}", "", set_audio),
    [WIRE_SEND_USER_USER_INFO] = ROW("SendUserUserInfo", "tay", "", send_user_user_info),
    [WIRE_SECURE] = ROW("Secure", "t", "", secure),
    [WIRE_REFRESH_MEDIA_STATS] = ROW("RefreshMediaStats", "t", "", media_stats),
    [WIRE_DEBUG_INCOMING] = ROW("DebugIncoming", "ss", "s", debug_incoming),
    [WIRE_DEBUG_LINE_STATE] = ROW("DebugLineState", "sss", "", debug_line_state),
};

const char *wire_method_to_string(WireMethod method) {
    return (int) method >= 0 && method < _WIRE_METHOD_MAX ? methods[method].name : NULL;
}

WireMethod wire_method_from_string(const char *name) {
    for (WireMethod i = 0; i < _WIRE_METHOD_MAX; i++)
        if (name && strcmp(methods[i].name, name) == 0)
            return i;
    return _WIRE_METHOD_INVALID;
}

const char *wire_method_input(WireMethod method) {
    return methods[method].input;
}

const char *wire_method_output(WireMethod method) {
    return methods[method].output;
}

/* Which function it is does not matter here, only whether it is one. */
typedef void (*Function)(void);

static bool is_there(const ProviderOps *ops, WireMethod method) {
    Function function = NULL;

    memcpy(&function, (const char *) ops + methods[method].function, sizeof(Function));
    return function;
}

WireMethods wire_methods_of(const ProviderOps *ops) {
    WireMethods set = 0;

    for (WireMethod i = 0; i < _WIRE_METHOD_MAX; i++)
        if (is_there(ops, i))
            set |= WIRE_METHOD_BIT(i);
    return set;
}

void wire_methods_restrict(ProviderOps *ops, WireMethods set) {
    static const Function none = NULL;

    for (WireMethod i = 0; i < _WIRE_METHOD_MAX; i++)
        if (!(set & WIRE_METHOD_BIT(i)))
            memcpy((char *) ops + methods[i].function, &none, sizeof(Function));
}
