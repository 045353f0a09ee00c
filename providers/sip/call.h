/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SipCall: our side of one Call, and its relations. A conference is one too: without a dialog, with a mixer. What is asked of it has
 * its effect here at once and is told; the peer learns of it by the dialog, which is brought to what is wanted (talk.h), and lives on
 * for a while after the call (farewell.h). All but the functions of operation.h run outside of operations.
 */
#pragma once

#include "providers/media/mixer.h"
#include "providers/media/stream.h"
#include "providers/sip/desk.h"
#include "providers/sip/guests.h"
#include "providers/sip/party.h"
#include "providers/sip/sdp.h"
#include "providers/sip/session-id.h"
#include "providers/sip/stack.h"

#define CALL_ID_SIZE 33 /* 128 bits in hex, with the NUL */

typedef enum CallPhase {
    PHASE_DIAL_TONE,  /* nothing was dialled yet */
    PHASE_DIALING,    /* on its way */
    PHASE_PROCEEDING,
    PHASE_RINGBACK,
    PHASE_TONE,       /* busy; there is no dialog any more */
    PHASE_OFFERED,
    PHASE_ACCEPTED,
    PHASE_CONNECTED,
    PHASE_HELD,
    PHASE_CONFERENCED,
    PHASE_OVER,
} CallPhase;

/* What it waits for on the network's behalf. */
typedef struct Awaited {
    RequestId answer;  /* of answer(), until the 200 is on its way */
    RequestId refer;   /* of a transfer or of park(), until the peer has taken it */
    RequestId take;    /* of unpark() or pickup(), until it is connected */
} Awaited;

struct SipCall {
    unsigned refs;
    CallPhase phase;
    Call *call; /* NULL once it is over */
    Desk *desk;
    GList link; /* among the desk's calls */
    char id[CALL_ID_SIZE], related[CALL_ID_SIZE], former[CALL_ID_SIZE];
    MediaMode media_mode;

    /* The peer. */
    SipDialog *dialog;
    bool is_outgoing; /* who began the dialog in hand */
    bool was_dialled; /* who began the call */
    bool is_inside;   /* to a line of ours, whatever way the line's calls go */
    bool is_hidden;   /* the peer must not learn who we are */
    bool is_up;       /* the dialog is established, and answered */
    bool rang;
    SessionId session;
    SipCall *caller_here; /* whose call came in, where that is one of ours; it may be over */
    SipCall *twin;    /* the other end, where that is a call of ours */
    Party own, peer, called, referrer;
    char *dialled;    /* digit by digit, so far; NULL */
    char *target;     /* the URI that was dialled */
    char *contact;    /* where the peer's dialog is, by its Contact; NULL: unknown */
    GPtrArray *tried; /* of URIs that a redirection led to */
    char *uui;        /* the header for the INVITE; NULL */

    /* The voice. */
    Sdp *sdp;
    MediaStream *stream;
    struct Ear *ear;      /* whose stream that is: talk.c */
    uint64_t sdp_session;
    char *answer;        /* to the offer that came, as long as it was not sent */
    bool offers;         /* the INVITE in hand has an offer of ours */
    bool asks;           /* an INVITE of ours is on its way */
    bool said_held, tells_held; /* what the peer was last told, and is being told, of hold */
    bool has_moved;      /* to another address, and the peer does not know */
    bool has_agreed;     /* the stream is on */
    MediaAgreement agreed;
    char *agreed_address;
    bool is_muted, listens;
    unsigned volume;     /* in per cent */
    int detail;          /* StateDetail as told last */
    GSList *settlements; /* what waits until the peer knows */
    guint retry;         /* of a re-INVITE that crossed another one */

    /* On its line. */
    SipCall *consultation, *consulted_for;
    bool is_conference, was_established, is_ending;
    Mixer *mixer;        /* of a conference */
    GQueue members;      /* of a conference */
    SipCall *conference; /* of a member */
    bool is_secured;

    /* What takes time. */
    Awaited awaits;
    SipCall *refer_other; /* the consultation of the transfer in hand */
    char *refer_text;     /* what it is completed with */
    guint patience, bell, rings;
    Guest *guest; /* while it rings, for a stranger */
    unsigned patience_s;
    SipCall *journey;    /* the call to where the peer has sent us (refer.c); it has no token */
    unsigned journeys;    /* how many there were */
    unsigned refers;      /* how often the peer of the dialog in hand asked for one */
    char *refer_event;    /* what the peer is told of the journey is named so */
    SipCall *travels_for; /* whose journey this is */
    DisconnectCause failed_journey; /* what came of it, if it failed */
    char *failed_text;
    struct DigitQueue *digits; /* what is being sent by INFO, or to all of a conference (digits.c) */
    unsigned sounds;     /* a set of SOUND_*: what is not over */
    SipCall *speaks_for; /* the conference whose digits this member says */
    CallReason take_reason;
};

/* Generations that are not over. */
enum { SOUND_DIGITS = 1 << 0, SOUND_TONE = 1 << 1 };

SipCall *sip_call_new(Desk *desk, Call *call, CallPhase phase);
SipCall *sip_call_ref(SipCall *call);
SipCall *sip_call_unref(SipCall *call);
bool sip_call_is_over(const SipCall *call);

/* What the service is to be told of the ids: NULL where the line assigns none. */
const char *call_shown_id(const SipCall *call);
const char *call_shown_related(const SipCall *call);

/* It is of that conversation now; the other end on our lines, too. */
void call_set_id(SipCall *call, const char *id, const char *related);
void call_link_twin(SipCall *call, SipCall *twin);

/* Our calls that are on their way out, and what is known by that UUID: NULL. */
SipCall *call_find_by_session(Sip *sip, const char *uuid);

/* Enters a phase and tells the event. */
void call_enter(SipCall *call, CallPhase phase, CallEvent event);
void call_enter_detail(SipCall *call, CallPhase phase, CallEvent event, StateDetail detail);

void call_tell_network_ids(SipCall *call);
void call_tell_party(SipCall *call, PartyRole role, const Party *party);

/* Before it goes there: the owner pays for it. */
void call_tell_redirection(SipCall *call, const Party *party);

/* The call is over: tells the service, frees what it has, completes what was asked of it. The dialog is not touched. */
void call_finish(SipCall *call, DisconnectCause cause, const char *text);

/* The same, by which a request is complete. */
void call_complete(SipCall *call, SipCall *other, RequestId request, DisconnectCause cause, const char *text);

/* Takes leave of the peer in the way that the phase asks for, and is over. */
void call_hang_up(SipCall *call, DisconnectCause cause, const char *text);
void call_leave_peer(SipCall *call, DisconnectCause cause);

/* The two change their peers: dialogs, voices and all. */
void call_change_peers(SipCall *call, SipCall *other);

/* By its owner. */
void call_drop(SipCall *call, RejectReason reason);

/* The line's refusals. */
Refusal *refuse_phase(const char *right) __attribute__((warn_unused_result));

Provider *call_provider(const SipCall *call);
const char *call_domain(const SipCall *call); /* where numbers without a host are */

/* What the dialog of this call says of us in its headers, to be freed. */
char *call_headers(SipCall *call);

/* What becomes of it at the end of a consultation, or of a member: hold.c, conference.c. */
void consultation_link(SipCall *call, SipCall *consultation);
void consultation_forget(SipCall *call); /* the one about it */
void consultation_unlink(SipCall *call);

/* What its dialog tells: events of all kinds. */
void call_on_event(SipDialog *dialog, const SipEvent *event, void *userdata);
