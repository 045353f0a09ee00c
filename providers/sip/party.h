/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Party: who is who, as SIP's headers tell (RFC 3325, 3323, 5806, 7044, and Remote-Party-ID). Pure. */
#pragma once

#include "providers/sip/stack.h"
#include "service/provider.h"

/* With texts of its own. */
typedef struct Party {
    char *number, *name;
    Presentation presentation;
} Party;

void party_clear(Party *party);
void party_copy(Party *party, const Party *from);
PartyInfo party_as_info(const Party *party);

/* A URI (with or without <>, display name and parameters), as one reads it in that domain. NULL or broken: unknown. */
void party_from_address(Party *ret, const char *address, const char *domain);

/* Who sends the request or the response. `trusted`: the next hop is a registrar or a proxy, whose word counts more than the peer's. */
void party_of_sender(Party *ret, const SipEvent *event, bool trusted, const char *domain);

/* Who was called, by the To header. */
void party_of_called(Party *ret, const SipEvent *event, const char *domain);

/* Who sent the call on, and why: false if nobody did. */
bool party_of_diversion(Party *ret, CallReason *ret_reason, const SipEvent *event, const char *domain);

/* Who handed the call over, by Referred-By: false if nobody did. */
bool party_of_referrer(Party *ret, const SipEvent *event, const char *domain);
