/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals as errors of D-Bus, both ways. */
#include "providers/wire/error.h"

#include <glib.h>
#include <string.h>

#include "bus/error-name.h"
#include "providers/wire/names.h"

static RefusalCode code_of(const char *name) {
    if (name && strcmp(name, WIRE_ERROR_UNKNOWN_METHOD) == 0)
        return REFUSAL_NOT_SUPPORTED;
    for (RefusalCode i = 0; i < _REFUSAL_MAX; i++)
        if (name && error_name(i) && strcmp(error_name(i), name) == 0)
            return i;
    return REFUSAL_PROVIDER_FAILED;
}

Refusal *wire_refusal(const sd_bus_error *error) {
    const char *text = error->message && *error->message ? error->message : error->name;

    return refuse(code_of(error->name), "%s", text ?: "The other end said no, and not why");
}

int wire_reply_refusal(sd_bus_message *request, const Refusal *refusal) {
    const char *name = error_name(refusal_code(refusal)) ?: error_name(REFUSAL_PROVIDER_FAILED);

    return sd_bus_reply_method_errorf(request, name, "%s", refusal_text(refusal));
}
