/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: requests, dialling and tokens. */
#include "tests/model/reference.h"

#include <string.h>

#include "tests/model/clock.h"

#define DAY (INT64_C(24) * 60 * 60 * 1000000)

/* ---- Requests ---- */

int ref_limits(int client) {
    if (ref_client_requests(client) >= ref.max_requests ||
        ref_user_requests(ref.clients[client].user) >= ref.max_user_requests)
        return REFUSAL_LIMITS_EXCEEDED;
    return GRANTED;
}

/* One more request, which the network has to hear of or not. NOTHING: it said no at once. */
int ref_ask(RefRequest request, bool network) {
    RefStart start = { request.kind, request.operation, request.call, network && ref.start_fails, NOTHING };

    request.waiting = true;
    request.deadline = clock_now() + ref.timeout;
    if (request.kind == REQUEST_OPERATION)
        request.token = NOTHING;
    if (!start.refused && ref.n_requests < REQUESTS) {
        start.request = ref.n_requests;
        ref.requests[ref.n_requests++] = request;
    }
    if (network && ref.n_starts < STARTS)
        ref.starts[ref.n_starts++] = start;
    return start.request;
}

int ref_find_pending(int call, Operation operation) {
    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].kind == REQUEST_OPERATION && ref.requests[i].call == call &&
            ref.requests[i].operation == operation)
            return i;
    return NOTHING;
}

void ref_answer(int request, int refusal, uint64_t handle) {
    RefRequest *r = &ref.requests[request];

    if (!r->answered && r->client != NOBODY)
        ref_tell(r->client, TOLD_DONE, r->question, outcome_value(refusal, handle));
    r->answered = true;
}

static void remove_request(int request) {
    memmove(&ref.requests[request], &ref.requests[request + 1], (ref.n_requests - request - 1) * sizeof(RefRequest));
    ref.n_requests--;
    for (unsigned i = 0; i < ref.n_starts; i++)
        if (ref.starts[i].request == request)
            ref.starts[i].request = NOTHING;
        else if (ref.starts[i].request > request)
            ref.starts[i].request--;
}

void ref_finish(int request, int refusal, uint64_t handle) {
    ref_answer(request, refusal, handle);
    remove_request(request);
}

static int first_of_call(int call) {
    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].call == call && ref.requests[i].kind != REQUEST_WAIT)
            return i;
    return NOTHING;
}

/* The call is over: drops have worked by it, and a redirection if it was that. */
void ref_finish_call(int call) {
    int request;

    while ((request = first_of_call(call)) != NOTHING) {
        const RefRequest *r = &ref.requests[request];
        bool done = r->kind == REQUEST_OPERATION &&
                    (r->operation == OPERATION_DROP ||
                     (r->operation == OPERATION_REDIRECT && ref.calls[call].cause == CAUSE_FORWARDED));
        int refusal = r->kind == REQUEST_DIAL ? REFUSAL_LINE_OUT_OF_SERVICE : REFUSAL_INVALID_STATE;

        ref_finish(request, done ? GRANTED : refusal, 0);
    }
}

void ref_forget_client(int client) {
    for (unsigned i = 0; i < ref.n_requests; i++) {
        RefRequest *r = &ref.requests[i];

        if (r->client != client)
            continue;
        if (!r->answered)
            ref.gone[ref.n_gone++] = r->question;
        r->answered = true;
        r->client = NOBODY;
    }
}

void ref_time_out(int64_t now) {
    for (unsigned i = 0; i < ref.n_requests; i++) {
        RefRequest *r = &ref.requests[i];

        if (!r->waiting || r->deadline > now)
            continue;
        r->waiting = false;
        ref_answer(i, REFUSAL_TIMEOUT, 0);
    }
}

/* ---- Operations ---- */

