/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's side of callbusd. */
#include <errno.h>
#include <string.h>

#include "interfaces/names.h"
#include "tests/bench/calls.h"

/* More in flight would only measure how the answers are queued. */
#define DIALS_IN_FLIGHT 4

const Lane lanes[LANES] = {
    { "loop0", "101", "loop1" },
    { "bench_out1", "9501", "bench_in1" },
    { "bench_out2", "9502", "bench_in2" },
    { "bench_out3", "9503", "bench_in3" },
    { "bench_out4", "9504", "bench_in4" },
    { "bench_out5", "9505", "bench_in5" },
    { "bench_out6", "9506", "bench_in6" },
    { "bench_out7", "9507", "bench_in7" },
};

static const char *const step_members[_CYCLE_STEP_MAX] = {
    [CYCLE_DIAL] = "Dial",
    [CYCLE_ANSWER] = "Answer",
    [CYCLE_DROP] = "Drop",
    [CYCLE_RELEASE_OUT] = "Release",
    [CYCLE_RELEASE_IN] = "Release",
};

const char *cycle_step_to_string(CycleStep step) {
    return step_members[step];
}

static int write_line(const char *folder, const char *name, const char *address) {
    g_autofree char *path = g_strdup_printf("%s/%s.conf", folder, name);
    g_autofree char *text =
        g_strdup_printf("[Line]\nName=%s\nProvider=loopback\nAddresses=%s;\n", name, address);
    return g_file_set_contents(path, text, -1, NULL) ? 0 : -EIO;
}

int calls_write_config(const char *folder) {
    g_autofree char *lines = g_build_filename(folder, "lines.d", NULL);
    if (g_mkdir_with_parents(lines, 0700) < 0)
        return -errno;
    for (unsigned i = 1; i < LANES; i++) {
        g_autofree char *own = g_strdup_printf("90%s", lanes[i].address);
        int r = write_line(lines, lanes[i].out, own);
        if (r < 0)
            return r;
        r = write_line(lines, lanes[i].in, lanes[i].address);
        if (r < 0)
            return r;
    }
    return 0;
}

int calls_open(Connection *connection, const char *line, const char *privilege) {
    g_autofree char *path = g_strdup_printf(CALLBUS_LINE_PATH "/%s", line);
    return connection_call(connection, CALLBUS_NAME, path, CALLBUS_LINE_INTERFACE, "Open", NULL, "sasa{sv}",
                           privilege, 0, 0);
}

int calls_close(Connection *connection, const char *line) {
    g_autofree char *path = g_strdup_printf(CALLBUS_LINE_PATH "/%s", line);
    return connection_call(connection, CALLBUS_NAME, path, CALLBUS_LINE_INTERFACE, "Close", NULL, NULL);
}

int calls_take_lane(Connection *connection, unsigned number) {
    connection->lane = &lanes[number];
    return calls_open(connection, lanes[number].in, "owner");
}

static int dial_message(Connection *connection, const char *line, const char *address, sd_bus_message **ret) {
    char path[128];
    g_snprintf(path, sizeof(path), CALLBUS_LINE_PATH "/%s", line);
    int r = sd_bus_message_new_method_call(connection->bus, ret, CALLBUS_NAME, path, CALLBUS_LINE_INTERFACE,
                                           "Dial");
    return r < 0 ? r : sd_bus_message_append(*ret, "sa{sv}", address, 0);
}

int cycle_message(Connection *connection, CycleStep step, const char *out, const char *in,
                  sd_bus_message **ret) {
    const Lane *lane = connection->lane;
    if (step == CYCLE_DIAL)
        return dial_message(connection, lane->out, lane->address, ret);
    const char *path = step == CYCLE_ANSWER || step == CYCLE_RELEASE_IN ? in : out;
    int r = sd_bus_message_new_method_call(connection->bus, ret, CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE,
                                           step_members[step]);
    return r < 0 || step != CYCLE_DROP ? r : sd_bus_message_append(*ret, "a{sv}", 0);
}

const char *added_path(sd_bus_message *m) {
    const char *path;
    if (!sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded"))
        return NULL;
    return sd_bus_message_read(m, "o", &path) > 0 ? path : NULL;
}

/* ---- Calls that stay ---- */

static int on_dialled(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Flight *flight = userdata;
    const char *path;
    if (flight_failed(flight, m))
        return 0;
    int r = sd_bus_message_read(m, "o", &path);
    if (r < 0)
        return r;
    g_ptr_array_add(flight->connection->handles, g_strdup(path));
    flight_done(flight);
    return 0;
}

static int start_dial(Flight *flight) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = dial_message(flight->connection, QUIET_LINE, ANSWERED_ADDRESS, &m);
    return r < 0 ? r : flight_call(flight, m, on_dialled);
}

