/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * End: the loopback network's side of one Call, and its relations. What it talks to is its far side: the end of another
 * call (its peer), a script, or, while it is parked, a place; or nobody. On its own line it can be the consultation about
 * another end, and it can speak through another end: a participant through its conference, an intruder's through the
 * conversation that it broke into. What follows from the relations (Call IDs, details, who hears whom) is worked out, never
 * kept. All of this happens on the network's time, so never inside an operation.
 */
#pragma once

#include "providers/loopback/digits.h"
#include "providers/loopback/far.h"
#include "providers/loopback/line.h"
#include "providers/loopback/media.h"
#include "providers/loopback/script.h"
#include "providers/loopback/tone.h"
#include "providers/loopback/wait.h"

typedef struct Completion Completion;
typedef struct Place Place;
typedef struct Trail Trail;

typedef enum EndPhase {
    END_DIAL_TONE,  /* nothing was dialled yet */
    END_DIALING,    /* takes digits, or is on its way */
    END_PROCEEDING, /* on its way; or waits for the far end to be free */
    END_RINGBACK,
    END_TONE, /* busy, or the special information tone */
    END_OFFERED,
    END_ACCEPTED,
    END_CONNECTED,
    END_HELD,
    END_CONFERENCED,
    END_OVER,
} EndPhase;

struct End {
    unsigned refs;
    EndPhase phase : 8;
    MediaMode media_mode : 8;
    StateDetail detail : 8; /* as told last, when connected */
    CallOrigin origin : 8;
    Call *call; /* NULL once it is over */
    LoopLine *line;
    GRefString *id;      /* of the conversation */
    GRefString *related; /* what it had before, or what it is about; or NULL */

    /* The far side. Two that talk: the far end has answered. */
    End *peer;
    Script *script;
    Place *place;

    /* On its own line. */
    End *consultation, *consulted_for; /* each the other's */
    End *through;                      /* whose mouth and ears it uses, instead of its own */
    GList *through_place;              /* among the ends that use them, */
    GQueue *joined;                    /* which are these; NULL: none ever did */
    Completion *completion;            /* what waits for its far end, or made this call */

    GList link;         /* among the ends of the line that ring, that are connected, or that do neither */
    GList *group_place; /* among those that ring in the pickup group */

    Wait *wait;          /* for the next ring of an offered call; for the end of the caller's patience */
    GRefString *called;  /* the number first dialled, where the call came in */
    GRefString *reached; /* the number of the line that it came to, where it went out; or NULL */
    Trail *trail;        /* the lines that sent the call on before it came in; or NULL */
    GString *dialled;    /* so far, in dial tone and while dialling goes on; or NULL */
    DigitSender *sender;
    ToneSender *tone;
    GBytes *user_user_info; /* for the far end, until one answers */
    MediaEnd media;
    unsigned no_answer_s; /* 0: patient for ever */
    const char *device; /* of those that there are: static */
    unsigned volume;    /* in per cent */
    unsigned rings : 20; /* two months of them */
    bool talks : 1;
    bool is_conference : 1, is_ending : 1;
    bool established : 1; /* it has had two participants, or one was added */
    bool hidden : 1, muted : 1, hears_digits : 1, secured : 1;
    bool calls_back : 1; /* offered by a completion: nobody is at the far side yet */
};

/* Those who speak through it. */
GQueue *end_joined(const End *end);

/* Takes a reference of the ID. */
End *end_new(LoopLine *line, Call *call, GRefString *id, MediaMode media_mode, EndPhase phase);
Network *end_network(const End *end);

/* The only writer of the phase. */
void end_set_phase(End *end, EndPhase phase);

/* Enters a phase and tells it. */
void end_enter(End *end, EndPhase phase, CallEvent event);

bool end_is_offered(const End *end);

/* The conference that it is a participant of, or NULL. */
End *end_conference(const End *end);

/* Whether the far end holds or is somewhere parked, as far as this end can tell; tells it if it is new. */
StateDetail end_connected_detail(const End *end);
void end_tell_detail(End *end);

/* The Call ID that it has now: the conversation's, or that of the conference that one of the two is in. */
GRefString *end_shown_id(const End *end);

/* Tells the Call IDs that follow from where it is now, if they are new. */
void end_tell_id(End *end);

/* The same for it and its peer. */
void end_tell_ids(End *end);

/* The conversation has another Call ID from now on; the former one is related to it. */
void end_set_id(End *end, GRefString *id);

/* How this end looks from the far end. */
void end_own_party(const End *end, PartyInfo *ret);

/* A running generation of digits or of a tone is over. */
void end_cancel_generation(End *end);

/* Each takes the end out of everything that it is part of. The far side is told nothing by this, and stays alone. */

/* The call is over; `text` is the network's own words, or NULL for the usual ones. */
void end_finish(End *end, DisconnectCause cause, const char *text);

/* Completes an operation by the end of the call, and of the other one if there is one. */
void end_complete(End *end, End *other, RequestId request, DisconnectCause cause, const char *text);

/* Ends the call; its far end learns that it was hung up on, or called no longer. */
void call_hang_up(End *end, DisconnectCause cause);

/* ---- Consultation ---- */

void end_link_consultation(End *end, End *consultation);

/* It does not wait for its consultation any more; and: it is none itself either. */
void end_forget_consultation(End *end);
void end_unlink_consultation(End *end);

static inline Refusal *refuse_phase(const char *needed) {
    return refuse(REFUSAL_INVALID_STATE, "Meanwhile the call has changed its state; it would have to be %s", needed);
}
