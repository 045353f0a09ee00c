/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told to the service of lines; and of calls, by the functions of the contract. */
#include <string.h>

#include "bus/variant.h"
#include "providers/host/call.h"
#include "providers/host/line.h"
#include "providers/host/provider.h"
#include "providers/wire/codec.h"
#include "providers/wire/words.h"
#include "service/cleanup.h"
#include "service/log.h"
#include "service/said.h"

static Connection *connection_of(const Provider *provider) {
    return provider->manager->connection;
}

static void warn(const char *member, int r) {
    if (r != -ENOTCONN)
        log_warning("event: not told, member: %s, error: %s", member, g_strerror(-r));
}

/* ---- Lines: told at once ---- */

static sd_bus_message *line_message(const Provider *provider, const char *member, const char *line) {
    sd_bus_message *m = NULL;
    int r = connection_call_new(connection_of(provider), member, &m);

    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', line);
    if (r >= 0)
        return m;
    warn(member, r);
    return sd_bus_message_unref(m);
}

static void send_line(const Provider *provider, sd_bus_message *m, int r) {
    if (r >= 0)
        connection_send(connection_of(provider), m);
    else
        warn(sd_bus_message_get_member(m), r);
}

void host_send_line_added(Provider *provider, const char *line, const LineInfo *info) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = line_message(provider, "LineAdded", line);

    if (m)
        send_line(provider, m, wire_append_line_info(m, info));
}

static int append_two_texts(sd_bus_message *m, const char *a, const char *b) {
    int r = wire_append_text(m, a);

    return r < 0 ? r : wire_append_text(m, b);
}

void host_send_line_state(Provider *provider, const char *line, LineState state, const char *reason) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = line_message(provider, "LineState", line);

    if (m)
        send_line(provider, m, append_two_texts(m, line_state_to_string(state), reason));
}

void host_send_ring(Provider *provider, const char *line, const char *mode, unsigned count) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = line_message(provider, "Ring", line);

    if (m)
        send_line(provider, m, sd_bus_message_append(m, "su", mode, (uint32_t) count));
}

void host_send_forwarding(Provider *provider, const char *line, const ForwardRule *rules, size_t n_rules) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = line_message(provider, "Forwarding", line);

    if (m)
        send_line(provider, m, wire_append_rules(m, rules, n_rules));
}

void host_send_messages_waiting(Provider *provider, const char *line, unsigned count) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = line_message(provider, "MessagesWaiting", line);

    if (m)
        send_line(provider, m, sd_bus_message_append(m, "u", (uint32_t) count));
}

/* ---- Calls: told when the service has found them ---- */

/* NULL: there is nobody to be told, or nothing known to tell it of. */
static sd_bus_message *call_message(const Call *call, const char *member) {
    sd_bus_message *m = NULL;
    int r;

    if (!call->told)
        return NULL;
    r = connection_call_new(connection_of(call->line->provider), member, &m);
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 't', &call->number);
    if (r >= 0)
        return m;
    warn(member, r);
    return sd_bus_message_unref(m);
}

static void report(const Call *call, sd_bus_message *m, int r) {
    if (r >= 0)
        connection_report(connection_of(call->line->provider), m);
    else
        warn(sd_bus_message_get_member(m), r);
}

/* Whether anything may be told of it. */
static bool is_up(const Call *call, const char *what) {
    if (call->up)
        return true;
    log_warning("event: ignored, line: %s, why: %s of a call that is not up", call->line->name, what);
    return false;
}

static bool is_no_report(CallEvent event) {
    return !wire_event_to_string(event);
}

void provider_report_event(Call *call, CallEvent event, StateDetail detail) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

    if (!is_up(call, "an event"))
        return;
    if (is_no_report(event)) {
        log_warning("event: ignored, line: %s, why: an event that may not be reported so", call->line->name);
        return;
    }
    if (!host_call_follow(call, event, detail))
        return;
    m = call_message(call, "Event");
    if (m)
        report(call, m, sd_bus_message_append(m, "ss", wire_event_to_string(event), state_detail_to_string(call->detail)));
}

static bool can_join(const Call *call, const Call *conference) {
    return call->line == conference->line && !call->is_conference && conference->is_conference && conference->up &&
           call_state_is_live(conference->state) && !call->conference;
}

