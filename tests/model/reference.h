/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reference: what the rules say must be so, in small tables that are searched from end to end. It shares nothing with the
 * service but the words of service/types.h.
 *
 * Each function does one thing that a client or the network can do, tells the outcome, and writes into the tale of every
 * client what that client has to be told, in order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "service/call-state.h"
#include "service/open.h"
#include "service/refusal.h"
#include "service/types.h"

enum {
    CLIENTS = 6,
    LINES = 3,
    CALLS = 12,
    REQUESTS = 160,
    TOKENS = 64,
    STARTS = 64,
    TALE = 1024,
    KINDS = 2,        /* of network ids */
    APPS = 3,         /* 0 is none */
    GATHERED_MAX = 8,
    PLACED_MAX = 2,   /* calls that one request makes */
};

#define NOBODY (-1)
#define NOTHING (-1)
#define GRANTED (-1) /* no RefusalCode */

/* ---- What a client is told, but for properties that travel together ---- */

typedef enum ToldKind {
    TOLD_ADDED,   /* handle, its state */
    TOLD_STATE,   /* handle, the new state */
    TOLD_REMOVED, /* handle */
    TOLD_DIGIT,   /* handle, the digit */
    TOLD_SENT,    /* handle, the outcome of digits sent */
    TOLD_TONE,    /* handle, the outcome of a tone */
    TOLD_GATHERED, /* handle, reason and digits */
    TOLD_WISH,    /* nothing, the media mode of the call that somebody wants */
    TOLD_CLOSED,  /* line */
    TOLD_RANG,    /* line, the count */
    TOLD_DONE,    /* question, the outcome */
} ToldKind;

typedef struct Told {
    ToldKind kind;
    uint64_t about;
    uint64_t value;
} Told;

typedef struct Tale {
    Told told[TALE];
    unsigned n;
} Tale;

/* The value of TOLD_DONE: a refusal, or the numbers of the handles that were got (or 0). */
uint64_t outcome_value(int refusal, uint64_t handle, uint64_t second);

/* The value of TOLD_GATHERED. */
uint64_t gathered_value(GatherReason reason, const char *digits);

/* ---- What there is ---- */

typedef struct RefHandle {
    bool there, owner, digits;
    OnOwnerLost on_owner_lost;
    uint64_t number;
    uint64_t retired; /* when its call became idle; 0: it is not */
    unsigned app_data;
    bool uncounted; /* of an emergency call: until that is idle */
} RefHandle;

typedef struct RefOpen {
    bool there;
    uint64_t place;
    OpenPrivilege privilege;
    uint32_t media_modes;
    bool offer;
    OnOwnerLost on_owner_lost;
    unsigned app;
} RefOpen;

typedef struct RefClient {
    bool there;
    unsigned user;
    uint64_t last_number, withheld;
    uint64_t recipient; /* since when it takes wishes; 0: it does not */
    RefOpen opens[LINES];
    RefHandle handles[CALLS];
    Tale tale;
} RefClient;

/* Digits of the far end, for one client. */
typedef struct RefGathering {
    int client; /* NOBODY: none runs */
    unsigned max, n;
    const char *terminators;
    char digits[GATHERED_MAX + 1];
    int64_t inter; /* microseconds; 0: for ever */
    int64_t deadline;
    uint64_t stamp;
} RefGathering;

typedef struct RefCall {
    bool there, at_network, appeared, dropping, abandoned, orphaned, dialled_kept, kept, muted, encrypted;
    unsigned device, volume; /* 0: none; of id-N */
    CallKind kind;
    int conference;  /* call; NOTHING: it is in none */
    uint64_t joined; /* when */
    int consultation, consulted_for; /* what it was held for, and the other way round */
    int line;
    uint64_t born;
    CallDirection direction;
    MediaMode media_mode;
    CallState state;
    uint64_t entered; /* when */
    StateDetail detail;
    DisconnectCause cause;
    int generator; /* client */
    bool tone;     /* what is generated is one */
    unsigned call_data;
    unsigned call_id, related; /* 0: none */
    char address[ADDRESS_MAX + 2];
    bool emergency;
    unsigned network_ids[KINDS];
    RefGathering gathering;
} RefCall;

typedef struct RefLine {
    bool there;
    LineState state;
    bool close_drop;
    unsigned max_active, max_held, max_parties;
    AnswerMode answer_mode;
    Operations without;
    bool call_id;
    unsigned messages;
    uint32_t media_modes;
    uint64_t last_place;
    uint64_t added; /* when */
} RefLine;

typedef enum RefRequestKind {
    REQUEST_OPERATION,
    REQUEST_PLACE, /* it makes calls */
    REQUEST_WAIT,  /* for the dial of the same token */
} RefRequestKind;

