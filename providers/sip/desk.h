/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Desk: what a line has for its calls: the calls, its rules, its sound. */
#pragma once

#include <glib.h>

#include "providers/media/media.h"
#include "providers/sip/line.h"
#include "providers/sip/rule.h"

typedef struct SipCall SipCall;

struct Desk {
    unsigned refs;
    Sip *sip;
    SipLine *line; /* NULL once the line is gone */
    Line *token;
    Media *media;  /* NULL: none can be had */
    CodecList codecs; /* of the account's those that are installed; at least one if there are media */
    GQueue calls;  /* of SipCall, all that are not over */
    Rules rules;
    bool assigns_call_ids;
    AnswerMode answer_mode;
    unsigned max_conference_parties;
};

Desk *desk_new(SipLine *line, const LineInfo *info);

/* The line goes: its calls must be over. */
Desk *desk_free(Desk *desk);

Desk *desk_ref(Desk *desk);
Desk *desk_unref(Desk *desk);

/* What the account does not let the line do. */
Operations desk_missing(const SipAccount *account);

/* Ends all of its calls, and tells both sides; what was asked of them is completed. */
void desk_end_calls(Desk *desk, DisconnectCause cause);

/* Where numbers without a host are. */
const char *desk_domain(const Desk *desk);

/* A local address for the voice of a call to that URI (NULL: wherever), numeric, to be freed: the one where the line listens, if it is
 * one. */
char *desk_media_address(const Desk *desk, const char *target);
