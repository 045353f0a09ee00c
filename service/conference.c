/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conference: a call of its own, whose participants are other calls of the same line. */
#include "service/conference.h"

#include "service/call.h"
#include "service/client.h"
#include "service/line.h"
#include "service/operations.h"
#include "service/placement.h"

/* ---- Beginning ---- */

/* From a connected call of the line, or from none. */
static Refusal *set_up(Line *line, Client *client, Call *call, const DialOrder *order, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    PlacementPlan plan = {
        .operation = OPERATION_SETUP_CONFERENCE,
        .n_calls = 2,
        .kinds = { CALL_KIND_CONFERENCE, CALL_KIND_PLAIN },
        .direction = DIRECTION_OUT,
        .order = order,
        .on_owner_lost = order->on_owner_lost,
        .from = call,
    };
    DialParams params = placement_params(order);
    Request *request = NULL;
    Refusal *refusal = placement_new(line, client, &plan, &request);

    if (refusal)
        return refusal;
    return placement_started(request,
                             ops->setup_conference(line, call, placement_call(request, 0), placement_call(request, 1), &params,
                                                   request_id(request)),
                             done);
}

Refusal *handle_setup_conference(Handle *handle, const DialOrder *order, Done done) {
    Call *call = handle_call(handle);
    Line *line = call_line(call);
    Client *client = handle_client(handle);
    Refusal *refusal = handle_check(handle, OPERATION_SETUP_CONFERENCE) ?: placement_check_consultation(line, client, order)
                       ?: line_check_held(line);

    return refusal ?: set_up(line, client, call, order, done);
}

Refusal *line_setup_conference(Line *line, Client *client, const DialOrder *order, Done done) {
    Refusal *refusal = line_check_ability(line, OPERATION_SETUP_CONFERENCE) ?: placement_check_consultation(line, client, order)
                       ?: line_check_active(line) ?: line_check_held(line);

    return refusal ?: set_up(line, client, /* call= */ NULL, order, done);
}

/* ---- Adding ---- */

static Refusal *check_full(Call *conference) {
    const Line *line = call_line(conference);
    unsigned max = line_max_conference_parties(line);

    if (max == 0 || call_participants(conference)->length < max)
        return NULL;
    return refuse(REFUSAL_CONFERENCE_FULL, "The conference has %u participants, and line %s can't have more: remove one first",
                  call_participants(conference)->length, line_name(line));
}

Refusal *handle_prepare_add_to_conference(Handle *handle, const DialOrder *order, Done done) {
    Call *conference = handle_call(handle);
    DialParams params = placement_params(order);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_PREPARE_ADD_TO_CONFERENCE)
                       ?: placement_check_consultation(call_line(conference), handle_client(handle), order)
                       ?: check_full(conference)
                       ?: placement_new_consultation(handle, OPERATION_PREPARE_ADD_TO_CONFERENCE, order, &request);

    if (refusal)
        return refusal;
    return placement_started(request,
                             operations_of(conference)->prepare_add_to_conference(conference, placement_call(request, 0),
                                                                                  &params, request_id(request)),
                             done);
}

/* The conference comes back from hold; a call that has media of its own makes room by joining. */
static Refusal *check_room(const Call *conference, const Call *added) {
    return call_state_is_active(call_state(added)) ? NULL : line_check_active(call_line(conference));
}

static bool can_be_added(CallState state) {
    return state == CALL_STATE_CONNECTED || state == CALL_STATE_ON_HOLD || state == CALL_STATE_PROCEEDING ||
           state == CALL_STATE_RINGBACK;
}

static Refusal *check_added(const Call *conference, const Call *added) {
    if (call_kind(added) == CALL_KIND_CONFERENCE)
        return refuse(REFUSAL_INVALID_STATE, "The call to be added is a conference: only ordinary calls can be participants");
    if (call_line(added) != call_line(conference))
        return refuse(REFUSAL_INVALID_STATE, "The call to be added is on line %s: both must be on one line",
                      line_name(call_line(added)));
    if (!can_be_added(call_state(added)))
        return refuse(REFUSAL_INVALID_STATE, "The call to be added is %s and not connected, on-hold, proceeding or ringback",
                      call_state_to_string(call_state(added)));
    return NULL;
}

Refusal *handle_add_to_conference(Handle *handle, Handle *added, Done done) {
    Call *conference = handle_call(handle), *other = handle_call(added);
    Request *request = NULL;
    Refusal *refusal;

    if (handle_privilege(added) != PRIVILEGE_OWNER)
        return refuse(REFUSAL_NOT_OWNER, "AddToConference is for the owner of both calls and you are a monitor of the added one");
    refusal = handle_check(handle, OPERATION_ADD_TO_CONFERENCE) ?: check_added(conference, other) ?: check_full(conference)
              ?: check_room(conference, other) ?: operation_request(handle, OPERATION_ADD_TO_CONFERENCE, &request);
    if (refusal)
        return refusal;
    request_set_other(request, other);
    return operation_started(request, operations_of(conference)->add_to_conference(conference, other, request_id(request)),
                             /* effect= */ NULL, done);
}

/* ---- Removing ---- */

Refusal *handle_remove_from_conference(Handle *handle, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_REMOVE_FROM_CONFERENCE) ?: line_check_held(call_line(call))
                       ?: operation_request(handle, OPERATION_REMOVE_FROM_CONFERENCE, &request);

    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->remove_from_conference(call, request_id(request)),
                             /* effect= */ NULL, done);
}

/* ---- Who is in it ---- */

static void give(GPtrArray *handles, Client *client, Call *call) {
    Handle *handle = client_find_handle_on(client, call) ?: handle_give(client, call, PRIVILEGE_MONITOR, ON_OWNER_LOST_DROP);

    if (handle)
        g_ptr_array_add(handles, handle);
}

Refusal *handle_get_conference_calls(Handle *handle, GPtrArray **ret) {
    Call *call = handle_call(handle);
    Client *client = handle_client(handle);
    Refusal *refusal = handle_check(handle, OPERATION_GET_CONFERENCE_CALLS);
    Call *conference = call_conference(call) ?: call;

    if (refusal)
        return refusal;
    outbox_flush(client);
    *ret = g_ptr_array_new();
    give(*ret, client, conference);
    for (GList *i = call_participants(conference)->head; i; i = i->next)
        give(*ret, client, i->data);
    return NULL;
}
