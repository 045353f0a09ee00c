/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations that make calls, and those about a line. */
#include "providers/sip/operation.h"

#include "providers/sip/conference.h"
#include "providers/sip/dial.h"
#include "providers/sip/errand.h"
#include "providers/sip/number.h"
#include "providers/sip/take.h"
#include "providers/sip/transfer.h"

int operation_check_address(Line *line, const char *address, const char **ret_hint) {
    return number_check(address, ret_hint);
}

/* ---- Dialled ---- */

static Refusal *perform_dial(Errand *errand) {
    Refusal *refusal = errand_check_line(errand);

    if (refusal)
        return refusal;
    dial_call(errand->desk, errand->calls[0], &errand->dial, errand->request);
    return errand_took(errand, NULL);
}

int operation_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    Errand *errand;
    int r = errand_for_line(line, perform_dial, request, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = call;
    errand_set_dial(errand, params);
    return 0;
}

/* ---- To consult ---- */

static Refusal *check_both(const Errand *errand) {
    if (errand->call && sip_call_is_over(errand->call))
        return refuse_phase("live, but it is over");
    return errand_check_line(errand);
}

static int consult(Call *call, Call *consultation, const DialParams *params, Perform perform, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform, request, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = consultation;
    errand_set_dial(errand, params);
    return 0;
}

static Refusal *perform_setup_transfer(Errand *errand) {
    Refusal *refusal = check_both(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, transfer_setup(errand->call, errand->calls[0], &errand->dial, errand->request));
}

int operation_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId request) {
    return consult(call, consultation, params, perform_setup_transfer, request);
}

static Refusal *perform_prepare_add(Errand *errand) {
    Refusal *refusal = check_both(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, conference_prepare_add(errand->call, errand->calls[0], &errand->dial, errand->request));
}

int operation_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId request) {
    return consult(conference, consultation, params, perform_prepare_add, request);
}

static Refusal *perform_setup_conference(Errand *errand) {
    Refusal *refusal = check_both(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, conference_setup(errand->desk, errand->call, errand->calls[0], errand->calls[1], &errand->dial,
                                                errand->request));
}

int operation_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                               RequestId request) {
    Errand *errand;
    int r = call ? errand_for_call(call, perform_setup_conference, request, &errand)
                 : errand_for_line(line, perform_setup_conference, request, &errand);

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
    return errand_took(errand, take_parked(errand->desk, errand->calls[0], errand->text, errand->request));
}

int operation_unpark(Line *line, Call *call, const char *address, RequestId request) {
    Errand *errand;
    int r = errand_for_line(line, perform_unpark, request, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = call;
    errand->text = g_strdup(address);
    return 0;
}

static Refusal *perform_pickup(Errand *errand) {
    Refusal *refusal = errand_check_line(errand);

    if (refusal)
        return refusal;
    return errand_took(errand, take_ringing(errand->desk, errand->calls[0], errand->text, errand->text2, errand->request));
}

int operation_pickup(Line *line, Call *call, const char *address, const char *group, RequestId request) {
    Errand *errand;
    int r = errand_for_line(line, perform_pickup, request, &errand);

    if (r < 0)
        return r;
    errand->calls[0] = call;
    errand->text = g_strdup(address);
    errand->text2 = g_strdup(group);
    return 0;
}

/* ---- Rules ---- */

static Refusal *perform_forward(Errand *errand) {
    Desk *desk = errand->desk;

    if (!desk->line)
        return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "The line is gone");
    rules_set(&desk->rules, errand->rules.rules, errand->rules.n);
    provider_report_forwarding(desk->token, desk->rules.rules, desk->rules.n);
    return NULL;
}

int operation_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request) {
    Errand *errand;
    int r = errand_for_line(line, perform_forward, request, &errand);

    if (r == 0)
        rules_set(&errand->rules, rules, n_rules);
    return r;
}
