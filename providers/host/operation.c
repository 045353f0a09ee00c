/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations: what a message of the service asks of the provider, for calls. */
#include "providers/host/operation.h"

#include <string.h>

#include "providers/host/call.h"
#include "providers/host/line.h"
#include "providers/host/provider.h"
#include "providers/wire/codec.h"
#include "providers/wire/words.h"

/* ---- Reading ---- */

Refusal *host_malformed(const Question *question) {
    return refuse(REFUSAL_INVALID_ARGS, "%s", question->why ?: "The message could not be read");
}

Refusal *host_started(int r) {
    return r < 0 ? refuse(REFUSAL_PROVIDER_FAILED, "The provider could not do it: %s", g_strerror(-r)) : NULL;
}

static Refusal *read_text(Question *question, const char **ret) {
    return sd_bus_message_read_basic(question->m, 's', ret) > 0 ? NULL : host_malformed(question);
}

Refusal *host_read_line(Question *question, Line **ret) {
    const char *name = NULL;
    Refusal *refusal = read_text(question, &name);

    if (refusal)
        return refusal;
    *ret = host_line_find(question->provider, name);
    return *ret ? NULL : refuse(REFUSAL_UNKNOWN_OBJECT, "There is no line %s", name);
}

/* It may have ended while the question was on its way. */
static Refusal *read_call(Question *question, Call **ret) {
    uint64_t number = 0;

    if (sd_bus_message_read_basic(question->m, 't', &number) <= 0)
        return host_malformed(question);
    *ret = g_hash_table_lookup(question->provider->calls, &number);
    if (!*ret || !(*ret)->up)
        return refuse(REFUSAL_INVALID_STATE, "The call has ended");
    return NULL;
}

static Refusal *read_number(Question *question, uint64_t *ret) {
    if (sd_bus_message_read_basic(question->m, 't', ret) <= 0)
        return host_malformed(question);
    if (*ret >= CALL_NUMBER_OF_PROVIDER || g_hash_table_contains(question->provider->calls, ret))
        return refuse(REFUSAL_INVALID_ARGS, "No new call can have the number %" G_GUINT64_FORMAT, *ret);
    return NULL;
}

/* A call that the operation makes. */
static Call *make(Question *question, Line *line, uint64_t number, CallDirection direction, const DialParams *params) {
    HostRequest *request = question->request;
    Call *call = host_call_new(line, number, direction);

    if (params) {
        call->address = g_strdup(params->address);
        call->media_mode = params->media_mode;
    }
    call->is_conference = direction == DIRECTION_NONE;
    if (call->is_conference)
        call->origin = ORIGIN_CONFERENCE;
    request->made[request->n_made++] = call;
    return call;
}

static Refusal *read_new_call(Question *question, uint64_t *ret) {
    Refusal *refusal = read_number(question, ret);

    if (!refusal && *ret == 0)
        return refuse(REFUSAL_INVALID_ARGS, "A new call needs a number");
    return refusal;
}

static Refusal *read_params(Question *question, DialParams *ret) {
    return wire_read_dial_params(question->m, question->keep, ret, &question->why) < 0 ? host_malformed(question) : NULL;
}

/* ---- Checking ---- */

/* The service checks it as well, but what happened meanwhile it could not know. */
static Refusal *check_state(const Question *question, const Call *call) {
    Operation operation = wire_operation_from_string(wire_method_to_string(question->request->method));
    CallKind kind = call->is_conference ? CALL_KIND_CONFERENCE : CALL_KIND_PLAIN;

    if ((int) operation < 0 || operation_possible(operation, kind, call->state))
        return NULL;
    return refuse(REFUSAL_INVALID_STATE, "The call is %s: %s needs %s", call_state_to_string(call->state),
                  operation_to_string(operation), operation_states(operation));
}

static Refusal *read_asked_call(Question *question, Call **ret) {
    Refusal *refusal = read_call(question, ret) ?: check_state(question, *ret);

    if (!refusal)
        question->request->call = *ret;
    return refusal;
}

