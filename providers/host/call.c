/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: the token of a call in the provider's process. */
#include "providers/host/call.h"

#include <string.h>

#include "providers/host/line.h"
#include "providers/host/provider.h"
#include "service/log.h"
#include "service/said.h"

enum { ENDED_MAX = 4096 }; /* remembered at once; the oldest are forgotten first */

/* ---- Life ---- */

Call *host_call_new(Line *line, uint64_t number, CallDirection direction) {
    Call *call = g_new0(Call, 1);

    call->line = line;
    call->number = number;
    call->direction = direction;
    call->origin = direction == DIRECTION_OUT ? ORIGIN_OUTBOUND : ORIGIN_UNKNOWN;
    call->volume = VOLUME_AS_IT_IS;
    call->link.data = call;
    g_queue_push_tail_link(&line->calls, &call->link);
    g_hash_table_insert(line->provider->calls, &call->number, call);
    host_watch_media(line->provider);
    return call;
}

static void clear_party(HostParty *party) {
    g_free(party->number);
    g_free(party->name);
    *party = (HostParty) {};
}

static void free_facts(Call *call) {
    for (PartyRole i = 0; i < _PARTY_MAX; i++)
        clear_party(&call->parties[i]);
    g_clear_pointer(&call->network_ids, g_ptr_array_unref);
    g_clear_pointer(&call->user_user_info, g_bytes_unref);
    g_free(call->call_id);
    g_free(call->related_call_id);
    g_free(call->address);
    g_free(call->provider_cause);
    g_free(call->audio_device);
    g_free(call);
}

/* Those that the network did not speak of go on by themselves. */
static void let_participants_go(Call *conference) {
    for (GList *i = conference->line->calls.head; i; i = i->next) {
        Call *call = i->data;

        if (call->conference == conference)
            host_call_follow(call, CALL_EVENT_LEFT, STATE_DETAIL_NONE);
    }
}

/* Nothing leads to it any more. */
static void part(Call *call) {
    Provider *provider = call->line->provider;

    if (call->is_conference)
        let_participants_go(call);
    host_requests_forget_call(provider, call);
    g_hash_table_remove(provider->calls, &call->number);
    g_queue_unlink(&call->line->calls, &call->link);
    call->conference = NULL;
    call->data = NULL;
}

Call *host_call_free(Call *call) {
    part(call);
    free_facts(call);
    return NULL;
}

void host_call_end(Call *call, DisconnectCause cause, const char *provider_cause) {
    Provider *provider = call->line->provider;

    if (!call->told || host_provider_is_heard(provider)) {
        host_call_free(call);
        return;
    }
    part(call);
    call->state = CALL_STATE_DISCONNECTED;
    call->detail = STATE_DETAIL_NONE;
    call->cause = disconnect_cause_to_string(cause) && cause != CAUSE_NONE ? cause : CAUSE_UNKNOWN;
    call->provider_cause = g_strdup(provider_cause);
    call->address = call->address ?: g_strdup("");
    g_queue_push_tail(&provider->ended, call);
    if (g_queue_get_length(&provider->ended) > ENDED_MAX)
        host_ended_free(g_queue_pop_head(&provider->ended));
}

void host_ended_free(void *ended) {
    free_facts(ended);
}

/* ---- State ---- */

bool host_call_follow(Call *call, CallEvent event, StateDetail detail) {
    CallState next = call_state_after(call->state, event);

    if (next == _CALL_STATE_INVALID) {
        log_debug("event: ignored, line: %s, state: %s, event: %s", call->line->name, call_state_to_string(call->state),
                  call_event_to_string(event) ?: "?");
        return false;
    }
    if (next != call->state)
        call->conference = NULL;
    call->state = next;
    call->detail = state_detail_to_string(detail) ? detail : STATE_DETAIL_NONE;
    return true;
}

/* ---- Facts ---- */

void host_call_set_party(Call *call, PartyRole role, const PartyInfo *info) {
    HostParty *party = &call->parties[role];
    char *number, *name;

    if (!info) {
        clear_party(party);
        return;
    }
    /* What is told may be what is here. */
    number = g_strdup(info->number);
    name = g_strdup(info->name);
    clear_party(party);
    *party = (HostParty) { .known = true, .number = number, .name = name, .presentation = info->presentation };
}

static void set_text(char **place, const char *text) {
    char *copy = g_strdup(text ?: "");

    g_free(*place);
    *place = copy;
}

/* An id that is no text, or a long one, is none. */
void host_call_set_ids(Call *call, const char *call_id, const char *related_call_id) {
    set_text(&call->call_id, said_is_text(call_id) ? call_id : "");
    set_text(&call->related_call_id, said_is_text(related_call_id) ? related_call_id : "");
}

void host_call_set_network_id(Call *call, const char *kind, const char *id) {
    if (!call->network_ids)
        call->network_ids = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i + 1 < call->network_ids->len; i += 2)
        if (strcmp(call->network_ids->pdata[i], kind) == 0) {
            set_text((char **) &call->network_ids->pdata[i + 1], id);
            return;
        }
    g_ptr_array_add(call->network_ids, g_strdup(kind));
    g_ptr_array_add(call->network_ids, g_strdup(id));
}

