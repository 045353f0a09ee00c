/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Client: somebody who uses the service. */
#include "service/client.h"

#include "service/call.h"
#include "service/crash-point.h"
#include "service/handle.h"
#include "service/journal.h"
#include "service/manager.h"
#include "service/open.h"
#include "service/priority.h"
#include "service/recipient.h"
#include "service/request.h"

/* People make one emergency call, or a few. */
enum { EMERGENCIES_MAX = 64 };

struct Client {
    Manager *manager;
    char *name;
    User *user;
    GArray *groups;
    void *data;
    uint64_t last_number;
    unsigned counted;      /* handles, but those of emergency calls */
    GHashTable *by_number; /* number -> Handle */
    GHashTable *by_call;   /* Call -> Handle */
    GHashTable *opens;     /* Line -> Open */
    GQueue idle;           /* handles of idle calls, the oldest first */
    GQueue requests;       /* pending ones */
    Outbox outbox;
    GList recipient_link; /* among those who take wishes for calls; its data is the client while it is in */
    uint64_t recipient;   /* rises with each that registers; 0: it is not in */
    JournalMark mark;
};

static int client_write(Database *database, void *object) {
    const Client *client = object;
    const ClientRow row = {
        .id = client->mark.id,
        .uid = user_uid(client->user),
        .name = client->name,
        .bus = manager_bus_id(client->manager),
        .recipient = client->recipient,
    };

    return row_write(database, &client_table, &row);
}

static const JournalKind client_kept = { .write = client_write, .erase = "DELETE FROM client WHERE id=?", .for_restart = true };

static void touch(Client *client) {
    journal_touch(manager_journal(client->manager), &client->mark, &client_kept, client);
}

void client_keep(Client *client) {
    if (!client->mark.stored)
        touch(client);
}

int client_new(Manager *manager, const char *name, uint32_t uid, void *data, Client **ret) {
    Client *client;

    if (manager_find_client(manager, name))
        return -EEXIST;

    client = g_new0(Client, 1);
    *client = (Client) {
        .manager = manager,
        .name = g_strdup(name),
        .user = user_ref_by_uid(manager, uid),
        .data = data,
        .by_number = g_hash_table_new(NULL, NULL),
        .by_call = g_hash_table_new(NULL, NULL),
        .opens = g_hash_table_new(NULL, NULL),
        .mark.id = manager_next_number(manager),
    };
    (*user_clients(client->user))++;
    manager_add_client(manager, client);
    *ret = client;
    return 0;
}

/* Line by line, in the order of the lines. */
static void close_all(Client *client) {
    for (GList *i = manager_lines(client->manager)->head; i; i = i->next)
        open_close(client_find_open(client, i->data));
}

Client *client_vanish(Client *client) {
    if (!client)
        return NULL;

    crash_point("bus:client-gone");
    manager_remove_client(client->manager, client);
    outbox_close(client);
    request_forget_client(client);
    client_register_recipient(client, false);
    close_all(client);
    crash_point("bus:client-closed");
    outbox_clear(client);
    journal_erase(manager_journal(client->manager), &client->mark, &client_kept);

    g_assert(g_hash_table_size(client->by_number) == 0);
    g_hash_table_unref(client->by_number);
    g_hash_table_unref(client->by_call);
    g_hash_table_unref(client->opens);
    (*user_clients(client->user))--;
    user_unref(client->user);
    g_clear_pointer(&client->groups, g_array_unref);
    g_free(client->name);
    g_free(client);
    return NULL;
}

Manager *client_manager(const Client *client) {
    return client->manager;
}

uint64_t client_row_id(const Client *client) {
    return client->mark.id;
}

const char *client_name(const Client *client) {
    return client->name;
}

User *client_user(const Client *client) {
    return client->user;
}

void client_set_groups(Client *client, GArray *groups) {
    g_clear_pointer(&client->groups, g_array_unref);
    client->groups = groups ? g_array_ref(groups) : NULL;
}

const GArray *client_groups(const Client *client) {
    return client->groups;
}

void *client_data(const Client *client) {
    return client->data;
}

Outbox *client_outbox(Client *client) {
    return &client->outbox;
}

Handle *client_find_handle(const Client *client, uint64_t number) {
    return g_hash_table_lookup(client->by_number, GSIZE_TO_POINTER(number));
}

Handle *client_find_handle_on(const Client *client, const Call *call) {
    return g_hash_table_lookup(client->by_call, call);
}

unsigned client_count_handles(const Client *client) {
    return g_hash_table_size(client->by_number);
}

static int compare_numbers(const void *a, const void *b) {
    uint64_t x = handle_number(*(Handle *const *) a), y = handle_number(*(Handle *const *) b);

    return x < y ? -1 : x > y;
}

void client_sort_handles(GPtrArray *handles) {
    g_ptr_array_sort(handles, compare_numbers);
}

unsigned client_count_opens(const Client *client) {
    return g_hash_table_size(client->opens);
}