static Refusal *read_other_call(Question *question, Call **ret) {
    Refusal *refusal = read_call(question, ret);

    if (!refusal)
        question->request->other = *ret;
    return refusal;
}

static Refusal *check_address(const Question *question, Line *line, const char *address) {
    const ProviderOps *ops = question->provider->ops;
    const char *hint = "give a number or a tel:, sip: or sips: URI";

    if (ops->check_address && ops->check_address(line, address, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "Line %s can't dial '%s': %s", line->name, address, hint);
    return NULL;
}

static Refusal *check_address_if_any(const Question *question, Line *line, const char *address) {
    return *address ? check_address(question, line, address) : NULL;
}

/* ---- One call ---- */

static Refusal *begin_simple(Question *question, int (*start)(Call *call, RequestId request)) {
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);

    return refusal ?: host_started(start(call, question->request->id));
}

static Refusal *begin_accept(Question *question) {
    return begin_simple(question, question->provider->ops->accept);
}

static Refusal *begin_answer(Question *question) {
    return begin_simple(question, question->provider->ops->answer);
}

static Refusal *begin_hold(Question *question) {
    return begin_simple(question, question->provider->ops->hold);
}

static Refusal *begin_unhold(Question *question) {
    return begin_simple(question, question->provider->ops->unhold);
}

static Refusal *begin_remove_from_conference(Question *question) {
    return begin_simple(question, question->provider->ops->remove_from_conference);
}

static Refusal *begin_secure(Question *question) {
    return begin_simple(question, question->provider->ops->secure);
}

/* What is not there any more was dropped. */
static Refusal *begin_drop(Question *question) {
    const char *word = NULL;
    RejectReason reason;
    uint64_t number = 0;
    Call *call;

    if (sd_bus_message_read(question->m, "ts", &number, &word) <= 0)
        return host_malformed(question);
    reason = wire_reject_from_string(word);
    if ((int) reason < 0)
        return refuse(REFUSAL_INVALID_ARGS, "Unknown reason '%s': use busy, declined or none", word);
    call = g_hash_table_lookup(question->provider->calls, &number);
    if (!call || !call->up) {
        host_request_succeed(question->request, NULL);
        return NULL;
    }
    question->request->call = call;
    return host_started(question->provider->ops->drop(call, reason, question->request->id));
}

static Refusal *begin_elsewhere(Question *question, bool may_be_empty,
                                int (*start)(Call *call, const char *address, RequestId request)) {
    const char *address = NULL;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call) ?: read_text(question, &address);

    if (!refusal && !(may_be_empty && *address == '\0'))
        refusal = check_address(question, call->line, address);
    return refusal ?: host_started(start(call, address, question->request->id));
}

static Refusal *begin_redirect(Question *question) {
    return begin_elsewhere(question, /* may_be_empty= */ false, question->provider->ops->redirect);
}

static Refusal *begin_blind_transfer(Question *question) {
    return begin_elsewhere(question, /* may_be_empty= */ false, question->provider->ops->blind_transfer);
}

static Refusal *begin_park(Question *question) {
    return begin_elsewhere(question, /* may_be_empty= */ true, question->provider->ops->park);
}

static Refusal *begin_complete_call(Question *question) {
    const char *word = NULL;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call) ?: read_text(question, &word);
    CompletionMode mode = completion_mode_from_string(word);

    if (refusal)
        return refusal;
    if ((int) mode < 0)
        return refuse(REFUSAL_INVALID_ARGS, "Unknown mode '%s': use camp-on, callback, intrude or message", word);
    return host_started(question->provider->ops->complete_call(call, mode, question->request->id));
}

/* What was dialled before belongs to the number. */
static Refusal *begin_dial_digits(Question *question) {
    const char *digits = NULL;
    g_autofree char *address = NULL;
    int more = 0;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);

    if (refusal)
        return refusal;
    if (sd_bus_message_read(question->m, "sb", &digits, &more) <= 0)
        return host_malformed(question);
    address = g_strconcat(call->address ?: "", digits, NULL);
    if (!more)
        refusal = check_address(question, call->line, address);
    if (refusal)
        return refusal;
    g_free(call->address);
    call->address = g_steal_pointer(&address);
    return host_started(question->provider->ops->dial_digits(call, digits, more, question->request->id));
}

