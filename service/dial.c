/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: from a client's wish to a call on the line. */
#include "service/dial.h"

#include <string.h>

#include "service/address.h"
#include "service/call.h"
#include "service/client.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/open.h"
#include "service/operations.h"
#include "service/token.h"

/* What a dial under way has to remember. */
typedef struct Dial {
    OnOwnerLost on_owner_lost;
    Token *token; /* NULL: none */
} Dial;

/* ---- Checks, in the order of the rules: ability, state, values, limits ---- */

static Refusal *check_abilities(const Line *line, const DialOrder *order) {
    if (!(line_media_modes(line) & MEDIA_BIT(order->media_mode)))
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s has no calls of media mode %s: see its MediaModes", line_name(line),
                      media_mode_to_string(order->media_mode));
    return address_check_service_code(order->address);
}

static Refusal *check_state(const Line *line) {
    if (manager_is_stopping(line_manager(line)))
        return refuse(REFUSAL_PROVIDER_FAILED, "The service is stopping: try again when it is back");
    if (line_state(line) != LINE_IN_SERVICE)
        return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "Line %s is %s%s%s: wait until its State is in-service", line_name(line),
                      line_state_to_string(line_state(line)), *line_state_reason(line) ? " because " : "",
                      line_state_reason(line));
    return NULL;
}

static Refusal *check_size(const char *what, size_t size, size_t max) {
    if (size <= max)
        return NULL;
    return refuse(REFUSAL_TOO_BIG, "%s is %zu bytes: at most %zu are possible", what, size, max);
}

static Refusal *check_values(const Line *line, const DialOrder *order) {
    return address_check(line, order->address)
               ?: check_size("called-party", strlen(order->called_party ?: ""), TEXT_MAX)
               ?: check_size("comment", strlen(order->comment ?: ""), TEXT_MAX)
               ?: check_size("user-user-info", order->user_user_info_size, USER_USER_INFO_MAX)
               ?: check_size("call-data", order->call_data_size, CALL_DATA_MAX)
               ?: check_size("token", strlen(order->token ?: ""), TOKEN_MAX);
}

static Refusal *check_room(const Client *client, const Call *call) {
    if (client_has_room(client, call))
        return NULL;
    return refuse(REFUSAL_LIMITS_EXCEEDED, "You have %u handles of calls that are not idle: release some first",
                  client_count_handles(client));
}

static Refusal *check(const Line *line, const Client *client, const DialOrder *order) {
    return check_abilities(line, order)
               ?: check_state(line)
               ?: check_values(line, order)
               ?: line_check_active(line)
               ?: check_room(client, /* call= */ NULL);
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

/* The call is there already: an owner's handle of it. */
static Refusal *give_again(Call *call, Client *client, OnOwnerLost on_owner_lost, Handle **ret) {
    Refusal *refusal = client_find_handle_on(client, call) ? NULL : check_room(client, call);

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
        refusal = request_new(line_provider(line), client, /* call= */ NULL, OPERATION_NONE, &request);
        if (refusal)
            return refusal;
        request_arm(request, /* effect= */ NULL, done);
        token_wait(token, request_id(request));
        return NULL;
    }
    if (!token_call(token))
        return refuse(REFUSAL_CONFLICT, "The call of this token is forgotten: use a new token for a new call");

    refusal = give_again(token_call(token), client, order->on_owner_lost, &handle);
    if (!refusal)
        done.func(&(Outcome) { .handle = handle }, done.userdata);
    return refusal;
}

/* ---- Placing ---- */