void provider_report_joined(Call *call, Call *conference) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

    if (!is_up(call, "joining"))
        return;
    if (!can_join(call, conference)) {
        log_warning("event: ignored, line: %s, why: no such conference can be joined", call->line->name);
        return;
    }
    if (!host_call_follow(call, CALL_EVENT_JOINED, STATE_DETAIL_NONE))
        return;
    call->conference = conference;
    m = call_message(call, "Joined");
    if (m)
        report(call, m, sd_bus_message_append_basic(m, 't', &conference->number));
}

void provider_report_ended(Call *call, DisconnectCause cause, const char *provider_cause) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    const char *word = cause == CAUSE_NONE ? NULL : disconnect_cause_to_string(cause);

    if (!is_up(call, "the end"))
        return;
    m = call_message(call, "Ended");
    if (m)
        report(call, m, append_two_texts(m, word ?: "unknown", provider_cause));
    host_call_end(call, cause, provider_cause);
}

void provider_report_call_id(Call *call, const char *call_id, const char *related_call_id) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

    if (!call->line->info.call_id)
        return;
    host_call_set_ids(call, call_id, related_call_id);
    m = call_message(call, "CallId");
    if (m)
        report(call, m, append_two_texts(m, call->call_id, call->related_call_id));
}

void provider_report_party(Call *call, PartyRole role, const PartyInfo *party) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    if (!wire_party_role_to_string(role))
        return;
    m = call_message(call, "Party");
    if (m) {
        r = sd_bus_message_append_basic(m, 's', wire_party_role_to_string(role));
        report(call, m, r < 0 ? r : wire_append_party(m, party));
    }
    host_call_set_party(call, role, party);
}

void provider_report_reason(Call *call, CallOrigin origin, CallReason reason) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

    if (!call_origin_to_string(origin) || !call_reason_to_string(reason))
        return;
    call->origin = origin;
    call->reason = reason;
    m = call_message(call, "Reason");
    if (m)
        report(call, m, append_two_texts(m, call_origin_to_string(origin), call_reason_to_string(reason)));
}

void provider_report_user_user_info(Call *call, const uint8_t *data, size_t size) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = call_message(call, "UserUserInfo");

    /* One that waits to be told comes in with it. */
    if (!call->told) {
        g_clear_pointer(&call->user_user_info, g_bytes_unref);
        call->user_user_info = g_bytes_new(data, MIN(size, USER_USER_INFO_MAX));
    }
    if (m)
        report(call, m, sd_bus_message_append_array(m, 'y', data, MIN(size, USER_USER_INFO_MAX)));
}

void provider_report_network_id(Call *call, const char *kind, const char *id) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

    if (!said_is_id(kind) || !said_is_id(id)) {
        log_warning("event: ignored, line: %s, why: not an id", call->line->name);
        return;
    }
    host_call_set_network_id(call, kind, id);
    m = call_message(call, "NetworkId");
    if (m)
        report(call, m, append_two_texts(m, kind, id));
}

static void report_truth(const Call *call, const char *member, bool truth) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = call_message(call, member);

    if (m)
        report(call, m, sd_bus_message_append(m, "b", (int) truth));
}

void provider_report_encrypted(Call *call, bool encrypted) {
    call->encrypted = encrypted;
    report_truth(call, "Encrypted", encrypted);
}

/* What Mute does the service knows; and of calls of before it is told by Hello. */
void provider_report_muted(Call *call, bool muted) {
    call->muted = muted;
}

void provider_report_audio(Call *call, const char *device, unsigned volume) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    uint32_t per_cent = MIN(volume, VOLUME_MAX);
    char *copy = g_strdup(device ?: "");
    int r;

    g_free(call->audio_device);
    call->audio_device = copy;
    call->volume = per_cent;
    m = call_message(call, "Audio");
    if (!m)
        return;
    r = wire_append_text(m, copy);
    report(call, m, r < 0 ? r : sd_bus_message_append_basic(m, 'u', &per_cent));
}

static void report_text(const Call *call, const char *member, const char *text) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = call_message(call, member);

    if (m)
        report(call, m, wire_append_text(m, text));
}

