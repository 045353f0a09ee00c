/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erasures: entries of the call log that are erased by what they are. */
#include "interfaces/call-log-erasure.h"

#include "interfaces/reply.h"

enum {
    RUNNING_MAX = 16,
    ENTRIES_PER_TURN = 32,
};

struct Erasures {
    Bus *bus;
    GQueue running; /* of Erasure; the first is worked at */
    unsigned source;
};

typedef struct Erasure {
    sd_bus_message *request;
    CallLogFilter filter; /* its text is the request's */
    uint32_t uid;
    uint64_t cursor;
    uint32_t removed;
} Erasure;

static void erasure_free(Erasure *erasure) {
    sd_bus_message_unref(erasure->request);
    g_free(erasure);
}

Erasures *erasures_new(Bus *bus) {
    Erasures *erasures = g_new0(Erasures, 1);

    erasures->bus = bus;
    return erasures;
}

Erasures *erasures_free(Erasures *erasures) {
    if (!erasures)
        return NULL;
    if (erasures->source)
        g_source_remove(erasures->source);
    for (GList *i = erasures->running.head; i; i = i->next)
        erasure_free(i->data);
    g_queue_clear(&erasures->running);
    g_free(erasures);
    return NULL;
}

/* ---- Working ---- */

/* Some of them. 1: there is more to do; 0: that was all; or a negative errno. */
static int erase_some(const Erasures *erasures, Erasure *erasure, const Peer *peer) {
    CallLog *log = manager_call_log(bus_manager(erasures->bus));
    const LogReader reader = { .client = peer_client(peer), .everything = erasure->filter.everything, .only_owned = true };
    g_autoptr(GPtrArray) entries = NULL;
    uint64_t ids[ENTRIES_PER_TURN];
    unsigned removed = 0;
    int r;

    r = call_log_page(log, &reader, &erasure->filter.filter, erasure->cursor, ENTRIES_PER_TURN, &entries, &erasure->cursor);
    if (r < 0)
        return r;
    for (unsigned i = 0; i < entries->len; i++)
        ids[i] = ((const LogEntry *) g_ptr_array_index(entries, i))->id;
    r = call_log_remove(log, &reader, ids, entries->len, &removed);
    erasure->removed += removed;
    return r < 0 ? r : erasure->cursor > 0;
}

static int answer(Peer *peer, const Erasure *erasure, int error) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    if (error < 0)
        return reply_now(peer, erasure->request,
                         refuse(REFUSAL_IO_ERROR, "The log can't be written (%s): %u entries were removed", g_strerror(-error),
                                erasure->removed));
    r = sd_bus_message_new_method_return(erasure->request, &reply);
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 'u', &erasure->removed);
    return r < 0 ? r : reply_message(peer, reply, 0);
}

/* False: it is over, or whoever wanted it is gone. */
static bool work(const Erasures *erasures, Erasure *erasure) {
    Peer *peer = peer_of_sender(erasures->bus, erasure->request);
    int r;

    if (!peer || !peer_client(peer))
        return false;
    r = erase_some(erasures, erasure, peer);
    if (r <= 0)
        answer(peer, erasure, r);
    return r > 0;
}

static gboolean on_turn(void *userdata) {
    Erasures *erasures = userdata;
    Erasure *erasure = g_queue_pop_head(&erasures->running);

    if (work(erasures, erasure))
        g_queue_push_tail(&erasures->running, erasure);
    else
        erasure_free(erasure);
    if (!g_queue_is_empty(&erasures->running))
        return G_SOURCE_CONTINUE;
    erasures->source = 0;
    return G_SOURCE_REMOVE;
}

/* ---- Beginning ---- */

static bool is_running_for(const Erasures *erasures, uint32_t uid) {
    for (GList *i = erasures->running.head; i; i = i->next)
        if (((const Erasure *) i->data)->uid == uid)
            return true;
    return false;
}

int erasures_begin(Erasures *erasures, Peer *peer, sd_bus_message *m, const CallLogFilter *filter) {
    Erasure *erasure;

    if (is_running_for(erasures, peer_uid(peer)) || erasures->running.length >= RUNNING_MAX)
        return reply_now(peer, m, refuse(REFUSAL_LIMITS_EXCEEDED, "Entries are being removed already: wait for the reply first"));
    erasure = g_new(Erasure, 1);
    *erasure = (Erasure) { .request = sd_bus_message_ref(m), .filter = *filter, .uid = peer_uid(peer) };
    if (!work(erasures, erasure)) {
        erasure_free(erasure);
        return 1;
    }
    g_queue_push_tail(&erasures->running, erasure);
    if (erasures->source == 0)
        erasures->source = g_idle_add(on_turn, erasures);
    return 1;
}

void erasures_stop(Erasures *erasures) {
    Erasure *erasure;

    while ((erasure = g_queue_pop_head(&erasures->running))) {
        Peer *peer = peer_of_sender(erasures->bus, erasure->request);

        if (peer && peer_client(peer))
            reply_now(peer, erasure->request,
                      refuse(REFUSAL_PROVIDER_FAILED, "The service is stopping: %u entries were removed", erasure->removed));
        erasure_free(erasure);
    }
}
