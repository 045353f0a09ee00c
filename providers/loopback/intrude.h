/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intrude: a caller breaks into the conversation of the line that is busy. */
#pragma once

#include "providers/loopback/end.h"

/* `at`: the line, or NULL for a script. */
Refusal *intrude(End *end, LoopLine *at, RequestId request);
