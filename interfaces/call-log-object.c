/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.callbus1.CallLog: what became of calls. */
#include "interfaces/call-log-object.h"

#include <string.h>

#include "interfaces/call-log-erasure.h"
#include "interfaces/names.h"
#include "interfaces/reply.h"
#include "service/deed.h"

enum {
    ENTRY_SIZE = 512,
    SIGNAL_SIZE = 128,
};

struct CallLogObject {
    Bus *bus;
    Erasures *erasures;
    GHashTable *subscribers; /* set of unique names */
};

static CallLog *log_of(const CallLogObject *object) {
    return manager_call_log(bus_manager(object->bus));
}

/* ---- Rights ---- */

/* A session bus has one user. */
static bool may_read_everything(Peer *peer) {
    return !bus_is_system(peer_bus(peer)) || peer_uid(peer) == 0;
}

/* One's own entries need none. */
static Refusal *check_right(Peer *peer, const CallLogFilter *filter, Deed deed) {
    return filter->everything ? deed_check(peer_client(peer), deed, /* line= */ NULL) : NULL;
}

/* 0: read; else what the handler is to return. */
static int read_filter(Peer *peer, sd_bus_message *m, CallLogFilter *ret) {
    int r = call_log_filter_read(peer, m, ret);

    if (r == 0 && !bus_is_system(peer_bus(peer)))
        ret->everything = true;
    return r;
}

/* ---- Reading ---- */

static int append_text(sd_bus_message *reply, const char *key, const char *text) {
    return sd_bus_message_append(reply, "{sv}", key, "s", text ?: "");
}

static int append_number(sd_bus_message *reply, const char *key, uint64_t number) {
    return sd_bus_message_append(reply, "{sv}", key, "t", number);
}

static int append_entry(sd_bus_message *reply, const LogEntry *entry) {
    const struct {
        const char *key, *text;
    } texts[] = {
        { "call-id", entry->call_id },
        { "line", entry->line },
        { "direction", call_direction_to_string(entry->direction) },
        { "outcome", call_outcome_to_string(entry->outcome) },
        { "cause", disconnect_cause_to_string(entry->cause) },
        { "number", entry->number },
        { "name", entry->name },
        { "presentation", presentation_to_string(entry->presentation) },
        { "media-mode", media_mode_to_string(entry->media_mode) },
    };
    int r;

    r = sd_bus_message_open_container(reply, 'a', "{sv}");
    if (r >= 0)
        r = append_number(reply, "id", entry->id);
    for (size_t i = 0; r >= 0 && i < G_N_ELEMENTS(texts); i++)
        r = append_text(reply, texts[i].key, texts[i].text);
    if (r >= 0)
        r = sd_bus_message_append(reply, "{sv}", "emergency", "b", entry->emergency);
    if (r >= 0)
        r = append_number(reply, "started", entry->started);
    if (r >= 0)
        r = append_number(reply, "connected", entry->connected);
    if (r >= 0)
        r = append_number(reply, "ended", entry->ended);
    if (r >= 0)
        r = append_number(reply, "duration", entry->duration);
    if (r >= 0 && entry->owned)
        r = sd_bus_message_append(reply, "{sv}", "user", "u", entry->uid);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static uint64_t size_of_entry(const LogEntry *entry) {
    return ENTRY_SIZE + strlen(entry->number) + strlen(entry->name) + strlen(entry->line) + strlen(entry->call_id);
}

static int reply_page(Peer *peer, sd_bus_message *m, const GPtrArray *entries, uint64_t next) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    uint64_t size = 0;
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "a{sv}");
    for (unsigned i = 0; r >= 0 && i < entries->len; i++) {
        r = append_entry(reply, g_ptr_array_index(entries, i));
        size += size_of_entry(g_ptr_array_index(entries, i));
    }
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 't', &next);
    return r < 0 ? r : reply_message(peer, reply, size);
}

static int refuse_storage(Peer *peer, sd_bus_message *m, const char *verb, int error) {
    return reply_now(peer, m, refuse(REFUSAL_IO_ERROR, "The log can't be %s: %s", verb, g_strerror(-error)));
}

static int on_query(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    CallLogObject *object = userdata;
    Peer *peer = peer_of_sender(object->bus, m);
    g_autoptr(GPtrArray) entries = NULL;
    CallLogFilter asked;
    LogReader reader;
    Refusal *refusal;
    uint64_t cursor = 0, next = 0;
    uint32_t limit = 0;
    int r;

    r = read_filter(peer, m, &asked);
    if (r != 0)
        return r;
    r = sd_bus_message_read(m, "tu", &cursor, &limit);
    if (r < 0)
        return r;
    if (limit < 1 || limit > CALL_LOG_PAGE_MAX)
        return reply_invalid(peer, m, "limit is %u: it must be 1 to %d", limit, CALL_LOG_PAGE_MAX);
    refusal = check_right(peer, &asked, DEED_READ_LOG);
    if (refusal)
        return reply_now(peer, m, refusal);
    reader = (LogReader) { .client = peer_client(peer), .everything = asked.everything };
    r = call_log_page(log_of(object), &reader, &asked.filter, cursor, limit, &entries, &next);
    return r < 0 ? refuse_storage(peer, m, "read", r) : reply_page(peer, m, entries, next);
}

/* ---- Erasing ---- */

static int reply_count(Peer *peer, sd_bus_message *m, uint32_t count) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 'u', &count);
    return r < 0 ? r : reply_message(peer, reply, 0);
}

