/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: what is known of it, and how that changes; all but the state. */
#include "service/call-private.h"

#include <string.h>

#include "service/client.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/network-id.h"
#include "service/outbox.h"

/* The properties that are kept; others go with the call's life, or are in the rows of handles. */
#define KEPT                                                                                                                   \
    (BIT(CALL_ID) | BIT(RELATED_CALL_ID) | BIT(NETWORK_IDS) | BIT(ADDRESS) | BIT(STATE) | BIT(STATE_DETAIL) |                  \
     BIT(DISCONNECT_CAUSE) | BIT(PROVIDER_CAUSE) | BIT(ORIGIN) | BIT(REASON) | BIT(MEDIA_MODE) | BIT(EMERGENCY) | BIT(CALLER) | \
     BIT(CALLED) | BIT(CONNECTED) | BIT(REDIRECTING) | BIT(REDIRECTION) | BIT(CALL_DATA) | BIT(USER_USER_INFO))

void call_touch_but(Call *call, const GList *one, uint64_t properties) {
    if (properties & KEPT)
        call_keep(call);
    if (call->state == CALL_STATE_IDLE || line_state(call->line) == LINE_REMOVED)
        return;
    for (GList *i = call->handles.head; i; i = i->next)
        if (i != one)
            outbox_touch(i->data, properties);
}

void call_touch_features(Call *call) {
    call_touch(call, BIT(FEATURES));
}

void call_touch(Call *call, uint64_t properties) {
    call_touch_but(call, NULL, properties);
}

void call_join_group(Call *call, const char *call_id) {
    Manager *manager = line_manager(call->line);

    if (call->group)
        call->group = manager_leave_group(manager, call->group, &call->group_link);
    if (call_id && *call_id)
        call->group = manager_join_group(manager, call_id, &call->group_link);
}

/* ---- Facts ---- */

const CallExtra call_extra_none;

CallExtra *call_extra(Call *call) {
    if (!call->extra) {
        call->extra = g_new0(CallExtra, 1);
        call->extra->call = call;
    }
    return call->extra;
}

Line *call_line(const Call *call) {
    return call->line;
}

void *call_provider_data(const Call *call) {
    return call->provider_data;
}

void call_set_provider_data(Call *call, void *data) {
    call->provider_data = data;
}

CallState call_state(const Call *call) {
    return call->state;
}

StateDetail call_state_detail(const Call *call) {
    return call->detail;
}

const char *call_call_id(const Call *call) {
    return call->group ? call_group_id(call->group) : "";
}

const char *call_related_call_id(const Call *call) {
    return extra_of(call)->related_call_id ?: "";
}

const char *call_address(const Call *call) {
    return call->address ?: "";
}

const char *call_called_party(const Call *call) {
    return extra_of(call)->called_party ?: "";
}

const char *call_comment(const Call *call) {
    return extra_of(call)->comment ?: "";
}

const char *call_provider_cause(const Call *call) {
    return extra_of(call)->provider_cause ?: "";
}

DisconnectCause call_cause(const Call *call) {
    return call->cause;
}

CallDirection call_direction(const Call *call) {
    return call->direction;
}

CallOrigin call_origin(const Call *call) {
    return call->origin;
}

CallReason call_reason(const Call *call) {
    return call->reason;
}

MediaMode call_media_mode(const Call *call) {
    return call->media_mode;
}

CallKind call_kind(const Call *call) {
    return call->kind;
}

Call *call_conference(const Call *call) {
    return extra_of(call)->conference;
}

GQueue *call_participants(Call *call) {
    static GQueue none = G_QUEUE_INIT;

    return extra_of(call)->participants ?: &none;
}

bool call_emergency(const Call *call) {
    return call->emergency;
}

bool call_muted(const Call *call) {
    return call->muted;
}

bool call_encrypted(const Call *call) {
    return call->encrypted;
}

const char *call_audio_device(const Call *call) {
    return extra_of(call)->audio_device ?: "";
}

unsigned call_volume(const Call *call) {
    return call->volume;
}

PartyInfo call_party(const Call *call, PartyRole role) {
    return party_info(call->parties[role]);
}

GBytes *call_call_data(const Call *call) {
    return extra_of(call)->call_data;
}

GBytes *call_user_user_info(const Call *call) {
    return extra_of(call)->user_user_info;
}

GHashTable *call_network_ids(const Call *call) {
    return extra_of(call)->network_ids;
}

