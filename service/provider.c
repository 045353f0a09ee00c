/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Provider: the service's side of the contract. What comes from below is checked here before it reaches the rules. */
#include "service/provider.h"

#include <string.h>

#include "service/call.h"
#include "service/crash-point.h"
#include "service/gather.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/placement.h"
#include "service/provider-control.h"
#include "service/request.h"
#include "service/said.h"

struct Provider {
    Manager *manager;
    const ProviderOps *ops;
    void *data;
    Operations abilities;
};

Provider *provider_new(Manager *manager, const ProviderOps *ops, void *data) {
    Provider *provider = g_new0(Provider, 1);

    g_assert(ops->name && ops->start && ops->stop && ops->dial && ops->drop);
    *provider = (Provider) {
        .manager = manager,
        .ops = ops,
        .data = data,
        .abilities = provider_ops_abilities(ops),
    };
    g_ptr_array_add(manager_providers(manager), provider);
    return provider;
}

static void free_lines(Provider *provider) {
    for (GList *i = manager_lines(provider->manager)->head; i;) {
        Line *line = i->data;

        i = i->next;
        if (line_provider(line) == provider)
            line_free(line);
    }
}

static void discard_requests(Provider *provider) {
    g_autoptr(GList) requests = g_hash_table_get_values(manager_requests(provider->manager));

    for (GList *i = requests; i; i = i->next)
        if (request_provider(i->data) == provider && !request_call(i->data))
            request_finish(i->data, refuse(REFUSAL_PROVIDER_FAILED, "The provider is gone"), NULL);
}

Provider *provider_free(Provider *provider) {
    if (!provider)
        return NULL;
    free_lines(provider);
    discard_requests(provider);
    g_ptr_array_remove(manager_providers(provider->manager), provider);
    g_free(provider);
    return NULL;
}

const char *provider_name(const Provider *provider) {
    return provider->ops->name;
}

void *provider_data(const Provider *provider) {
    return provider->data;
}

Manager *provider_manager(const Provider *provider) {
    return provider->manager;
}

const ProviderOps *provider_ops(const Provider *provider) {
    return provider->ops;
}

Operations provider_abilities(const Provider *provider) {
    return provider->abilities;
}

void provider_set_abilities(Provider *provider, Operations abilities) {
    provider->abilities = provider_ops_abilities(provider->ops) & (abilities | operations_always());
    for (GList *i = manager_lines(provider->manager)->head; i; i = i->next)
        if (line_provider(i->data) == provider)
            line_update_abilities(i->data);
}

void provider_run(Provider *provider, bool start, Done done) {
    Request *request = NULL;
    Refusal *refusal = request_new(provider, /* client= */ NULL, /* call= */ NULL, OPERATION_NONE, &request);
    int r;

    g_assert(!refusal); /* only clients have limits */
    crash_point("provider:run");
    r = start ? provider->ops->start(provider, request_id(request)) : provider->ops->stop(provider, request_id(request));
    request_arm(request, /* effect= */ NULL, done);
    if (r < 0)
        request_finish(request, refuse(REFUSAL_PROVIDER_FAILED, "%s: %s", provider_name(provider), g_strerror(-r)), NULL);
}

static Refusal *debug_request(Line *line, Client *client, bool able, Request **ret) {
    if (!able)
        return refuse(REFUSAL_NOT_SUPPORTED, "Provider %s has no such help for tests", provider_name(line_provider(line)));
    return request_new(line_provider(line), client, /* call= */ NULL, OPERATION_NONE, ret);
}

static Refusal *debug_started(Request *request, int r, Done done) {
    if (r < 0) {
        request_discard(request);
        return refuse(REFUSAL_PROVIDER_FAILED, "The provider could not do it: %s", g_strerror(-r));
    }
    request_arm(request, /* effect= */ NULL, done);
    return NULL;
}

Refusal *line_debug_incoming(Line *line, Client *client, const char *from, Done done) {
    const ProviderOps *ops = line_provider(line)->ops;
    Request *request = NULL;
    Refusal *refusal = debug_request(line, client, ops->debug_incoming, &request);

    if (refusal)
        return refusal;
    return debug_started(request, ops->debug_incoming(line, from, request_id(request)), done);
}

Refusal *line_debug_state(Line *line, Client *client, LineState state, const char *reason, Done done) {
    const ProviderOps *ops = line_provider(line)->ops;
    Request *request = NULL;
    Refusal *refusal = debug_request(line, client, ops->debug_line_state, &request);

    if (refusal)
        return refusal;
    return debug_started(request, ops->debug_line_state(line, state, reason, request_id(request)), done);
}

/* ---- Up: lines ---- */

int provider_add_line(Provider *provider, const LineInfo *info, Line **ret) {
    return line_new(provider, info, ret);
}

int provider_update_line(Line *line, const LineInfo *info) {
    return line_update(line, info);
}

