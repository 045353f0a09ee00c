/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: requests, dialling and tokens. */
#include "tests/model/reference.h"

#include <string.h>

#include <glib.h>

#include "tests/model/clock.h"

/* ---- Requests ---- */

int ref_limits(int client, int call) {
    if (call != NOTHING && ref.calls[call].emergency)
        return GRANTED;
    if (ref_client_requests(client) >= ref.max_requests ||
        ref_user_requests(ref.clients[client].user) >= ref.max_user_requests)
        return REFUSAL_LIMITS_EXCEEDED;
    return GRANTED;
}

/* One more request, which the network has to hear of or not. NOTHING: it said no at once. */
int ref_ask(RefRequest request, bool network) {
    RefStart start = { request.kind, request.operation, request.call, request.other, request.from,
                       network && ref.start_fails, NOTHING };

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

void ref_answer(int request, int refusal, uint64_t handle, uint64_t second) {
    RefRequest *r = &ref.requests[request];

    if (!r->answered && r->client != NOBODY)
        ref_tell(r->client, TOLD_DONE, r->question, outcome_value(refusal, handle, second));
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

void ref_finish(int request, int refusal, uint64_t handle, uint64_t second) {
    ref_answer(request, refusal, handle, second);
    remove_request(request);
}

static int first_of_call(int call) {
    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].call == call && ref.requests[i].kind != REQUEST_WAIT)
            return i;
    return NOTHING;
}

/* The call is over: drops have worked by it. */
void ref_finish_call(int call) {
    int request;

    while ((request = first_of_call(call)) != NOTHING) {
        const RefRequest *r = &ref.requests[request];
        bool done = r->kind == REQUEST_OPERATION && r->operation == OPERATION_DROP;
        int refusal = r->kind == REQUEST_PLACE ? REFUSAL_LINE_OUT_OF_SERVICE : REFUSAL_INVALID_STATE;

        ref_finish(request, done ? GRANTED : refusal, 0, 0);
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

/* ---- Time ---- */

int64_t ref_next_deadline(void) {
    int64_t next = INT64_MAX;

    for (unsigned i = 0; i < ref.n_requests; i++)
        if (ref.requests[i].waiting)
            next = MIN(next, ref.requests[i].deadline);
    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there && ref.calls[i].gathering.client != NOBODY)
            next = MIN(next, ref.calls[i].gathering.deadline);
    return next;
}

/* The gathering that is due, the first that began to wait first. */
static int next_gathering(int64_t now) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++) {
        const RefGathering *gathering = &ref.calls[i].gathering;

        if (ref.calls[i].there && gathering->client != NOBODY && gathering->deadline <= now &&
            (found == NOTHING || gathering->stamp < ref.calls[found].gathering.stamp))
            found = i;
    }
    return found;
}

void ref_time_out(int64_t now) {
    int call;

    for (unsigned i = 0; i < ref.n_requests; i++) {
        RefRequest *r = &ref.requests[i];

        if (!r->waiting || r->deadline > now)
            continue;
        r->waiting = false;
        ref_answer(i, REFUSAL_TIMEOUT, 0, 0);
    }
    while ((call = next_gathering(now)) != NOTHING)
        ref_time_out_gathering(call);
}

/* ---- Limits of a line ---- */

/* Calls with media of their own. */
static unsigned busy_calls(int line) {
    unsigned n = 0;

    for (int i = 0; i < CALLS; i++) {
        const RefCall *c = &ref.calls[i];

        n += c->there && c->appeared && c->line == line && ref_is_live(c->state) && !ref_is_held(c->state) &&
             !ref_is_ringing(c->state) && c->state != CALL_STATE_CONFERENCED;
    }
    return n;
}

/* Those that wait for an answer count as done. */
static bool becomes_active(const RefRequest *r) {
    const RefCall *c = &ref.calls[r->call];

    if (r->operation == OPERATION_UNHOLD)
        return ref_is_held(c->state) && !ref_ends_consultation(r->call);
    if (r->operation == OPERATION_ANSWER)
        return ref_is_ringing(c->state) && ref.lines[c->line].answer_mode == ANSWER_MODE_NONE;
    if (r->operation == OPERATION_ADD_TO_CONFERENCE)
        return ref_is_held(c->state) && r->other != NOTHING && ref_is_held(ref.calls[r->other].state);
    return r->operation == OPERATION_DIAL || r->operation == OPERATION_PICKUP || r->operation == OPERATION_UNPARK ||
           (r->operation == OPERATION_SETUP_CONFERENCE && r->from == NOTHING);
}

static bool becomes_held(const RefRequest *r) {
    const RefCall *c = &ref.calls[r->call];

    if (r->operation == OPERATION_HOLD)
        return c->state == CALL_STATE_CONNECTED;
    if (r->operation == OPERATION_REMOVE_FROM_CONFERENCE)
        return c->state == CALL_STATE_CONFERENCED;
    return r->operation == OPERATION_SETUP_TRANSFER || r->operation == OPERATION_SETUP_CONFERENCE ||
           r->operation == OPERATION_PREPARE_ADD_TO_CONFERENCE;
}

