/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remote: how a provider process comes, goes, and comes back. */
#include "providers/remote/remote.h"

#include <errno.h>
#include <signal.h>

#include "providers/remote/adoption.h"
#include "providers/remote/asked.h"
#include "providers/remote/delay.h"
#include "providers/remote/operations.h"
#include "providers/remote/watch.h"
#include "service/log.h"

enum {
    START_MS = 1500,      /* the service waits so long for it */
    CONNECT_MS = 10000,   /* one that was started has to come in that time */
    RECONNECT_MS = 5000,  /* one that runs already */
    LOOK_MS = 50,         /* whether that is gone */
    SETTLE_MS = 5000,     /* for one that is connected to make its lines */
    ABSENT_MS = 3000,     /* one that somebody else starts, and has not come for so long, does not run */
    NONSENSE_USEC = G_USEC_PER_SEC,
};

static void set_timer(Remote *remote, GSource **slot, unsigned ms, GSourceFunc function) {
    if (*slot)
        g_source_destroy(*slot);
    g_clear_pointer(slot, g_source_unref);
    if (!function)
        return;
    *slot = g_timeout_source_new(ms);
    g_source_set_callback(*slot, function, remote, NULL);
    g_source_attach(*slot, NULL);
}

static void stop_timer(Remote *remote, GSource **slot) {
    set_timer(remote, slot, 0, NULL);
}

void remote_ignore(Remote *remote, const char *what, const char *why) {
    Nonsense *nonsense = &remote->nonsense;
    int64_t now = g_get_monotonic_time();

    if (nonsense->since_usec != 0 && now - nonsense->since_usec < NONSENSE_USEC) {
        nonsense->untold++;
        return;
    }
    if (nonsense->untold > 0)
        log_warning("event: ignored, provider: %s, untold: %u", remote->name, nonsense->untold);
    log_warning("event: ignored, provider: %s, message: %s, why: %s", remote->name, what, why);
    *nonsense = (Nonsense) { .since_usec = now };
}

/* ---- Somebody else starts it ---- */

/* As a unit of the service manager's: what is to be done is told where it is missed. */
static gboolean on_absent(void *userdata) {
    Remote *remote = userdata;
    g_autofree char *reason =
        g_strdup_printf("provider %s is not running: systemctl start callbus-provider@%s", remote->name, remote->name);

    stop_timer(remote, &remote->absent_limit);
    remote_close_lines(remote, reason);
    return G_SOURCE_REMOVE;
}

void remote_await(Remote *remote) {
    if (!remote->child && !remote->link && !remote->stopping && !remote->absent_limit)
        set_timer(remote, &remote->absent_limit, ABSENT_MS, on_absent);
}

/* ---- Starting ---- */

static gboolean on_retry(void *userdata);

/* When it is started again, in words. */
static char *describe(const Remote *remote, const char *what) {
    if (!remote->child)
        return g_strdup_printf("provider %s %s", remote->name, what);
    if (remote->delay_ms < 1000)
        return g_strdup_printf("provider %s %s; it is started again at once", remote->name, what);
    return g_strdup_printf("provider %s %s; it is started again in %u s", remote->name, what, remote->delay_ms / 1000);
}

static void start_later(Remote *remote, const char *what) {
    g_autofree char *reason = NULL;

    remote->delay_ms = delay_after(remote->delay_ms, remote->ready_usec > 0 ? g_get_monotonic_time() - remote->ready_usec : 0);
    remote->ready_usec = 0;
    reason = describe(remote, what);
    remote_close_lines(remote, reason);
    remote->awaited = false;
    if (remote->child && !remote->stopping)
        set_timer(remote, &remote->retry, remote->delay_ms, on_retry);
    remote_await(remote);
}

static void answer_start(Remote *remote) {
    RequestId request = remote->start;

    stop_timer(remote, &remote->start_limit);
    remote->start = 0;
    if (request != 0)
        provider_complete(remote->provider, request, NULL, NULL);
}

static gboolean on_start_limit(void *userdata) {
    answer_start(userdata);
    return G_SOURCE_REMOVE;
}

static void fail_to_start(Remote *remote, int error) {
    g_autofree char *what = error == -ENOENT ? g_strdup_printf("is not installed (package callbus-%s)", remote->name)
                                             : g_strdup_printf("can't be started (%s)", g_strerror(-error));

    log_error("event: provider, name: %s, state: not started, why: %s", remote->name, g_strerror(-error));
    start_later(remote, what);
    if (remote->start != 0)
        set_timer(remote, &remote->start_limit, 0, on_start_limit);
}

static gboolean on_no_connection(void *userdata) {
    Remote *remote = userdata;

    log_warning("event: provider, name: %s, state: killed, why: it does not connect", remote->name);
    child_signal(remote->child, SIGKILL);
    start_later(remote, "does not connect");
    return G_SOURCE_REMOVE;
}

