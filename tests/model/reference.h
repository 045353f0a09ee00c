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

/* The value of TOLD_DONE: a refusal, or the number of the handle that was got (or 0). */
uint64_t outcome_value(int refusal, uint64_t handle);

/* ---- What there is ---- */

typedef struct RefHandle {
    bool there, owner, digits;
    OnOwnerLost on_owner_lost;
    uint64_t number;
    uint64_t retired; /* when its call became idle; 0: it is not */
    unsigned app_data;
} RefHandle;

typedef struct RefOpen {
    bool there;
    uint64_t place;
    OpenPrivilege privilege;
    uint32_t media_modes;
    bool offer;
    OnOwnerLost on_owner_lost;
} RefOpen;

typedef struct RefClient {
    bool there;
    unsigned user;
    uint64_t last_number, withheld;
    RefOpen opens[LINES];
    RefHandle handles[CALLS];
    Tale tale;
} RefClient;

typedef struct RefCall {
    bool there, at_network, appeared, dropping, abandoned, orphaned, dialled_kept, kept, muted;
    int line;
    uint64_t born;
    CallDirection direction;
    MediaMode media_mode;
    CallState state;
    StateDetail detail;
    DisconnectCause cause;
    int generator; /* client */
    unsigned call_data;
} RefCall;

typedef struct RefLine {
    bool there;
    LineState state;
    bool close_drop;
    unsigned max_active, max_held;
    uint32_t media_modes;
    uint64_t last_place;
    uint64_t added; /* when */
} RefLine;

typedef enum RefRequestKind {
    REQUEST_OPERATION,
    REQUEST_DIAL,
    REQUEST_WAIT, /* for the dial of the same token */
} RefRequestKind;

typedef struct RefRequest {
    RefRequestKind kind;
    Operation operation;
    uint64_t id; /* as the network knows it; 0: it doesn't */
    int client;  /* NOBODY: gone, or the service itself */
    int user;    /* NOBODY: the service itself */
    int call;
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
    int call;
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
    uint64_t gone[REQUESTS]; /* questions whose client has left in this step */
    unsigned n_gone;
} Reference;

extern Reference ref;

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
bool ref_possible(Operation operation, CallState state);
bool ref_needs_owner(Operation operation);
int ref_free_call(void);

/* ---- What clients do: each gives GRANTED or the refusal ---- */

void ref_arrive(int client, unsigned user);
void ref_vanish(int client);
int ref_open(int client, int line, const OpenOptions *options);
int ref_close(int client, int line);
int ref_get_new_calls(int client, int line);
int ref_check(int client, int call, Operation operation);

/* `question` is how the answer is known; it comes in the tale, unless the question is refused at once. */
int ref_operate(int client, int call, Operation operation, uint64_t question, bool flag);
int ref_swap_hold(int client, int call, int held, uint64_t question);

int ref_set_privilege(int client, int call, bool owner);
int ref_set_on_owner_lost(int client, int call, OnOwnerLost on_owner_lost);
int ref_set_app_data(int client, int call, unsigned data);
int ref_set_call_data(int client, int call, unsigned data);
int ref_monitor_digits(int client, int call, bool enable);
int ref_handoff(int client, int call, int target);
void ref_release_handle(int client, int call);

typedef struct RefOrder {
    MediaMode media_mode;
    int address_refusal; /* GRANTED if it can be dialled */
    unsigned token;      /* 0: none */
    unsigned arguments;  /* equal if all arguments are */
    OnOwnerLost on_owner_lost;
} RefOrder;

int ref_dial(int client, int line, const RefOrder *order, int call, uint64_t question);

/* ---- What the network does ---- */

void ref_add_line(int line);
void ref_line_state(int line, LineState state);
void ref_ring(int line, unsigned count);
bool ref_incoming(int line, MediaMode media_mode, int call);
void ref_event(int call, CallEvent event, StateDetail detail);
void ref_ended(int call, DisconnectCause cause);
void ref_digit(int call, char digit);
void ref_digits_sent(int call, DigitsOutcome outcome);
void ref_complete(uint64_t id, int refusal);
void ref_complete_dial(uint64_t id);

/* Deadlines that are over now. */
void ref_time_out(int64_t now);

/* ---- Between the parts of the reference ---- */

void ref_tell(int client, ToldKind kind, uint64_t about, uint64_t value);
bool ref_give(int client, int call, bool owner, OnOwnerLost on_owner_lost);
bool ref_has_room(int client, int call); /* NOTHING: a call to come */
void ref_open_if_closed(int client, int line);
void ref_lose_handle(int client, int call);
void ref_void_handle(int client, int call);
void ref_appear(int call, CallState state, int dialler, OnOwnerLost on_owner_lost);
void ref_offer(int call);
void ref_clear(int call);
void ref_void(int call);
void ref_after_release(int call, bool owner, OnOwnerLost on_owner_lost);
void ref_after_loss(int call, bool owner, OnOwnerLost on_owner_lost);
void ref_count_digits(int call, int before, int after);
void ref_drop_unowned(int call);
int ref_limits(int client);
int ref_ask(RefRequest request, bool network);
int ref_find_pending(int call, Operation operation);
void ref_answer(int request, int refusal, uint64_t handle);
void ref_finish(int request, int refusal, uint64_t handle);
void ref_finish_call(int call);
void ref_forget_client(int client);
void ref_forget_call(int call);   /* by tokens */
void ref_forget_line(int line);   /* by tokens */
void ref_dial_failed(int request, int refusal);
