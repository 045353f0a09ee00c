/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion: what is done about a call that finds the far end busy, or nobody there. */
#include "service/completion.h"

#include <string.h>

#include "service/call.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/operations.h"
#include "service/toll.h"

/* Whoever has the network call back dials once more. */
static Refusal *take_toll(Handle *handle, CompletionMode mode) {
    const Call *call = handle_call(handle);

    if (mode != COMPLETION_CALLBACK)
        return NULL;
    return toll_take(call_line(call), handle_client(handle), dials_to(call_line(call), call_address(call)));
}

Refusal *handle_complete_call(Handle *handle, CompletionMode mode, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_COMPLETE_CALL)
                       ?: deed_check_dial(handle_client(handle), call_line(call), call_address(call))
                       ?: take_toll(handle, mode) ?: operation_request(handle, OPERATION_COMPLETE_CALL, &request);

    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->complete_call(call, mode, request_id(request)),
                             /* effect= */ NULL, done);
}

static Refusal *check_id(const char *completion_id) {
    if (*completion_id && strlen(completion_id) <= COMPLETION_ID_MAX)
        return NULL;
    return refuse(REFUSAL_INVALID_COMPLETION, "That is no completion id: give what CompleteCall returned");
}

Refusal *line_cancel_completion(Line *line, Client *client, const char *completion_id, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    Open *open = NULL;
    Request *request = NULL;
    Refusal *refusal = line_find_open(line, client, &open) ?: line_check_method(line, OPERATION_CANCEL_COMPLETION)
                       ?: check_id(completion_id)
                       ?: request_new(line_provider(line), client, /* call= */ NULL, OPERATION_CANCEL_COMPLETION, &request);

    if (refusal)
        return refusal;
    return operation_started(request, ops->cancel_completion(line, completion_id, request_id(request)), /* effect= */ NULL, done);
}
