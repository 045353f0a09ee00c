/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Provider: the token of the provider in its own process; and what is asked of it as a whole, and of its lines. */
#include "providers/host/provider.h"

#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "providers/host/call.h"
#include "providers/host/host.h"
#include "providers/host/line.h"
#include "providers/host/operation.h"
#include "providers/host/request.h"
#include "providers/wire/codec.h"
#include "providers/wire/error.h"
#include "providers/wire/names.h"
#include "service/log.h"

enum { LINGER_MS = 1000 };

/* ---- Life ---- */

Provider *provider_new(Manager *manager, const ProviderOps *ops, void *data) {
    Provider *provider = g_new0(Provider, 1);

    g_assert(ops->name && ops->start && ops->stop && ops->dial && ops->drop);
    provider->manager = manager;
    provider->ops = ops;
    provider->data = data;
    provider->methods = wire_methods_of(ops) | WIRE_METHOD_BIT(WIRE_ADOPTED);
    provider->able = provider_ops_abilities(ops);
    provider->abilities = provider->able;
    provider->calls = g_hash_table_new(g_int64_hash, g_int64_equal);
    provider->requests = g_hash_table_new(g_int64_hash, g_int64_equal);
    manager->provider = provider;
    return provider;
}

static void discard_requests(Provider *provider) {
    g_autoptr(GList) requests = g_hash_table_get_values(provider->requests);

    for (GList *i = requests; i; i = i->next) {
        HostRequest *request = i->data;

        request->done = NULL;
        host_request_refuse(request, refuse(REFUSAL_PROVIDER_FAILED, "The provider is gone"));
    }
}

Provider *provider_free(Provider *provider) {
    if (!provider)
        return NULL;
    discard_requests(provider);
    while (!g_queue_is_empty(&provider->lines))
        host_line_free(g_queue_peek_head(&provider->lines));
    g_queue_clear_full(&provider->ended, host_ended_free);
    if (provider->stats_timer > 0)
        g_source_remove(provider->stats_timer);
    if (provider->manager->timer > 0)
        g_source_remove(provider->manager->timer);
    provider->manager->timer = 0;
    g_hash_table_unref(provider->calls);
    g_hash_table_unref(provider->requests);
    provider->manager->provider = NULL;
    g_free(provider);
    return NULL;
}

void host_ended_forget_line(Provider *provider, const Line *line) {
    for (GList *i = provider->ended.head; i;) {
        GList *next = i->next;
        Call *call = i->data;

        if (call->line == line) {
            g_queue_delete_link(&provider->ended, i);
            host_ended_free(call);
        }
        i = next;
    }
}

Manager *provider_manager(const Provider *provider) {
    return provider->manager;
}

const ProviderOps *provider_ops(const Provider *provider) {
    return provider->ops;
}

const char *provider_name(const Provider *provider) {
    return provider->ops->name;
}

void *provider_data(const Provider *provider) {
    return provider->data;
}

Operations provider_abilities(const Provider *provider) {
    return provider->abilities;
}

/* Its lines are without what it lacks. */
void provider_set_abilities(Provider *provider, Operations abilities) {
    abilities = (abilities | operations_always()) & provider->able;
    if (abilities == provider->abilities)
        return;
    provider->abilities = abilities;
    for (GList *i = provider->lines.head; i; i = i->next)
        host_line_tell_info(i->data);
}

bool callbus_provider_wants_default_lines(const Provider *provider) {
    return provider->manager->default_lines;
}

bool host_provider_is_heard(const Provider *provider) {
    return connection_phase(provider->manager->connection) >= CONNECTION_WAITING;
}

bool host_provider_has_calls(const Provider *provider) {
    return g_hash_table_size(provider->calls) > 0;
}

uint64_t host_mint_number(const Provider *provider) {
    uint64_t number = 0;

    do {
        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
            number = (uint64_t) g_random_int() << 32 | g_random_int();
        number = (number & (CALL_NUMBER_OF_PROVIDER - 1)) | CALL_NUMBER_OF_PROVIDER;
    } while (g_hash_table_contains(provider->calls, &number));
    return number;
}