/* Each call once. */
static unsigned coming_calls(int line, bool (*comes)(const RefRequest *r)) {
    bool counted[CALLS] = {};
    unsigned n = 0;

    for (unsigned i = 0; i < ref.n_requests; i++) {
        const RefRequest *r = &ref.requests[i];

        if (r->answered || r->call == NOTHING || r->id == 0 || ref.calls[r->call].line != line || counted[r->call] || !comes(r))
            continue;
        counted[r->call] = true;
        n++;
    }
    return n;
}

int ref_check_active(int line) {
    const RefLine *l = &ref.lines[line];

    return l->max_active > 0 && busy_calls(line) + coming_calls(line, becomes_active) >= l->max_active ? REFUSAL_LINE_BUSY
                                                                                                      : GRANTED;
}

int ref_check_held(int line) {
    const RefLine *l = &ref.lines[line];

    return l->max_held > 0 && ref_held_calls(line) + coming_calls(line, becomes_held) >= l->max_held ? REFUSAL_LINE_BUSY
                                                                                                     : GRANTED;
}

/* What the line's answer mode makes room for. */
int ref_check_answer(int line) {
    switch (ref.lines[line].answer_mode) {
    case ANSWER_MODE_NONE:
        return ref_check_active(line);
    case ANSWER_MODE_HOLD:
        return busy_calls(line) > 0 ? ref_check_held(line) : GRANTED;
    case ANSWER_MODE_DROP:
    case _ANSWER_MODE_MAX:
    case _ANSWER_MODE_INVALID:
        break;
    }
    return GRANTED;
}

/* ---- Operations ---- */

static int check_operation(int client, int call, Operation operation, bool flag) {
    int refusal = ref_check(client, call, operation);
    int line = ref.calls[call].line;

    if (refusal != GRANTED)
        return refusal;
    if (operation == OPERATION_ANSWER)
        return ref_find_pending(call, OPERATION_ANSWER) != NOTHING ? REFUSAL_CONFLICT : ref_check_answer(line);
    if (operation == OPERATION_HOLD)
        return ref_check_held(line);
    if (operation == OPERATION_UNHOLD)
        return ref_ends_consultation(call) ? GRANTED : ref_check_active(line);
    if (operation == OPERATION_REMOVE_FROM_CONFERENCE)
        return ref_check_held(line);
    if ((operation == OPERATION_REDIRECT || operation == OPERATION_BLIND_TRANSFER || operation == OPERATION_PARK) && !flag)
        return REFUSAL_INVALID_ADDRESS;
    if (operation == OPERATION_SET_VOLUME && !flag)
        return REFUSAL_TOO_BIG;
    return GRANTED;
}

RefRequest ref_request_of(int client, int call, Operation operation, uint64_t question) {
    return (RefRequest) {
        .operation = operation,
        .client = client,
        .user = ref.clients[client].user,
        .call = call,
        .other = NOTHING,
        .from = NOTHING,
        .question = question,
    };
}

int ref_operate(int client, int call, Operation operation, uint64_t question, bool flag) {
    int refusal = check_operation(client, call, operation, flag);
    bool again = operation == OPERATION_DROP && ref_find_pending(call, OPERATION_DROP) != NOTHING;
    RefRequest request = ref_request_of(client, call, operation, question);

    if (refusal != GRANTED)
        return refusal;
    if (operation == OPERATION_DROP && ref.calls[call].state == CALL_STATE_DISCONNECTED) {
        ref_give_back(call);
        ref_clear(call);
        ref_tell(client, TOLD_DONE, question, outcome_value(GRANTED, 0, 0));
        return GRANTED;
    }
    refusal = ref_limits(client, call);
    if (refusal != GRANTED)
        return refusal;
    request.flag = flag;
    if (ref_ask(request, !again) == NOTHING)
        return REFUSAL_PROVIDER_FAILED;
    if (operation == OPERATION_DROP)
        ref.calls[call].dropping = true;
    return GRANTED;
}

/* An operation on two calls that both exist. */
static int ask_two(int client, int call, int other, Operation operation, uint64_t question) {
    RefRequest request = ref_request_of(client, call, operation, question);
    int refusal = ref_limits(client, call);

    if (refusal != GRANTED)
        return refusal;
    request.other = other;
    return ref_ask(request, true) == NOTHING ? REFUSAL_PROVIDER_FAILED : GRANTED;
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
    return ask_two(client, call, held, OPERATION_SWAP_HOLD, question);
}

/* The far ends of two calls come together: with mode "transfer". */
int ref_complete_transfer(int client, int call, int consultation, uint64_t question) {
    int refusal = ref_check_transfer(client, call, consultation);

    return refusal != GRANTED ? refusal : ask_two(client, call, consultation, OPERATION_COMPLETE_TRANSFER, question);
}

