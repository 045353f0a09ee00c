/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replace: an INVITE that takes the place of another dialog (RFC 3891): we are whom somebody was transferred to. */
#pragma once

#include "providers/sip/call.h"

/* The desk's call with that dialog; NULL: there is none. */
SipCall *replace_find(const Desk *desk, const sip_replaces_t *replaces);

/* As SipArrival; for one that has a Replaces header. */
int replace_arrives(Desk *desk, SipDialog *dialog, const SipEvent *event);
