/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a refusal is called on D-Bus. */
#include "bus/error-name.h"

#include <systemd/sd-bus.h>

#define PREFIX "org.callbus1.Error."

static const char *const error_names[_REFUSAL_MAX] = {
    [REFUSAL_INVALID_STATE] = PREFIX "InvalidState",
    [REFUSAL_NOT_OWNER] = PREFIX "NotOwner",
    [REFUSAL_NOT_SUPPORTED] = PREFIX "NotSupported",
    [REFUSAL_INVALID_ADDRESS] = PREFIX "InvalidAddress",
    [REFUSAL_INVALID_PRIVILEGE] = PREFIX "InvalidPrivilege",
    [REFUSAL_LINE_NOT_OPEN] = PREFIX "LineNotOpen",
    [REFUSAL_LINE_OUT_OF_SERVICE] = PREFIX "LineOutOfService",
    [REFUSAL_LINE_BUSY] = PREFIX "LineBusy",
    [REFUSAL_TARGET_NOT_FOUND] = PREFIX "TargetNotFound",
    [REFUSAL_TARGET_SELF] = PREFIX "TargetSelf",
    [REFUSAL_NO_CONFERENCE] = PREFIX "NoConference",
    [REFUSAL_CONFERENCE_FULL] = PREFIX "ConferenceFull",
    [REFUSAL_NOT_CONFERENCE] = PREFIX "NotConference",
    [REFUSAL_INVALID_COMPLETION] = PREFIX "InvalidCompletion",
    [REFUSAL_TOO_BIG] = PREFIX "TooBig",
    [REFUSAL_PROVIDER_FAILED] = PREFIX "ProviderFailed",
    [REFUSAL_TIMEOUT] = PREFIX "Timeout",
    [REFUSAL_CONFLICT] = PREFIX "Conflict",
    [REFUSAL_INVALID_ARGS] = SD_BUS_ERROR_INVALID_ARGS,
    [REFUSAL_ACCESS_DENIED] = SD_BUS_ERROR_ACCESS_DENIED,
    [REFUSAL_UNKNOWN_OBJECT] = SD_BUS_ERROR_UNKNOWN_OBJECT,
    [REFUSAL_LIMITS_EXCEEDED] = SD_BUS_ERROR_LIMITS_EXCEEDED,
    [REFUSAL_IO_ERROR] = SD_BUS_ERROR_IO_ERROR,
    [REFUSAL_CLIENT_GONE] = NULL,
    [REFUSAL_WAITING] = NULL,
};

const char *error_name(RefusalCode code) {
    return (int) code >= 0 && code < _REFUSAL_MAX ? error_names[code] : NULL;
}
