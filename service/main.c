/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusd: wires the service, its interfaces and its providers. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "interfaces/bus.h"
#include "interfaces/introspect.h"
#include "interfaces/resume.h"
#include "providers/loopback/provider.h"
#include "providers/remote/remote.h"
#include "service/call-log.h"
#include "service/epoch.h"
#include "service/journal.h"
#include "service/line-store.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/options.h"
#include "service/priority.h"
#include "service/process.h"
#include "service/provider-control.h"
#include "service/settings.h"
#include "service/toll.h"

enum {
    EXIT_USAGE = 2, /* as the service manager's EXIT_INVALIDARGUMENT */
    STOP_TIMEOUT_MS = 3000,
};

typedef struct Daemon {
    GMainLoop *loop;
    Options options;
    Settings *settings;
    Manager *manager;
    Loopback *loopback;
    LineStore *lines;
    Door *door; /* NULL: no provider is a process of its own */
    GPtrArray *remotes, *providers; /* of Remote; of Provider */
    Bus *bus;
    Recovery *recovery;
    int status;
    bool stopping, stopped;
    char *storage_note; /* why nothing is kept, until that is told */
} Daemon;

/* ---- Stopping: requests are answered, calls are ended, then the name goes ---- */

/* What clients have is to be there again after the next start, so that they lose it now is not written down. */
static void close_journal(Daemon *daemon) {
    if (!daemon->manager)
        return;
    journal_commit(manager_journal(daemon->manager));
    manager_set_journal(daemon->manager, /* journal= */ NULL, manager_epoch(daemon->manager));
}

/* A provider that was given up answers once more, when it is freed. */
static void on_stopped(const char *failure, void *userdata) {
    Daemon *daemon = userdata;

    if (daemon->stopped)
        return;
    daemon->stopped = true;
    if (failure)
        log_warning("Not everything stopped well: %s", failure);
    bus_finish(daemon->bus);
    /* Before the name goes: it may be the request of a client that starts the next service, and that needs the file. */
    close_journal(daemon);
    door_close(daemon->door);
    bus_leave(daemon->bus);
    g_main_loop_quit(daemon->loop);
}

static gboolean on_stop_timeout(void *userdata) {
    log_warning("A provider does not stop: leaving without it");
    on_stopped(NULL, userdata);
    return G_SOURCE_REMOVE;
}

static void stop(Daemon *daemon, int status) {
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    daemon->status = status;
    sd_notify(/* unset_environment= */ false, "STOPPING=1");
    g_timeout_add(STOP_TIMEOUT_MS, on_stop_timeout, daemon);
    manager_stop(daemon->manager, on_stopped, daemon);
}

static void on_stop(void *userdata) {
    stop(userdata, EXIT_SUCCESS);
}

static void on_bus_lost(int error, void *userdata) {
    if (error == -EOWNERDEAD)
        log_error("The bus took the name org.callbus1 away: start callbusd again when nobody else has it");
    else
        log_error("The bus went away (%s): start callbusd again when it is back", g_strerror(-error));
    stop(userdata, EX_TEMPFAIL);
}

/* ---- Starting ---- */

static void serve(Daemon *daemon) {
    int r = bus_take_name(daemon->bus);
    if (r < 0) {
        if (r == -EEXIST)
            log_error("Somebody else has the name org.callbus1 on this bus: stop the other callbusd first");
        else
            log_error("Can't take the name org.callbus1: %s", g_strerror(-r));
        stop(daemon, r == -EEXIST ? EX_UNAVAILABLE : EX_TEMPFAIL);
        return;
    }
    if (daemon->storage_note)
        log_warning("%s; this one goes on, and keeps nothing for its next start", daemon->storage_note);
    log_info("event: ready, bus: %s, epoch: %" G_GUINT64_FORMAT, daemon->options.system ? "system" : "session",
             manager_epoch(daemon->manager));
    sd_notify(/* unset_environment= */ false, "READY=1");
}

/* All that was there before is there again, or over. That it can't be written down now is told: it will be. */
static void on_resumed(void *userdata) {
    Daemon *daemon = userdata;

    if (daemon->stopping)
        return;
    recovery_finish(daemon->recovery);
    daemon->recovery = recovery_free(daemon->recovery);
    serve(daemon);
}

static void on_lines_made(void *userdata) {
    Daemon *daemon = userdata;
    g_autofree char *why = NULL;
    char bus_id[SD_ID128_STRING_MAX];

    if (daemon->stopping)
        return;
    if (bus_read_id(daemon->bus, bus_id) < 0)
        return; /* the bus went away: that is told */
    if (recovery_new(daemon->manager, bus_id, &daemon->recovery, &why) < 0) {
        log_error("%s", why);
        stop(daemon, EX_IOERR);
        return;
    }
    bus_resume(daemon->bus, daemon->recovery, on_resumed, daemon);
}

