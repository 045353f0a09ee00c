/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: the token of a call in the provider's process, and what was told of it, to be told once more to a service that is started anew. */
#pragma once

#include "providers/wire/codec.h"
#include "service/provider.h"

/* One party; not known: nobody. */
typedef struct HostParty {
    bool known;
    char *number, *name;
    Presentation presentation;
} HostParty;

struct Call {
    Line *line;
    void *data; /* the provider's */
    uint64_t number;
    bool up;   /* its making is complete, or it came in; nothing is told of others */
    bool told; /* the service has it */
    CallState state;
    StateDetail detail;
    DisconnectCause cause;
    CallDirection direction;
    CallOrigin origin;
    CallReason reason;
    MediaMode media_mode;
    char *call_id, *related_call_id, *address, *provider_cause, *audio_device;
    HostParty parties[_PARTY_MAX];
    GPtrArray *network_ids; /* kinds and ids by turns; NULL: none */
    GBytes *user_user_info; /* of one that came in; may be NULL */
    Call *conference;       /* that it is a participant of */
    bool is_conference, muted, encrypted;
    unsigned volume; /* or VOLUME_AS_IT_IS */
    GList link;      /* in the line's list */
};

/* In the line's list, and found by its number from now on. */
Call *host_call_new(Line *line, uint64_t number, CallDirection direction);

/* Taken out of everything, and freed: nothing names it any more. */
Call *host_call_free(Call *call);

/* The same for one that has ended; if nobody is there to be told, it is remembered. */
void host_call_end(Call *call, DisconnectCause cause, const char *provider_cause);

/* False, after a log line: the event does not fit, and is to be told nobody. */
bool host_call_follow(Call *call, CallEvent event, StateDetail detail);

void host_call_set_party(Call *call, PartyRole role, const PartyInfo *party);
void host_call_set_ids(Call *call, const char *call_id, const char *related_call_id);
void host_call_set_network_id(Call *call, const char *kind, const char *id);

/* How it began; how it comes in. */
void host_call_begin(Call *call, const CallStart *start);
void host_call_come_in(Call *call, const IncomingInfo *info);

/* Points into the call; the network ids into `keep`. */
void host_call_describe(const Call *call, WireKeep *keep, WireCall *ret);
void host_call_incoming_info(const Call *call, IncomingInfo *ret);
