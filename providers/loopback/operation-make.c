/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations that make calls, and those about a line. */
#include "providers/loopback/completion.h"
#include "providers/loopback/conference.h"
#include "providers/loopback/errand.h"
#include "providers/loopback/operation.h"
#include "providers/loopback/park.h"
#include "providers/loopback/pickup.h"
#include "providers/loopback/transfer.h"

/* ---- Dialled ---- */

static Refusal *perform_dial(Errand *errand) {
    Refusal *refusal = errand_check_line(errand);

    if (refusal)
        return refusal;
    end_dial(errand->line, errand->calls[0], &errand->dial, errand->request);
    return errand_took(errand, NULL);
}

int operation_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    Errand *errand;
    int r = errand_new_for_line(line, perform_dial, request, params->address, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = call;
    errand_set_dial(errand, params);
    return 0;
}

/* ---- To consult ---- */

/* About a call, with one that is dialled. */
static int consult(Call *call, Call *consultation, const DialParams *params, Perform perform, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform, request, params->address, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = consultation;
    errand_set_dial(errand, params);
    return 0;
}

static Refusal *check_both(const Errand *errand) {
    return errand_check_call(errand) ?: errand_check_line(errand);
}

static Refusal *perform_setup_transfer(Errand *errand) {
    Refusal *refusal = check_both(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, transfer_setup(errand->end, errand->calls[0], &errand->dial, errand->request));
}

int operation_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId request) {
    return consult(call, consultation, params, perform_setup_transfer, request);
}

static Refusal *perform_prepare_add(Errand *errand) {
    Refusal *refusal = check_both(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, conference_prepare_add(errand->end, errand->calls[0], &errand->dial, errand->request));
}

int operation_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId request) {
    return consult(conference, consultation, params, perform_prepare_add, request);
}

static Refusal *perform_complete_transfer(Errand *errand) {
    Refusal *refusal = check_both(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, transfer_complete(errand->end, errand->other, errand->calls[0], errand->request));
}

int operation_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId request) {
    End *other = call_provider_data(consultation);
    Errand *errand;
    int r;

    if (!other)
        return -ENOENT;
    r = errand_new_for_call(call, perform_complete_transfer, request, "", &errand);
    if (r < 0)
        return r;
    errand_set_other(errand, other);
    errand->calls[0] = conference;
    return 0;
}

static Refusal *perform_setup_conference(Errand *errand) {
    Refusal *refusal = errand->end ? errand_check_call(errand) : NULL;

    if (!refusal)
        refusal = errand_check_line(errand);
    if (refusal)
        return refusal;
    return errand_took(errand, conference_setup(errand->line, errand->end, errand->calls[0], errand->calls[1], &errand->dial,
                                                errand->request));
}

int operation_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                               RequestId request) {
    Errand *errand;
    int r;

    if (call)
        r = errand_new_for_call(call, perform_setup_conference, request, params->address, &errand);
    else
        r = errand_new_for_line(line, perform_setup_conference, request, params->address, &errand);
    if (r < 0)
        return r;
    errand->calls[0] = conference;
    errand->calls[1] = consultation;
    errand_set_dial(errand, params);
    return 0;
}

/* ---- From elsewhere ---- */

static Refusal *perform_unpark(Errand *errand) {
    Refusal *refusal = errand_check_line(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, park_get(errand->line, errand->calls[0], errand->text, errand->request));
}

int operation_unpark(Line *line, Call *call, const char *address, RequestId request) {
    Errand *errand;
    int r = errand_new_for_line(line, perform_unpark, request, address, &errand);

    if (r == 0)
        errand->calls[0] = call;
    return r;
}

static Refusal *perform_pickup(Errand *errand) {
    Refusal *refusal = errand_check_line(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, pickup_call(errand->line, errand->calls[0], errand->text, errand->group, errand->request));
}

int operation_pickup(Line *line, Call *call, const char *address, const char *group, RequestId request) {
    Errand *errand;
    int r = errand_new_for_line(line, perform_pickup, request, address, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = call;
    errand->group = g_strdup(group);
    return 0;
}

/* ---- About a line ---- */

static Refusal *refuse_removed(void) {
    return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "Meanwhile the line was taken away");
}

static Refusal *perform_forward(Errand *errand) {
    const ForwardRule *rules;
    size_t n;

    if (loop_line_state(errand->line) == LINE_REMOVED)
        return refuse_removed();
    loop_line_set_rules(errand->line, g_steal_pointer(&errand->rules));
    rules = rules_list(loop_line_rules(errand->line), &n);
    provider_report_forwarding(loop_line_token(errand->line), rules, n);
    return NULL;
}

int operation_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request) {
    Errand *errand;
    int r = errand_new_for_line(line, perform_forward, request, "", &errand);

    if (r == 0)
        errand->rules = rules_new(rules, n_rules);
    return r;
}

static Refusal *perform_cancel_completion(Errand *errand) {
    return completion_cancel(errand->line, errand->text);
}

int operation_cancel_completion(Line *line, const char *completion_id, RequestId request) {
    Errand *errand;

    return errand_new_for_line(line, perform_cancel_completion, request, completion_id, &errand);
}

static Refusal *perform_debug_incoming(Errand *errand) {
    char call_id[CALL_ID_SIZE];
    Refusal *refusal = errand_check_line(errand);

    if (!refusal)
        refusal = end_come_in(errand->line, errand->text, call_id);
    if (refusal)
        return refusal;
    provider_complete(exchange_provider(errand->exchange), errand->request, NULL, call_id);
    return errand_took(errand, NULL);
}

int operation_debug_incoming(Line *line, const char *from, RequestId request) {
    Errand *errand;

    return errand_new_for_line(line, perform_debug_incoming, request, from, &errand);
}

static Refusal *perform_debug_line_state(Errand *errand) {
    if (loop_line_state(errand->line) == LINE_REMOVED)
        return refuse_removed();
    loop_line_set_state(errand->line, errand->state, errand->text);
    return NULL;
}

int operation_debug_line_state(Line *line, LineState state, const char *reason, RequestId request) {
    Errand *errand;
    int r = errand_new_for_line(line, perform_debug_line_state, request, reason, &errand);

    if (r == 0)
        errand->state = state;
    return r;
}
