/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals as errors of D-Bus, both ways. */
#include "providers/wire/error.h"

#include <glib.h>
#include <string.h>

#include "providers/wire/names.h"

static const char *const error_names[_REFUSAL_MAX] = {
    [REFUSAL_INVALID_STATE] = WIRE_ERROR_PREFIX "InvalidState",
    [REFUSAL_NOT_OWNER] = WIRE_ERROR_PREFIX "NotOwner",
    [REFUSAL_NOT_SUPPORTED] = WIRE_ERROR_PREFIX "NotSupported",
    [REFUSAL_INVALID_ADDRESS] = WIRE_ERROR_PREFIX "InvalidAddress",
    [REFUSAL_INVALID_PRIVILEGE] = WIRE_ERROR_PREFIX "InvalidPrivilege",
    [REFUSAL_LINE_NOT_OPEN] = WIRE_ERROR_PREFIX "LineNotOpen",
    [REFUSAL_LINE_OUT_OF_SERVICE] = WIRE_ERROR_PREFIX "LineOutOfService",
    [REFUSAL_LINE_BUSY] = WIRE_ERROR_PREFIX "LineBusy",
    [REFUSAL_TARGET_NOT_FOUND] = WIRE_ERROR_PREFIX "TargetNotFound",
    [REFUSAL_TARGET_SELF] = WIRE_ERROR_PREFIX "TargetSelf",
    [REFUSAL_NO_CONFERENCE] = WIRE_ERROR_PREFIX "NoConference",
    [REFUSAL_CONFERENCE_FULL] = WIRE_ERROR_PREFIX "ConferenceFull",
    [REFUSAL_NOT_CONFERENCE] = WIRE_ERROR_PREFIX "NotConference",
    [REFUSAL_INVALID_COMPLETION] = WIRE_ERROR_PREFIX "InvalidCompletion",
    [REFUSAL_TOO_BIG] = WIRE_ERROR_PREFIX "TooBig",
    [REFUSAL_PROVIDER_FAILED] = WIRE_ERROR_PREFIX "ProviderFailed",
    [REFUSAL_TIMEOUT] = WIRE_ERROR_PREFIX "Timeout",
    [REFUSAL_CONFLICT] = WIRE_ERROR_PREFIX "Conflict",
    [REFUSAL_INVALID_ARGS] = WIRE_ERROR_INVALID_ARGS,
    [REFUSAL_ACCESS_DENIED] = WIRE_ERROR_ACCESS_DENIED,
    [REFUSAL_UNKNOWN_OBJECT] = WIRE_ERROR_UNKNOWN_OBJECT,
    [REFUSAL_LIMITS_EXCEEDED] = WIRE_ERROR_LIMITS_EXCEEDED,
    [REFUSAL_IO_ERROR] = WIRE_ERROR_IO_ERROR,
    [REFUSAL_CLIENT_GONE] = NULL,
    [REFUSAL_WAITING] = NULL,
};

const char *wire_error_name(RefusalCode code) {
    return (int) code >= 0 && code < _REFUSAL_MAX ? error_names[code] : NULL;
}

static RefusalCode code_of(const char *name) {
    if (name && strcmp(name, WIRE_ERROR_UNKNOWN_METHOD) == 0)
        return REFUSAL_NOT_SUPPORTED;
    for (RefusalCode i = 0; i < _REFUSAL_MAX; i++)
        if (name && error_names[i] && strcmp(error_names[i], name) == 0)
            return i;
    return REFUSAL_PROVIDER_FAILED;
}

Refusal *wire_refusal(const sd_bus_error *error) {
    const char *text = error->message && *error->message ? error->message : error->name;

    return refuse(code_of(error->name), "%s", text ?: "The other end said no, and not why");
}

int wire_reply_refusal(sd_bus_message *request, const Refusal *refusal) {
    const char *name = wire_error_name(refusal_code(refusal)) ?: error_names[REFUSAL_PROVIDER_FAILED];

    return sd_bus_reply_method_errorf(request, name, "%s", refusal_text(refusal));
}
