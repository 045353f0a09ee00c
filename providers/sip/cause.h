/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes: why a call ended, as SIP says it (RFC 3261, RFC 3326 with Q.850) and as the call model does. Pure, tables only. */
#pragma once

#include "service/call-state.h"
#include "service/types.h"

/* Statuses as in responses. `rang`: the far end was ringing before. Of unknown ones the class counts. CAUSE_NONE below 200. */
DisconnectCause cause_from_status(int status, bool rang);

/* What a caller hears of the status: CALL_EVENT_BUSY or CALL_EVENT_SPECIAL_INFO, with its detail, before the end; else
 * CALL_EVENT_ENDED, the end at once. */
CallEvent cause_tone(int status, StateDetail *ret_detail);

/* What a Reason header says, first of its values that is known: "Q.850;cause=17;text=\"User busy\"", "SIP;cause=200" (that of a
 * CANCEL: somebody else took the call). CAUSE_NONE if it says nothing. */
DisconnectCause cause_from_reason(const char *reason);

/* What to say of a cause in a BYE or CANCEL of our own: the text of a Reason header, static; NULL: nothing. */
const char *cause_to_reason(DisconnectCause cause);

/* How an offered call is turned away: the status, and its words, static. */
int cause_reject_status(RejectReason reason, const char **ret_phrase);

/* The network's own words, to be freed: "SIP 486 Busy Here", and with what a Reason header adds "SIP 503 Service Unavailable (Q.850 34
 * No circuit)". `status` 0: there is none. The phrase and the reason may be NULL. NULL if the network said nothing. */
char *cause_text(int status, const char *phrase, const char *reason);
