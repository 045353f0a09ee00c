/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a call as its holder reads them. */
#include "interfaces/call-properties.h"

#include <errno.h>
#include <string.h>

#include "bus/variant.h"
#include "interfaces/path.h"
#include "service/call.h"
#include "service/client.h"

typedef int (*Append)(sd_bus_message *m, const Handle *handle);

/* A string that is known to be valid: all text of the service is, and sd-bus would look at each byte of it again. */
static int append_text(sd_bus_message *m, const char *text) {
    size_t size = strlen(text);
    char *space = NULL;
    int r = sd_bus_message_append_string_space(m, size, &space);

    if (r >= 0)
        memcpy(space, text, size);
    return r;
}

/* Most properties are one value of the call. */
#define DEFINE_STRING(name, expression)                                     \
    static int append_##name(sd_bus_message *m, const Handle *handle) {     \
        Call *call = handle_call(handle);                                   \
        (void) call;                                                        \
        return append_text(m, expression);                                  \
    }

DEFINE_STRING(call_id, call_call_id(call))
DEFINE_STRING(related_call_id, call_related_call_id(call))
DEFINE_STRING(address, call_address(call))
DEFINE_STRING(state, call_state_to_string(call_state(call)))
DEFINE_STRING(state_detail, state_detail_to_string(call_state_detail(call)))
DEFINE_STRING(disconnect_cause, disconnect_cause_to_string(call_cause(call)))
DEFINE_STRING(provider_cause, call_provider_cause(call))
DEFINE_STRING(privilege, privilege_to_string(handle_privilege(handle)))
DEFINE_STRING(origin, call_origin_to_string(call_origin(call)))
DEFINE_STRING(reason, call_reason_to_string(call_reason(call)))
DEFINE_STRING(direction, call_direction_to_string(call_direction(call)))
DEFINE_STRING(media_mode, media_mode_to_string(call_media_mode(call)))
DEFINE_STRING(called_party, call_called_party(call))
DEFINE_STRING(comment, call_comment(call))
DEFINE_STRING(audio_device, call_audio_device(call))

#define DEFINE_BOOL(name, expression)                                       \
    static int append_##name(sd_bus_message *m, const Handle *handle) {     \
        int value = expression;                                             \
        return sd_bus_message_append_basic(m, 'b', &value);                 \
    }

DEFINE_BOOL(emergency, call_emergency(handle_call(handle)))
DEFINE_BOOL(encrypted, call_encrypted(handle_call(handle)))
DEFINE_BOOL(muted, call_muted(handle_call(handle)))

#define DEFINE_NUMBER(name, Type, letter, expression)                       \
    static int append_##name(sd_bus_message *m, const Handle *handle) {     \
        Type value = expression;                                            \
        return sd_bus_message_append_basic(m, letter, &value);              \
    }

DEFINE_NUMBER(volume, uint32_t, 'u', call_volume(handle_call(handle)))
DEFINE_NUMBER(owners, uint32_t, 'u', call_owners(handle_call(handle)))
DEFINE_NUMBER(monitors, uint32_t, 'u', call_monitors(handle_call(handle)))
DEFINE_NUMBER(created, uint64_t, 't', call_timestamp(handle_call(handle), CALL_CREATED))
DEFINE_NUMBER(connected_time, uint64_t, 't', call_timestamp(handle_call(handle), CALL_CONNECTED))
DEFINE_NUMBER(ended, uint64_t, 't', call_timestamp(handle_call(handle), CALL_ENDED))
DEFINE_NUMBER(state_entered, uint64_t, 't', call_timestamp(handle_call(handle), CALL_STATE_ENTERED))
DEFINE_NUMBER(sequence, uint64_t, 't', handle_sequence(handle))

static int append_party(sd_bus_message *m, PartyInfo party) {
    int r;

    r = sd_bus_message_open_container(m, 'r', "sss");
    if (r >= 0)
        r = append_text(m, party.number);
    if (r >= 0)
        r = append_text(m, party.name);
    if (r >= 0)
        r = append_text(m, presentation_to_string(party.presentation));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

#define DEFINE_PARTY(which, role)                                           \
    static int append_##which(sd_bus_message *m, const Handle *handle) {    \
        return append_party(m, call_party(handle_call(handle), role));      \
    }

DEFINE_PARTY(caller, PARTY_CALLER)
DEFINE_PARTY(called, PARTY_CALLED)
DEFINE_PARTY(connected, PARTY_CONNECTED)
DEFINE_PARTY(redirecting, PARTY_REDIRECTING)
DEFINE_PARTY(redirection, PARTY_REDIRECTION)

static int append_bytes(sd_bus_message *m, GBytes *bytes) {
    size_t size = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;

    return sd_bus_message_append_array(m, 'y', data, size);
}

static int append_call_data(sd_bus_message *m, const Handle *handle) {
    return append_bytes(m, call_call_data(handle_call(handle)));
}

static int append_user_user_info(sd_bus_message *m, const Handle *handle) {
    return append_bytes(m, call_user_user_info(handle_call(handle)));
}

