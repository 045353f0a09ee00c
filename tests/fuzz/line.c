/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service with the loopback network and one line. */
#include "tests/fuzz/line.h"

#include "providers/loopback/provider.h"
#include "service/journal.h"
#include "service/manager.h"
#include "service/priority.h"
#include "tests/fuzz/fuzz.h"

static Manager *manager;
static Provider *provider;
static Loopback *loopback;

static const LineInfo info = {
    .name = "fuzz0",
    .label = "Fuzz",
    .addresses = (const char *const[]) { "500", NULL },
    .emergency_numbers = (const char *const[]) { "112", "911", NULL },
    .media_modes = MEDIA_ALL,
    .call_id = true,
};

/* ---- Nobody is told anything ---- */

/* Whatever it is called with: the arguments are the caller's. */
static void ignore(void) {
}

typedef void (*Ignore)(void);

static union {
    Observer observer;
    Ignore functions[sizeof(Observer) / sizeof(Ignore)];
} silent;

static void set_silent(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(silent.functions); i++)
        silent.functions[i] = ignore;
    manager_set_observer(manager, &silent.observer, NULL);
}

/* ---- Life ---- */

static void on_started(const char *failure, void *userdata) {
    must(!failure, "%s", failure);
    *(bool *) userdata = true;
}

Manager *fuzz_service_begin(Database *database, uint64_t epoch) {
    LoopbackConfig config = { .default_lines = true, .lines = &info, .n_lines = 1 };
    bool started = false;

    manager = manager_new(&limits_default);
    manager_set_journal(manager, database ? journal_new(database) : NULL, epoch);
    manager_set_priorities(manager, priorities_new(NULL));
    set_silent();
    loopback = loopback_new(&config);
    provider = provider_new(manager, &loopback_ops, loopback);
    manager_start(manager, on_started, &started);
    while (!started)
        g_main_context_iteration(NULL, TRUE);
    return manager;
}

void fuzz_service_end(void) {
    provider = provider_free(provider);
    loopback = loopback_free(loopback);
    manager = manager_free(manager);
}

Line *fuzz_line(void) {
    if (!manager) {
        fuzz_service_begin(NULL, 1);
        atexit(fuzz_service_end);
    }
    return manager_find_line(manager, info.name);
}