/* ---- Questions ---- */

int host_provider_called(Provider *provider, sd_bus_message *m) {
    WireMethod method = wire_method_from_string(sd_bus_message_get_member(m));
    g_autoptr(GPtrArray) keep = wire_keep_new();
    Question question = { .provider = provider, .m = m, .keep = keep };
    Refusal *refusal;
    RequestId id;

    if ((int) method < 0)
        return 0; /* UnknownMethod */
    question.request = host_request_new(provider, method, m);
    id = question.request->id;
    if (provider->manager->stopped)
        refusal = refuse(REFUSAL_PROVIDER_FAILED, "Provider %s has stopped", provider->ops->name);
    else if (!(provider->methods & WIRE_METHOD_BIT(method)))
        refusal = refuse(REFUSAL_NOT_SUPPORTED, "Provider %s can't do %s", provider->ops->name, wire_method_to_string(method));
    else if (!sd_bus_message_has_signature(m, wire_method_input(method)))
        refusal = refuse(REFUSAL_INVALID_ARGS, "%s takes '%s', not '%s'", wire_method_to_string(method), wire_method_input(method),
                         sd_bus_message_get_signature(m, /* complete= */ true));
    else
        refusal = host_operation_begin(&question);
    /* A provider that completes at once, which it may not, has its answer. */
    question.request = host_request_find(provider, id);
    if (refusal && question.request)
        host_request_refuse(question.request, refusal);
    else
        refusal_free(refusal);
    g_free(question.why);
    return 1;
}

/* ---- The beginning ---- */

static void on_started(HostRequest *request, const Refusal *refusal) {
    Provider *provider = request->provider;

    provider->starting = 0;
    provider->started = !refusal;
    if (!refusal)
        return;
    log_error("%s", refusal_text(refusal));
    provider->manager->on_over(EX_CONFIG, provider->manager->userdata);
}

/* What it has by itself is told once more. */
static void tell_own_lines(Provider *provider) {
    for (GList *i = provider->lines.head; i; i = i->next) {
        Line *line = i->data;

        if (line->settings)
            continue;
        line->confirmed = true;
        host_line_tell(line);
    }
}

/* A provider starts once, however often the service does. */
static Refusal *start_again(Question *question) {
    Provider *provider = question->provider;
    HostRequest *first = host_request_find(provider, provider->starting);

    tell_own_lines(provider);
    if (!first) {
        host_request_succeed(question->request, NULL);
        return NULL;
    }
    /* The service that asked first is gone. */
    sd_bus_message_unref(first->m);
    first->m = sd_bus_message_ref(question->m);
    question->request->m = sd_bus_message_unref(question->request->m);
    host_request_succeed(question->request, NULL);
    return NULL;
}

Refusal *host_begin_start(Question *question) {
    Provider *provider = question->provider;
    WireStart options = {};
    uint64_t epoch = 0;

    if (sd_bus_message_read_basic(question->m, 't', &epoch) <= 0 ||
        wire_read_start_options(question->m, question->keep, &options, &question->why) < 0)
        return host_malformed(question);
    provider->manager->epoch = epoch;
    if (provider->started || provider->starting > 0)
        return start_again(question);
    provider->manager->default_lines = options.default_lines;
    provider->starting = question->request->id;
    question->request->done = on_started;
    return host_started(provider->ops->start(provider, question->request->id));
}

/* ---- The end ---- */

static gboolean on_linger_timeout(void *userdata) {
    Manager *manager = userdata;

    manager->timer = 0;
    manager->on_over(EXIT_SUCCESS, manager->userdata);
    return G_SOURCE_REMOVE;
}

/* A service that asked for it has the answer when it hangs up, even if it asks for something else until then. */
static void on_stopped(HostRequest *request, const Refusal *refusal) {
    Manager *manager = request->provider->manager;

    if (refusal)
        log_warning("The provider does not stop well: %s", refusal_text(refusal));
    connection_flush(manager->connection);
    manager->stopped = true;
    if (request->m && host_provider_is_heard(request->provider))
        manager->timer = g_timeout_add(LINGER_MS, on_linger_timeout, manager);
    else
        manager->on_over(EXIT_SUCCESS, manager->userdata);
}

