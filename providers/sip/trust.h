/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trust: where the far end of a call may send us. Whoever is on the telephone must not be able to call others at our cost. Pure. */
#pragma once

#include <stdbool.h>

#include "providers/sip/account.h"

/* May a line with that account and that address ("sip:alice@example.org") be sent to the target, by a peer whose messages come from
 * that host (NULL: unknown)? */
bool trust_allows(const SipAccount *account, const char *own_address, const char *peer_host, const char *target);

/* Could it cost money, or call for help: a number that is no extension, an exchange's code, or what nobody can tell? */
bool trust_sees_costs(const char *target);