void provider_report_line_state(Line *line, LineState state, const char *reason) {
    if (!line_state_to_string(state)) {
        log_warning("event: ignored, line: %s, why: unknown line state", line_name(line));
        return;
    }
    line_set_state(line, state, reason);
}

void provider_report_ring(Line *line, const char *mode, unsigned count) {
    line_ring(line, said_is_text(mode) ? mode : "normal", count);
}

void provider_report_forwarding(Line *line, const ForwardRule *rules, size_t n_rules) {
    if (said_are_rules(rules, n_rules))
        line_set_forwarding(line, rules, n_rules);
    else
        log_warning("event: ignored, line: %s, why: no list of forward rules", line_name(line));
}

void provider_report_messages_waiting(Line *line, unsigned count) {
    line_set_messages_waiting(line, count);
}

/* ---- Up: calls ---- */

/* What the network knows nothing of is left zero. */
static bool is_told(const PartyInfo *party) {
    return party->number || party->presentation == PRESENTATION_WITHHELD;
}

Call *provider_report_incoming(Line *line, const IncomingInfo *info) {
    Call *call;

    if (line_state(line) != LINE_IN_SERVICE || manager_is_stopping(line_manager(line)))
        return NULL;
    if (line_is_full(line) && info->reason != REASON_INTRUDE)
        return NULL;
    if (info->user_user_info_size > USER_USER_INFO_MAX)
        log_warning("event: user-user-info cut, line: %s, bytes: %zu", line_name(line), info->user_user_info_size);

    call = call_new(line, DIRECTION_IN, line_clean_media_mode(line, info->media_mode));
    if (info->number != 0 && !call_take_number(call, info->number)) {
        log_warning("event: ignored, line: %s, why: a call comes in with a number that it can't have", line_name(line));
        call_discard(call);
        return NULL;
    }
    call_set_call_id(call, line_has_call_id(line) ? info->call_id : "", "");
    call_set_origin(call, call_origin_to_string(info->origin) ? info->origin : ORIGIN_UNKNOWN,
                    call_reason_to_string(info->reason) ? info->reason : REASON_UNKNOWN);
    call_set_party(call, PARTY_CALLER, &info->caller);
    call_set_party(call, PARTY_CALLED, &info->called);
    if (is_told(&info->redirecting))
        call_set_party(call, PARTY_REDIRECTING, &info->redirecting);
    if (is_told(&info->redirection))
        call_set_party(call, PARTY_REDIRECTION, &info->redirection);
    call_set_address(call, call_party(call, PARTY_CALLER).number);
    call_set_user_user_info(call, info->user_user_info, info->user_user_info_size);
    crash_point("provider:incoming");
    call_appear(call, CALL_EVENT_OFFERED, STATE_DETAIL_NONE, /* dialler= */ NULL, ON_OWNER_LOST_DROP);
    crash_point("provider:offered");
    return call;
}

void provider_report_event(Call *call, CallEvent event, StateDetail detail) {
    crash_point("provider:event");
    call_apply_event(call, event, detail);
    crash_point("provider:event-applied");
}

void provider_report_joined(Call *call, Call *conference) {
    crash_point("provider:joined");
    call_join_conference(call, conference);
}

void provider_report_ended(Call *call, DisconnectCause cause, const char *provider_cause) {
    crash_point("provider:ended");
    call_end(call, cause, provider_cause);
    crash_point("provider:end-applied");
}

void provider_report_call_id(Call *call, const char *call_id, const char *related_call_id) {
    crash_point("provider:call-id");
    if (line_has_call_id(call_line(call)))
        call_set_call_id(call, call_id, related_call_id);
}

void provider_report_party(Call *call, PartyRole role, const PartyInfo *party) {
    if ((int) role < 0 || role >= _PARTY_MAX)
        return;
    crash_point("provider:party");
    if (role == PARTY_REDIRECTION && party && party->number && !*call_party(call, role).number)
        call_was_sent_on(call, party->number);
    call_set_party(call, role, party);
}

void provider_report_reason(Call *call, CallOrigin origin, CallReason reason) {
    if (call_origin_to_string(origin) && call_reason_to_string(reason))
        call_set_origin(call, origin, reason);
}

void provider_report_user_user_info(Call *call, const uint8_t *data, size_t size) {
    call_set_user_user_info(call, data, size);
}

void provider_report_network_id(Call *call, const char *kind, const char *id) {
    if (said_is_id(kind) && said_is_id(id))
        call_set_network_id(call, kind, id);
    else
        log_warning("event: ignored, line: %s, why: not an id", line_name(call_line(call)));
}

void provider_report_muted(Call *call, bool muted) {
    call_set_muted(call, muted);
}

void provider_report_encrypted(Call *call, bool encrypted) {
    if (call_state_is_live(call_state(call)))
        call_set_encrypted(call, encrypted);
}

