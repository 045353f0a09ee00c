/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: a call is handed to somebody else, with a word before it or without. */
#include "service/transfer.h"

#include "service/address.h"
#include "service/call.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/operations.h"
#include "service/placement.h"
#include "service/toll.h"

static Refusal *check_target(const Line *line, const char *address) {
    if (line_is_own_address(line, address))
        return refuse(REFUSAL_INVALID_ADDRESS, "'%s' is line %s itself: give the address of somebody else", address,
                      line_name(line));
    return address_check(line, address);
}

Refusal *handle_blind_transfer(Handle *handle, const char *address, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_BLIND_TRANSFER) ?: check_target(call_line(call), address)
                       ?: deed_check_send(handle_client(handle), call_line(call), address)
                       ?: toll_take(call_line(call), handle_client(handle), dials_sent_to(call_line(call), address))
                       ?: operation_request(handle, OPERATION_BLIND_TRANSFER, &request);

    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->blind_transfer(call, address, request_id(request)),
                             /* effect= */ NULL, done);
}

Refusal *handle_setup_transfer(Handle *handle, const DialOrder *order, Done done) {
    Call *call = handle_call(handle);
    DialParams params = placement_params(order);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_SETUP_TRANSFER) ?: placement_check_consultation(call_line(call), handle_client(handle), order)
                       ?: placement_new_consultation(handle, OPERATION_SETUP_TRANSFER, order, &request);

    if (refusal)
        return refusal;
    return placement_started(
        request, operations_of(call)->setup_transfer(call, placement_call(request, 0), &params, request_id(request)), done);
}

/* ---- Completing ---- */

static bool can_be_consulted(CallState state) {
    return state == CALL_STATE_CONNECTED || state == CALL_STATE_RINGBACK || state == CALL_STATE_BUSY ||
           state == CALL_STATE_PROCEEDING;
}

static Refusal *check_consultation(const Handle *handle, const Handle *consultation) {
    const Call *call = handle_call(handle), *other = handle_call(consultation);

    if (call_line(other) != call_line(call))
        return refuse(REFUSAL_INVALID_STATE, "The consultation is on line %s: both calls must be on one line",
                      line_name(call_line(other)));
    if (call_kind(other) != CALL_KIND_PLAIN)
        return refuse(REFUSAL_INVALID_STATE, "The consultation is a conference: it must be a call to somebody");
    if (!can_be_consulted(call_state(other)))
        return refuse(REFUSAL_INVALID_STATE, "The consultation is %s and not connected, ringback, busy or proceeding",
                      call_state_to_string(call_state(other)));
    return NULL;
}

/* A consultation that is busy has nobody to confer with. */
static Refusal *check_conference(const Line *line, const Call *consultation) {
    if (!(line_abilities(line) & OPERATION_BIT(OPERATION_ADD_TO_CONFERENCE)))
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s can't do conferences: see its Capabilities", line_name(line));
    if (call_state(consultation) == CALL_STATE_BUSY)
        return refuse(REFUSAL_INVALID_STATE, "The consultation is busy, so nobody is there for a conference: use the mode transfer");
    if (line_max_conference_parties(line) == 1)
        return refuse(REFUSAL_CONFERENCE_FULL, "A conference of line %s has one participant at most: confer on another line",
                      line_name(line));
    return NULL;
}

static Refusal *transfer(Handle *handle, Call *consultation, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = operation_request(handle, OPERATION_COMPLETE_TRANSFER, &request);

    if (refusal)
        return refusal;
    return operation_started(
        request, operations_of(call)->complete_transfer(call, consultation, /* conference= */ NULL, request_id(request)),
        /* effect= */ NULL, done);
}

static Refusal *confer(Handle *handle, Call *consultation, Done done) {
    Call *call = handle_call(handle);
    Line *line = call_line(call);
    PlacementPlan plan = {
        .operation = OPERATION_COMPLETE_TRANSFER,
        .n_calls = 1,
        .kinds = { CALL_KIND_CONFERENCE },
        .media_mode = call_media_mode(call),
        .on_owner_lost = handle_on_owner_lost(handle),
    };
    Request *request = NULL;
    Refusal *refusal = check_conference(line, consultation)
                       ?: placement_new(line, handle_client(handle), &plan, &request);

    if (refusal)
        return refusal;
    return placement_started(
        request, operations_of(call)->complete_transfer(call, consultation, placement_call(request, 0), request_id(request)),
        done);
}

Refusal *handle_complete_transfer(Handle *handle, Handle *consultation, TransferMode mode, Done done) {
    Refusal *refusal;

    if (handle_privilege(consultation) != PRIVILEGE_OWNER)
        return refuse(REFUSAL_NOT_OWNER, "CompleteTransfer is for the owner of both calls and you are a monitor of the other one");
    refusal = handle_check(handle, OPERATION_COMPLETE_TRANSFER) ?: check_consultation(handle, consultation);
    if (refusal)
        return refusal;
    return mode == TRANSFER_CONFERENCE ? confer(handle, handle_call(consultation), done)
                                       : transfer(handle, handle_call(consultation), done);
}