static Refusal *begin_send_digits(Question *question) {
    const char *digits = NULL;
    uint32_t duration = 0, gap = 0;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);

    if (refusal)
        return refusal;
    if (sd_bus_message_read(question->m, "suu", &digits, &duration, &gap) <= 0)
        return host_malformed(question);
    return host_started(question->provider->ops->send_digits(call, digits, duration, gap, question->request->id));
}

static Refusal *begin_send_tone(Question *question) {
    const char *word = NULL;
    uint32_t ms = 0;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);
    Tone tone;

    if (refusal)
        return refusal;
    if (sd_bus_message_read(question->m, "su", &word, &ms) <= 0)
        return host_malformed(question);
    tone = wire_tone_from_string(word);
    if ((int) tone < 0)
        return refuse(REFUSAL_INVALID_ARGS, "Unknown tone '%s': use ringback, busy, beep, billing or none", word);
    return host_started(question->provider->ops->send_tone(call, tone, ms, question->request->id));
}

static Refusal *begin_switch(Question *question, int (*start)(Call *call, bool enable, RequestId request)) {
    int enable = 0;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);

    if (refusal)
        return refusal;
    if (sd_bus_message_read_basic(question->m, 'b', &enable) <= 0)
        return host_malformed(question);
    question->request->enable = enable;
    return host_started(start(call, enable, question->request->id));
}

static Refusal *begin_monitor_digits(Question *question) {
    return begin_switch(question, question->provider->ops->monitor_digits);
}

static Refusal *begin_mute(Question *question) {
    return begin_switch(question, question->provider->ops->mute);
}

static Refusal *begin_set_audio(Question *question) {
    AudioChoice choice = {};
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);

    if (refusal)
        return refusal;
    if (wire_read_audio_choice(question->m, question->keep, &choice, &question->why) < 0)
        return host_malformed(question);
    return host_started(question->provider->ops->set_audio(call, &choice, question->request->id));
}

static Refusal *begin_send_user_user_info(Question *question) {
    const uint8_t *data = NULL;
    size_t size = 0;
    Call *call = NULL;
    Refusal *refusal = read_asked_call(question, &call);

    if (refusal)
        return refusal;
    if (wire_read_bytes(question->m, &data, &size) < 0)
        return host_malformed(question);
    if (size > USER_USER_INFO_MAX)
        return refuse(REFUSAL_INVALID_ARGS, "User-user information of %zu bytes: at most %d are possible", size, USER_USER_INFO_MAX);
    return host_started(question->provider->ops->send_user_user_info(call, data, size, question->request->id));
}

static Refusal *begin_refresh_media_stats(Question *question) {
    Call *call = NULL;
    Refusal *refusal = read_call(question, &call);

    if (refusal)
        return refusal;
    host_send_media_stats(call);
    host_request_succeed(question->request, NULL);
    return NULL;
}

/* ---- Two calls ---- */

static Refusal *begin_with_other(Question *question, int (*start)(Call *call, Call *other, RequestId request)) {
    Call *call = NULL, *other = NULL;
    Refusal *refusal = read_asked_call(question, &call) ?: read_other_call(question, &other);

    return refusal ?: host_started(start(call, other, question->request->id));
}

static Refusal *begin_swap_hold(Question *question) {
    return begin_with_other(question, question->provider->ops->swap_hold);
}

static Refusal *begin_add_to_conference(Question *question) {
    return begin_with_other(question, question->provider->ops->add_to_conference);
}

static Refusal *begin_complete_transfer(Question *question) {
    Call *call = NULL, *other = NULL, *conference = NULL;
    uint64_t number = 0;
    Refusal *refusal = read_asked_call(question, &call) ?: read_other_call(question, &other) ?: read_number(question, &number);

    if (refusal)
        return refusal;
    if (number > 0) {
        conference = make(question, call->line, number, DIRECTION_NONE, NULL);
        conference->media_mode = call->media_mode;
    }
    return host_started(question->provider->ops->complete_transfer(call, other, conference, question->request->id));
}