static void on_started(const char *failure, void *userdata) {
    Daemon *daemon = userdata;

    if (failure) {
        log_error("%s", failure);
        stop(daemon, EX_CONFIG);
        return;
    }
    line_store_start(daemon->lines, on_lines_made, daemon);
}

/* ---- Providers in processes of their own ---- */

static int open_door(Daemon *daemon, char **ret_why) {
    const DoorOptions options = { .system = daemon->options.system, .state = daemon->options.state };

    return daemon->door ? 0 : door_open(&options, &daemon->door, ret_why);
}

/* Its lines of the configuration, in the words of the contract. The texts stay the settings'. */
static GArray *list_lines(const Settings *settings, const char *provider) {
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(LineConfig));

    for (unsigned i = 0; i < settings->lines->len; i++) {
        const LineSetting *setting = g_ptr_array_index(settings->lines, i);
        LineConfig line;

        if (strcmp(setting->provider, provider) != 0)
            continue;
        line_setting_config(setting, &line);
        g_array_append_val(lines, line);
    }
    return lines;
}

/* On the system bus each is a unit of the service manager's. */
static Provider *make_remote(Daemon *daemon, const char *name, char **ret_why) {
    g_autoptr(GArray) lines = list_lines(daemon->settings, name);
    g_autofree char *program = daemon->options.system ? NULL : remote_find_program(name);
    bool local = strcmp(name, "loopback") == 0;
    RemoteConfig config = {
        .name = name,
        .program = program,
        .is_local = local,
        .default_lines = local && daemon->settings->default_lines,
        .epoch = manager_epoch(daemon->manager),
        .lines = (const LineConfig *) lines->data,
        .n_lines = lines->len,
    };
    Provider *provider;
    Remote *remote;

    if (open_door(daemon, ret_why) < 0)
        return NULL;
    remote = remote_new(daemon->door, &config);
    provider = provider_new(daemon->manager, remote_ops(remote), remote);
    g_ptr_array_add(daemon->remotes, remote);
    g_ptr_array_add(daemon->providers, provider);
    return provider;
}

static void make_providers(Daemon *daemon) {
    g_auto(GStrv) names = settings_list_providers(daemon->settings);

    daemon->remotes = g_ptr_array_new();
    daemon->providers = g_ptr_array_new();
    for (char **name = names; *name; name++) {
        g_autofree char *why = NULL;

        if (settings_provider_way(daemon->settings, *name) == PROVIDER_INTERNAL) {
            daemon->loopback = loopback_new(&(LoopbackConfig) { .default_lines = daemon->settings->default_lines });
            g_ptr_array_add(daemon->providers, provider_new(daemon->manager, &loopback_ops, daemon->loopback));
        } else if (!make_remote(daemon, *name, &why)) {
            log_error("Provider %s can't be had: %s", *name, why);
        }
    }
}

/* It comes after the recovery: the service has kept none of its calls, and says so. */
static void on_needed_started(const Outcome *outcome, void *userdata) {
    Provider *provider = userdata;

    if (!manager_is_stopping(provider_manager(provider)) && provider_ops(provider)->adopted)
        provider_ops(provider)->adopted(provider);
}

/* A line of it is added at run time. */
static Provider *on_need(const char *name, char **ret_why, void *userdata) {
    g_autofree char *program = remote_find_program(name);
    Provider *provider;

    if (access(program, X_OK) < 0) {
        *ret_why = g_strdup_printf("is the package callbus-%s installed? (%s: %s)", name, program, g_strerror(errno));
        return NULL;
    }
    provider = make_remote(userdata, name, ret_why);
    if (provider)
        provider_run(provider, /* start= */ true, (Done) { on_needed_started, provider });
    return provider;
}

static void free_providers(Daemon *daemon) {
    for (unsigned i = 0; daemon->providers && i < daemon->providers->len; i++)
        provider_free(g_ptr_array_index(daemon->providers, i));
    for (unsigned i = 0; daemon->remotes && i < daemon->remotes->len; i++)
        remote_free(g_ptr_array_index(daemon->remotes, i));
    g_clear_pointer(&daemon->providers, g_ptr_array_unref);
    g_clear_pointer(&daemon->remotes, g_ptr_array_unref);
    loopback_free(daemon->loopback);
    door_free(daemon->door);
}

static void load_priorities(Daemon *daemon) {
    g_autofree char *path = g_build_filename(daemon->options.state, "priorities.conf", NULL);

    manager_set_priorities(daemon->manager, priorities_new(path));
}

static Durability durability_of(const Daemon *daemon) {
    if (daemon->settings->durability != UINT_MAX)
        return daemon->settings->durability;
    return daemon->options.system ? DURABILITY_POWER : DURABILITY_CRASH;
}

