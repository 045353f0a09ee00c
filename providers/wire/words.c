/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of the wire that are not those of the bus. */
#include "providers/wire/words.h"

#include <string.h>

static bool is_told(CallEvent event) {
    return event != CALL_EVENT_OFFERED && event != CALL_EVENT_JOINED && event != CALL_EVENT_ENDED && event != CALL_EVENT_CLEARED;
}

const char *wire_event_to_string(CallEvent event) {
    return is_told(event) ? call_event_to_string(event) : NULL;
}

CallEvent wire_event_from_string(const char *name) {
    for (CallEvent i = 0; i < _CALL_EVENT_MAX; i++)
        if (name && is_told(i) && strcmp(call_event_to_string(i), name) == 0)
            return i;
    return (CallEvent) -EINVAL;
}

static const char *const party_roles[_PARTY_MAX] = {
    [PARTY_CALLER] = "caller",
    [PARTY_CALLED] = "called",
    [PARTY_CONNECTED] = "connected",
    [PARTY_REDIRECTING] = "redirecting",
    [PARTY_REDIRECTION] = "redirection",
};

const char *wire_party_role_to_string(PartyRole role) {
    return (int) role >= 0 && role < _PARTY_MAX ? party_roles[role] : NULL;
}

PartyRole wire_party_role_from_string(const char *name) {
    for (PartyRole i = 0; i < _PARTY_MAX; i++)
        if (name && strcmp(party_roles[i], name) == 0)
            return i;
    return (PartyRole) -EINVAL;
}

const char *wire_tone_to_string(Tone tone) {
    return tone == TONE_NONE ? "none" : tone_to_string(tone);
}

Tone wire_tone_from_string(const char *name) {
    if (name && strcmp(name, "none") == 0)
        return TONE_NONE;
    return name && *name ? tone_from_string(name) : _TONE_INVALID;
}

const char *wire_reject_to_string(RejectReason reason) {
    return reason == REJECT_NONE ? "" : reject_reason_to_string(reason);
}

RejectReason wire_reject_from_string(const char *name) {
    return name && !*name ? REJECT_NONE : reject_reason_from_string(name);
}

const char *wire_operation_to_string(Operation operation) {
    return (int) operation >= 0 && operation < _OPERATION_MAX ? operation_to_string(operation) : NULL;
}

Operation wire_operation_from_string(const char *name) {
    for (Operation i = 0; i < _OPERATION_MAX; i++)
        if (name && operation_needs_ability(i) && strcmp(operation_to_string(i), name) == 0)
            return i;
    return (Operation) -EINVAL;
}
