/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resume: after a restart, clients that stayed on the bus get back what they had. */
#include "interfaces/resume.h"

#include "interfaces/emit.h"
#include "interfaces/peer.h"
#include "service/log.h"

enum {
    UNDER_WAY_MAX = 64, /* a bus lets a connection have 128 questions open */
    TIMEOUT_MS = 2000,
};

static gboolean on_done(void *userdata) {
    Resume *resume = bus_resuming(userdata);
    unsigned n = recovery_clients(resume->recovery)->len;

    if (n > 0)
        log_info("event: resumed, clients: %u, gone: %u", resume->n_back, n - resume->n_back);
    resume->done = 0;
    bus_stop_resuming(userdata);
    resume->on_resumed(resume->userdata);
    return G_SOURCE_REMOVE;
}

static gboolean on_timeout(void *userdata) {
    Resume *resume = bus_resuming(userdata);

    resume->timer = 0;
    log_warning("event: resume-timeout, effect: what clients had whom the bus does not tell of is gone");
    resume->next = recovery_clients(resume->recovery)->len;
    peers_give_up_saved(userdata);
    return G_SOURCE_REMOVE;
}

static void go_on(Bus *bus) {
    Resume *resume = bus_resuming(bus);
    const GArray *clients = recovery_clients(resume->recovery);

    while (resume->under_way < UNDER_WAY_MAX && resume->next < clients->len) {
        const SavedClient *saved = &g_array_index(clients, SavedClient, resume->next++);

        resume->under_way++;
        peer_ask_saved(bus, saved->name, saved->uid);
    }
    if (resume->under_way == 0 && resume->done == 0)
        resume->done = g_timeout_add(0, on_done, bus);
}

void bus_resume(Bus *bus, Recovery *recovery, void (*on_resumed)(void *userdata), void *userdata) {
    Resume *resume = bus_resuming(bus);

    *resume = (Resume) {
        .recovery = recovery,
        .timer = g_timeout_add(TIMEOUT_MS, on_timeout, bus),
        .on_resumed = on_resumed,
        .userdata = userdata,
    };
    go_on(bus);
}

void bus_stop_resuming(Bus *bus) {
    Resume *resume = bus_resuming(bus);

    if (resume->timer)
        g_source_remove(resume->timer);
    if (resume->done)
        g_source_remove(resume->done);
    resume->timer = resume->done = 0;
    resume->recovery = NULL;
}

void resume_on_known(Bus *bus, Client *client, uint32_t saved_uid) {
    Resume *resume = bus_resuming(bus);

    resume->under_way--;
    if (user_uid(client_user(client)) == saved_uid) {
        recovery_bring_back(resume->recovery, client);
        resume->n_back++;
    } else {
        log_warning("event: resume-refused, client: %s, error: it is another user's now", client_name(client));
    }
    go_on(bus);
}

void resume_on_gone(Bus *bus) {
    bus_resuming(bus)->under_way--;
    go_on(bus);
}

void bus_tell_resumed(Bus *bus) {
    GHashTableIter iter;
    void *peer;

    g_hash_table_iter_init(&iter, bus_peers(bus));
    while (g_hash_table_iter_next(&iter, NULL, &peer))
        if (peer_was_saved(peer))
            emit_resumed(peer);
}