/* One that an earlier service has started comes by itself, or ends, as one does that was told to stop. */
static gboolean on_look(void *userdata) {
    Remote *remote = userdata;
    int r = child_start(remote->child);

    remote->looked_ms += LOOK_MS;
    if (r == 0 && remote->looked_ms < RECONNECT_MS)
        return G_SOURCE_CONTINUE;
    if (r == 0)
        return on_no_connection(remote);
    if (r < 0)
        fail_to_start(remote, r);
    else
        set_timer(remote, &remote->retry, CONNECT_MS, on_no_connection);
    return G_SOURCE_REMOVE;
}

static gboolean on_retry(void *userdata) {
    Remote *remote = userdata;
    int r = child_start(remote->child);

    remote->awaited = r >= 0;
    if (r < 0) {
        fail_to_start(remote, r);
    } else if (r == 0) {
        remote->looked_ms = 0;
        set_timer(remote, &remote->retry, LOOK_MS, on_look);
        /* Somebody may be talking through it. */
        if (remote->start != 0)
            set_timer(remote, &remote->start_limit, RECONNECT_MS, on_start_limit);
    } else {
        log_debug("event: provider, name: %s, state: started", remote->name);
        set_timer(remote, &remote->retry, CONNECT_MS, on_no_connection);
    }
    return G_SOURCE_REMOVE;
}

/* It may have gone before it said anything. If it is connected its last words are still to be read; the connection's end comes after. */
static void on_child_exit(void *userdata) {
    Remote *remote = userdata;

    if (!remote->link && remote->awaited && !remote->stopping)
        start_later(remote, "failed");
}

static int remote_start(Provider *provider, RequestId request) {
    Remote *remote = provider_data(provider);
    g_autofree char *reason = g_strdup_printf(remote->child ? "provider %s is starting" : "provider %s is not connected", remote->name);
    GHashTableIter iter;
    RemoteLine *line;

    remote->provider = provider;
    remote->start = request;
    g_hash_table_iter_init(&iter, remote->lines);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &line))
        remote_line_begin(line, reason);
    /* One that somebody else starts does not come before the service is there, unless it has been there before. */
    set_timer(remote, &remote->start_limit, remote->child || door_is_old(remote->door) ? START_MS : 0, on_start_limit);
    door_expect(remote->door, remote->name, remote);
    if (remote->child)
        on_retry(remote);
    remote_await(remote);
    return 0;
}

/* ---- Connected ---- */

/* Whoever has not even started by then never will; lines that it has not made are no reason to listen no more. */
static gboolean on_settle_limit(void *userdata) {
    Remote *remote = userdata;

    if (!remote->started)
        remote_violated(remote, "it does not start");
    else if (remote->recovered)
        adoption_settle(remote);
    return G_SOURCE_REMOVE;
}

void remote_connected(Remote *remote, Link *link, Hello *hello) {
    ProviderOps able = remote->ops;
    sd_bus_message *m = NULL;
    WireStart options = { .default_lines = remote->default_lines };
    int r;

    log_info("event: provider, name: %s, state: connected, calls: %zu", remote->name, hello->n_calls);
    stop_timer(remote, &remote->retry);
    stop_timer(remote, &remote->absent_limit);
    remote->awaited = false;
    remote->link = link;
    remote->methods = hello->methods;
    remote->ops.is_local = hello->info.local;
    wire_methods_restrict(&able, hello->methods);
    provider_set_abilities(remote->provider, provider_ops_abilities(&able));
    adoption_begin(remote, hello);
    r = asked_begin(remote, WIRE_START, &m);
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 't', &remote->epoch);
    if (r >= 0)
        r = wire_append_start_options(m, &options);
    watch_begin(remote);
    set_timer(remote, &remote->settle_limit, SETTLE_MS, on_settle_limit);
    if (asked_send(remote, WIRE_START, m, r, /* request= */ 0, NULL) < 0)
        remote_violated(remote, "it can't be told to start");
}

void remote_started(Remote *remote) {
    if (!remote->link)
        return;
    remote->started = true;
    remote_make_lines(remote);
}

/* What the service does not ask for any more, as it has asked before it came, is settled now. */
void remote_ready(Remote *remote) {
    remote->ready_usec = g_get_monotonic_time();
    answer_start(remote);
    if (remote->recovered)
        adoption_settle(remote);
}

/* ---- Gone ---- */

/* The ends of calls answer what is pending on them. */
static void end_calls(Remote *remote) {
    g_autoptr(GList) calls = g_hash_table_get_values(remote->calls);

    for (GList *i = calls; i; i = i->next) {
        RemoteCall *self = i->data;
        Call *call = self->begun ? self->call : NULL;

        remote_call_free(self);
        if (call)
            provider_report_ended(call, CAUSE_PROVIDER_FAILED, NULL);
    }
}

