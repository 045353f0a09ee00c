/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Property reads: State of a call, and the like string of the bare service. */
#include <errno.h>

#include "interfaces/names.h"
#include "tests/bench/bare.h"
#include "tests/bench/calls.h"
#include "tests/bench/reads.h"
#include "tests/bench/stage.h"

#define CLIENTS 8
#define READ_GOAL AT_LEAST(0.9)
#define CPU_GOAL AT_MOST(1.3)

const ReadTarget read_callbusd = { .name = CALLBUS_NAME, .interface = CALLBUS_CALL_INTERFACE };
const ReadTarget read_bare = { .name = BARE_NAME, .interface = BARE_CALL_INTERFACE, .path = BARE_CALL_PATH };

static int read_message(Flight *flight, sd_bus_message **ret) {
    const ReadTarget *target = flight->run->plan->userdata;
    Connection *connection = flight->connection;
    const GPtrArray *handles = connection->handles;
    const char *path = target->path ?: g_ptr_array_index(handles, flight->order % handles->len);
    int r = sd_bus_message_new_method_call(connection->bus, ret, target->name, path,
                                           DBUS_PROPERTIES_INTERFACE, "Get");
    return r < 0 ? r : sd_bus_message_append(*ret, "ss", target->interface, "State");
}

static int check_value(sd_bus_message *reply) {
    const char *value;
    int r = sd_bus_message_read(reply, "v", "s", &value);
    return r < 0 ? r : g_str_equal(value, "connected") ? 0 : -EBADMSG;
}

static int on_value(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Flight *flight = userdata;
    if (flight_failed(flight, m))
        return 0;
    int r = check_value(m);
    if (r < 0)
        flight_fail(flight, r);
    else
        flight_done(flight);
    return 0;
}

static int start_read(Flight *flight) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = read_message(flight, &m);
    return r < 0 ? r : flight_call(flight, m, on_value);
}

static int read_blocking(Flight *flight) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
    int r = read_message(flight, &m);
    if (r < 0)
        return r;
    r = sd_bus_call(flight->connection->bus, m, 0, NULL, &reply);
    if (r < 0)
        return r;
    r = check_value(reply);
    if (r < 0)
        return r;
    flight_done(flight);
    /* A Ping of the service wants its answer, or it would stop talking to us. */
    while (r >= 0 && (r = sd_bus_process(flight->connection->bus, NULL)) > 0)
        ;
    return r;
}

const Work read_sync_work = { .flight_size = sizeof(Flight), .start = read_blocking };
const Work read_work = { .flight_size = sizeof(Flight), .start = start_read };

typedef struct Mode {
    const char *name;
    const Work *work;
    unsigned clients, in_flight;
} Mode;

static const Mode modes[] = {
    { "one client, blocking", &read_sync_work, 1, 1 },
    { "one client, 16 in flight", &read_work, 1, 16 },
    { "8 clients, one in flight each", &read_work, CLIENTS, 1 },
};

static int read_round(Stage *stage, const Mode *mode, Connection **clients, const ReadTarget *target,
                      Sample *ret) {
    RunPlan plan = {
        .work = mode->work,
        .userdata = (void *) target,
        .connections = clients,
        .n_connections = mode->clients,
        .in_flight = mode->in_flight,
        .duration_ns = stage->settings->duration_ns,
    };
    return stage_measure(stage, target == &read_bare ? stage->bare : stage->callbusd, &plan, ret);
}

int bench_reads(Stage *stage) {
    Connection *clients[CLIENTS];
    Throughput figures[G_N_ELEMENTS(modes)] = {};
    int r = stage_connect(stage, CLIENTS, clients);
    if (r < 0)
        return r;
    r = calls_dial(stage->load, clients, CLIENTS, 1);
    if (r < 0)
        return r;

    for (unsigned i = 0; i < stage->settings->rounds; i++)
        for (unsigned mode = 0; mode < G_N_ELEMENTS(modes); mode++) {
            Sample ours, bare;
            r = read_round(stage, &modes[mode], clients, &read_callbusd, &ours);
            if (r >= 0)
                r = read_round(stage, &modes[mode], clients, &read_bare, &bare);
            if (r < 0)
                return r;
            figures[mode].name = modes[mode].name;
            throughput_add(&figures[mode], &ours, &bare);
        }

    report_throughput("Property reads", "read", figures, G_N_ELEMENTS(modes), READ_GOAL, CPU_GOAL);
    return 0;
}