static Refusal *place(Line *line, Client *client, const DialOrder *order, Token *token, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    Call *call = call_new(line, DIRECTION_OUT, order->media_mode);
    DialParams params = {
        .address = order->address,
        .media_mode = order->media_mode,
        .hide_caller_id = order->hide_caller_id,
        .no_answer_timeout_s = order->no_answer_timeout_s,
        .user_user_info = order->user_user_info,
        .user_user_info_size = order->user_user_info_size,
    };
    Request *request = NULL;
    Refusal *refusal = request_new(line_provider(line), client, call, OPERATION_NONE, &request);
    Dial *dial;
    int r;

    if (refusal) {
        call_discard(call);
        return refusal;
    }
    call_set_dialled(call, order->address, order->called_party, order->comment,
                     line_is_emergency_number(line, order->address));
    call_set_call_data(call, order->call_data, order->call_data_size);
    dial = g_new0(Dial, 1);
    *dial = (Dial) { .on_owner_lost = order->on_owner_lost, .token = token };
    request_set_data(request, dial, g_free);

    r = ops->dial(line, call, &params, request_id(request));
    if (r < 0) {
        request_discard(request);
        call_discard(call);
        return refuse(REFUSAL_PROVIDER_FAILED, "The provider could not dial (%s): try again", g_strerror(-r));
    }
    request_arm(request, /* effect= */ NULL, done);
    return NULL;
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
        if (!token)
            return refuse(REFUSAL_LIMITS_EXCEEDED, "Your user has too many tokens of the last 24 hours: dial without one");
    }
    refusal = place(line, client, order, token, done);
    if (refusal && token)
        token_fail(token, line_manager(line), refusal);
    return refusal;
}

/* ---- Completion ---- */

bool request_is_dial(const Request *request) {
    return request_operation(request) == OPERATION_NONE && request_call(request) != NULL;
}

static void answer_waiting(Token *token, Call *call, OnOwnerLost on_owner_lost) {
    g_autoptr(GArray) waiting = token_take_waiting(token);
    Manager *manager = line_manager(call_line(call));

    for (unsigned i = 0; i < waiting->len; i++) {
        Request *request = request_find(manager, g_array_index(waiting, RequestId, i));
        Handle *handle = NULL;
        Refusal *refusal = NULL;

        if (!request)
            continue;
        if (request_client(request) && !request_is_answered(request))
            refusal = give_again(call, request_client(request), on_owner_lost, &handle);
        if (!refusal)
            request_answer(request, &(Outcome) { .handle = handle });
        request_finish(request, refusal, NULL);
    }
}

void dial_succeeded(Request *request, const char *call_id, const PartyInfo *caller, const PartyInfo *called) {
    Call *call = request_call(request);
    Client *client = request_client(request);
    Dial dial = *(Dial *) request_data(request);
    bool left = !client;
    Handle *handle;

    if (client && request_is_answered(request))
        client = NULL;
    if (client) {
        open_if_closed(client, call_line(call));
        outbox_flush(client);
    }
    call_set_call_id(call, line_has_call_id(call_line(call)) ? call_id : "", "");
    call_set_party(call, PARTY_CALLER, caller);
    call_set_party(call, PARTY_CALLED, called);
    call_set_dialled_keep(call, dial.on_owner_lost);
    if (dial.token)
        token_set_call(dial.token, call);

    handle = call_appear(call, CALL_EVENT_DIALING, client, dial.on_owner_lost);
    if (handle)
        request_answer(request, &(Outcome) { .handle = handle });
    request_finish(request, handle ? NULL : refuse(REFUSAL_LIMITS_EXCEEDED, "You have too many handles: release some first"),
                   NULL);
    if (dial.token)
        answer_waiting(dial.token, call, dial.on_owner_lost);
    /* The client left, was told of a time-out, or has no room any more. */
    if (call_owners(call) == 0 && !(left && dial.on_owner_lost == ON_OWNER_LOST_KEEP))
        operations_drop_unowned(call);
}

void dial_failed(Request *request, Refusal *refusal) {
    Call *call = request_call(request);
    Dial dial = *(Dial *) request_data(request);
    Manager *manager = line_manager(call_line(call));
    _cleanup_(refusal_freep) Refusal *why = refusal;

    request_finish(request, refuse(refusal_code(why), "%s", refusal_text(why)), NULL);
    call_discard(call);
    if (dial.token)
        token_fail(dial.token, manager, why);
}
