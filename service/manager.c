/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manager: the registry of lines, clients, calls and requests. */
#include "service/manager.h"

#include <string.h>

#include "service/call-log.h"
#include "service/client.h"
#include "service/crash-point.h"
#include "service/journal.h"
#include "service/keyed-hash.h"
#include "service/line.h"
#include "service/priority.h"
#include "service/provider-control.h"
#include "service/request.h"
#include "service/timer.h"
#include "service/token.h"
#include "service/toll.h"

struct CallGroup {
    GQueue calls;
    char id[];
};

struct Manager {
    Limits limits;
    const Observer *observer;
    void *observer_data;
    GPtrArray *providers;
    GHashTable *lines;    /* name -> Line */
    GQueue line_order;
    GHashTable *clients;  /* name -> Client */
    GHashTable *users;    /* uid -> User */
    GHashTable *groups;   /* Call ID -> CallGroup */
    GHashTable *requests; /* id -> Request */
    GQueue deadlines, outboxes;
    uint64_t last_request;
    GHashTable *network_ids; /* kind and id -> set of Call */
    GHashTable *numbered_calls;
    GQueue recipients;
    Priorities *priorities;
    Journal *journal;
    LineStore *line_store;
    CallLog *call_log;
    uint64_t epoch, last_number;
    char *bus_id;
    GHashTable *line_policies; /* name -> LinePolicy */
    Judge judge;
    void *judge_data;
    Tokens *tokens;
    Tolls *tolls;
    Timers *timers;
    unsigned in_call, ringing;
    unsigned waiting; /* providers that have not started, or stopped, yet */
    bool stopping;
    ManagerReady ready;
    void *ready_data;
    char *failure;
    GSource *deadline;
    bool deadline_armed;
    int64_t (*on_deadline)(Manager *);
};

static void free_line_policy(void *policy) {
    line_policy_free(policy);
}

Manager *manager_new(const Limits *limits) {
    Manager *manager = g_new0(Manager, 1);

    *manager = (Manager) {
        .limits = *limits,
        .providers = g_ptr_array_new(),
        .priorities = priorities_new(NULL),
        .epoch = 1,
        .bus_id = g_strdup(""),
        .line_policies = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_line_policy),
        .lines = g_hash_table_new(g_str_hash, g_str_equal),
        .clients = g_hash_table_new(g_str_hash, g_str_equal),
        .users = g_hash_table_new(NULL, NULL),
        .groups = g_hash_table_new(keyed_hash_of_text, g_str_equal),
        .requests = g_hash_table_new(g_int64_hash, g_int64_equal),
        .network_ids = g_hash_table_new_full(keyed_hash_of_text, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref),
        .numbered_calls = g_hash_table_new(g_int64_hash, g_int64_equal),
        .tokens = tokens_new(limits->tokens_per_user),
        .timers = timers_new(),
        .tolls = tolls_new(manager),
    };
    return manager;
}

Manager *manager_free(Manager *manager) {
    if (!manager)
        return NULL;

    if (manager->deadline) {
        g_source_destroy(manager->deadline);
        g_source_unref(manager->deadline);
    }
    /* What is still up was not seen to end. */
    manager_set_call_log(manager, NULL);
    while (!g_queue_is_empty(&manager->line_order))
        line_free(g_queue_peek_head(&manager->line_order));
    tokens_free(manager->tokens);
    tolls_free(manager->tolls);
    timers_free(manager->timers);
    priorities_free(manager->priorities);
    journal_free(manager->journal);
    g_hash_table_unref(manager->line_policies);
    g_assert(g_hash_table_size(manager->clients) == 0);
    g_assert(g_hash_table_size(manager->groups) == 0);
    g_assert(g_hash_table_size(manager->users) == 0);
    g_assert(g_hash_table_size(manager->network_ids) == 0);
    g_assert(g_hash_table_size(manager->numbered_calls) == 0);
    g_hash_table_unref(manager->network_ids);
    g_hash_table_unref(manager->numbered_calls);
    g_ptr_array_unref(manager->providers);
    g_hash_table_unref(manager->lines);
    g_hash_table_unref(manager->clients);
    g_hash_table_unref(manager->users);
    g_hash_table_unref(manager->groups);
    g_hash_table_unref(manager->requests);
    g_free(manager->failure);
    g_free(manager->bus_id);
    g_free(manager);
    return NULL;
}

void manager_set_priorities(Manager *manager, Priorities *priorities) {
    priorities_free(manager->priorities);
    manager->priorities = priorities;
}

Priorities *manager_priorities(const Manager *manager) {
    return manager->priorities;
}