int ref_check_transfer(int client, int call, int consultation) {
    const RefCall *c = &ref.calls[consultation];
    int refusal;

    if (!ref.clients[client].handles[consultation].owner)
        return REFUSAL_NOT_OWNER;
    refusal = ref_check(client, call, OPERATION_COMPLETE_TRANSFER);
    if (refusal != GRANTED)
        return refusal;
    if (call == consultation || c->line != ref.calls[call].line || c->kind == CALL_KIND_CONFERENCE ||
        (c->state != CALL_STATE_CONNECTED && c->state != CALL_STATE_RINGBACK && c->state != CALL_STATE_BUSY &&
         c->state != CALL_STATE_PROCEEDING))
        return REFUSAL_INVALID_STATE;
    return GRANTED;
}

int ref_check_full(int conference) {
    unsigned max = ref.lines[ref.calls[conference].line].max_parties;

    return max > 0 && ref_participants(conference) >= max ? REFUSAL_CONFERENCE_FULL : GRANTED;
}

int ref_add_to_conference(int client, int conference, int call, uint64_t question) {
    const RefCall *c = &ref.calls[call];
    int refusal;

    if (!ref.clients[client].handles[call].owner)
        return REFUSAL_NOT_OWNER;
    refusal = ref_check(client, conference, OPERATION_ADD_TO_CONFERENCE);
    if (refusal != GRANTED)
        return refusal;
    if (c->kind == CALL_KIND_CONFERENCE || c->line != ref.calls[conference].line ||
        (c->state != CALL_STATE_CONNECTED && c->state != CALL_STATE_ON_HOLD && c->state != CALL_STATE_PROCEEDING &&
         c->state != CALL_STATE_RINGBACK))
        return REFUSAL_INVALID_STATE;
    refusal = ref_check_full(conference);
    if (refusal == GRANTED && c->state == CALL_STATE_ON_HOLD)
        refusal = ref_check_active(c->line);
    return refusal != GRANTED ? refusal : ask_two(client, conference, call, OPERATION_ADD_TO_CONFERENCE, question);
}

int ref_ask_line(int client, int line, Operation operation, uint64_t question, int value_refusal) {
    int refusal;

    if (!ref.clients[client].opens[line].there)
        return REFUSAL_LINE_NOT_OPEN;
    refusal = ref_check_line(line, operation);
    if (refusal != GRANTED)
        return refusal;
    if (value_refusal != GRANTED)
        return value_refusal;
    refusal = ref_limits(client, NOTHING);
    if (refusal != GRANTED)
        return refusal;
    return ref_ask(ref_request_of(client, NOTHING, operation, question), true) == NOTHING ? REFUSAL_PROVIDER_FAILED : GRANTED;
}

int ref_check_line(int line, Operation operation) {
    if (!(ref_abilities(line) & OPERATION_BIT(operation)))
        return REFUSAL_NOT_SUPPORTED;
    if (ref.stopping)
        return REFUSAL_PROVIDER_FAILED;
    return ref.lines[line].state != LINE_IN_SERVICE ? REFUSAL_LINE_OUT_OF_SERVICE : GRANTED;
}

/* ---- Completion ---- */

int ref_find_request(uint64_t id) {
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
        ref_finish(request, refusal, 0, 0);
    if (refusal != GRANTED && !own && c->abandoned)
        ref_drop_unowned(call);
}

static void dialled_on(int call, const char *digits) {
    RefCall *c = &ref.calls[call];

    g_strlcat(c->address, digits, sizeof(c->address));
    c->emergency = g_str_equal(c->address, EMERGENCY);
}

void ref_complete(uint64_t id, int refusal) {
    int request = ref_find_request(id);
    RefRequest r;

    if (request == NOTHING)
        return;
    r = ref.requests[request];
    if (r.kind == REQUEST_PLACE) {
        ref_place_failed(request, refusal == GRANTED ? REFUSAL_PROVIDER_FAILED : refusal);
        return;
    }
    if (r.operation == OPERATION_DROP) {
        complete_drops(r.call, r.user == NOBODY, refusal);
        return;
    }
    if (refusal == GRANTED && r.operation == OPERATION_DIAL_DIGITS)
        dialled_on(r.call, r.flag ? "1" : "2");
    if (refusal == GRANTED && r.operation == OPERATION_MUTE)
        ref.calls[r.call].muted = r.flag;
    if (refusal == GRANTED && (r.operation == OPERATION_SEND_DIGITS || r.operation == OPERATION_SEND_TONE)) {
        ref.calls[r.call].tone = r.operation == OPERATION_SEND_TONE;
        ref.calls[r.call].generator =
            r.flag && r.client != NOBODY && ref.clients[r.client].handles[r.call].there ? r.client : NOBODY;
    }
    ref_finish(request, refusal, 0, 0);
}

/* What an operation wanted is that its calls end, and so they are idle at once. */
void ref_complete_by_end(int call, int consultation, uint64_t id, DisconnectCause cause) {
    int request = ref_find_request(id);

    if (request == NOTHING || ref.requests[request].call != call || ref.requests[request].kind == REQUEST_PLACE) {
        if (consultation != NOTHING)
            ref_ended(consultation, cause);
        ref_ended(call, cause);
        return;
    }
    ref.requests[request].call = NOTHING;
    if (consultation != NOTHING)
        ref_end(consultation, cause, /* by_us= */ true);
    ref_end(call, cause, /* by_us= */ true);
    ref_finish(ref_find_request(id), GRANTED, 0, 0);
}