typedef struct RefRequest {
    RefRequestKind kind;
    Operation operation;
    uint64_t id; /* as the network knows it; 0: it doesn't */
    int client;  /* NOBODY: gone, or the service itself */
    int user;    /* NOBODY: the service itself */
    int call, other; /* other: the second that it makes, or that it is about */
    int from;        /* the call that those which it makes begin from, or NOTHING */
    uint64_t question;
    bool answered, waiting; /* answered; has its deadline before it */
    int64_t deadline;
    int token;
    OnOwnerLost on_owner_lost;
    bool flag; /* mute; there are digits to send */
} RefRequest;

typedef struct RefToken {
    bool there, pending;
    unsigned user, text, arguments;
    int line, call;
    int64_t born;
} RefToken;

/* The network has to hear of it. */
typedef struct RefStart {
    RefRequestKind kind;
    Operation operation;
    int call, other, from;
    bool refused;   /* the network said no at once */
    int request;    /* index; NOTHING if it was refused */
} RefStart;

typedef struct Reference {
    unsigned max_handles, max_requests, max_user_requests, max_tokens;
    int64_t timeout;
    Operations abilities;
    bool stopping;
    bool start_fails; /* whatever the network is asked now, it says no at once */
    RefClient clients[CLIENTS];
    RefCall calls[CALLS];
    RefLine lines[LINES];
    RefRequest requests[REQUESTS]; /* the oldest first */
    unsigned n_requests;
    RefToken tokens[TOKENS]; /* the oldest first */
    unsigned n_tokens;
    RefStart starts[STARTS]; /* of this step */
    unsigned n_starts;
    uint64_t stamp;
    unsigned apps[_MEDIA_MAX][APPS]; /* the lists of priorities; 0 ends them */
    uint64_t gone[REQUESTS]; /* questions whose client has left in this step */
    unsigned n_gone;
} Reference;

extern Reference ref;

/* The one number of each line that is an emergency. */
#define EMERGENCY "12"

/* ---- Facts ---- */

unsigned ref_owners(int call);
unsigned ref_monitors(int call);
unsigned ref_count_handles(int client);
unsigned ref_client_requests(int client);
unsigned ref_user_requests(unsigned user);
Operations ref_features(int client, int call);
bool ref_is_live(CallState state);
bool ref_is_ringing(CallState state);
bool ref_is_held(CallState state);
unsigned ref_active_calls(int line);
unsigned ref_held_calls(int line);
CallState ref_state_after(CallState state, CallEvent event); /* _CALL_STATE_INVALID: ignored */
bool ref_possible(Operation operation, CallKind kind, CallState state);
Operations ref_abilities(int line);
bool ref_needs_owner(Operation operation);
int ref_free_call(void);
unsigned ref_free_calls(void);

/* ---- What clients do: each gives GRANTED or the refusal ---- */

/* The service is killed, and starts again: of the clients and lines those of the sets are still there. */
void ref_restart(unsigned clients, unsigned lines);
void ref_restore_places(int line); /* of a line that was added again */

void ref_arrive(int client, unsigned user);
void ref_vanish(int client);
int ref_open(int client, int line, const OpenOptions *options);
int ref_close(int client, int line);
int ref_get_new_calls(int client, int line);
int ref_check(int client, int call, Operation operation);

/* `question` is how the answer is known; it comes in the tale, unless the question is refused at once. `flag` is an argument
 * that is good, or true. */
int ref_operate(int client, int call, Operation operation, uint64_t question, bool flag);
int ref_swap_hold(int client, int call, int held, uint64_t question);
int ref_complete_transfer(int client, int call, int consultation, uint64_t question);
int ref_add_to_conference(int client, int conference, int call, uint64_t question);

int ref_set_privilege(int client, int call, bool owner);
int ref_set_on_owner_lost(int client, int call, OnOwnerLost on_owner_lost);
int ref_set_app_data(int client, int call, unsigned data);
int ref_set_call_data(int client, int call, unsigned data);
int ref_set_media_mode(int client, int call, MediaMode media_mode);
int ref_monitor_digits(int client, int call, bool enable);
int ref_handoff(int client, int call, int target);
int ref_handoff_app(int client, int call, unsigned app);
int ref_handoff_media(int client, int call, MediaMode media_mode);
int ref_get_conference_calls(int client, int call);
void ref_release_handle(int client, int call);

/* What is asked of a line that makes no call. */
int ref_ask_line(int client, int line, Operation operation, uint64_t question, int value_refusal);

typedef struct RefGather {
    unsigned max;
    const char *terminators;
    unsigned first_ms, inter_ms;
    int refusal; /* GRANTED if the arguments are good */
} RefGather;

int ref_gather(int client, int call, const RefGather *gather);

typedef struct RefOrder {
    MediaMode media_mode;
    int address_refusal; /* GRANTED if it can be dialled */
    unsigned token;      /* 0: none */
    unsigned arguments;  /* equal if all arguments are */
    OnOwnerLost on_owner_lost;
    const char *address;
} RefOrder;

int ref_dial(int client, int line, const RefOrder *order, int call, uint64_t question);