/* What is everybody's to read is nobody's to erase, without a right. */
static Refusal *check_unowned(CallLog *log, Peer *peer, const LogReader *reader, const uint64_t *ids, size_t n_ids) {
    if (reader->everything || !call_log_has_unowned(log, reader, ids, n_ids))
        return NULL;
    return deed_check(peer_client(peer), DEED_ERASE_LOG, /* line= */ NULL);
}

static int on_remove(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    CallLogObject *object = userdata;
    Peer *peer = peer_of_sender(object->bus, m);
    const LogReader reader = { .client = peer_client(peer), .everything = may_read_everything(peer) };
    const void *ids = NULL;
    size_t size = 0;
    unsigned removed = 0;
    Refusal *refusal;
    int r;

    r = sd_bus_message_read_array(m, 't', &ids, &size);
    if (r < 0)
        return r;
    if (size / sizeof(uint64_t) > CALL_LOG_PAGE_MAX)
        return reply_invalid(peer, m, "There are %zu ids: at most %d can be removed at once", size / sizeof(uint64_t),
                             CALL_LOG_PAGE_MAX);
    refusal = check_unowned(log_of(object), peer, &reader, ids, size / sizeof(uint64_t));
    if (refusal)
        return reply_now(peer, m, refusal);
    r = call_log_remove(log_of(object), &reader, ids, size / sizeof(uint64_t), &removed);
    return r < 0 ? refuse_storage(peer, m, "written, and nothing was removed", r) : reply_count(peer, m, removed);
}

static int on_remove_matching(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    CallLogObject *object = userdata;
    Peer *peer = peer_of_sender(object->bus, m);
    CallLogFilter asked;
    Refusal *refusal;
    int r;

    r = read_filter(peer, m, &asked);
    if (r != 0)
        return r;
    if (asked.is_empty)
        return reply_invalid(peer, m, "The filter is empty: to remove all of your own entries say 'all' with false");
    refusal = check_right(peer, &asked, DEED_ERASE_LOG);
    return refusal ? reply_now(peer, m, refusal) : erasures_begin(object->erasures, peer, m, &asked);
}

/* ---- Subscriptions ---- */

static void tell(Peer *peer, uint64_t id) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_message_new_signal(bus_connection(peer_bus(peer)), &m, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, "EntryAdded");
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 't', &id);
    bus_check_memory(r);
    if (r >= 0)
        peer_send_signal(peer, m, SIGNAL_SIZE);
}

static bool is_for(Peer *peer, const LogEntry *entry) {
    const LogReader reader = { .client = peer_client(peer), .everything = may_read_everything(peer) };

    return log_reader_may_read(&reader, bus_manager(peer_bus(peer)), entry);
}

static void on_entry(const LogEntry *entry, void *userdata) {
    CallLogObject *object = userdata;
    GHashTableIter iter;
    void *name;

    g_hash_table_iter_init(&iter, object->subscribers);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        Peer *peer = g_hash_table_lookup(bus_peers(object->bus), name);

        if (!peer || !peer_client(peer))
            g_hash_table_iter_remove(&iter);
        else if (is_for(peer, entry))
            tell(peer, entry->id);
    }
}

static gboolean is_gone(void *name, void *unused, void *userdata) {
    return !g_hash_table_contains(userdata, name);
}

static int on_subscribe(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    CallLogObject *object = userdata;
    Peer *peer = peer_of_sender(object->bus, m);
    GHashTable *peers = bus_peers(object->bus);
    int enable = 0, r;

    r = sd_bus_message_read_basic(m, 'b', &enable);
    if (r < 0)
        return r;
    /* Those who left are found here, or when there is something to tell. */
    if (g_hash_table_size(object->subscribers) >= g_hash_table_size(peers))
        g_hash_table_foreach_remove(object->subscribers, is_gone, peers);
    if (enable)
        g_hash_table_add(object->subscribers, g_strdup(peer_name(peer)));
    else
        g_hash_table_remove(object->subscribers, peer_name(peer));
    return reply_now(peer, m, NULL);
}

/* ---- Life ---- */

#define METHOD(name, in, in_names, out, out_names, handler) \
    SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names, handler, SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable call_log_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD("Query", "a{sv}tu", SD_BUS_PARAM(filter) SD_BUS_PARAM(cursor) SD_BUS_PARAM(limit), "aa{sv}t",
           SD_BUS_PARAM(entries) SD_BUS_PARAM(next), on_query),
    METHOD("Remove", "at", SD_BUS_PARAM(ids), "u", SD_BUS_PARAM(removed), on_remove),
    METHOD("RemoveMatching", "a{sv}", SD_BUS_PARAM(filter), "u", SD_BUS_PARAM(removed), on_remove_matching),
    METHOD("Subscribe", "b", SD_BUS_PARAM(enable), "", "", on_subscribe),
    SD_BUS_SIGNAL_WITH_NAMES("EntryAdded", "t", SD_BUS_PARAM(id), 0),
    SD_BUS_VTABLE_END,
};

int call_log_object_register(Bus *bus, CallLogObject **ret) {
    CallLogObject *object = g_new(CallLogObject, 1);

    *object = (CallLogObject) {
        .bus = bus,
        .erasures = erasures_new(bus),
        .subscribers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    *ret = object;
    call_log_set_listener(log_of(object), on_entry, object);
    return sd_bus_add_object_vtable(bus_connection(bus), NULL, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, call_log_vtable, object);
}

CallLogObject *call_log_object_free(CallLogObject *object) {
    if (!object)
        return NULL;
    call_log_set_listener(log_of(object), NULL, NULL);
    erasures_free(object->erasures);
    g_hash_table_unref(object->subscribers);
    g_free(object);
    return NULL;
}

void call_log_object_stop(CallLogObject *object) {
    if (object)
        erasures_stop(object->erasures);
}
