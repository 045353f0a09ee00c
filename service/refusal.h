/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusal: the outcome of a request that the rules, the line or the network turned down. */
#pragma once

#include "service/cleanup.h"

typedef enum RefusalCode {
    REFUSAL_INVALID_STATE,
    REFUSAL_NOT_OWNER,
    REFUSAL_NOT_SUPPORTED,
    REFUSAL_INVALID_ADDRESS,
    REFUSAL_INVALID_PRIVILEGE,
    REFUSAL_LINE_NOT_OPEN,
    REFUSAL_LINE_OUT_OF_SERVICE,
    REFUSAL_LINE_BUSY,
    REFUSAL_TARGET_NOT_FOUND,
    REFUSAL_TARGET_SELF,
    REFUSAL_NO_CONFERENCE,
    REFUSAL_CONFERENCE_FULL,
    REFUSAL_NOT_CONFERENCE,
    REFUSAL_INVALID_COMPLETION,
    REFUSAL_TOO_BIG,
    REFUSAL_PROVIDER_FAILED,
    REFUSAL_TIMEOUT,
    REFUSAL_CONFLICT,
    REFUSAL_INVALID_ARGS,
    REFUSAL_ACCESS_DENIED,
    REFUSAL_UNKNOWN_OBJECT,
    REFUSAL_LIMITS_EXCEEDED,
    REFUSAL_IO_ERROR, /* the state folder can't be written */
    REFUSAL_CLIENT_GONE, /* nobody is left to hear it: never reaches the bus */
    REFUSAL_WAITING,     /* somebody has to be asked first: the request is made again later, its client hears nothing */
    _REFUSAL_MAX,
} RefusalCode;

typedef struct Refusal Refusal;

/* Says no. The text tells what was wrong and what would be right, as a sentence without a final stop. */
Refusal *refuse(RefusalCode code, const char *format, ...) __attribute__((format(printf, 2, 3), warn_unused_result));
Refusal *refusal_copy(const Refusal *refusal) __attribute__((warn_unused_result));
Refusal *refusal_free(Refusal *refusal);
DEFINE_CLEANUP(Refusal *, refusal_free)

RefusalCode refusal_code(const Refusal *refusal);
const char *refusal_text(const Refusal *refusal);
