/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mwi: messages that wait (RFC 3842): asked for once a line is registered, and heard of unasked as well. */
#pragma once

#include "providers/sip/line.h"

typedef struct Mwi Mwi;

/* Subscribes; a registrar that has nothing of the kind is not asked again. */
Mwi *mwi_new(SipLine *line);
Mwi *mwi_free(Mwi *mwi);

/* Is it a NOTIFY of messages waiting? Then it is told to the service, and is to be answered with 200. */
bool mwi_take(SipLine *line, const SipEvent *event);

/* Pure: how many new voice messages a body of application/simple-message-summary tells of. False: it is none. */
bool mwi_parse(const char *body, unsigned *ret);
