/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pickup: calls that come to a line from where they ring or are parked. */
#include "service/pickup.h"

#include <string.h>

#include "service/address.h"
#include "service/call.h"
#include "service/client.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/operations.h"
#include "service/placement.h"
#include "service/toll.h"

/* What the client wants for calls that it is given. */
static OnOwnerLost wanted_by(const Client *client, const Line *line) {
    Open *open = client_find_open(client, line);

    return open ? open_options(open)->on_owner_lost : ON_OWNER_LOST_DROP;
}

/* A call that is there already, and comes to this line. */
static Refusal *fetch(Line *line, Client *client, Operation operation, Request **ret) {
    PlacementPlan plan = {
        .operation = operation,
        .n_calls = 1,
        .direction = DIRECTION_IN,
        .media_mode = MEDIA_INTERACTIVE_VOICE,
        .on_owner_lost = wanted_by(client, line),
    };

    return placement_new(line, client, &plan, ret);
}

static Refusal *check_group(const char *group) {
    if (strlen(group) > GROUP_MAX)
        return refuse(REFUSAL_TOO_BIG, "The group's name is %zu bytes: at most %d are possible", strlen(group), GROUP_MAX);
    return *group ? address_check_form(group) : NULL;
}

Refusal *line_pickup(Line *line, Client *client, const char *address, const char *group, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    Request *request = NULL;
    Refusal *refusal = line_check_ability(line, OPERATION_PICKUP) ?: address_check_service_code(address)
                       ?: line_check_service(line)
                       ?: (*address ? address_check(line, address) : NULL) ?: check_group(group)
                       ?: deed_check(client, DEED_CONTROL, line) ?: deed_check_place(client, line, address)
                       ?: line_check_answer(line) ?: toll_take(line, client, dials_to_place(line, address))
                       ?: fetch(line, client, OPERATION_PICKUP, &request);

    if (refusal)
        return refusal;
    return placement_started(request, ops->pickup(line, placement_call(request, 0), address, group, request_id(request)), done);
}

Refusal *line_unpark(Line *line, Client *client, const char *address, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    Request *request = NULL;
    Refusal *refusal = line_check_ability(line, OPERATION_UNPARK) ?: address_check_service_code(address)
                       ?: line_check_service(line) ?: address_check(line, address)
                       ?: deed_check(client, DEED_CONTROL, line) ?: deed_check_place(client, line, address)
                       ?: line_check_active(line) ?: toll_take(line, client, dials_to_place(line, address))
                       ?: fetch(line, client, OPERATION_UNPARK, &request);

    if (refusal)
        return refusal;
    return placement_started(request, ops->unpark(line, placement_call(request, 0), address, request_id(request)), done);
}

Refusal *handle_park(Handle *handle, const char *address, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_PARK) ?: (*address ? address_check(call_line(call), address) : NULL)
                       ?: deed_check_place(handle_client(handle), call_line(call), address)
                       ?: toll_take(call_line(call), handle_client(handle), dials_to_place(call_line(call), address))
                       ?: operation_request(handle, OPERATION_PARK, &request);

    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->park(call, address, request_id(request)), /* effect= */ NULL, done);
}