/* ---- Those that make calls ---- */

static Refusal *begin_dial(Question *question) {
    DialParams params = {};
    uint64_t number = 0;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line) ?: read_new_call(question, &number) ?: read_params(question, &params)
                       ?: check_address(question, line, params.address);
    Call *call;

    if (refusal)
        return refusal;
    call = make(question, line, number, DIRECTION_OUT, &params);
    return host_started(question->provider->ops->dial(line, call, &params, question->request->id));
}

static Refusal *begin_consultation(Question *question, int (*start)(Call *call, Call *consultation, const DialParams *params,
                                                                    RequestId request)) {
    DialParams params = {};
    uint64_t number = 0;
    Call *call = NULL, *consultation;
    Refusal *refusal = read_asked_call(question, &call) ?: read_new_call(question, &number) ?: read_params(question, &params)
                       ?: check_address_if_any(question, call->line, params.address);

    if (refusal)
        return refusal;
    consultation = make(question, call->line, number, DIRECTION_OUT, &params);
    return host_started(start(call, consultation, &params, question->request->id));
}

static Refusal *begin_setup_transfer(Question *question) {
    return begin_consultation(question, question->provider->ops->setup_transfer);
}

static Refusal *begin_prepare_add_to_conference(Question *question) {
    return begin_consultation(question, question->provider->ops->prepare_add_to_conference);
}

/* The first call, or 0 for none. */
static Refusal *read_first_call(Question *question, const Line *line, Call **ret) {
    uint64_t number = 0;
    Refusal *refusal;

    if (sd_bus_message_read_basic(question->m, 't', &number) <= 0)
        return host_malformed(question);
    if (number == 0)
        return NULL;
    *ret = g_hash_table_lookup(question->provider->calls, &number);
    if (!*ret || !(*ret)->up || (*ret)->line != line)
        return refuse(REFUSAL_INVALID_STATE, "The call has ended");
    refusal = check_state(question, *ret);
    if (!refusal)
        question->request->call = *ret;
    return refusal;
}

static Refusal *begin_setup_conference(Question *question) {
    DialParams params = {};
    uint64_t number = 0, second = 0;
    Line *line = NULL;
    Call *call = NULL, *conference, *consultation;
    Refusal *refusal = host_read_line(question, &line) ?: read_first_call(question, line, &call) ?: read_new_call(question, &number)
                       ?: read_new_call(question, &second) ?: read_params(question, &params)
                       ?: check_address_if_any(question, line, params.address);

    if (!refusal && number == second)
        refusal = refuse(REFUSAL_INVALID_ARGS, "Two calls can't have one number");
    if (refusal)
        return refusal;
    conference = make(question, line, number, DIRECTION_NONE, NULL);
    conference->media_mode = params.media_mode;
    consultation = make(question, line, second, DIRECTION_OUT, &params);
    return host_started(question->provider->ops->setup_conference(line, call, conference, consultation, &params,
                                                                  question->request->id));
}

static Refusal *begin_unpark(Question *question) {
    const char *address = NULL;
    uint64_t number = 0;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line) ?: read_new_call(question, &number) ?: read_text(question, &address)
                       ?: check_address(question, line, address);
    Call *call;

    if (refusal)
        return refusal;
    call = make(question, line, number, DIRECTION_IN, NULL);
    return host_started(question->provider->ops->unpark(line, call, address, question->request->id));
}

static Refusal *begin_pickup(Question *question) {
    const char *address = NULL, *group = NULL;
    uint64_t number = 0;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line) ?: read_new_call(question, &number) ?: read_text(question, &address)
                       ?: read_text(question, &group) ?: check_address_if_any(question, line, address);
    Call *call;

    if (refusal)
        return refusal;
    call = make(question, line, number, DIRECTION_IN, NULL);
    return host_started(question->provider->ops->pickup(line, call, address, group, question->request->id));
}

/* ---- Lines ---- */