static int check_line(int line, Operation operation) {
    const RefLine *l = &ref.lines[line];
    unsigned busy = 0;

    if (operation == OPERATION_HOLD)
        return l->max_held > 0 && ref_held_calls(line) >= l->max_held ? REFUSAL_LINE_BUSY : GRANTED;
    for (int i = 0; i < CALLS; i++) {
        const RefCall *c = &ref.calls[i];

        busy += c->there && c->appeared && c->line == line && ref_is_live(c->state) && !ref_is_held(c->state) &&
                !ref_is_ringing(c->state);
    }
    return l->max_active > 0 && busy >= l->max_active ? REFUSAL_LINE_BUSY : GRANTED;
}

static int check_operation(int client, int call, Operation operation, bool flag) {
    int refusal = ref_check(client, call, operation);
    int line = ref.calls[call].line;

    if (refusal != GRANTED)
        return refusal;
    if (operation == OPERATION_ANSWER && ref_find_pending(call, OPERATION_ANSWER) != NOTHING)
        return REFUSAL_CONFLICT;
    if (operation == OPERATION_ANSWER || operation == OPERATION_HOLD || operation == OPERATION_UNHOLD)
        return check_line(line, operation);
    if (operation == OPERATION_REDIRECT && !flag)
        return REFUSAL_INVALID_ADDRESS;
    return GRANTED;
}

static RefRequest request_of(int client, int call, Operation operation, uint64_t question, bool flag) {
    return (RefRequest) {
        .operation = operation,
        .client = client,
        .user = ref.clients[client].user,
        .call = call,
        .question = question,
        .flag = flag,
    };
}

int ref_operate(int client, int call, Operation operation, uint64_t question, bool flag) {
    int refusal = check_operation(client, call, operation, flag);
    bool again = operation == OPERATION_DROP && ref_find_pending(call, OPERATION_DROP) != NOTHING;

    if (refusal != GRANTED)
        return refusal;
    if (operation == OPERATION_DROP && ref.calls[call].state == CALL_STATE_DISCONNECTED) {
        ref_clear(call);
        ref_tell(client, TOLD_DONE, question, outcome_value(GRANTED, 0));
        return GRANTED;
    }
    refusal = ref_limits(client);
    if (refusal != GRANTED)
        return refusal;
    if (ref_ask(request_of(client, call, operation, question, flag), !again) == NOTHING)
        return REFUSAL_PROVIDER_FAILED;
    if (operation == OPERATION_DROP)
        ref.calls[call].dropping = true;
    return GRANTED;
}

int ref_swap_hold(int client, int call, int held, uint64_t question) {
    int refusal;

    if (!ref.clients[client].handles[held].owner)
        return REFUSAL_NOT_OWNER;
    refusal = ref_check(client, call, OPERATION_SWAP_HOLD);
    if (refusal != GRANTED)
        return refusal;
    if (!ref_is_held(ref.calls[held].state) || ref.calls[held].line != ref.calls[call].line)
        return REFUSAL_INVALID_STATE;
    refusal = ref_limits(client);
    if (refusal != GRANTED)
        return refusal;
    if (ref_ask(request_of(client, call, OPERATION_SWAP_HOLD, question, false), true) == NOTHING)
        return REFUSAL_PROVIDER_FAILED;
    return GRANTED;
}

static int find_request(uint64_t id) {
    for (unsigned i = 0; id > 0 && i < ref.n_requests; i++)
        if (ref.requests[i].id == id)
            return i;
    return NOTHING;
}

/* The network heard of the first drop only: all share its fate. */
static void complete_drops(int call, bool own, int refusal) {
    RefCall *c = &ref.calls[call];
    int request;

    if (refusal != GRANTED)
        c->dropping = false;
    while ((request = ref_find_pending(call, OPERATION_DROP)) != NOTHING)
        ref_finish(request, refusal, 0);
    if (refusal != GRANTED && !own && c->abandoned)
        ref_drop_unowned(call);
}