GVariant *call_media_stats(Call *call) {
    const ProviderOps *ops = provider_ops(line_provider(call->line));
    GVariant *stats = call->at_network && ops->media_stats ? ops->media_stats(call) : NULL;

    return stats ? g_variant_ref_sink(stats) : NULL;
}

bool call_last_owner(const Call *call, uint32_t *ret_uid) {
    for (GList *i = call->handles.tail; i; i = i->prev)
        if (handle_privilege(i->data) == PRIVILEGE_OWNER) {
            *ret_uid = user_uid(client_user(handle_client(i->data)));
            return true;
        }
    *ret_uid = call->last_uid;
    return call->was_owned;
}

uint64_t call_talk_time(const Call *call) {
    uint64_t connected = call->timestamps[CALL_CONNECTED], until = call->timestamps[CALL_ENDED] ?: (uint64_t) g_get_real_time();

    if (call->connected_usec > 0)
        return MAX(g_get_monotonic_time() - call->connected_usec, 1);
    return connected > 0 && until > connected ? until - connected : 0;
}

unsigned call_owners(const Call *call) {
    return call->owners;
}

unsigned call_monitors(const Call *call) {
    return call->monitors;
}

uint64_t call_timestamp(const Call *call, CallTimestamp which) {
    return call->timestamps[which];
}

GQueue *call_handles(Call *call) {
    return &call->handles;
}

GQueue *call_requests(Call *call) {
    return &call->requests;
}

GSList **call_other_requests(Call *call) {
    return &call->other_requests;
}

void call_set_weak(Call *call, Call **slot) {
    call_extra(call)->weak = slot;
    if (slot)
        *slot = call;
}

/* ---- Setters ---- */

/* All text that is kept is valid UTF-8 of a bearable length; other text is as good as none. */
static const char *clean(const char *text) {
    return text && strlen(text) <= TEXT_MAX && g_utf8_validate(text, -1, NULL) ? text : "";
}

static char *dup_text(const char *text) {
    const char *cleaned = clean(text);

    return *cleaned ? g_strdup(cleaned) : NULL;
}

static void replace_text(char **text, char *with) {
    g_free(*text);
    *text = with;
}

void call_set_call_id(Call *call, const char *call_id, const char *related_call_id) {
    /* They may be those that it has had until now. */
    g_autofree char *id = g_strdup(clean(call_id)), *related = dup_text(related_call_id);
    uint64_t changed = 0;

    if (strcmp(call_call_id(call), id) != 0)
        changed |= BIT(CALL_ID);
    if (strcmp(call_related_call_id(call), related ?: "") != 0)
        changed |= BIT(RELATED_CALL_ID);
    if (changed == 0)
        return;
    call_touch(call, changed);
    if (changed & BIT(CALL_ID))
        call_join_group(call, id);
    if (changed & BIT(RELATED_CALL_ID))
        replace_text(&call_extra(call)->related_call_id, g_steal_pointer(&related));
}

void call_set_dialled(Call *call, const char *address, const char *called_party, const char *comment, bool emergency) {
    char *party = dup_text(called_party), *words = dup_text(comment);

    call->address = dup_text(address);
    call->emergency = emergency;
    if (party)
        call_extra(call)->called_party = party;
    if (words)
        call_extra(call)->comment = words;
}

void call_set_address(Call *call, const char *address) {
    if (strcmp(call_address(call), clean(address)) == 0)
        return;
    call_touch(call, BIT(ADDRESS));
    replace_text(&call->address, dup_text(address));
}

/* Most who answer are those who were called, and one text is enough for both. */
static Party *share_party(const Call *call, Party *party) {
    for (PartyRole role = 0; party && role < _PARTY_MAX; role++)
        if (call->parties[role] && party_equal(party, call->parties[role])) {
            party_unref(party);
            return party_ref(call->parties[role]);
        }
    return party;
}

void call_set_party(Call *call, PartyRole role, const PartyInfo *info) {
    Party *party = party_new(info);

    if (party_equal(party, call->parties[role])) {
        party_unref(party);
        return;
    }
    call_touch(call, CALL_PROPERTY_BIT(CALL_PROPERTY_CALLER + role));
    party = share_party(call, party);
    party_unref(call->parties[role]);
    call->parties[role] = party;
}

