/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states and causes of a call as a person says them, and as an exit status. */
#pragma once

#include "interfaces/cli/terminal.h"

#include <stdbool.h>

/* How callbusctl ends. From EXIT_CALL_BUSY on it says how the call of `dial` or `answer` ended. */
typedef enum ExitStatus {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_CALL_BUSY = 3,
    EXIT_CALL_NO_ANSWER = 4,
    EXIT_CALL_REJECTED = 5,
    EXIT_CALL_BAD_ADDRESS = 6,
    EXIT_CALL_NETWORK = 7,
    EXIT_CALL_SERVICE = 8,
    EXIT_CALL_GIVEN_UP = 9,
} ExitStatus;

/* A state by its name on the bus; one that is not known is said as it is. */
const char *state_words(const char *state);
Style state_style(const char *state);

bool state_is_over(const char *state);
/* Answered, and not yet ended. */
bool state_is_talking(const char *state);

ExitStatus exit_status_of_cause(const char *cause, bool was_connected);