void provider_report_audio(Call *call, const char *device, unsigned volume) {
    if (!call_state_is_live(call_state(call)))
        return;
    if (!device || !*device || said_is_text(device))
        call_set_audio_device(call, device);
    else
        log_warning("event: ignored, line: %s, why: no name of a device", line_name(call_line(call)));
    if (volume <= VOLUME_MAX)
        call_set_volume(call, volume);
    else
        log_warning("event: ignored, line: %s, why: %u is no volume", line_name(call_line(call)), volume);
}

void provider_report_digit(Call *call, char digit) {
    Manager *manager = line_manager(call_line(call));
    uint64_t now = g_get_real_time();

    if (!digit || !strchr("0123456789ABCD*#", digit)) {
        log_warning("event: ignored, line: %s, why: not a digit", line_name(call_line(call)));
        return;
    }
    for (GList *i = call_handles(call)->head; i; i = i->next) {
        Handle *handle = i->data;

        if (!handle_wants_digits(handle))
            continue;
        handle_count_signal(handle);
        manager_observer(manager)->digit_received(handle, digit, now, manager_observer_data(manager));
    }
    if (call_gathering(call))
        gathering_hear(call_gathering(call), digit);
}

/* The end of a generation of the other kind, or of none, is not worth a word. */
static Handle *take_generator(Call *call, bool tone, DigitsOutcome outcome) {
    Handle *handle = call_generates_tone(call) == tone ? call_generator(call) : NULL;

    if (!handle)
        return NULL;
    call_set_generator(call, NULL, /* tone= */ false);
    if (!digits_outcome_to_string(outcome))
        return NULL;
    handle_count_signal(handle);
    return handle;
}

void provider_report_digits_sent(Call *call, DigitsOutcome outcome) {
    Manager *manager = line_manager(call_line(call));
    Handle *handle = take_generator(call, /* tone= */ false, outcome);

    if (handle)
        manager_observer(manager)->digits_sent(handle, outcome, manager_observer_data(manager));
}

void provider_report_tone_sent(Call *call, DigitsOutcome outcome) {
    Manager *manager = line_manager(call_line(call));
    Handle *handle = take_generator(call, /* tone= */ true, outcome);

    if (handle)
        manager_observer(manager)->tone_sent(handle, outcome, manager_observer_data(manager));
}

/* ---- Up: completions ---- */

/* A completion may come late: the end of the call, or the end of the service, has answered the request before. */
static Request *find_pending(Provider *provider, RequestId id) {
    Request *request = request_find(provider->manager, id);

    if (request && request_provider(request) != provider)
        log_warning("event: ignored, provider: %s, why: completion of another's request", provider_name(provider));
    else if (!request && id > manager_last_request(provider->manager))
        log_warning("event: ignored, provider: %s, why: completion of a request that was never made", provider_name(provider));
    return request && request_provider(request) == provider ? request : NULL;
}

/* The network heard of the call's first drop only: all share its fate. */
static void complete_drops(Request *request, Refusal *refusal) {
    _cleanup_(refusal_freep) Refusal *why = refusal;
    Call *call = request_call(request);
    bool own = request_is_own(request);

    if (why)
        call_expect_drop(call, false);
    while ((request = request_pending(call, OPERATION_DROP)))
        request_finish(request, refusal_copy(why), NULL);
    if (why && !own)
        call_drop_if_abandoned(call);
}

void provider_complete(Provider *provider, RequestId id, Refusal *refusal, const char *text) {
    Request *request = find_pending(provider, id);

    if (!request) {
        refusal_free(refusal);
        return;
    }
    crash_point("provider:complete");
    if (request_placement(request))
        placement_failed(request, refusal ?: refuse(REFUSAL_PROVIDER_FAILED, "The provider said nothing of the call"));
    else if (request_operation(request) == OPERATION_DROP)
        complete_drops(request, refusal);
    else
        request_finish(request, refusal, said_result(provider, text));
}

void provider_complete_calls(Provider *provider, RequestId id, const CallStart *starts) {
    Request *request = find_pending(provider, id);

    if (!request)
        return;
    crash_point("provider:complete-calls");
    if (request_placement(request))
        placement_succeeded(request, starts);
    else
        log_warning("event: ignored, provider: %s, why: calls of an operation that makes none", provider_name(provider));
}

void provider_complete_by_end(Call *call, Call *consultation, RequestId id, DisconnectCause cause, const char *text) {
    Provider *provider = line_provider(call_line(call));
    g_autofree char *result = g_strdup(said_result(provider, text)); /* it may be the call's */
    Request *request = find_pending(provider, id);
    bool ours = request && request_call(request) == call && !request_placement(request);

    if (!ours) {
        log_warning("event: late, line: %s, why: an operation that is not under way ends a call", line_name(call_line(call)));
        if (consultation)
            call_end(consultation, cause, NULL);
        call_end(call, cause, NULL);
        return;
    }
    crash_point("provider:complete-by-end");
    request_detach_call(request);
    if (consultation)
        call_end_by_us(consultation, cause);
    call_end_by_us(call, cause);
    request_finish(request, /* refusal= */ NULL, result);
}