static Refusal *stop(Provider *provider, HostRequest *request) {
    provider->manager->stopping = true;
    request->done = on_stopped;
    if (provider->started || provider->starting > 0)
        return host_started(provider->ops->stop(provider, request->id));
    host_request_succeed(request, NULL);
    return NULL;
}

Refusal *host_begin_stop(Question *question) {
    if (question->provider->manager->stopping)
        return refuse(REFUSAL_INVALID_STATE, "The provider stops already");
    return stop(question->provider, question->request);
}

void host_provider_stop(Provider *provider) {
    HostRequest *request;
    Refusal *refusal;
    RequestId id;

    if (provider->manager->stopping)
        return;
    request = host_request_new(provider, WIRE_STOP, NULL);
    id = request->id;
    refusal = stop(provider, request);
    request = host_request_find(provider, id);
    if (refusal && request)
        host_request_refuse(request, refusal);
    else
        refusal_free(refusal);
}

/* ---- Lines ---- */

static void on_line_added(HostRequest *request, const Refusal *refusal) {
    Line *line = refusal ? NULL : host_line_find(request->provider, request->line);

    if (!line)
        return;
    g_free(line->settings);
    line->settings = g_steal_pointer(&request->settings);
}

static void on_line_replaced(HostRequest *request, const Refusal *refusal) {
    sd_bus_message *m = g_steal_pointer(&request->next);

    if (!m)
        return;
    if (refusal)
        wire_reply_refusal(m, refusal);
    else if (sd_bus_message_rewind(m, /* complete= */ true) >= 0)
        host_provider_called(request->provider, m);
    sd_bus_message_unref(m);
}

/* Takes a line away that the service does not want (so); `next` is done after that. */
static void take_away(Line *line, sd_bus_message *next) {
    Provider *provider = line->provider;
    HostRequest *request = host_request_new(provider, WIRE_REMOVE_LINE, NULL);
    RequestId id = request->id;
    Refusal *refusal;

    request->next = sd_bus_message_ref(next);
    request->done = on_line_replaced;
    refusal = host_started(provider->ops->remove_line(line, id));
    request = host_request_find(provider, id);
    if (refusal && request)
        host_request_refuse(request, refusal);
    else
        refusal_free(refusal);
}

/* The same: it stays as it is, with its calls. Another: it is made anew. */
static Refusal *add_again(Question *question, Line *line, const char *settings) {
    if (line->settings && strcmp(line->settings, settings) == 0) {
        line->confirmed = true;
        host_line_tell(line);
        host_request_succeed(question->request, NULL);
        return NULL;
    }
    if (!line->settings || !question->provider->ops->remove_line)
        return refuse(REFUSAL_CONFLICT, "There is a line named %s already", line->name);
    question->request->m = sd_bus_message_unref(question->request->m);
    host_request_succeed(question->request, NULL);
    take_away(line, question->m);
    return NULL;
}

Refusal *host_begin_add_line(Question *question) {
    Provider *provider = question->provider;
    HostRequest *request = question->request;
    g_autofree char *settings = NULL;
    LineConfig config = {};
    const char *name = NULL;
    Line *line;

    if (sd_bus_message_read_basic(question->m, 's', &name) <= 0 ||
        wire_read_line_info(question->m, question->keep, &config.info, &question->why) < 0 ||
        wire_read_pairs(question->m, question->keep, &config.settings) < 0 ||
        sd_bus_message_read_basic(question->m, 's', &config.source) <= 0)
        return host_malformed(question);
    config.info.name = name;
    settings = host_settings_text(&config);
    line = host_line_find(provider, name);
    if (line)
        return add_again(question, line, settings);
    request->line = g_strdup(name);
    request->settings = g_steal_pointer(&settings);
    request->done = on_line_added;
    return host_started(provider->ops->add_line(provider, &config, request->id));
}