void ref_complete(uint64_t id, int refusal) {
    int request = find_request(id);
    RefRequest r;

    if (request == NOTHING)
        return;
    r = ref.requests[request];
    if (r.kind == REQUEST_DIAL) {
        ref_dial_failed(request, refusal == GRANTED ? REFUSAL_PROVIDER_FAILED : refusal);
        return;
    }
    if (r.operation == OPERATION_DROP) {
        complete_drops(r.call, r.user == NOBODY, refusal);
        return;
    }
    if (refusal == GRANTED && r.operation == OPERATION_MUTE)
        ref.calls[r.call].muted = r.flag;
    if (refusal == GRANTED && r.operation == OPERATION_SEND_DIGITS)
        ref.calls[r.call].generator =
            r.flag && r.client != NOBODY && ref.clients[r.client].handles[r.call].there ? r.client : NOBODY;
    ref_finish(request, refusal, 0);
}

/* ---- Dialling ---- */

static void remove_token(int token) {
    memmove(&ref.tokens[token], &ref.tokens[token + 1], (ref.n_tokens - token - 1) * sizeof(RefToken));
    ref.n_tokens--;
    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].token > token)
            ref.requests[i].token--;
}

static void forget_old_tokens(void) {
    for (int i = ref.n_tokens - 1; i >= 0; i--)
        if (!ref.tokens[i].pending && ref.tokens[i].born < clock_now() - DAY)
            remove_token(i);
}