static int append_line(sd_bus_message *m, const Handle *handle) {
    char path[PATH_SIZE];

    return sd_bus_message_append_basic(m, 'o', line_path(call_line(handle_call(handle)), path));
}

/* In the reader's own handles, of which it may have none. */
static int append_conference(sd_bus_message *m, const Handle *handle) {
    const Call *conference = call_conference(handle_call(handle));
    const Handle *own = conference ? client_find_handle_on(handle_client(handle), conference) : NULL;
    char path[PATH_SIZE];

    return sd_bus_message_append_basic(m, 'o', own ? handle_path(own, path) : "/");
}

static int append_network_ids(sd_bus_message *m, const Handle *handle) {
    GHashTable *ids = call_network_ids(handle_call(handle));
    GHashTableIter iter;
    void *kind, *id;
    int r;

    r = sd_bus_message_open_container(m, 'a', "{ss}");
    if (r < 0)
        return r;
    if (ids) {
        g_hash_table_iter_init(&iter, ids);
        while (r >= 0 && g_hash_table_iter_next(&iter, &kind, &id))
            r = sd_bus_message_append(m, "{ss}", kind, id);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_features(sd_bus_message *m, const Handle *handle) {
    Operations features = handle_features(handle);
    int r;

    r = sd_bus_message_open_container(m, 'a', "s");
    for (Operation i = 0; r >= 0 && i < _OPERATION_MAX; i++)
        if (features & OPERATION_BIT(i))
            r = append_text(m, operation_to_string(i));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* From here on; among thousands of monitors it ends with the last owner. */
static GList *next_owner(GList *handles, unsigned *left) {
    if (*left == 0)
        return NULL;
    while (handles && handle_privilege(handles->data) != PRIVILEGE_OWNER)
        handles = handles->next;
    (*left)--;
    return handles;
}

static int append_owner_apps(sd_bus_message *m, const Handle *handle) {
    Call *call = handle_call(handle);
    unsigned left = call_owners(call);
    int r;

    r = sd_bus_message_open_container(m, 'a', "s");
    for (GList *i = next_owner(call_handles(call)->head, &left); r >= 0 && i; i = next_owner(i->next, &left))
        r = sd_bus_message_append_basic(m, 's', handle_app_id(i->data));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_media_stats(sd_bus_message *m, const Handle *handle) {
    g_autoptr(GVariant) stats = call_media_stats(handle_call(handle));

    return variant_append_dictionary(m, stats);
}

static int append_app_data(sd_bus_message *m, const Handle *handle) {
    return variant_append_dictionary(m, handle_app_data(handle));
}

/* The size is that of a usual value; what can be large is measured. */
static const struct {
    const char *signature;
    Append append;
    unsigned size;
} properties[_CALL_PROPERTY_MAX] = {
    [CALL_PROPERTY_CALL_ID] = { "s", append_call_id, 64 },
    [CALL_PROPERTY_RELATED_CALL_ID] = { "s", append_related_call_id, 40 },
    [CALL_PROPERTY_NETWORK_IDS] = { "a{ss}", append_network_ids, 40 },
    [CALL_PROPERTY_LINE] = { "o", append_line, 48 },
    [CALL_PROPERTY_ADDRESS] = { "s", append_address, 40 },
    [CALL_PROPERTY_STATE] = { "s", append_state, 32 },
    [CALL_PROPERTY_STATE_DETAIL] = { "s", append_state_detail, 32 },
    [CALL_PROPERTY_DISCONNECT_CAUSE] = { "s", append_disconnect_cause, 40 },
    [CALL_PROPERTY_PROVIDER_CAUSE] = { "s", append_provider_cause, 40 },
    [CALL_PROPERTY_PRIVILEGE] = { "s", append_privilege, 32 },
    [CALL_PROPERTY_FEATURES] = { "as", append_features, 32 },
    [CALL_PROPERTY_ORIGIN] = { "s", append_origin, 32 },
    [CALL_PROPERTY_REASON] = { "s", append_reason, 32 },
    [CALL_PROPERTY_DIRECTION] = { "s", append_direction, 32 },
    [CALL_PROPERTY_MEDIA_MODE] = { "s", append_media_mode, 40 },
    [CALL_PROPERTY_EMERGENCY] = { "b", append_emergency, 32 },
    [CALL_PROPERTY_ENCRYPTED] = { "b", append_encrypted, 32 },
    [CALL_PROPERTY_MUTED] = { "b", append_muted, 24 },
    [CALL_PROPERTY_CALLER] = { "(sss)", append_caller, 64 },
    [CALL_PROPERTY_CALLED] = { "(sss)", append_called, 64 },
    [CALL_PROPERTY_CONNECTED] = { "(sss)", append_connected, 64 },
    [CALL_PROPERTY_REDIRECTING] = { "(sss)", append_redirecting, 64 },
    [CALL_PROPERTY_REDIRECTION] = { "(sss)", append_redirection, 64 },
    [CALL_PROPERTY_CALLED_PARTY] = { "s", append_called_party, 40 },
    [CALL_PROPERTY_COMMENT] = { "s", append_comment, 40 },
    [CALL_PROPERTY_OWNERS] = { "u", append_owners, 24 },
    [CALL_PROPERTY_OWNER_APPS] = { "as", append_owner_apps, 48 },
    [CALL_PROPERTY_MONITORS] = { "u", append_monitors, 24 },
    [CALL_PROPERTY_MEDIA_STATS] = { "a{sv}", append_media_stats, 160 },
    [CALL_PROPERTY_AUDIO_DEVICE] = { "s", append_audio_device, 32 },
    [CALL_PROPERTY_VOLUME] = { "u", append_volume, 24 },
    [CALL_PROPERTY_CONFERENCE] = { "o", append_conference, 64 },
    [CALL_PROPERTY_CALL_DATA] = { "ay", append_call_data, 32 },
    [CALL_PROPERTY_APP_DATA] = { "a{sv}", append_app_data, 32 },
    [CALL_PROPERTY_USER_USER_INFO] = { "ay", append_user_user_info, 32 },
    [CALL_PROPERTY_CREATED_TIMESTAMP] = { "t", append_created, 40 },
    [CALL_PROPERTY_CONNECTED_TIMESTAMP] = { "t", append_connected_time, 40 },
    [CALL_PROPERTY_ENDED_TIMESTAMP] = { "t", append_ended, 40 },
    [CALL_PROPERTY_STATE_TIMESTAMP] = { "t", append_state_entered, 40 },
    [CALL_PROPERTY_SEQUENCE] = { "t", append_sequence, 32 },
};

static CallProperty find_property(const char *name) {
    static GHashTable *by_name = NULL;

    if (!by_name) {
        by_name = g_hash_table_new(g_str_hash, g_str_equal);
        for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++)
            g_hash_table_insert(by_name, (char *) call_property_to_string(i), GINT_TO_POINTER(i + 1));
    }
    return GPOINTER_TO_INT(g_hash_table_lookup(by_name, name)) - 1;
}

int call_property_get(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *reply,
                      void *userdata, sd_bus_error *error) {
    int property = find_property(name);

    return property < 0 ? -ENOENT : properties[property].append(reply, userdata);
}

static int append_variant(sd_bus_message *m, const Handle *handle, CallProperty property) {
    int r;

    r = sd_bus_message_open_container(m, 'v', properties[property].signature);
    if (r >= 0)
        r = properties[property].append(m, handle);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int call_property_append(sd_bus_message *m, const Handle *handle, const char *name) {
    int property = find_property(name);

    return property < 0 ? -ENOENT : append_variant(m, handle, property);
}

uint64_t call_property_size(const Handle *handle, const char *name) {
    int property = find_property(name);

    return property < 0 ? 0 : call_properties_size(handle, CALL_PROPERTY_BIT(property));
}

static int append_entry(sd_bus_message *m, const Handle *handle, CallProperty property) {
    int r;

    r = sd_bus_message_open_container(m, 'e', "sv");
    if (r >= 0)
        r = append_text(m, call_property_to_string(property));
    if (r >= 0)
        r = append_variant(m, handle, property);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int call_properties_append(sd_bus_message *m, const Handle *handle, uint64_t set) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sv}");
    for (CallProperty i = 0; r >= 0 && i < _CALL_PROPERTY_MAX; i++)
        if (set & CALL_PROPERTY_BIT(i))
            r = append_entry(m, handle, i);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static uint64_t size_of_bytes(GBytes *bytes) {
    return bytes ? g_bytes_get_size(bytes) : 0;
}

static uint64_t size_of_network_ids(GHashTable *ids) {
    uint64_t size = 0;
    GHashTableIter iter;
    void *kind, *id;

    if (!ids)
        return 0;
    g_hash_table_iter_init(&iter, ids);
    while (g_hash_table_iter_next(&iter, &kind, &id))
        size += 16 + strlen(kind) + strlen(id);
    return size;
}

static uint64_t size_of_owner_apps(Call *call) {
    unsigned left = call_owners(call);
    uint64_t size = 0;

    for (GList *i = next_owner(call_handles(call)->head, &left); i; i = next_owner(i->next, &left))
        size += 8 + strlen(handle_app_id(i->data));
    return size;
}

uint64_t call_properties_size(const Handle *handle, uint64_t set) {
    Call *call = handle_call(handle);
    uint64_t size = 0;

    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++)
        if (set & CALL_PROPERTY_BIT(i))
            size += properties[i].size;
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_NETWORK_IDS))
        size += size_of_network_ids(call_network_ids(call));
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_AUDIO_DEVICE))
        size += strlen(call_audio_device(call));
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_CALL_DATA))
        size += size_of_bytes(call_call_data(call));
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_USER_USER_INFO))
        size += size_of_bytes(call_user_user_info(call));
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_APP_DATA) && handle_app_data(handle))
        size += g_variant_get_size(handle_app_data(handle)) * 2;
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_FEATURES))
        size += UINT64_C(18) * (unsigned) __builtin_popcountll(handle_features(handle));
    if (set & CALL_PROPERTY_BIT(CALL_PROPERTY_OWNER_APPS))
        size += size_of_owner_apps(call);
    return size;
}