void manager_set_journal(Manager *manager, Journal *journal, uint64_t epoch) {
    manager_set_call_log(manager, NULL);
    journal_free(manager->journal);
    manager->journal = journal;
    manager->epoch = epoch;
}

Journal *manager_journal(const Manager *manager) {
    return manager->journal;
}

void manager_set_call_log(Manager *manager, CallLog *log) {
    call_log_free(manager->call_log);
    manager->call_log = log;
}

CallLog *manager_call_log(const Manager *manager) {
    return manager->call_log;
}

uint64_t manager_epoch(const Manager *manager) {
    return manager->epoch;
}

void manager_set_bus_id(Manager *manager, const char *id) {
    char *old = manager->bus_id;

    manager->bus_id = g_strdup(id);
    g_free(old);
}

const char *manager_bus_id(const Manager *manager) {
    return manager->bus_id;
}

uint64_t manager_next_number(Manager *manager) {
    return manager->epoch << 32 | ++manager->last_number;
}

void manager_set_line_policy(Manager *manager, LinePolicy *policy) {
    g_hash_table_replace(manager->line_policies, policy->line, policy);
}

void manager_forget_line_policy(Manager *manager, const char *line) {
    g_hash_table_remove(manager->line_policies, line);
}

void manager_set_line_store(Manager *manager, LineStore *store) {
    manager->line_store = store;
}

LineStore *manager_line_store(const Manager *manager) {
    return manager->line_store;
}

const LinePolicy *manager_line_policy(const Manager *manager, const char *line) {
    return g_hash_table_lookup(manager->line_policies, line);
}

void manager_set_judge(Manager *manager, Judge judge, void *userdata) {
    manager->judge = judge;
    manager->judge_data = userdata;
}

Judge manager_judge(const Manager *manager, void **ret_userdata) {
    *ret_userdata = manager->judge_data;
    return manager->judge;
}

void manager_set_observer(Manager *manager, const Observer *observer, void *userdata) {
    manager->observer = observer;
    manager->observer_data = userdata;
}

void manager_flush(Manager *manager) {
    Client *client;

    while ((client = g_queue_peek_head(&manager->outboxes)))
        outbox_flush(client);
}

/* ---- Start and stop ---- */

static void on_provider_ready(const Outcome *outcome, void *userdata) {
    Manager *manager = userdata;

    if (outcome->refusal && !manager->failure)
        manager->failure = g_strdup(refusal_text(outcome->refusal));
    if (manager->waiting > 0 && --manager->waiting == 0)
        manager->ready(manager->failure, manager->ready_data);
}

static void ask_all(Manager *manager, bool start, ManagerReady ready, void *userdata) {
    Done done = { on_provider_ready, manager };

    g_clear_pointer(&manager->failure, g_free);
    manager->ready = ready;
    manager->ready_data = userdata;
    manager->waiting = manager->providers->len;
    for (unsigned i = 0; i < manager->providers->len; i++)
        provider_run(g_ptr_array_index(manager->providers, i), start, done);
    if (manager->providers->len == 0)
        ready(NULL, userdata);
}

void manager_start(Manager *manager, ManagerReady ready, void *userdata) {
    ask_all(manager, /* start= */ true, ready, userdata);
}

void manager_stop(Manager *manager, ManagerReady ready, void *userdata) {
    crash_point("provider:stop");
    manager->stopping = true;
    request_finish_all(manager, REFUSAL_PROVIDER_FAILED, "The service is stopping: try again when it is back");
    ask_all(manager, /* start= */ false, ready, userdata);
}

bool manager_is_stopping(const Manager *manager) {
    return manager->stopping;
}

/* ---- Finding ---- */

const Limits *manager_limits(const Manager *manager) {
    return &manager->limits;
}

GPtrArray *manager_providers(const Manager *manager) {
    return manager->providers;
}

GQueue *manager_lines(Manager *manager) {
    return &manager->line_order;
}

Line *manager_find_line(const Manager *manager, const char *name) {
    return g_hash_table_lookup(manager->lines, name);
}

Client *manager_find_client(const Manager *manager, const char *name) {
    return g_hash_table_lookup(manager->clients, name);
}

const GQueue *manager_find_calls(const Manager *manager, const char *call_id) {
    CallGroup *group = g_hash_table_lookup(manager->groups, call_id);

    return group ? &group->calls : NULL;
}

bool manager_in_call(const Manager *manager) {
    return manager->in_call > 0;
}

bool manager_ringing(const Manager *manager) {
    return manager->ringing > 0;
}

unsigned manager_count_clients(const Manager *manager) {
    return g_hash_table_size(manager->clients);
}

/* ---- For the service ---- */

