/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adoption: what becomes of the calls that a process has had before this service was started. */
#include "providers/remote/adoption.h"

#include <string.h>

#include "providers/remote/asked.h"
#include "providers/remote/reports.h"
#include "providers/wire/words.h"
#include "service/log.h"

void adoption_begin(Remote *remote, Hello *hello) {
    remote->hello = hello;
    remote->count_at_hello = link_count(remote->link);
    for (size_t i = 0; i < hello->n_calls; i++)
        g_hash_table_insert(remote->ghosts, (void *) &hello->calls[i].number, (void *) &hello->calls[i]);
}

void adoption_clear(Remote *remote) {
    g_hash_table_remove_all(remote->ghosts);
    while (!g_queue_is_empty(&remote->postponed))
        sd_bus_message_unref(g_queue_pop_head(&remote->postponed));
    remote->hello = hello_free(remote->hello);
}

/* ---- One that the service knows ---- */

/* What a provider may tell leads from one state to the other, or -1. Joining is told later. */
static CallEvent find_event(CallState from, CallState to) {
    for (CallEvent event = 0; event < _CALL_EVENT_MAX; event++)
        if (wire_event_to_string(event) && call_state_after(from, event) == to)
            return event;
    return (CallEvent) -1;
}

static bool go_to(Call *call, CallState state, StateDetail detail) {
    CallEvent event = find_event(call_state(call), state);

    if ((int) event < 0)
        return false;
    provider_report_event(call, event, detail);
    return call_state(call) == state;
}

/* Not every step of its way is known: it goes by being connected where there is no shorter one. */
static bool catch_up(Call *call, const WireCall *ghost) {
    CallState state = ghost->state;

    if (call_state(call) == state || state == CALL_STATE_CONFERENCED) {
        if (state == CALL_STATE_CONNECTED)
            provider_report_event(call, CALL_EVENT_CONNECTED, ghost->detail);
        return true;
    }
    return go_to(call, state, ghost->detail) || (go_to(call, CALL_STATE_CONNECTED, STATE_DETAIL_NONE) && go_to(call, state, ghost->detail));
}

static void tell_facts(Call *call, const WireCall *ghost) {
    if (ghost->call_id || ghost->related_call_id)
        provider_report_call_id(call, ghost->call_id, ghost->related_call_id);
    for (PartyRole role = 0; role < _PARTY_MAX; role++)
        if (ghost->parties[role])
            provider_report_party(call, role, ghost->parties[role]);
    for (const char *const *pair = ghost->network_ids; pair && pair[0]; pair += 2)
        provider_report_network_id(call, pair[0], pair[1]);
    provider_report_muted(call, ghost->muted);
    provider_report_encrypted(call, ghost->encrypted);
    if (ghost->volume != VOLUME_AS_IT_IS)
        provider_report_audio(call, ghost->audio_device ?: "", ghost->volume);
}

static bool take_up(Remote *remote, Call *call, const WireCall *ghost) {
    RemoteLine *line = line_provider_data(call_line(call));
    RemoteCall *self;

    if (ghost->state == CALL_STATE_DISCONNECTED) {
        provider_report_ended(call, ghost->cause, ghost->provider_cause);
        return true;
    }
    if (!catch_up(call, ghost))
        return false;
    self = remote_call_new(line, call, ghost->number);
    self->begun = true;
    call_set_provider_data(call, self);
    tell_facts(call, ghost);
    remote->adopted++;
    return true;
}

bool remote_adopt(Call *call) {
    Remote *remote = provider_data(line_provider(call_line(call)));
    uint64_t number = call_number(call);
    const WireCall *ghost = g_hash_table_lookup(remote->ghosts, &number);

    if (!ghost || strcmp(ghost->line, line_name(call_line(call))) != 0 || !take_up(remote, call, ghost))
        return false;
    g_hash_table_remove(remote->ghosts, &number);
    return true;
}

/* ---- What is left ---- */

/* Those that were in a conference are there again, or out of it, as that is no more. */
static void join(Remote *remote) {
    for (size_t i = 0; i < remote->hello->n_calls; i++) {
        const WireCall *ghost = &remote->hello->calls[i];
        const RemoteCall *self = remote_find_call(remote, ghost->number), *conference = remote_find_call(remote, ghost->conference);

        if (!self)
            continue;
        if (conference)
            provider_report_joined(self->call, conference->call);
        else if (call_state(self->call) == CALL_STATE_CONFERENCED)
            provider_report_event(self->call, CALL_EVENT_LEFT, STATE_DETAIL_NONE);
    }
}

static bool rings(const WireCall *ghost) {
    return ghost->state == CALL_STATE_OFFERING || ghost->state == CALL_STATE_ACCEPTED;
}

static void set_party(PartyInfo *party, const PartyInfo *told) {
    if (told)
        *party = *told;
}

/* It came in while nobody was there to be told, or before that was written down. */
static bool offer(Remote *remote, const WireCall *ghost) {
    RemoteLine *line = g_hash_table_lookup(remote->lines, ghost->line);
    IncomingInfo info = {
        .number = ghost->number,
        .call_id = ghost->call_id,
        .media_mode = ghost->media_mode,
        .origin = ghost->origin,
        .reason = ghost->reason,
    };

    set_party(&info.caller, ghost->parties[PARTY_CALLER]);
    set_party(&info.called, ghost->parties[PARTY_CALLED]);
    set_party(&info.redirecting, ghost->parties[PARTY_REDIRECTING]);
    set_party(&info.redirection, ghost->parties[PARTY_REDIRECTION]);
    if (!line || !remote_take_incoming(line, &info))
        return false;
    if (ghost->state == CALL_STATE_ACCEPTED)
        provider_report_event(remote_find_call(remote, ghost->number)->call, CALL_EVENT_ACCEPTED, STATE_DETAIL_NONE);
    return true;
}

/* What has no owner is nobody's any more. */
static void drop(Remote *remote, const WireCall *ghost) {
    asked_send_args(remote, WIRE_DROP, /* request= */ 0, NULL, "ts", ghost->number, rings(ghost) ? "busy" : "");
    remote->dropped++;
}

void adoption_settle(Remote *remote) {
    GHashTableIter iter;
    const WireCall *ghost;

    if (!remote->hello)
        return;
    join(remote);
    g_hash_table_iter_init(&iter, remote->ghosts);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &ghost))
        if (ghost->state != CALL_STATE_DISCONNECTED && !(rings(ghost) && offer(remote, ghost)))
            drop(remote, ghost);
    if (remote->hello->n_calls > 0)
        log_info("event: adoption, provider: %s, calls: %zu, adopted: %u, dropped: %u", remote->name, remote->hello->n_calls,
                 remote->adopted, remote->dropped);
    remote->adopted = remote->dropped = 0;
    asked_send_args(remote, WIRE_ADOPTED, /* request= */ 0, NULL, "");
    g_hash_table_remove_all(remote->ghosts);
    remote->hello = hello_free(remote->hello);
    remote_hear_postponed(remote);
}

void remote_adopted(Provider *provider) {
    Remote *remote = provider_data(provider);

    remote->recovered = true;
    adoption_settle(remote);
}
