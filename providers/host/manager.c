/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manager: leads what the connection brings to the provider. */
#include "providers/host/manager.h"

#include "providers/host/provider.h"
#include "service/log.h"

static int on_hello(sd_bus_message *m, void *userdata) {
    const Manager *manager = userdata;

    return host_provider_hello(manager->provider, m);
}

static void on_greeted(uint64_t epoch, void *userdata) {
    Manager *manager = userdata;

    log_info("event: connected, provider: %s, epoch: %" G_GUINT64_FORMAT, provider_name(manager->provider), epoch);
    manager->epoch = epoch;
    host_provider_greeted(manager->provider);
}

/* What these ask is no sign that the service has found its calls. */
static bool is_beginning(WireMethod method) {
    return method == WIRE_START || method == WIRE_STOP || method == WIRE_ADD_LINE || method == WIRE_REMOVE_LINE ||
           method == WIRE_ADOPTED || method == WIRE_REFRESH_MEDIA_STATS;
}

static int on_called(sd_bus_message *m, void *userdata) {
    const Manager *manager = userdata;
    WireMethod method = wire_method_from_string(sd_bus_message_get_member(m));

    if ((int) method >= 0 && !is_beginning(method))
        connection_open(manager->connection);
    return host_provider_called(manager->provider, m);
}

static void on_opened(void *userdata) {
    host_provider_opened(((const Manager *) userdata)->provider);
}

static void on_lost(void *userdata) {
    host_provider_lost(((const Manager *) userdata)->provider);
}

static void on_given_up(int status, void *userdata) {
    const Manager *manager = userdata;

    manager->on_over(status, manager->userdata);
}

static bool is_busy(void *userdata) {
    return host_provider_has_calls(((const Manager *) userdata)->provider);
}

const ConnectionEvents host_connection_events = {
    .hello = on_hello,
    .greeted = on_greeted,
    .called = on_called,
    .opened = on_opened,
    .lost = on_lost,
    .given_up = on_given_up,
    .is_busy = is_busy,
};
