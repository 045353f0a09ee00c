/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trouble: what keeps a line out of service, in words for a person (StateReason). Pure. */
#pragma once

#include <stdbool.h>

typedef enum Trouble {
    TROUBLE_NONE,
    TROUBLE_STARTING,
    TROUBLE_NO_NETWORK,
    TROUBLE_NO_NAME,
    TROUBLE_NO_DNS,
    TROUBLE_REFUSED,
    TROUBLE_UNREACHABLE,
    TROUBLE_NO_ANSWER,
    TROUBLE_NO_TLS,
    TROUBLE_CERTIFICATE,
    TROUBLE_NO_PASSWORD,
    TROUBLE_WRONG_PASSWORD,
    TROUBLE_PASSWORD_UNREADABLE,
    TROUBLE_UNKNOWN_USER,
    TROUBLE_FORBIDDEN,
    TROUBLE_BUSY_SERVER,
    TROUBLE_OTHER_ANSWER,
    TROUBLE_ADDRESS_IN_USE,
    _TROUBLE_MAX,
} Trouble;

/* What a final answer to REGISTER means; TROUBLE_NONE for 2xx. `had_password`: ours went with it. */
Trouble trouble_from_status(int status, bool had_password);

/* Does it only go away if somebody does something: then there is no hurry to try again. */
bool trouble_is_lasting(Trouble trouble);

/* `where`: the host that was asked. `detail`: the words of the network, or what is wrong with the certificate; may be NULL. To be freed. */
char *trouble_text(Trouble trouble, const char *where, const char *detail);
