/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What main() of a provider process does. */
#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "providers/host/host.h"
#include "providers/host/lock.h"
#include "providers/host/manager.h"
#include "providers/host/provider.h"
#include "providers/wire/names.h"
#include "service/log.h"
#include "service/process.h"

enum {
    EXIT_USAGE = 2, /* as the service manager's EXIT_INVALIDARGUMENT */
    STOP_TIMEOUT_MS = 3000,
};

typedef struct Process {
    GMainLoop *loop;
    Manager manager;
    int status;
    guint timer;
} Process;

/* ---- The command line ---- */

static void print_help(const char *program, const char *name) {
    printf("Usage: %s [--debug]\n"
           "The provider %s of Callbus, as a process of its own: callbusd starts it, or systemd does.\n\n"
           "  --debug    log more on stderr, including numbers and names of people\n"
           "  --help     print this text and exit\n"
           "  --version  print the version and exit\n\n"
           WIRE_ADDRESS_VARIABLE " has the address of the service: unix:path=...\n",
           program, name);
}

/* 1: go on; 0: all is done; -EINVAL: what is wrong was told. */
static int parse(int argc, char **argv, const char *name) {
    static const struct option options[] = {
        { "debug", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        {},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
        switch (option) {
        case 'd':
            log_set_debug(true);
            break;
        case 'h':
            print_help(argv[0], name);
            return 0;
        case 'v':
            printf("%s %s\n", "callbus-provider", CALLBUS_VERSION);
            return 0;
        default:
            return -EINVAL;
        }
    if (optind < argc) {
        fprintf(stderr, "%s: there are no arguments, only options: see --help\n", argv[0]);
        return -EINVAL;
    }
    return 1;
}

/* ---- The end ---- */

static gboolean on_stop_timeout(void *userdata) {
    Process *process = userdata;

    log_warning("The provider does not stop: leaving without it");
    process->timer = 0;
    g_main_loop_quit(process->loop);
    return G_SOURCE_REMOVE;
}

/* The calls end first, if the provider runs at all. */
static void on_over(int status, void *userdata) {
    Process *process = userdata;

    if (process->status == EXIT_SUCCESS)
        process->status = status;
    if (process->manager.stopping || status == EX_CONFIG) {
        connection_flush(process->manager.connection);
        g_main_loop_quit(process->loop);
        return;
    }
    process->timer = g_timeout_add(STOP_TIMEOUT_MS, on_stop_timeout, process);
    host_provider_stop(process->manager.provider);
}

static void on_stop(void *userdata) {
    Process *process = userdata;

    if (process->manager.stopping)
        return;
    sd_notify(/* unset_environment= */ false, "STOPPING=1");
    on_over(EXIT_SUCCESS, process);
}

/* ---- The whole ---- */

static int run(const char *address, const ProviderOps *ops, void *data) {
    Process process = { .loop = g_main_loop_new(NULL, FALSE) };
    Provider *provider;
    int r;

    process.manager.on_over = on_over;
    process.manager.userdata = &process;
    r = process_watch_signals(on_stop, &process);
    if (r < 0) {
        log_error("Can't watch for signals: %s", g_strerror(-r));
        return EXIT_FAILURE;
    }
    provider = provider_new(&process.manager, ops, data);
    process.manager.connection = connection_new(address, &host_connection_events, &process.manager);
    process_start_watchdog();
    sd_notify(/* unset_environment= */ false, "READY=1");
    g_main_loop_run(process.loop);

    if (process.timer > 0)
        g_source_remove(process.timer);
    process.manager.connection = connection_free(process.manager.connection);
    provider_free(provider);
    g_main_loop_unref(process.loop);
    return process.status;
}

/* The last part of the path by which it was started. */
static const char *program_name(int argc, char **argv) {
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

    return slash ? slash + 1 : argc > 0 ? argv[0] : "callbus-provider";
}

int callbus_provider_main(int argc, char **argv, const ProviderOps *ops, void *data) {
    const char *address = g_getenv(WIRE_ADDRESS_VARIABLE);
    int r;

    setlocale(LC_ALL, "");
    log_set_program(program_name(argc, argv));
    r = parse(argc, argv, ops->name);
    if (r <= 0)
        return r < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    if (!address || !*address) {
        log_error(WIRE_ADDRESS_VARIABLE " is not set: callbusd sets it for the providers that it starts");
        return EX_USAGE;
    }
    if (lock_take(address, ops->name) < 0) {
        log_error("Provider %s runs already for the service at %s", ops->name, address);
        return EX_TEMPFAIL;
    }
    return run(address, ops, data);
}