static Refusal *begin_forward(Question *question) {
    const ForwardRule *rules = NULL;
    size_t n_rules = 0;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line);

    if (refusal)
        return refusal;
    if (wire_read_rules(question->m, question->keep, &rules, &n_rules, &question->why) < 0)
        return host_malformed(question);
    for (size_t i = 0; i < n_rules && !refusal; i++)
        refusal = check_address_if_any(question, line, rules[i].destination);
    return refusal ?: host_started(question->provider->ops->forward(line, rules, n_rules, question->request->id));
}

static Refusal *begin_cancel_completion(Question *question) {
    const char *id = NULL;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line) ?: read_text(question, &id);

    return refusal ?: host_started(question->provider->ops->cancel_completion(line, id, question->request->id));
}

static Refusal *begin_debug_incoming(Question *question) {
    const char *from = NULL;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line) ?: read_text(question, &from);

    return refusal ?: host_started(question->provider->ops->debug_incoming(line, from, question->request->id));
}

static Refusal *begin_debug_line_state(Question *question) {
    const char *word = NULL, *reason = NULL;
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line) ?: read_text(question, &word) ?: read_text(question, &reason);
    LineState state = line_state_from_string(word);

    if (refusal)
        return refusal;
    if ((int) state < 0)
        return refuse(REFUSAL_INVALID_ARGS, "Unknown state '%s': use in-service, out-of-service or removed", word);
    return host_started(question->provider->ops->debug_line_state(line, state, reason, question->request->id));
}

static Refusal *(*const begins[_WIRE_METHOD_MAX])(Question *question) = {
    [WIRE_START] = host_begin_start,
    [WIRE_STOP] = host_begin_stop,
    [WIRE_ADD_LINE] = host_begin_add_line,
    [WIRE_REMOVE_LINE] = host_begin_remove_line,
    [WIRE_ADOPTED] = host_begin_adopted,
    [WIRE_DIAL] = begin_dial,
    [WIRE_ACCEPT] = begin_accept,
    [WIRE_ANSWER] = begin_answer,
    [WIRE_REDIRECT] = begin_redirect,
    [WIRE_DROP] = begin_drop,
    [WIRE_HOLD] = begin_hold,
    [WIRE_UNHOLD] = begin_unhold,
    [WIRE_SWAP_HOLD] = begin_swap_hold,
    [WIRE_BLIND_TRANSFER] = begin_blind_transfer,
    [WIRE_SETUP_TRANSFER] = begin_setup_transfer,
    [WIRE_COMPLETE_TRANSFER] = begin_complete_transfer,
    [WIRE_SETUP_CONFERENCE] = begin_setup_conference,
    [WIRE_PREPARE_ADD_TO_CONFERENCE] = begin_prepare_add_to_conference,
    [WIRE_ADD_TO_CONFERENCE] = begin_add_to_conference,
    [WIRE_REMOVE_FROM_CONFERENCE] = begin_remove_from_conference,
    [WIRE_PARK] = begin_park,
    [WIRE_UNPARK] = begin_unpark,
    [WIRE_PICKUP] = begin_pickup,
    [WIRE_FORWARD] = begin_forward,
    [WIRE_COMPLETE_CALL] = begin_complete_call,
    [WIRE_CANCEL_COMPLETION] = begin_cancel_completion,
    [WIRE_DIAL_DIGITS] = begin_dial_digits,
    [WIRE_SEND_DIGITS] = begin_send_digits,
    [WIRE_SEND_TONE] = begin_send_tone,
    [WIRE_MONITOR_DIGITS] = begin_monitor_digits,
    [WIRE_MUTE] = begin_mute,
    [WIRE_SET_AUDIO] = begin_set_audio,
    [WIRE_SEND_USER_USER_INFO] = begin_send_user_user_info,
    [WIRE_SECURE] = begin_secure,
    [WIRE_REFRESH_MEDIA_STATS] = begin_refresh_media_stats,
    [WIRE_DEBUG_INCOMING] = begin_debug_incoming,
    [WIRE_DEBUG_LINE_STATE] = begin_debug_line_state,
};

Refusal *host_operation_begin(Question *question) {
    return begins[question->request->method](question);
}
