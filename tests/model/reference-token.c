/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: tokens, by which the same dial gives the same call (rule 20). */
#include "tests/model/reference.h"

#include <glib.h>
#include <string.h>

#include "tests/model/clock.h"

#define HOUR (INT64_C(60) * 60 * 1000000)
#define DAY (24 * HOUR)

void ref_remove_token(int token) {
    memmove(&ref.tokens[token], &ref.tokens[token + 1], (ref.n_tokens - token - 1) * sizeof(RefToken));
    ref.n_tokens--;
    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].token > token)
            ref.requests[i].token--;
}

static void forget_old(void) {
    for (int i = ref.n_tokens - 1; i >= 0; i--)
        if (!ref.tokens[i].pending && ref.tokens[i].born < clock_now() - DAY)
            ref_remove_token(i);
}

/* After a restart each is good for an hour, at least. */
void ref_renew_tokens(void) {
    for (unsigned i = 0; i < ref.n_tokens; i++)
        ref.tokens[i].born = MAX(ref.tokens[i].born, clock_now() - (DAY - HOUR));
}

int ref_find_token(unsigned user, int line, unsigned text) {
    forget_old();
    for (unsigned i = 0; i < ref.n_tokens; i++)
        if (ref.tokens[i].user == user && ref.tokens[i].line == line && ref.tokens[i].text == text)
            return i;
    return NOTHING;
}

static unsigned count_tokens(unsigned user) {
    unsigned n = 0;

    for (unsigned i = 0; i < ref.n_tokens; i++)
        n += ref.tokens[i].user == user;
    return n;
}

static int find_waiting(int token) {
    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].kind == REQUEST_WAIT && ref.requests[i].token == token)
            return i;
    return NOTHING;
}

/* The dial came to nothing: the token is free again. */
void ref_fail_token(int token, int refusal) {
    int request;

    while ((request = find_waiting(token)) != NOTHING)
        ref_finish(request, refusal, 0, 0);
    ref_remove_token(token);
}

void ref_forget_call(int call) {
    for (unsigned i = 0; i < ref.n_tokens; i++)
        if (ref.tokens[i].call == call)
            ref.tokens[i].call = NOTHING;
}

void ref_forget_line(int line) {
    for (unsigned i = 0; i < ref.n_tokens;)
        if (ref.tokens[i].line == line)
            ref_fail_token(i, REFUSAL_LINE_OUT_OF_SERVICE);
        else
            i++;
}

/* An owner's handle of a call that is there. */
static int give_again(int client, int call, OnOwnerLost on_owner_lost) {
    if (!ref.clients[client].handles[call].there && !ref_has_room_for(client, call))
        return REFUSAL_LIMITS_EXCEEDED;
    ref_open_if_closed(client, ref.calls[call].line);
    return GRANTED;
}

/* The reply comes before what it causes: the handle's number is known beforehand. */
static uint64_t number_to_come(int client, int call) {
    const RefHandle *handle = &ref.clients[client].handles[call];

    return handle->there ? handle->number : ref.clients[client].last_number + 1;
}

int ref_repeat(int client, int line, const RefOrder *order, int token, uint64_t question) {
    RefRequest request = ref_request_of(client, NOTHING, OPERATION_DIAL, question);
    const RefToken *t = &ref.tokens[token];
    int refusal;

    if (t->arguments != order->arguments)
        return REFUSAL_CONFLICT;
    if (t->pending) {
        refusal = ref_limits(client, NOTHING);
        if (refusal != GRANTED)
            return refusal;
        request.kind = REQUEST_WAIT;
        request.token = token;
        ref_ask(request, false);
        return GRANTED;
    }
    if (t->call == NOTHING)
        return REFUSAL_CONFLICT;
    refusal = give_again(client, t->call, order->on_owner_lost);
    if (refusal != GRANTED)
        return refusal;
    ref_tell(client, TOLD_DONE, question, outcome_value(GRANTED, number_to_come(client, t->call), 0));
    ref_give(client, t->call, true, order->on_owner_lost);
    return GRANTED;
}

int ref_add_token(unsigned user, int line, const RefOrder *order) {
    if (count_tokens(user) >= ref.max_tokens)
        return NOTHING;
    ref.tokens[ref.n_tokens] = (RefToken) {
        .pending = true,
        .user = user,
        .text = order->token,
        .arguments = order->arguments,
        .line = line,
        .call = NOTHING,
        .born = clock_now(),
    };
    return ref.n_tokens++;
}

/* Whoever has waited for the same token gets the call, too. */
void ref_answer_waiting(int token, int call, OnOwnerLost on_owner_lost) {
    int request;

    while ((request = find_waiting(token)) != NOTHING) {
        int client = ref.requests[request].client, refusal = GRANTED;

        if (client == NOBODY || ref.requests[request].answered) {
            ref_finish(request, GRANTED, 0, 0);
            continue;
        }
        refusal = give_again(client, call, on_owner_lost);
        ref_finish(request, refusal, refusal == GRANTED ? number_to_come(client, call) : 0, 0);
        if (refusal == GRANTED)
            ref_give(client, call, true, on_owner_lost);
    }
}
