/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states and causes of a call as a person says them, and as an exit status. */
#pragma once

#include "interfaces/cli/json.h"
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

/* What the network says of a state beyond its name, where it matters to a person; else "". */
const char *state_detail_words(const char *detail);

/* How the call came to be, unless that is the ordinary way: then "". */
const char *reason_words(const char *reason);

/* What a line can do by its `Capabilities`, or cannot, as commands of ours: "hold, transfer". */
char *ability_words(const Json *capabilities, bool can);

bool state_is_over(const char *state);
bool state_is_ringing(const char *state);
/* On hold by hand or for a transfer: a conference that waits for one more is not. */
bool state_is_held(const char *state);

/* The states in which a cause tells why the call will not go on. */
bool state_has_cause(const char *state);

ExitStatus exit_status_of_cause(const char *cause, bool was_connected);
