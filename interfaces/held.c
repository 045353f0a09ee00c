/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Held: messages to clients that wait until what they tell of is written down. */
#include "interfaces/held.h"

#include "interfaces/peer.h"
#include "service/crash-point.h"
#include "service/journal.h"
#include "service/log.h"

enum { RETRY_MS = 500 };

static void unref_message(void *m) {
    sd_bus_message_unref(m);
}

void held_init(Held *held) {
    *held = (Held) { .messages = g_ptr_array_new_with_free_func(unref_message) };
}

void held_done(Held *held) {
    if (held->retry)
        g_source_remove(held->retry);
    held->retry = 0;
    g_clear_pointer(&held->messages, g_ptr_array_unref);
}

static int send_now(Bus *bus, sd_bus_message *m) {
    int r = sd_bus_send(bus_connection(bus), m, NULL);

    bus_check_memory(r);
    if (r < 0 && !bus_is_gone(r))
        log_warning("event: send-failed, member: %s, error: %s", sd_bus_message_get_member(m) ?: "reply", g_strerror(-r));
    return r;
}

unsigned held_count(Bus *bus) {
    return bus_held(bus)->messages->len;
}

bool held_is_due(Bus *bus) {
    return held_count(bus) > 0 || !journal_is_clean(manager_journal(bus_manager(bus)));
}

int held_send(Bus *bus, sd_bus_message *m) {
    if (!held_is_due(bus))
        return send_now(bus, m);
    g_ptr_array_add(bus_held(bus)->messages, sd_bus_message_ref(m));
    return 0;
}

/* The turn that ends with this tries again. */
static gboolean on_retry(void *userdata) {
    ((Held *) userdata)->retry = 0;
    return G_SOURCE_REMOVE;
}

static void write_down(Bus *bus) {
    Journal *journal = manager_journal(bus_manager(bus));
    Held *held = bus_held(bus);

    if (journal_is_failing(journal) && held->retry > 0)
        return;
    if (journal_commit(journal) < 0 && held->retry == 0)
        held->retry = g_timeout_add(RETRY_MS, on_retry, held);
}

void held_release(Bus *bus) {
    GPtrArray *messages = bus_held(bus)->messages;

    crash_point("bus:release");
    write_down(bus);
    for (unsigned i = 0; i < messages->len; i++) {
        crash_point("bus:send");
        send_now(bus, g_ptr_array_index(messages, i));
        crash_point("bus:sent");
    }
    g_ptr_array_set_size(messages, 0);
    peers_ask(bus);
}
