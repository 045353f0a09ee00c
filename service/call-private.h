/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a Call: for call.c, where its state is written, and call-facts.c, where all else is. */
#pragma once

#include "service/call.h"
#include "service/gather.h"
#include "service/journal.h"
#include "service/manager.h"
#include "service/party.h"
#include "service/timer.h"
#include "service/toll.h"

/* What few calls have. */
typedef struct CallExtra {
    Call *call;
    char *related_call_id, *called_party, *comment, *provider_cause;
    char *audio_device;
    GBytes *call_data, *user_user_info;
    GHashTable *network_ids;
    Handle *generator;    /* whose digits, or tone, are being sent */
    Gathering *gathering; /* of the far end's digits */
    Call *conference;     /* what it is a participant of, */
    GList *place;         /* and where among these */
    GQueue *participants; /* what a conference has; NULL for a plain call */
    Call *consultation;   /* what it was held for */
    Call *consulted_for;  /* of a consultation: the call that was held for it */
    Call **weak;
    Timer limit;          /* of its duration */
} CallExtra;

struct Call {
    Line *line;
    void *provider_data;
    CallState state : 8;
    StateDetail detail : 8;
    DisconnectCause cause : 8;
    DisconnectCause end_cause : 8; /* what the cause is once it has ended */
    CallDirection direction : 8;
    CallOrigin origin : 8;
    CallReason reason : 8;
    MediaMode media_mode : 8;
    CallKind kind : 8;
    bool emergency : 1, muted : 1, encrypted : 1;
    bool at_network : 1; /* the provider knows it */
    bool appeared : 1;   /* clients may know it */
    bool dropping : 1;   /* its end will be our own doing */
    bool abandoned : 1;  /* it is to be dropped because nobody owns it */
    bool orphaned : 1;   /* its owner is gone and nobody came instead: it rings on, but is answered for nobody */
    bool dialled_kept : 1; /* it was dialled to be kept: nobody drops it for want of handles */
    bool kept : 1;       /* its last owner left it on purpose: likewise */
    bool expired : 1;    /* it ends as it has lasted for too long */
    bool generates_tone : 1; /* the generation is that of a tone */
    bool logged : 1;     /* its end is in the call log */
    bool adopting : 1;   /* its provider is asked whether it still has it */
    bool was_owned : 1;  /* by a client of `last_uid`, who left it last */
    uint8_t volume;
    uint32_t last_uid;
    unsigned owners, monitors, digit_monitors;
    uint64_t timestamps[_CALL_TIMESTAMP_MAX];
    int64_t connected_usec; /* monotonic; 0: never, or before the service was started anew */
    CallGroup *group; /* the calls with this Call ID */
    GList group_link, line_link;
    char *address;
    Party *parties[_PARTY_MAX];
    CallExtra *extra; /* NULL until there is something in it */
    GQueue handles, requests;
    GSList *other_requests;
    JournalMark mark;
    User *maker;   /* NULL: it came from elsewhere */
    TollMark toll; /* of what was dialled here */
};

/* To be read; and to be written. */
extern const CallExtra call_extra_none;

static inline const CallExtra *extra_of(const Call *call) {
    return call->extra ?: &call_extra_none;
}

CallExtra *call_extra(Call *call);

#define BIT(name) CALL_PROPERTY_BIT(CALL_PROPERTY_##name)

/* The holders' views are about to change, but that of one. Idle calls say nothing any more, nor do those of a line that was
 * taken away. */
void call_touch_but(Call *call, const GList *one, uint64_t properties);
void call_touch(Call *call, uint64_t properties);

/* It is forgotten, on the disk too. */
void call_keep_no_more(Call *call);

/* The calls with that Call ID are its company from now on; none for "" or NULL. */
void call_join_group(Call *call, const char *call_id);

/* It is connected: it may last for so long. It is over: what was counted for it is settled. */
void call_limit_duration(Call *call);
void call_settle_toll(Call *call);

/* Its number is free again. */
void call_forget_number(Call *call);

/* What is over with the media: the set of properties that this changes; and changes it. */
uint64_t call_media_changed(const Call *call);
void call_forget_media(Call *call);

/* Nothing is found by its network ids any more. */
void call_forget_network_ids(Call *call);