void provider_report_digit(Call *call, char digit) {
    if (digit && strchr("0123456789ABCD*#", digit))
        report_text(call, "Digit", (const char[]) { digit, '\0' });
    else
        log_warning("event: ignored, line: %s, why: not a digit", call->line->name);
}

void provider_report_digits_sent(Call *call, DigitsOutcome outcome) {
    if (digits_outcome_to_string(outcome))
        report_text(call, "DigitsSent", digits_outcome_to_string(outcome));
}

void provider_report_tone_sent(Call *call, DigitsOutcome outcome) {
    if (digits_outcome_to_string(outcome))
        report_text(call, "ToneSent", digits_outcome_to_string(outcome));
}

void host_send_media_stats(Call *call) {
    g_autoptr(GVariant) stats = NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

    if (!call->line->provider->ops->media_stats || !call->up)
        return;
    stats = call->line->provider->ops->media_stats(call);
    if (!stats)
        return;
    g_variant_take_ref(stats);
    m = call_message(call, "MediaStats");
    if (m)
        report(call, m, variant_append_dictionary(m, stats));
}

static gboolean on_stats_due(void *userdata) {
    Provider *provider = userdata;
    GHashTableIter iter;
    Call *call;

    if (!host_provider_has_calls(provider)) {
        provider->stats_timer = 0;
        return G_SOURCE_REMOVE;
    }
    /* Nobody wants to hear later how it was before. */
    if (connection_phase(connection_of(provider)) != CONNECTION_OPEN)
        return G_SOURCE_CONTINUE;
    g_hash_table_iter_init(&iter, provider->calls);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &call))
        if (call_state_is_in_call(call->state))
            host_send_media_stats(call);
    return G_SOURCE_CONTINUE;
}

void host_watch_media(Provider *provider) {
    if (provider->stats_timer == 0 && provider->ops->media_stats)
        provider->stats_timer = g_timeout_add_seconds(1, on_stats_due, provider);
}

/* ---- Calls that come in ---- */

/* The call may be over when the answer comes. */
typedef struct Offer {
    Provider *provider;
    uint64_t number;
} Offer;

/* One that the service does not take (it is full, or stops) is turned away. */
static int on_incoming_answered(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    const Offer *offer = userdata;
    Call *call = g_hash_table_lookup(offer->provider->calls, &offer->number);
    int taken = 0;

    if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "b", &taken) < 0)
        taken = 0;
    if (!call || taken)
        return 1;
    call->told = false;
    host_drop(call, call->line->state == LINE_IN_SERVICE ? REJECT_BUSY : REJECT_NONE);
    return 1;
}

void host_send_incoming(Call *call) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    Provider *provider = call->line->provider;
    IncomingInfo info;
    Offer *offer;
    sd_bus_slot *slot = NULL;
    int r;

    host_call_incoming_info(call, &info);
    r = connection_call_new(connection_of(provider), "Incoming", &m);
    if (r >= 0)
        r = sd_bus_message_append(m, "st", call->line->name, call->number);
    if (r >= 0)
        r = wire_append_incoming(m, &info);
    if (r < 0) {
        warn("Incoming", r);
        return;
    }
    offer = g_new(Offer, 1);
    *offer = (Offer) { provider, call->number };
    r = connection_ask(connection_of(provider), m, on_incoming_answered, offer, &slot);
    if (r < 0) {
        g_free(offer);
        warn("Incoming", r);
        return;
    }
    sd_bus_slot_set_destroy_callback(slot, g_free);
    sd_bus_slot_set_floating(slot, true);
    sd_bus_slot_unref(slot);
    call->told = true;
}

Call *provider_report_incoming(Line *line, const IncomingInfo *info) {
    Provider *provider = line->provider;
    uint64_t number = info->number;
    Call *call;

    if (line->state != LINE_IN_SERVICE || provider->manager->stopping)
        return NULL;
    if (host_line_is_full(line) && info->reason != REASON_INTRUDE)
        return NULL;
    if (!(number & CALL_NUMBER_OF_PROVIDER) || g_hash_table_contains(provider->calls, &number))
        number = host_mint_number(provider);
    call = host_call_new(line, number, DIRECTION_IN);
    host_call_come_in(call, info);
    if (connection_phase(connection_of(provider)) == CONNECTION_OPEN)
        host_send_incoming(call);
    return call;
}