void call_set_origin(Call *call, CallOrigin origin, CallReason reason) {
    if (call->origin == origin && call->reason == reason)
        return;
    call_touch(call, (call->origin != origin ? BIT(ORIGIN) : 0) | (call->reason != reason ? BIT(REASON) : 0));
    call->origin = origin;
    call->reason = reason;
}

static bool has_bytes(GBytes *bytes, const uint8_t *data, size_t size) {
    size_t size_now = 0;
    const void *now = bytes ? g_bytes_get_data(bytes, &size_now) : NULL;

    return size_now == size && (size == 0 || memcmp(now, data, size) == 0);
}

static void replace_bytes(GBytes **bytes, const uint8_t *data, size_t size) {
    g_clear_pointer(bytes, g_bytes_unref);
    if (size > 0)
        *bytes = g_bytes_new(data, size);
}

void call_set_call_data(Call *call, const uint8_t *data, size_t size) {
    if (has_bytes(call_call_data(call), data, size))
        return;
    call_touch(call, BIT(CALL_DATA));
    replace_bytes(&call_extra(call)->call_data, data, size);
}

void call_set_user_user_info(Call *call, const uint8_t *data, size_t size) {
    size = MIN(size, USER_USER_INFO_MAX);
    if (has_bytes(call_user_user_info(call), data, size))
        return;
    call_touch(call, BIT(USER_USER_INFO));
    replace_bytes(&call_extra(call)->user_user_info, data, size);
}

/* A peer chooses what it sends: so many kinds, and no more. */
enum { NETWORK_IDS_MAX = 16 };

void call_set_network_id(Call *call, const char *kind, const char *id) {
    Manager *manager = line_manager(call->line);
    CallExtra *extra = call_extra(call);
    const char *old;

    if (!extra->network_ids)
        extra->network_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    old = g_hash_table_lookup(extra->network_ids, kind);
    if (g_strcmp0(old, id) == 0 || (!old && g_hash_table_size(extra->network_ids) >= NETWORK_IDS_MAX))
        return;
    call_touch(call, BIT(NETWORK_IDS));
    if (old)
        network_id_remove(manager, call, kind, old);
    network_id_add(manager, call, kind, id);
    g_hash_table_insert(extra->network_ids, g_strdup(kind), g_strdup(id));
}

void call_forget_network_ids(Call *call) {
    GHashTableIter iter;
    void *kind, *id;

    if (!call_network_ids(call))
        return;
    g_hash_table_iter_init(&iter, call_network_ids(call));
    while (g_hash_table_iter_next(&iter, &kind, &id))
        network_id_remove(line_manager(call->line), call, kind, id);
    g_clear_pointer(&call_extra(call)->network_ids, g_hash_table_unref);
}

void call_set_media_mode(Call *call, MediaMode media_mode) {
    if (call->media_mode == media_mode)
        return;
    call_touch(call, BIT(MEDIA_MODE));
    call->media_mode = media_mode;
}

void call_set_emergency(Call *call, bool emergency) {
    if (call->emergency == emergency)
        return;
    call_touch(call, BIT(EMERGENCY));
    call->emergency = emergency;
}

void call_set_muted(Call *call, bool muted) {
    if (call->muted == muted)
        return;
    call_touch(call, BIT(MUTED));
    call->muted = muted;
}

void call_set_encrypted(Call *call, bool encrypted) {
    if (call->encrypted == encrypted)
        return;
    call_touch(call, BIT(ENCRYPTED));
    call->encrypted = encrypted;
}

void call_set_audio_device(Call *call, const char *device) {
    if (strcmp(call_audio_device(call), clean(device)) == 0)
        return;
    call_touch(call, BIT(AUDIO_DEVICE));
    replace_text(&call_extra(call)->audio_device, dup_text(device));
}

void call_set_volume(Call *call, unsigned volume) {
    if (call->volume == volume)
        return;
    call_touch(call, BIT(VOLUME));
    call->volume = volume;
}

uint64_t call_media_changed(const Call *call) {
    return (call->muted ? BIT(MUTED) : 0) | (call->encrypted ? BIT(ENCRYPTED) : 0) |
           (extra_of(call)->audio_device ? BIT(AUDIO_DEVICE) : 0) | (call->volume != VOLUME_USUAL ? BIT(VOLUME) : 0);
}

void call_forget_media(Call *call) {
    call->muted = call->encrypted = false;
    if (call->extra)
        g_clear_pointer(&call->extra->audio_device, g_free);
    call->volume = VOLUME_USUAL;
}
