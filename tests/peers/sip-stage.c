/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipStage: a manager, a provider, and patience. */
#include "tests/peers/sip-stage.h"

#include <string.h>

#include "providers/sip/provider.h"
#include "service/observer.h"
#include "service/provider-control.h"

static Manager *manager;
static Provider *provider;
static Sip *sip;
static guint tick;
static int64_t deadline;

/* ---- What is told goes to nobody ---- */

static void on_line(Line *line, void *userdata) {
}

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
}

static void on_manager_changed(unsigned properties, void *userdata) {
}

static const Observer observer = {
    .line_added = on_line,
    .line_changed = on_line_changed,
    .line_removed = on_line,
    .manager_changed = on_manager_changed,
};

/* ---- Patience ---- */

static gboolean on_tick(void *userdata) {
    return G_SOURCE_CONTINUE;
}

void sip_stage_wait(unsigned seconds) {
    deadline = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
}

bool sip_stage_turn(void) {
    g_main_context_iteration(NULL, TRUE);
    manager_flush(manager);
    return g_get_monotonic_time() < deadline;
}

void sip_stage_pass(unsigned ms) {
    deadline = g_get_monotonic_time() + ms * G_GINT64_CONSTANT(1000);
    while (sip_stage_turn())
        ;
}

/* ---- Begin and end ---- */

static void on_ready(const char *failure, void *userdata) {
    ck_assert_msg(!failure, "the provider failed: %s", failure);
    *(bool *) userdata = true;
}

void sip_stage_begin(void) {
    bool started = false;

    sip = sip_new();
    manager = manager_new(&limits_default);
    manager_set_observer(manager, &observer, NULL);
    provider = provider_new(manager, &sip_ops, sip);
    tick = g_timeout_add(20, on_tick, NULL);
    manager_start(manager, on_ready, &started);
    AWAIT(started);
}

void sip_stage_end(void) {
    bool stopped = false;

    manager_stop(manager, on_ready, &stopped);
    AWAIT(stopped);
    provider_free(provider);
    sip_free(sip);
    manager_free(manager);
    g_source_remove(tick);
}

Manager *sip_stage_manager(void) {
    return manager;
}

/* ---- Lines ---- */

Line *sip_stage_add_line(const char *name, ...) {
    static const char *const addresses[] = { "100", NULL };
    static const char *const silence[] = { "AudioInput", "none", "AudioOutput", "none", "RingDevice", "none" };
    g_autoptr(GPtrArray) settings = g_ptr_array_new();
    LineConfig config = { { .name = name, .label = name, .addresses = addresses, .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE),
                            .call_id = true, .close_drop = true } };
    const char *text;
    va_list list;
    Line *line;

    va_start(list, name);
    while ((text = va_arg(list, const char *)))
        g_ptr_array_add(settings, (void *) text);
    va_end(list);
    for (size_t i = 0; i < G_N_ELEMENTS(silence); i++)
        g_ptr_array_add(settings, (void *) silence[i]);
    g_ptr_array_add(settings, NULL);
    config.settings = (const char *const *) settings->pdata;
    config.source = "the test";
    ck_assert_int_eq(provider_ops(provider)->add_line(provider, &config, /* request= */ 1), 0);
    AWAIT((line = manager_find_line(manager, name)));
    return line;
}

void sip_stage_remove_line(Line *line) {
    ck_assert_int_eq(provider_ops(provider)->remove_line(line, /* request= */ 1), 0);
}
