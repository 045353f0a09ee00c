/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion: what is done about a call that finds the far end busy, or nobody there. */
#pragma once

#include "service/handle.h"
#include "service/request.h"

/* done() gets the completion id as text. */
Refusal *handle_complete_call(Handle *handle, CompletionMode mode, Done done);
Refusal *line_cancel_completion(Line *line, Client *client, const char *completion_id, Done done);
