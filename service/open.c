/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open: what one client opened one line for. */
#include "service/open.h"

#include "service/call.h"
#include "service/client.h"
#include "service/handle.h"
#include "service/journal.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/toll.h"

const OpenOptions open_options_implicit = {
    .privilege = OPEN_NONE,
    .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE),
};

struct Open {
    Client *client;
    Line *line;
    uint64_t place; /* in the order of first opens of the line */
    OpenOptions options;
    char *app_id;
    bool told;    /* what only those may know who have the line open */
    bool closing; /* and that it may not be known any more */
    GList link, owner_link, monitor_link; /* in the line's queues */
    JournalMark mark;
};

static int open_write(Database *database, void *object) {
    const Open *open = object;
    const OpenRow row = {
        .id = open->mark.id,
        .client = client_row_id(open->client),
        .line = line_name(open->line),
        .place = open->place,
        .privilege = open->options.privilege,
        .media_modes = open->options.media_modes,
        .offer = open->options.offer,
        .on_owner_lost = open->options.on_owner_lost,
        .app_id = open->options.app_id,
    };

    return row_write(database, &open_table, &row);
}

static const JournalKind open_kept = { .write = open_write, .erase = "DELETE FROM open WHERE id=?", .for_restart = true };

static void keep(Open *open) {
    client_keep(open->client);
    journal_touch(manager_journal(line_manager(open->line)), &open->mark, &open_kept, open);
}

/* The order of a queue is that of the first opens, whatever came in between. */
static void insert_by_place(GQueue *queue, Open *open, GList *link) {
    GList *before = queue->tail;

    while (before && ((Open *) before->data)->place > open->place)
        before = before->prev;
    link->data = open;
    if (before)
        g_queue_insert_after_link(queue, before, link);
    else
        g_queue_push_head_link(queue, link);
}

static bool may_monitor(const Open *open) {
    return open->options.privilege & OPEN_MONITOR;
}

static void leave_queues(Open *open) {
    if (open_may_own(open))
        g_queue_unlink(line_owners(open->line), &open->owner_link);
    if (may_monitor(open))
        g_queue_unlink(line_monitors(open->line), &open->monitor_link);
}

static void enter_queues(Open *open) {
    if (open_may_own(open))
        insert_by_place(line_owners(open->line), open, &open->owner_link);
    if (may_monitor(open))
        insert_by_place(line_monitors(open->line), open, &open->monitor_link);
}

static Open *open_new(Client *client, Line *line) {
    Open *open = g_new0(Open, 1);

    *open = (Open) {
        .client = client,
        .line = line,
        .place = line_next_place(line),
        .mark.id = manager_next_number(line_manager(line)),
    };
    open->link.data = open;
    g_queue_push_tail_link(line_opens(line), &open->link);
    client_add_open(client, open);
    return open;
}

/* What its forwarding rules are is told anew, as they may have changed meanwhile. */
Open *open_restore(Client *client, Line *line, const OpenRow *row) {
    Open *open;

    if (client_find_open(client, line))
        return NULL;
    open = g_new0(Open, 1);
    *open = (Open) {
        .client = client,
        .line = line,
        .place = row->place,
        .app_id = *row->app_id ? g_strdup(row->app_id) : NULL,
        .mark = { .id = row->id, .stored = true },
    };
    open->options = (OpenOptions) {
        .privilege = row->privilege,
        .media_modes = row->media_modes,
        .offer = row->offer,
        .on_owner_lost = row->on_owner_lost,
        .app_id = open->app_id ?: "",
    };
    line_pass_place(line, open->place);
    insert_by_place(line_opens(line), open, &open->link);
    enter_queues(open);
    client_add_open(client, open);
    keep(open);
    return open;
}

/* The line's handles of the client; an array, as ending one changes the lists. */
static GPtrArray *list_handles(Client *client, Line *line) {
    GPtrArray *handles = client_list_handles(client);

    for (unsigned i = handles->len; i > 0; i--)
        if (call_line(handle_call(g_ptr_array_index(handles, i - 1))) != line)
            g_ptr_array_remove_index(handles, i - 1);
    return handles;
}

/* The holders of the calls that the client owns see by which app. As several calls change at once, what waits is told
 * first: nothing is then told between touching the first and changing all. */
static void touch_owner_apps(Open *open) {
    g_autoptr(GPtrArray) handles = list_handles(open->client, open->line);

    if (handles->len > 0)
        manager_flush(line_manager(open->line));
    for (unsigned i = 0; i < handles->len; i++)
        if (handle_privilege(g_ptr_array_index(handles, i)) == PRIVILEGE_OWNER)
            call_touch_owner_apps(handle_call(g_ptr_array_index(handles, i)));
}

Open *open_line_for(Client *client, Line *line, const OpenOptions *options) {
    Open *open = client_find_open(client, line);

    if (open)
        leave_queues(open);
    else
        open = open_new(client, line);

    if (g_strcmp0(open->app_id, options->app_id) != 0) {
        touch_owner_apps(open);
        g_free(open->app_id);
        open->app_id = g_strdup(options->app_id);
    }
    keep(open);
    open->options = *options;
    open->options.app_id = open->app_id ?: "";
    enter_queues(open);
    return open;
}

Refusal *open_check_room(const Client *client, const Line *line) {
    Manager *manager = client_manager(client);
    unsigned max = manager_limits(manager)->opens_per_client;

    if (max == 0 || client_find_open(client, line) || client_count_opens(client) < max)
        return NULL;
    toll_tell(manager, user_uid(client_user(client)), limit_table[LIMIT_OPENS_PER_CLIENT].key, line);
    return refuse(REFUSAL_LIMITS_EXCEEDED, "OpensPerClient is %u, and you have so many lines open: close one first", max);
}

void open_tell_forwarding(Open *open) {
    open->told = true;
    line_tell_forwarding(open->line, open->client);
}

/* A second open tells nothing new. */
void open_tell(Open *open) {
    if (!open->told && line_forwarding(open->line)->n > 0)
        open_tell_forwarding(open);
}

/* There is nobody to tell if the client or the line is gone. */
void open_begin_close(Open *open) {
    bool gone = client_outbox(open->client)->closed || line_state(open->line) == LINE_REMOVED;

    if (open->closing)
        return;
    open->closing = true;
    if (!gone && line_forwarding(open->line)->n > 0)
        line_tell_forwarding(open->line, open->client);
}

Open *open_close(Open *open) {
    g_autoptr(GPtrArray) handles = NULL;

    if (!open)
        return NULL;

    open_begin_close(open);

    /* First out of the queues, so that nothing is offered to whom leaves. */
    leave_queues(open);
    g_queue_unlink(line_opens(open->line), &open->link);

    handles = list_handles(open->client, open->line);
    for (unsigned i = 0; i < handles->len; i++)
        handle_lose(g_ptr_array_index(handles, i));

    journal_erase(manager_journal(line_manager(open->line)), &open->mark, &open_kept);
    client_remove_open(open->client, open);
    g_free(open->app_id);
    g_free(open);
    return NULL;
}

bool open_is_closing(const Open *open) {
    return open->closing;
}

Line *open_line(const Open *open) {
    return open->line;
}

Client *open_client(const Open *open) {
    return open->client;
}

const OpenOptions *open_options(const Open *open) {
    return &open->options;
}

uint64_t open_place(const Open *open) {
    return open->place;
}

bool open_may_own(const Open *open) {
    return open->options.privilege & OPEN_OWNER;
}