static const Work dial_work = { .flight_size = sizeof(Flight), .start = start_dial };

int calls_dial(Load *load, Connection **connections, unsigned n_connections, uint64_t count) {
    _cleanup_(run_clear) Run run = {};
    unsigned in_flight = count % DIALS_IN_FLIGHT == 0 ? DIALS_IN_FLIGHT : 1;
    RunPlan plan = {
        .work = &dial_work,
        .connections = connections,
        .n_connections = n_connections,
        .in_flight = in_flight,
        .count = count / in_flight,
    };
    int r = run_work(load, &plan, &run);
    return r < 0 ? r : load_settle(load);
}

/* ---- Whole cycles ---- */

typedef struct Cycle {
    Flight flight;
    CycleStep step;
    bool replied;
    char *out, *in;
} Cycle;

static int on_cycle_reply(sd_bus_message *m, void *userdata, sd_bus_error *error);

static int send_step(Cycle *cycle) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = cycle_message(cycle->flight.connection, cycle->step, cycle->out, cycle->in, &m);
    return r < 0 ? r : flight_call(&cycle->flight, m, on_cycle_reply);
}

static const Work stay_work;

/* The call stays: this is all. */
static void keep(Cycle *cycle) {
    GPtrArray *handles = cycle->flight.connection->handles;
    g_ptr_array_add(handles, g_steal_pointer(&cycle->out));
    g_ptr_array_add(handles, g_steal_pointer(&cycle->in));
    flight_done(&cycle->flight);
}

static void advance(Cycle *cycle) {
    if (!cycle->replied || !cycle->in)
        return;
    if (cycle->step == CYCLE_ANSWER && cycle->flight.run->plan->work == &stay_work) {
        keep(cycle);
        return;
    }
    if (cycle->step == CYCLE_RELEASE_IN) {
        flight_done(&cycle->flight);
        return;
    }
    cycle->step++;
    cycle->replied = false;
    int r = send_step(cycle);
    if (r < 0)
        flight_fail(&cycle->flight, r);
}

static int on_cycle_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Cycle *cycle = userdata;
    if (flight_failed(&cycle->flight, m))
        return 0;
    if (cycle->step == CYCLE_DIAL) {
        const char *path;
        int r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
            return r;
        cycle->out = g_strdup(path);
    }
    cycle->replied = true;
    advance(cycle);
    return 0;
}

static bool dialled(const Flight *flight, const void *path) {
    const Cycle *cycle = (const Cycle *) flight;
    return cycle->out && strcmp(cycle->out, path) == 0;
}

static bool waits_for_ring(const Flight *flight, const void *key) {
    const Cycle *cycle = (const Cycle *) flight;
    return cycle->out && !cycle->in;
}

/* A handle that is not the one of a dial is the other end, and the ends come in the order of the dials. */
static void on_cycle_signal(Run *run, Connection *connection, sd_bus_message *m) {
    const char *path = added_path(m);
    if (!path || run_oldest(run, connection, dialled, path))
        return;
    Cycle *cycle = (Cycle *) run_oldest(run, connection, waits_for_ring, NULL);
    if (!cycle)
        return;
    cycle->in = g_strdup(path);
    advance(cycle);
}

static void clear_cycle(Flight *flight) {
    Cycle *cycle = (Cycle *) flight;
    g_clear_pointer(&cycle->out, g_free);
    g_clear_pointer(&cycle->in, g_free);
    cycle->step = CYCLE_DIAL;
    cycle->replied = false;
}

static int start_cycle(Flight *flight) {
    return send_step((Cycle *) flight);
}

const Work cycle_work = {
    .flight_size = sizeof(Cycle),
    .start = start_cycle,
    .on_signal = on_cycle_signal,
    .clear = clear_cycle,
};

static const Work stay_work = {
    .flight_size = sizeof(Cycle),
    .start = start_cycle,
    .on_signal = on_cycle_signal,
    .clear = clear_cycle,
};

int calls_connect(Load *load, Connection *connection, uint64_t count) {
    _cleanup_(run_clear) Run run = {};
    RunPlan plan = {
        .work = &stay_work,
        .connections = &connection,
        .n_connections = 1,
        .in_flight = 1,
        .count = count,
    };
    int r = run_work(load, &plan, &run);
    return r < 0 ? r : load_settle(load);
}