void remote_disconnected(Remote *remote, const char *why) {
    Link *link = remote->link;
    g_autofree char *text = g_strdup_printf("Provider %s failed before it had done it", remote->name);

    if (!link)
        return;
    if (!remote->stopping)
        log_error("event: provider, name: %s, state: lost, calls: %u, pending: %u, why: %s", remote->name,
                  g_hash_table_size(remote->calls), remote->asked.length, why);
    remote->link = NULL;
    remote->started = false;
    remote->lines_asked = 0;
    stop_timer(remote, &remote->settle_limit);
    watch_end(remote);
    adoption_clear(remote);
    asked_fail_all(remote, /* drops= */ false, text);
    end_calls(remote);
    asked_fail_all(remote, /* drops= */ true, text);
    if (!remote->stopping)
        start_later(remote, "failed");
    link_free(link);
}

/* A process that is out of step can't be trusted to end by itself. */
void remote_violated(Remote *remote, const char *why) {
    if (!remote->link)
        return;
    link_kill(remote->link);
    remote_disconnected(remote, why);
}

/* ---- Stopping ---- */

static int remote_stop(Provider *provider, RequestId request) {
    Remote *remote = provider_data(provider);
    int r = 0;

    remote->stopping = true;
    stop_timer(remote, &remote->retry);
    stop_timer(remote, &remote->absent_limit);
    if (remote->link)
        r = asked_send_args(remote, WIRE_STOP, request, NULL, "");
    else
        asked_of_nobody(remote, WIRE_STOP, request);
    if (!remote->link && remote->child)
        child_signal(remote->child, SIGTERM); /* it runs, and is not there yet */
    return r;
}

/* ---- Life ---- */

char *remote_find_program(const char *name) {
    const char *folder = g_getenv("CALLBUS_PROVIDERS");
    g_autofree char *program = g_strconcat("callbus-provider-", name, NULL);

    return g_build_filename(folder && *folder ? folder : PROVIDERS_FOLDER, program, NULL);
}

static Child *make_child(Remote *remote, const char *program) {
    const ChildOptions options = {
        .program = program,
        .name = remote->name,
        .address = door_address(remote->door),
        .folder = door_folder(remote->door),
        .on_exit = on_child_exit,
        .userdata = remote,
    };

    return child_new(&options);
}

Remote *remote_new(Door *door, const RemoteConfig *config) {
    Remote *remote = g_new0(Remote, 1);

    *remote = (Remote) {
        .door = door,
        .name = g_strdup(config->name),
        .epoch = config->epoch,
        .default_lines = config->default_lines,
        .lines = g_hash_table_new(g_str_hash, g_str_equal),
        .calls = g_hash_table_new(g_int64_hash, g_int64_equal),
        .ghosts = g_hash_table_new(g_int64_hash, g_int64_equal),
    };
    remote->ops = (ProviderOps) {
        .name = remote->name,
        .is_local = config->is_local,
        .start = remote_start,
        .stop = remote_stop,
        .adopt = remote_adopt,
        .adopted = remote_adopted,
    };
    operations_fill(&remote->ops);
    if (config->program)
        remote->child = make_child(remote, config->program);
    for (size_t i = 0; i < config->n_lines; i++)
        remote_line_new(remote, config->lines[i].info.name, &config->lines[i]);
    return remote;
}

const ProviderOps *remote_ops(const Remote *remote) {
    return &remote->ops;
}

static void free_lines(Remote *remote) {
    GHashTableIter iter;
    RemoteLine *line;

    for (;;) {
        g_hash_table_iter_init(&iter, remote->lines);
        if (!g_hash_table_iter_next(&iter, NULL, (void **) &line))
            return;
        remote_line_free(line);
    }
}

Remote *remote_free(Remote *remote) {
    if (!remote)
        return NULL;
    remote->provider = NULL;
    door_forget(remote->door, remote->name);
    stop_timer(remote, &remote->start_limit);
    stop_timer(remote, &remote->retry);
    stop_timer(remote, &remote->absent_limit);
    stop_timer(remote, &remote->later);
    stop_timer(remote, &remote->settle_limit);
    watch_end(remote);
    adoption_clear(remote);
    asked_forget_all(remote);
    if (remote->link && remote->stopping)
        link_kill(remote->link);
    link_free(remote->link);
    free_lines(remote);
    child_free(remote->child);
    g_hash_table_unref(remote->lines);
    g_hash_table_unref(remote->calls);
    g_hash_table_unref(remote->ghosts);
    g_free(remote->name);
    g_free(remote);
    return NULL;
}
