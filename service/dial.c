/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: from a client's wish to a call on the line. */
#include "service/dial.h"

#include <string.h>

#include "service/call.h"
#include "service/client.h"
#include "service/deed.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/open.h"
#include "service/placement.h"
#include "service/token.h"

/* The network may know a way for an emergency call: it is asked, and can still refuse. */
static Refusal *check_active(const Line *line, const DialOrder *order) {
    return line_is_emergency_number(line, order->address) ? NULL : line_check_active(line);
}

static Refusal *check(const Line *line, Client *client, const DialOrder *order) {
    return placement_check_order(line, order) ?: deed_check_dial(client, line, order->address) ?: check_active(line, order);
}

/* ---- Tokens ---- */

/* All arguments in one text, so that two orders can be compared. */
static char *describe(const DialOrder *order) {
    g_autoptr(GVariant) call_data = g_variant_ref_sink(
        g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, order->call_data, order->call_data_size, 1));
    g_autoptr(GVariant) user_user_info = g_variant_ref_sink(
        g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, order->user_user_info, order->user_user_info_size, 1));
    g_autoptr(GVariant) all = g_variant_ref_sink(
        g_variant_new("(sissbu@ay@ayi)", order->address, order->media_mode, order->called_party ?: "",
                      order->comment ?: "", order->hide_caller_id, order->no_answer_timeout_s, user_user_info, call_data,
                      order->on_owner_lost));
    g_autofree char *text = g_variant_print(all, FALSE);

    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

static void open_if_closed(Client *client, Line *line) {
    if (!client_find_open(client, line))
        open_line_for(client, line, &open_options_implicit);
}

static bool has_room(const Client *client, const Call *call) {
    if (client_find_handle_on(client, call) || (call_emergency(call) && client_spares_emergency(client)))
        return true;
    return call_state(call) == CALL_STATE_IDLE ? client_has_place(client) : client_has_room(client, 1);
}

/* The call is there already: an owner's handle of it. What has to go for it is told of after the reply. */
static Refusal *give_again(Call *call, Client *client, OnOwnerLost on_owner_lost, Handle **ret) {
    Refusal *refusal;

    if (!has_room(client, call))
        return refuse(REFUSAL_LIMITS_EXCEEDED, "You have %u handles and there is no room for one more: release some first",
                      client_count_handles(client));
    refusal = call_emergency(call) ? NULL : open_check_room(client, call_line(call));
    if (refusal)
        return refusal;
    open_if_closed(client, call_line(call));
    outbox_flush(client);
    *ret = handle_give(client, call, PRIVILEGE_OWNER, on_owner_lost);
    return NULL;
}

static Refusal *repeat(Token *token, const char *arguments, Line *line, Client *client, const DialOrder *order, Done done) {
    Request *request = NULL;
    Handle *handle = NULL;
    Refusal *refusal;

    if (strcmp(token_arguments(token), arguments) != 0)
        return refuse(REFUSAL_CONFLICT, "The token was used with other arguments: use a new token for a new call");
    if (token_is_pending(token)) {
        refusal = request_new(line_provider(line), client, /* call= */ NULL, OPERATION_DIAL, &request);
        if (refusal)
            return refusal;
        request_arm(request, /* effect= */ NULL, done);
        token_wait(token, request_id(request));
        return NULL;
    }
    if (!token_call(token))
        return refuse(REFUSAL_CONFLICT, "The call of this token is forgotten: use a new token for a new call");

    refusal = give_again(token_call(token), client, order->on_owner_lost, &handle);
    if (refusal)
        return refusal;
    done.func(&(Outcome) { .handle = handle }, done.userdata);
    open_tell(client_find_open(client, line));
    return NULL;
}

/* ---- Placing ---- */

static Refusal *place(Line *line, Client *client, const DialOrder *order, Token *token, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    PlacementPlan plan = {
        .operation = OPERATION_DIAL,
        .n_calls = 1,
        .direction = DIRECTION_OUT,
        .order = order,
        .on_owner_lost = order->on_owner_lost,
        .token = token,
    };
    DialParams params = placement_params(order);
    Request *request = NULL;
    Refusal *refusal = placement_new(line, client, &plan, &request);

    if (refusal)
        return refusal;
    return placement_started(request, ops->dial(line, placement_call(request, 0), &params, request_id(request)), done);
}

Refusal *line_dial(Line *line, Client *client, const DialOrder *order, Done done) {
    Tokens *tokens = manager_tokens(line_manager(line));
    uint32_t uid = user_uid(client_user(client));
    bool with_token = order->token && *order->token;
    g_autofree char *arguments = with_token ? describe(order) : NULL;
    Token *token = with_token ? tokens_find(tokens, uid, line, order->token) : NULL;
    Refusal *refusal;

    if (token)
        return repeat(token, arguments, line, client, order, done);
    refusal = check(line, client, order);
    if (refusal)
        return refusal;
    if (with_token) {
        token = tokens_add(tokens, uid, line, order->token, arguments);
        /* An emergency call is made all the same; then it can be made twice. */
        if (!token && !line_is_emergency_number(line, order->address))
            return refuse(REFUSAL_LIMITS_EXCEEDED, "Your user has too many tokens of the last 24 hours: dial without one");
    }
    refusal = place(line, client, order, token, done);
    if (refusal && token)
        token_fail(token, line_manager(line), refusal);
    return refusal;
}

void dial_answer_waiting(Token *token, Call *call, OnOwnerLost on_owner_lost) {
    g_autoptr(GArray) waiting = token_take_waiting(token);
    Manager *manager = line_manager(call_line(call));

    for (unsigned i = 0; i < waiting->len; i++) {
        Request *request = request_find(manager, g_array_index(waiting, RequestId, i));
        Client *client = request && !request_is_answered(request) ? request_client(request) : NULL;
        Handle *handle = NULL;
        Refusal *refusal = NULL;

        if (!request)
            continue;
        if (client)
            refusal = give_again(call, client, on_owner_lost, &handle);
        if (!refusal)
            request_answer(request, &(Outcome) { .handle = handle });
        request_finish(request, refusal, NULL);
        if (handle)
            open_tell(client_find_open(client, call_line(call)));
    }
}