Refusal *host_begin_remove_line(Question *question) {
    Line *line = NULL;
    Refusal *refusal = host_read_line(question, &line);

    return refusal ?: host_started(question->provider->ops->remove_line(line, question->request->id));
}

/* The service has asked for all that it wants: lines that it did not name are wanted no more. */
Refusal *host_begin_adopted(Question *question) {
    Provider *provider = question->provider;

    host_request_succeed(question->request, NULL);
    for (GList *i = provider->lines.head; i;) {
        Line *line = i->data;

        i = i->next;
        if (line->settings && !line->confirmed && provider->ops->remove_line)
            take_away(line, NULL);
    }
    connection_open(provider->manager->connection);
    return NULL;
}

/* ---- Calls ---- */

void host_drop(Call *call, RejectReason reason) {
    Provider *provider = call->line->provider;
    HostRequest *request = host_request_new(provider, WIRE_DROP, NULL);
    RequestId id = request->id;
    Refusal *refusal;

    request->call = call;
    refusal = host_started(provider->ops->drop(call, reason, id));
    request = host_request_find(provider, id);
    if (refusal)
        log_error("event: not dropped, provider: %s, why: %s", provider->ops->name, refusal_text(refusal));
    if (refusal && request)
        host_request_refuse(request, refusal);
    else
        refusal_free(refusal);
}

/* ---- The connection ---- */

static int append_methods(const Provider *provider, sd_bus_message *m) {
    int r = sd_bus_message_open_container(m, 'a', "s");

    for (WireMethod i = 0; i < _WIRE_METHOD_MAX && r >= 0; i++)
        if (provider->methods & WIRE_METHOD_BIT(i))
            r = sd_bus_message_append_basic(m, 's', wire_method_to_string(i));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What the service was told of, and what ended since then. */
static GArray *list_calls(const Provider *provider, WireKeep *keep) {
    GArray *calls = g_array_new(FALSE, FALSE, sizeof(WireCall));
    GHashTableIter iter;
    const Call *call;
    WireCall row;

    g_hash_table_iter_init(&iter, provider->calls);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &call))
        if (call->told && calls->len < WIRE_CALLS_MAX) {
            host_call_describe(call, keep, &row);
            g_array_append_val(calls, row);
        }
    for (GList *i = provider->ended.tail; i && calls->len < WIRE_CALLS_MAX; i = i->prev) {
        host_call_describe(i->data, keep, &row);
        g_array_append_val(calls, row);
    }
    return calls;
}

int host_provider_hello(Provider *provider, sd_bus_message *m) {
    g_autoptr(GPtrArray) keep = wire_keep_new();
    g_autoptr(GArray) calls = list_calls(provider, keep);
    int r;

    r = sd_bus_message_append(m, "us", (uint32_t) WIRE_VERSION, provider->ops->name);
    if (r >= 0)
        r = append_methods(provider, m);
    if (r >= 0)
        r = wire_append_hello_info(m, &(WireHello) { .local = provider->ops->is_local });
    return r < 0 ? r : wire_append_calls(m, (const WireCall *) calls->data, calls->len);
}

void host_provider_greeted(Provider *provider) {
    g_queue_clear_full(&provider->ended, host_ended_free);
    for (GList *i = provider->lines.head; i; i = i->next)
        ((Line *) i->data)->confirmed = false;
    /* One that begins has nothing that could be looked for. */
    if (!provider->started)
        connection_open(provider->manager->connection);
}

/* Calls that came in while nobody was there. */
void host_provider_opened(Provider *provider) {
    g_autoptr(GList) calls = g_hash_table_get_values(provider->calls);

    for (GList *i = calls; i; i = i->next) {
        Call *call = i->data;

        if (call->told || !call->up)
            continue;
        if (call->state == CALL_STATE_OFFERING)
            host_send_incoming(call);
        else
            host_drop(call, REJECT_NONE);
    }
}

void host_provider_lost(Provider *provider) {
    Manager *manager = provider->manager;

    host_requests_forget_messages(provider);
    if (manager->stopped)
        manager->on_over(EXIT_SUCCESS, manager->userdata);
}
