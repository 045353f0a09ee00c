/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Outbox: what a client is still to be told, in the order in which it happened. */
#include "service/outbox.h"

#include "service/client.h"
#include "service/handle.h"
#include "service/manager.h"

#define STATE CALL_PROPERTY_BIT(CALL_PROPERTY_STATE)

static void enqueue_client(Client *client) {
    Outbox *outbox = client_outbox(client);

    if (outbox->queued)
        return;
    outbox->queued = true;
    outbox->turn_link.data = client;
    g_queue_push_tail_link(manager_outboxes(client_manager(client)), &outbox->turn_link);
}

static void enqueue(Handle *handle) {
    OutboxEntry *entry = handle_outbox_entry(handle);

    if (entry->queued)
        return;
    entry->queued = true;
    entry->link.data = handle;
    g_queue_push_tail_link(&client_outbox(handle_client(handle))->handles, &entry->link);
    enqueue_client(handle_client(handle));
}

static bool is_last(Handle *handle) {
    return g_queue_peek_tail(&client_outbox(handle_client(handle))->handles) == handle;
}

void outbox_add(Handle *handle) {
    handle_outbox_entry(handle)->added = true;
    enqueue(handle);
}

void outbox_touch(Handle *handle, uint64_t properties) {
    OutboxEntry *entry = handle_outbox_entry(handle);

    if (entry->queued) {
        bool second_state = properties & STATE && (entry->added || entry->changed & STATE);

        if (second_state || !is_last(handle))
            outbox_flush(handle_client(handle));
    }
    entry->changed |= properties;
    enqueue(handle);
}

void outbox_remove(Handle *handle) {
    OutboxEntry *entry = handle_outbox_entry(handle);

    if (entry->queued)
        outbox_flush(handle_client(handle));
    entry->removed = true;
    enqueue(handle);
}

void outbox_lose(Client *client) {
    client_outbox(client)->lost++;
    enqueue_client(client);
}

static void tell(Handle *handle, OutboxEntry entry) {
    Client *client = handle_client(handle);
    Manager *manager = client_manager(client);
    const Observer *observer = manager_observer(manager);
    void *userdata = manager_observer_data(manager);

    if (entry.removed) {
        observer->handle_removed(client, handle_epoch(handle), handle_number(handle), userdata);
        handle_free(handle);
        return;
    }
    if (entry.added) {
        handle_announce(handle, /* counts= */ false);
        observer->handle_added(handle, userdata);
        return;
    }
    observer->handle_changed(handle, handle_announce(handle, /* counts= */ true) | entry.changed, userdata);
}

void outbox_flush(Client *client) {
    Outbox *outbox = client_outbox(client);
    Manager *manager = client_manager(client);

    if (!outbox->queued || outbox->held)
        return;
    if (outbox->closed) {
        outbox_clear(client);
        return;
    }
    outbox->queued = false;
    g_queue_unlink(manager_outboxes(manager), &outbox->turn_link);

    if (outbox->lost > 0) {
        uint64_t lost = outbox->lost;

        outbox->lost = 0;
        manager_observer(manager)->events_lost(client, lost, manager_observer_data(manager));
    }
    while (!g_queue_is_empty(&outbox->handles)) {
        Handle *handle = g_queue_peek_head(&outbox->handles);
        OutboxEntry *entry = handle_outbox_entry(handle);
        OutboxEntry told = *entry;

        g_queue_unlink(&outbox->handles, &entry->link);
        *entry = (OutboxEntry) {};
        tell(handle, told);
    }
}

void outbox_hold(Client *client, bool hold) {
    client_outbox(client)->held = hold;
}

void outbox_close(Client *client) {
    client_outbox(client)->closed = true;
}

void outbox_clear(Client *client) {
    Outbox *outbox = client_outbox(client);

    if (outbox->queued)
        g_queue_unlink(manager_outboxes(client_manager(client)), &outbox->turn_link);
    outbox->queued = false;
    outbox->lost = 0;
    while (!g_queue_is_empty(&outbox->handles)) {
        Handle *handle = g_queue_peek_head(&outbox->handles);
        OutboxEntry *entry = handle_outbox_entry(handle);
        bool removed = entry->removed;

        g_queue_unlink(&outbox->handles, &entry->link);
        *entry = (OutboxEntry) {};
        if (removed)
            handle_free(handle);
    }
}
