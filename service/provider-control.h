/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of a provider as a whole, or of a line for the sake of tests. */
#pragma once

#include "service/request.h"

/* Starts or stops it. */
void provider_run(Provider *provider, bool start, Done done);

/* Help for tests: see ProviderOps. */
Refusal *line_debug_incoming(Line *line, Client *client, const char *from, Done done);
Refusal *line_debug_state(Line *line, Client *client, LineState state, const char *reason, Done done);