void host_call_begin(Call *call, const CallStart *start) {
    const PartyInfo *const parties[_PARTY_MAX] = {
        [PARTY_CALLER] = start->caller,
        [PARTY_CALLED] = start->called,
        [PARTY_CONNECTED] = start->connected,
        [PARTY_REDIRECTING] = start->redirecting,
        [PARTY_REDIRECTION] = start->redirection,
    };

    call->up = true;
    host_call_follow(call, start->event, start->detail);
    host_call_set_ids(call, start->call_id, start->related_call_id);
    call->reason = start->reason;
    if (start->address) {
        set_text(&call->address, start->address);
        call->media_mode = start->media_mode;
    }
    for (PartyRole i = 0; i < _PARTY_MAX; i++)
        if (parties[i])
            host_call_set_party(call, i, parties[i]);
}

static bool is_told(const PartyInfo *party) {
    return party->number || party->name || party->presentation != PRESENTATION_ALLOWED;
}

void host_call_come_in(Call *call, const IncomingInfo *info) {
    const struct {
        PartyRole role;
        const PartyInfo *party;
    } parties[] = {
        { PARTY_CALLER, &info->caller },
        { PARTY_CALLED, &info->called },
        { PARTY_REDIRECTING, &info->redirecting },
        { PARTY_REDIRECTION, &info->redirection },
    };

    call->up = true;
    call->state = CALL_STATE_OFFERING;
    call->origin = info->origin;
    call->reason = info->reason;
    call->media_mode = info->media_mode;
    host_call_set_ids(call, info->call_id, "");
    set_text(&call->address, info->caller.number);
    for (size_t i = 0; i < G_N_ELEMENTS(parties); i++)
        if (is_told(parties[i].party))
            host_call_set_party(call, parties[i].role, parties[i].party);
    if (info->user_user_info_size > 0)
        call->user_user_info = g_bytes_new(info->user_user_info, MIN(info->user_user_info_size, USER_USER_INFO_MAX));
}

/* ---- To be told again ---- */

static PartyInfo party_info(const HostParty *party) {
    return (PartyInfo) { .number = party->number, .name = party->name, .presentation = party->presentation };
}

static const char *const *list_network_ids(const Call *call, WireKeep *keep) {
    guint n = call->network_ids ? call->network_ids->len : 0;
    const char **ids;

    if (n == 0)
        return NULL;
    ids = wire_keep(keep, g_new0(const char *, n + 1));
    memcpy(ids, call->network_ids->pdata, n * sizeof(char *));
    return ids;
}

void host_call_describe(const Call *call, WireKeep *keep, WireCall *ret) {
    *ret = (WireCall) {
        .number = call->number,
        .line = call->line->name,
        .state = call->state,
        .cause = call->cause,
        .provider_cause = call->provider_cause,
        .detail = call->detail,
        .direction = call->direction,
        .call_id = call->call_id,
        .related_call_id = call->related_call_id,
        .origin = call_origin_to_string(call->origin) ? call->origin : ORIGIN_UNKNOWN,
        .reason = call_reason_to_string(call->reason) ? call->reason : REASON_UNKNOWN,
        .address = call->address,
        .media_mode = media_mode_to_string(call->media_mode) ? call->media_mode : MEDIA_UNKNOWN,
        .network_ids = list_network_ids(call, keep),
        .conference = call->conference ? call->conference->number : 0,
        .is_conference = call->is_conference,
        .muted = call->muted,
        .encrypted = call->encrypted,
        .audio_device = call->audio_device,
        .volume = call->volume,
    };
    for (PartyRole i = 0; i < _PARTY_MAX; i++)
        if (call->parties[i].known) {
            PartyInfo *party = wire_keep(keep, g_new(PartyInfo, 1));

            *party = party_info(&call->parties[i]);
            ret->parties[i] = party;
        }
}

void host_call_incoming_info(const Call *call, IncomingInfo *ret) {
    *ret = (IncomingInfo) {
        .call_id = call->call_id,
        .media_mode = media_mode_to_string(call->media_mode) ? call->media_mode : MEDIA_UNKNOWN,
        .origin = call_origin_to_string(call->origin) ? call->origin : ORIGIN_UNKNOWN,
        .reason = call_reason_to_string(call->reason) ? call->reason : REASON_UNKNOWN,
        .caller = party_info(&call->parties[PARTY_CALLER]),
        .called = party_info(&call->parties[PARTY_CALLED]),
        .redirecting = party_info(&call->parties[PARTY_REDIRECTING]),
        .redirection = party_info(&call->parties[PARTY_REDIRECTION]),
    };
    if (call->user_user_info)
        ret->user_user_info = g_bytes_get_data(call->user_user_info, &ret->user_user_info_size);
}

/* ---- What a provider may ask of its token ---- */

void *call_provider_data(const Call *call) {
    return call->data;
}

void call_set_provider_data(Call *call, void *data) {
    call->data = data;
}

Line *call_line(const Call *call) {
    return call->line;
}

CallState call_state(const Call *call) {
    return call->state;
}

const char *call_call_id(const Call *call) {
    return call->call_id ?: "";
}

const char *call_related_call_id(const Call *call) {
    return call->related_call_id ?: "";
}

uint64_t call_number(const Call *call) {
    return call->number;
}