const Observer *manager_observer(const Manager *manager) {
    return manager->observer;
}

void *manager_observer_data(const Manager *manager) {
    return manager->observer_data;
}

GQueue *manager_outboxes(Manager *manager) {
    return &manager->outboxes;
}

GHashTable *manager_users(Manager *manager) {
    return manager->users;
}

GHashTable *manager_requests(Manager *manager) {
    return manager->requests;
}

GQueue *manager_deadlines(Manager *manager) {
    return &manager->deadlines;
}

uint64_t manager_next_request(Manager *manager) {
    return ++manager->last_request;
}

uint64_t manager_last_request(const Manager *manager) {
    return manager->last_request;
}

Timers *manager_timers(Manager *manager) {
    return manager->timers;
}

GQueue *manager_recipients(Manager *manager) {
    return &manager->recipients;
}

GHashTable *manager_network_ids(const Manager *manager) {
    return manager->network_ids;
}

GHashTable *manager_numbered_calls(const Manager *manager) {
    return manager->numbered_calls;
}

Tolls *manager_tolls(const Manager *manager) {
    return manager->tolls;
}

Tokens *manager_tokens(Manager *manager) {
    return manager->tokens;
}

static gboolean dispatch_deadline(GSource *source, GSourceFunc unused, void *userdata) {
    Manager *manager = *(Manager **) (source + 1);
    int64_t next = manager->on_deadline(manager);

    manager->deadline_armed = next >= 0;
    g_source_set_ready_time(source, next);
    return G_SOURCE_CONTINUE;
}

/* The source stays armed for the earliest request ever waited for: setting its time wakes the loop, which is dearer than
 * one idle dispatch per time-out. */
void manager_arm_deadline(Manager *manager, int64_t (*on_deadline)(Manager *), int64_t usec) {
    static GSourceFuncs functions = { .dispatch = dispatch_deadline };

    if (!manager->deadline) {
        manager->deadline = g_source_new(&functions, sizeof(GSource) + sizeof(Manager *));
        *(Manager **) (manager->deadline + 1) = manager;
        g_source_set_name(manager->deadline, "request deadlines");
        g_source_attach(manager->deadline, NULL);
    }
    if (manager->deadline_armed)
        return;
    manager->on_deadline = on_deadline;
    manager->deadline_armed = true;
    g_source_set_ready_time(manager->deadline, usec);
}

void manager_add_line(Manager *manager, Line *line) {
    g_hash_table_insert(manager->lines, (char *) line_name(line), line);
    g_queue_push_tail(&manager->line_order, line);
    if (manager->observer)
        manager->observer->line_added(line, manager->observer_data);
}

void manager_remove_line(Manager *manager, Line *line) {
    tokens_forget_line(manager->tokens, manager, line);
    g_hash_table_remove(manager->lines, line_name(line));
    g_queue_remove(&manager->line_order, line);
}

void manager_add_client(Manager *manager, Client *client) {
    g_hash_table_insert(manager->clients, (char *) client_name(client), client);
}

void manager_remove_client(Manager *manager, Client *client) {
    g_hash_table_remove(manager->clients, client_name(client));
}

void manager_count_state(Manager *manager, CallState from, CallState to) {
    bool in_call = manager_in_call(manager), ringing = manager_ringing(manager);
    unsigned changed;

    manager->in_call += call_state_is_in_call(to) - call_state_is_in_call(from);
    manager->ringing += call_state_is_ringing(to) - call_state_is_ringing(from);
    changed = (in_call != manager_in_call(manager) ? MANAGER_PROPERTY_IN_CALL : 0) |
              (ringing != manager_ringing(manager) ? MANAGER_PROPERTY_RINGING : 0);
    if (changed && manager->observer)
        manager->observer->manager_changed(changed, manager->observer_data);
}

const char *call_group_id(const CallGroup *group) {
    return group->id;
}

CallGroup *manager_join_group(Manager *manager, const char *call_id, GList *link) {
    CallGroup *group = g_hash_table_lookup(manager->groups, call_id);

    if (!group) {
        size_t size = strlen(call_id) + 1;

        group = g_malloc0(sizeof(CallGroup) + size);
        memcpy(group->id, call_id, size);
        g_hash_table_insert(manager->groups, group->id, group);
    }
    g_queue_push_tail_link(&group->calls, link);
    return group;
}

CallGroup *manager_leave_group(Manager *manager, CallGroup *group, GList *link) {
    g_queue_unlink(&group->calls, link);
    if (g_queue_is_empty(&group->calls)) {
        g_hash_table_remove(manager->groups, group->id);
        g_free(group);
    }
    return NULL;
}