/* What makes calls besides: `slots` are those that they will be. `from`: the call that it is asked of, or NOTHING. */
typedef struct RefPlacement {
    Operation operation;
    int line, from, other;
    unsigned n;
    int slots[PLACED_MAX];
    bool conference; /* the first of them is one */
} RefPlacement;

int ref_consult(int client, const RefPlacement *placement, const RefOrder *order, uint64_t question);
int ref_transfer_to_conference(int client, const RefPlacement *placement, uint64_t question);
int ref_fetch(int client, const RefPlacement *placement, int value_refusal, uint64_t question);

void ref_register_recipient(int client, bool enable);
int ref_request_call(MediaMode media_mode);

/* ---- What the network does ---- */

void ref_add_line(int line);
void ref_line_state(int line, LineState state);
void ref_ring(int line, unsigned count);
bool ref_incoming(int line, MediaMode media_mode, unsigned call_id, const char *number, int call);
void ref_event(int call, CallEvent event, StateDetail detail);
void ref_joined(int call, int conference);
void ref_ended(int call, DisconnectCause cause);
void ref_give_back(int consultation); /* what is held for it, as it is dropped after it has ended */
void ref_call_id(int call, unsigned call_id, unsigned related);
void ref_digit(int call, char digit);
void ref_digits_sent(int call, DigitsOutcome outcome, bool tone);
void ref_complete(uint64_t id, int refusal);

typedef struct RefStartOfCall {
    CallEvent event;
    StateDetail detail;
    unsigned call_id, related;
    MediaMode media_mode;
    const char *address; /* NULL: as it was dialled */
} RefStartOfCall;

void ref_complete_calls(uint64_t id, const RefStartOfCall *starts);
void ref_complete_by_end(int call, int consultation, uint64_t id, DisconnectCause cause);

/* Deadlines that are over now. */
void ref_time_out(int64_t now);

/* When the next one is over; INT64_MAX: there is none. */
int64_t ref_next_deadline(void);

/* ---- Between the parts of the reference ---- */

void ref_tell(int client, ToldKind kind, uint64_t about, uint64_t value);
bool ref_give(int client, int call, bool owner, OnOwnerLost on_owner_lost);
bool ref_has_room(int client, unsigned n); /* for calls to come */
bool ref_has_room_for(int client, int call);
void ref_make_room(int client, unsigned n);
void ref_open_if_closed(int client, int line);
void ref_lose_handle(int client, int call);
void ref_void_handle(int client, int call);
int ref_next_open(int line, MediaMode media_mode, int last); /* rule 4: after that client; NOBODY: the first */
void ref_consult_about(int call, int consultation);
bool ref_ends_consultation(int call);
void ref_enter(int call, CallState state, StateDetail detail);
void ref_new_call(int call, RefCall facts);
void ref_appear(int call, CallState state, StateDetail detail, int dialler, OnOwnerLost on_owner_lost);
void ref_offer(int call);
MediaMode ref_clean_media_mode(int line, MediaMode media_mode);
void ref_clear(int call);
void ref_forget_media(RefCall *c);
void ref_end(int call, DisconnectCause cause, bool by_us);
void ref_void(int call);
void ref_after_release(int call, bool owner, OnOwnerLost on_owner_lost);
void ref_after_loss(int call, bool owner, OnOwnerLost on_owner_lost);
void ref_settle(int call);
unsigned ref_participants(int conference);
int ref_next_participant(int conference, uint64_t after); /* who joined next after that time */

unsigned ref_listeners(int call);
void ref_count_digits(int call, unsigned before, unsigned after);
void ref_stop_gathering(int call);              /* without a word */
void ref_cancel_gathering(int call);
void ref_time_out_gathering(int call);
void ref_drop_unowned(int call);

int ref_limits(int client, int call); /* nothing is asked about no call: NOTHING */
int ref_ask(RefRequest request, bool network);
RefRequest ref_request_of(int client, int call, Operation operation, uint64_t question);
int ref_find_request(uint64_t id);
int ref_find_pending(int call, Operation operation);
void ref_answer(int request, int refusal, uint64_t handle, uint64_t second);
void ref_finish(int request, int refusal, uint64_t handle, uint64_t second);
void ref_finish_call(int call);
void ref_forget_client(int client);
int ref_check_transfer(int client, int call, int consultation);
int ref_check_line(int line, Operation operation);
int ref_check_full(int conference);
int ref_check_active(int line);
int ref_check_held(int line);
int ref_check_answer(int line);
void ref_forget_call(int call);   /* by tokens */
void ref_forget_line(int line);
void ref_renew_tokens(void);
int ref_repeat(int client, int line, const RefOrder *order, int token, uint64_t question);
int ref_find_token(unsigned user, int line, unsigned text);
int ref_add_token(unsigned user, int line, const RefOrder *order); /* NOTHING: too many */
void ref_remove_token(int token);
void ref_fail_token(int token, int refusal);
void ref_answer_waiting(int token, int call, OnOwnerLost on_owner_lost);
void ref_place_failed(int request, int refusal);