/* A user may well have two session buses: the second goes on without what the first keeps. */
static int open_database(Daemon *daemon, Database **ret, char **ret_why) {
    g_autofree char *why = NULL;
    const char *folder = daemon->settings->storage == STORAGE_NONE ? NULL : daemon->options.state;
    int r = database_open(folder, durability_of(daemon), ret, &why);

    if (r == -EBUSY && !daemon->options.system) {
        daemon->storage_note = g_steal_pointer(&why);
        return database_open(NULL, DURABILITY_CRASH, ret, ret_why);
    }
    if (r < 0)
        *ret_why = g_steal_pointer(&why);
    return r;
}

/* Those that were added are kept where the rest is, or not at all. */
static void prepare_lines(Daemon *daemon) {
    bool keeps = daemon->settings->storage != STORAGE_NONE && !daemon->storage_note;
    LineStoreOptions options = {
        .state = keeps ? daemon->options.state : NULL,
        .durability = durability_of(daemon),
        .users = daemon->options.system,
        .need = on_need,
        .userdata = daemon,
    };

    if (keeps)
        line_store_load(daemon->settings, daemon->options.state);
    daemon->lines = line_store_new(daemon->manager, daemon->settings, &options);
    manager_set_line_store(daemon->manager, daemon->lines);
}

/* 0, or the exit status after the reason was told. */
static int prepare_manager(Daemon *daemon) {
    g_autofree char *why = NULL;
    uint64_t epoch = 0;
    Database *database = NULL;
    int r;

    r = epoch_raise(daemon->options.state, &epoch, &why);
    if (r >= 0)
        r = open_database(daemon, &database, &why);
    if (r < 0) {
        log_error("%s", why);
        return EX_IOERR;
    }
    limits_fill(&daemon->settings->limits, daemon->options.system);
    daemon->manager = manager_new(&daemon->settings->limits);
    manager_set_journal(daemon->manager, journal_new(database), epoch);
    r = tolls_restore(manager_tolls(daemon->manager));
    if (r < 0)
        log_error("event: storage, error: %s, effect: it is forgotten what was dialled before", g_strerror(-r));
    manager_set_call_log(daemon->manager, call_log_new(daemon->manager, &daemon->settings->call_log));
    load_priorities(daemon);
    prepare_lines(daemon);
    return 0;
}

/* 0, or the exit status after the reason was told. */
static int prepare(Daemon *daemon) {
    g_autofree char *why = NULL;
    BusOptions bus_options = {
        .system = daemon->options.system,
        .debug = daemon->options.debug,
        .on_lost = on_bus_lost,
        .userdata = daemon,
    };
    int r, status;

    r = settings_load(daemon->options.config, daemon->options.config_given, &daemon->settings, &why);
    if (r < 0) {
        log_error("%s", why);
        return EX_CONFIG;
    }
    status = prepare_manager(daemon);
    if (status != 0)
        return status;
    r = bus_new(daemon->manager, &bus_options, &daemon->bus);
    if (r < 0) {
        log_error("Can't connect to the %s bus: %s", daemon->options.system ? "system" : "session", g_strerror(-r));
        return EX_TEMPFAIL;
    }
    make_providers(daemon);
    return 0;
}

/* In reverse. Each part may be missing. */
static void clean_up(Daemon *daemon) {
    close_journal(daemon);
    bus_free(daemon->bus);
    recovery_free(daemon->recovery);
    free_providers(daemon);
    line_store_free(daemon->lines);
    manager_free(daemon->manager);
    settings_free(daemon->settings);
    options_clear(&daemon->options);
    g_free(daemon->storage_note);
    g_clear_pointer(&daemon->loop, g_main_loop_unref);
}

static int run(Daemon *daemon) {
    int status, r;

    /* First of all: a signal that comes early is taken once the loop runs. */
    r = process_watch_signals(on_stop, daemon);
    if (r < 0) {
        log_error("Can't watch for signals: %s", g_strerror(-r));
        return EXIT_FAILURE;
    }
    status = prepare(daemon);
    if (status != 0)
        return status;
    daemon->loop = g_main_loop_new(NULL, FALSE);
    process_start_watchdog();
    manager_start(daemon->manager, on_started, daemon);
    g_main_loop_run(daemon->loop);
    return daemon->status;
}

static int print_interfaces(void) {
    g_autofree char *xml = NULL;
    int r = introspect(&xml);

    if (r < 0) {
        log_error("Can't show the interfaces: %s", g_strerror(-r));
        return EXIT_FAILURE;
    }
    fputs(xml, stdout);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    Daemon daemon = {};
    int r, status;

    setlocale(LC_ALL, "");
    r = options_parse(argc, argv, &daemon.options);
    if (r <= 0) {
        options_clear(&daemon.options);
        return r < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    }
    log_set_debug(daemon.options.debug);
    status = daemon.options.introspect ? print_interfaces() : run(&daemon);
    clean_up(&daemon);
    return status;
}