GPtrArray *client_list_handles(const Client *client) {
    GPtrArray *handles = g_ptr_array_sized_new(client_count_handles(client));
    GHashTableIter iter;
    void *handle;

    g_hash_table_iter_init(&iter, client->by_number);
    while (g_hash_table_iter_next(&iter, NULL, &handle))
        g_ptr_array_add(handles, handle);
    client_sort_handles(handles);
    return handles;
}

GPtrArray *client_find_calls(const Client *client, const char *call_id) {
    GPtrArray *handles = g_ptr_array_new();
    const GQueue *calls = manager_find_calls(client->manager, call_id);

    for (GList *i = calls ? calls->head : NULL; i; i = i->next) {
        Handle *handle = client_find_handle_on(client, i->data);

        if (handle)
            g_ptr_array_add(handles, handle);
    }
    client_sort_handles(handles);
    return handles;
}

Open *client_find_open(const Client *client, const Line *line) {
    return g_hash_table_lookup(client->opens, line);
}

static unsigned beyond(unsigned wanted, unsigned max) {
    return max > 0 && wanted > max ? wanted - max : 0;
}

/* So many idle handles have to go before there is room for n more. */
static unsigned count_excess(const Client *client, unsigned n) {
    const Limits *limits = manager_limits(client->manager);

    return MAX(beyond(client->counted + n, limits->handles_per_client), beyond(*user_handles(client->user) + n, limits->handles_per_user));
}

bool client_has_room(const Client *client, unsigned n) {
    return n == 0 || count_excess(client, n) <= client->idle.length;
}

bool client_spares_emergency(const Client *client) {
    return *user_emergencies(client->user) < EMERGENCIES_MAX;
}

static void release_idle(Client *client, unsigned n) {
    for (; n > 0; n--)
        handle_release(g_queue_peek_head(&client->idle));
}

bool client_make_room_for(Client *client, unsigned n) {
    unsigned excess = count_excess(client, n);

    /* What needs no room finds some, though others of the user may have too much; but what is over does not pile up. */
    if (n == 0)
        excess = MIN(excess, client->idle.length);
    if (excess > client->idle.length)
        return false;
    release_idle(client, excess);
    return true;
}

bool client_has_place(const Client *client) {
    return count_excess(client, 1) == 0;
}

bool client_make_room(Client *client, const Call *call) {
    if (call_emergency(call) && client_spares_emergency(client))
        return call_state(call) == CALL_STATE_IDLE || client_make_room_for(client, 0);
    if (call_state(call) == CALL_STATE_IDLE)
        return client_has_place(client);
    return client_make_room_for(client, 1);
}

unsigned client_rank(const Client *client, MediaMode media_mode) {
    const Priorities *priorities = manager_priorities(client->manager);
    unsigned best = UINT_MAX;
    GHashTableIter iter;
    void *open;

    g_hash_table_iter_init(&iter, client->opens);
    while (g_hash_table_iter_next(&iter, NULL, &open)) {
        unsigned rank = priorities_rank(priorities, media_mode, open_options(open)->app_id);

        best = MIN(best, rank);
    }
    return best;
}

GList *client_recipient_link(Client *client) {
    return &client->recipient_link;
}

static void count_handle(Client *client, const Handle *handle, int change) {
    if (!handle_is_counted(handle)) {
        *user_emergencies(client->user) += change;
        return;
    }
    client->counted += change;
    *user_handles(client->user) += change;
}

void client_count_retired(Client *client) {
    (*user_emergencies(client->user))--;
    client->counted++;
    (*user_handles(client->user))++;
}

uint64_t client_add_handle(Client *client, Handle *handle) {
    uint64_t number = ++client->last_number;

    g_hash_table_insert(client->by_number, GSIZE_TO_POINTER(number), handle);
    g_hash_table_insert(client->by_call, handle_call(handle), handle);
    count_handle(client, handle, +1);
    return number;
}

void client_remove_handle(Client *client, Handle *handle) {
    count_handle(client, handle, -1);
    g_hash_table_remove(client->by_number, GSIZE_TO_POINTER(handle_number(handle)));
    g_hash_table_remove(client->by_call, handle_call(handle));
}

bool client_restore_handle(Client *client, Handle *handle) {
    if (client_find_handle(client, handle_number(handle)) || client_find_handle_on(client, handle_call(handle)))
        return false;
    g_hash_table_insert(client->by_number, GSIZE_TO_POINTER(handle_number(handle)), handle);
    g_hash_table_insert(client->by_call, handle_call(handle), handle);
    client->last_number = MAX(client->last_number, handle_number(handle));
    count_handle(client, handle, +1);
    return true;
}

void client_restore(Client *client, const ClientRow *row) {
    journal_forget(manager_journal(client->manager), &client->mark);
    client->mark = (JournalMark) { .id = row->id, .stored = true };
    touch(client);
}

void client_set_recipient(Client *client, uint64_t recipient) {
    client->recipient = recipient;
    touch(client);
}

GQueue *client_idle_handles(Client *client) {
    return &client->idle;
}

void client_add_open(Client *client, Open *open) {
    g_hash_table_insert(client->opens, open_line(open), open);
}

void client_remove_open(Client *client, Open *open) {
    g_hash_table_remove(client->opens, open_line(open));
}

GQueue *client_requests(Client *client) {
    return &client->requests;
}