static int find_token(unsigned user, int line, unsigned text) {
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
static void fail_token(int token, int refusal) {
    int request;

    while ((request = find_waiting(token)) != NOTHING)
        ref_finish(request, refusal, 0);
    remove_token(token);
}

void ref_forget_call(int call) {
    for (unsigned i = 0; i < ref.n_tokens; i++)
        if (ref.tokens[i].call == call)
            ref.tokens[i].call = NOTHING;
}

void ref_forget_line(int line) {
    for (unsigned i = 0; i < ref.n_tokens;)
        if (ref.tokens[i].line == line)
            fail_token(i, REFUSAL_LINE_OUT_OF_SERVICE);
        else
            i++;
}

/* An owner's handle of a call that is there. */
static int give_again(int client, int call, OnOwnerLost on_owner_lost) {
    if (!ref.clients[client].handles[call].there && !ref_has_room(client, call))
        return REFUSAL_LIMITS_EXCEEDED;
    ref_open_if_closed(client, ref.calls[call].line);
    return GRANTED;
}

/* The reply comes before what it causes: the handle's number is known beforehand. */
static uint64_t number_to_come(int client, int call) {
    const RefHandle *handle = &ref.clients[client].handles[call];

    return handle->there ? handle->number : ref.clients[client].last_number + 1;
}

static int repeat(int client, int line, const RefOrder *order, int token, uint64_t question) {
    RefRequest request = request_of(client, NOTHING, _OPERATION_MAX, question, false);
    const RefToken *t = &ref.tokens[token];
    int refusal;

    if (t->arguments != order->arguments)
        return REFUSAL_CONFLICT;
    if (t->pending) {
        refusal = ref_limits(client);
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
    ref_tell(client, TOLD_DONE, question, outcome_value(GRANTED, number_to_come(client, t->call)));
    ref_give(client, t->call, true, order->on_owner_lost);
    return GRANTED;
}

static int check_dial(int client, int line, const RefOrder *order) {
    const RefLine *l = &ref.lines[line];

    if (!(l->media_modes & MEDIA_BIT(order->media_mode)) || order->address_refusal == REFUSAL_NOT_SUPPORTED)
        return REFUSAL_NOT_SUPPORTED;
    if (ref.stopping)
        return REFUSAL_PROVIDER_FAILED;
    if (l->state != LINE_IN_SERVICE)
        return REFUSAL_LINE_OUT_OF_SERVICE;
    if (order->address_refusal != GRANTED)
        return order->address_refusal;
    if (check_line(line, OPERATION_ANSWER) != GRANTED)
        return REFUSAL_LINE_BUSY;
    return ref_has_room(client, NOTHING) ? GRANTED : REFUSAL_LIMITS_EXCEEDED;
}

static int place(int client, int line, const RefOrder *order, int token, int call, uint64_t question) {
    RefRequest request = request_of(client, call, _OPERATION_MAX, question, false);
    int refusal = ref_limits(client);

    if (refusal != GRANTED)
        return refusal;
    request.kind = REQUEST_DIAL;
    request.token = token;
    request.on_owner_lost = order->on_owner_lost;
    if (ref_ask(request, true) == NOTHING)
        return REFUSAL_PROVIDER_FAILED;
    ref.calls[call] = (RefCall) {
        .there = true,
        .at_network = true,
        .line = line,
        .born = ++ref.stamp,
        .direction = DIRECTION_OUT,
        .media_mode = order->media_mode,
        .generator = NOBODY,
    };
    return GRANTED;
}

int ref_dial(int client, int line, const RefOrder *order, int call, uint64_t question) {
    unsigned user = ref.clients[client].user;
    int token = NOTHING, refusal;

    if (order->token > 0) {
        forget_old_tokens();
        token = find_token(user, line, order->token);
        if (token != NOTHING)
            return repeat(client, line, order, token, question);
    }
    refusal = check_dial(client, line, order);
    if (refusal != GRANTED)
        return refusal;
    if (order->token > 0) {
        if (count_tokens(user) >= ref.max_tokens)
            return REFUSAL_LIMITS_EXCEEDED;
        token = ref.n_tokens++;
        ref.tokens[token] = (RefToken) {
            .pending = true,
            .user = user,
            .text = order->token,
            .arguments = order->arguments,
            .line = line,
            .call = NOTHING,
            .born = clock_now(),
        };
    }
    refusal = place(client, line, order, token, call, question);
    if (refusal != GRANTED && token != NOTHING)
        remove_token(token);
    return refusal;
}

/* Whoever has waited for the same token gets the call, too. */
static void answer_waiting(int token, int call, OnOwnerLost on_owner_lost) {
    int request;

    while ((request = find_waiting(token)) != NOTHING) {
        int client = ref.requests[request].client, refusal = GRANTED;

        if (client == NOBODY || ref.requests[request].answered) {
            ref_finish(request, GRANTED, 0);
            continue;
        }
        refusal = give_again(client, call, on_owner_lost);
        ref_finish(request, refusal, refusal == GRANTED ? number_to_come(client, call) : 0);
        if (refusal == GRANTED)
            ref_give(client, call, true, on_owner_lost);
    }
}

/* Rules 1, 2, 20. Without anybody to own it, it is dropped, unless its client left and wanted it kept. */
void ref_complete_dial(uint64_t id) {
    int request = find_request(id), call;
    RefRequest r;
    bool room;

    if (request == NOTHING || ref.requests[request].kind != REQUEST_DIAL)
        return;
    r = ref.requests[request];
    call = r.call;
    room = r.client != NOBODY && !r.answered;
    if (room) {
        ref_open_if_closed(r.client, ref.calls[call].line);
        room = ref_has_room(r.client, call);
    }
    ref_finish(request, room ? GRANTED : REFUSAL_LIMITS_EXCEEDED, room ? ref.clients[r.client].last_number + 1 : 0);
    ref.calls[call].dialled_kept = r.on_owner_lost == ON_OWNER_LOST_KEEP;
    if (r.token != NOTHING) {
        ref.tokens[r.token].pending = false;
        ref.tokens[r.token].call = call;
    }
    ref_appear(call, CALL_STATE_DIALING, room ? r.client : NOBODY, r.on_owner_lost);
    if (r.token != NOTHING)
        answer_waiting(r.token, call, r.on_owner_lost);
    if (ref_owners(call) == 0 && !(r.client == NOBODY && r.on_owner_lost == ON_OWNER_LOST_KEEP))
        ref_drop_unowned(call);
}

void ref_dial_failed(int request, int refusal) {
    RefRequest r = ref.requests[request];

    ref_finish(request, refusal, 0);
    ref_finish_call(r.call);
    ref_forget_call(r.call);
    ref.calls[r.call] = (RefCall) {};
    if (r.token != NOTHING)
        fail_token(r.token, refusal);
}
