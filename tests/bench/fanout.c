/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One state change, told to many: Hold and Unhold of a call that 1 to 1,000 other clients watch. */
#include <errno.h>

#include "interfaces/names.h"
#include "tests/bench/bare.h"
#include "tests/bench/replay.h"

static const unsigned crowds[] = { 1, 10, 100, 1000 };
#define CROWDS G_N_ELEMENTS(crowds)

/* A call and those who watch it. */
typedef struct Audience {
    Connection *owner;
    GPtrArray *watchers; /* Connection */
    bool held;
    unsigned expected; /* signals of one change, over all clients */
    uint32_t payload;  /* of a signal of the bare service */
} Audience;

/* ---- One change as work in flight ---- */

typedef struct Change {
    Flight flight;
    bool replied;
    unsigned arrived;
} Change;

static Audience *audience_of(const Change *change) {
    return change->flight.run->plan->userdata;
}

static void look(Change *change) {
    if (change->replied && change->arrived >= audience_of(change)->expected)
        flight_done(&change->flight);
}

static int on_change_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Change *change = userdata;
    if (flight_failed(&change->flight, m))
        return 0;
    change->replied = true;
    look(change);
    return 0;
}

static void on_change_signal(Run *run, Connection *connection, sd_bus_message *m) {
    Change *change = (Change *) run->flights[0];
    change->arrived++;
    look(change);
}

static void clear_change(Flight *flight) {
    Change *change = (Change *) flight;
    change->replied = false;
    change->arrived = 0;
}

static int start_change(Flight *flight) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    Audience *audience = audience_of((Change *) flight);
    audience->held = !audience->held;
    int r = sd_bus_message_new_method_call(flight->connection->bus, &m, CALLBUS_NAME,
                                           g_ptr_array_index(audience->owner->handles, 0),
                                           CALLBUS_CALL_INTERFACE, audience->held ? "Hold" : "Unhold");
    return r < 0 ? r : flight_call(flight, m, on_change_reply);
}

static int start_bare_change(Flight *flight) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(flight->connection->bus, &m, BARE_NAME, BARE_PATH, BARE_INTERFACE,
                                           "Change");
    if (r < 0)
        return r;
    r = sd_bus_message_append(m, "u", audience_of((Change *) flight)->payload);
    return r < 0 ? r : flight_call(flight, m, on_change_reply);
}

static const Work change_work = {
    .flight_size = sizeof(Change),
    .start = start_change,
    .on_signal = on_change_signal,
    .clear = clear_change,
};

static const Work bare_change_work = {
    .flight_size = sizeof(Change),
    .start = start_bare_change,
    .on_signal = on_change_signal,
    .clear = clear_change,
};

/* ---- Setting up ---- */

static int watch_bare(const Audience *audience) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (unsigned i = 0; i < audience->watchers->len; i++) {
        const Connection *watcher = g_ptr_array_index(audience->watchers, i);
        g_ptr_array_add(names, (void *) watcher->name);
    }
    g_ptr_array_add(names, (void *) audience->owner->name);
    g_ptr_array_add(names, NULL);
    int r = sd_bus_message_new_method_call(audience->owner->bus, &m, BARE_NAME, BARE_PATH, BARE_INTERFACE,
                                           "Watch");
    if (r < 0)
        return r;
    r = sd_bus_message_append_strv(m, (char **) names->pdata);
    return r < 0 ? r : connection_send(audience->owner, m, NULL);
}

static int hold(Audience *audience, bool hold) {
    int r = connection_call(audience->owner, CALLBUS_NAME, g_ptr_array_index(audience->owner->handles, 0),
                            CALLBUS_CALL_INTERFACE, hold ? "Hold" : "Unhold", NULL, NULL);
    return r < 0 ? r : load_settle(audience->owner->load);
}

static void count_signal(Connection *connection, sd_bus_message *m, void *userdata) {
    unsigned *count = userdata;
    (*count)++;
}

/* How many signals a Hold and an Unhold cause is counted, not supposed. */
static int count_change(Audience *audience) {
    unsigned held = 0, resumed = 0;
    Load *load = audience->owner->load;
    load_set_signal_hook(load, count_signal, &held);
    int r = hold(audience, true);
    load_set_signal_hook(load, count_signal, &resumed);
    if (r >= 0)
        r = hold(audience, false);
    load_set_signal_hook(load, NULL, NULL);
    if (r >= 0 && (held != resumed || held < audience->watchers->len))
        r = -EBADMSG;
    audience->expected = held;
    return r;
}

/* The size of the signal that a watcher gets: listened to on the wire. */
static int size_of_signal(Stage *stage, Audience *audience, Connection *watcher, Tap *tap) {
    Overhead overhead = {};
    int r = bare_overhead(stage, &overhead);
    if (r < 0)
        return r;
    g_array_unref(tap_take(tap));
    r = hold(audience, true);
    if (r >= 0)
        r = hold(audience, false);
    if (r < 0)
        return r;
    g_autoptr(GArray) messages = tap_take(tap);
    for (unsigned i = 0; i < messages->len; i++) {
        const TapMessage *message = &g_array_index(messages, TapMessage, i);
        if (message->type == TAP_SIGNAL && message->size > overhead.signal) {
            audience->payload = message->size - overhead.signal;
            return 0;
        }
    }
    return -ENOMSG;
}

static int add_watchers(Stage *stage, Audience *audience, unsigned count) {
    while (audience->watchers->len < count) {
        Connection *watcher;
        int r = stage_connect(stage, 1, &watcher);
        if (r < 0)
            return r;
        g_ptr_array_add(audience->watchers, watcher);
        r = calls_open(watcher, QUIET_LINE, "monitor");
        if (r < 0)
            return r;
    }
    return 0;
}

/* A watcher gets a handle when the call begins. */
static int dial_anew(Audience *audience) {
    g_ptr_array_set_size(audience->owner->handles, 0);
    audience->held = false;
    return calls_dial(audience->owner->load, &audience->owner, 1, 1);
}

static int learn_size(Stage *stage, Audience *audience) {
    _cleanup_(tap_closep) Tap *tap = NULL;
    Connection *watcher;
    int r = replay_open_tapped(stage, &tap, &watcher);
    if (r < 0)
        return r;
    r = calls_open(watcher, QUIET_LINE, "monitor");
    if (r >= 0)
        r = dial_anew(audience);
    if (r >= 0)
        r = size_of_signal(stage, audience, watcher, tap);
    load_disconnect(watcher);
    return r;
}

/* ---- Measuring ---- */

static int measure_crowd(Stage *stage, Audience *audience, Pair *service, Pair *wall, Pair *bus) {
    Sample ours, bare;
    RunPlan plan = {
        .work = &change_work,
        .userdata = audience,
        .connections = &audience->owner,
        .n_connections = 1,
        .in_flight = 1,
        .duration_ns = stage->settings->duration_ns,
    };
    unsigned expected = audience->expected;
    int r = stage_measure(stage, stage->callbusd, &plan, &ours);
    if (r < 0)
        return r;
    plan.work = &bare_change_work;
    audience->expected = audience->watchers->len + 1;
    r = stage_measure(stage, stage->bare, &plan, &bare);
    audience->expected = expected;
    if (r < 0)
        return r;
    double n = expected, n_bare = audience->watchers->len + 1;
    pair_add(service, ours.service_us / n, bare.service_us / n_bare);
    pair_add(bus, ours.bus_us / n, bare.bus_us / n_bare);
    pair_add(wall, 1e6 / ours.rate / n, 1e6 / bare.rate / n_bare);
    return 0;
}

static int measure_all(Stage *stage, Audience *audience, Pair *service, Pair *wall, Pair *bus) {
    int r = learn_size(stage, audience);
    for (unsigned i = 0; i < CROWDS && r >= 0; i++) {
        r = add_watchers(stage, audience, crowds[i]);
        if (r >= 0)
            r = dial_anew(audience);
        if (r >= 0)
            r = watch_bare(audience);
        if (r >= 0)
            r = count_change(audience);
        for (unsigned round = 0; round < stage->settings->rounds && r >= 0; round++)
            r = measure_crowd(stage, audience, &service[i], &wall[i], &bus[i]);
    }
    return r;
}

static void report(const char *heading, const Pair *figures) {
    report_heading(heading, "callbusd", "bare", "ratio");
    for (unsigned i = 0; i < CROWDS; i++) {
        g_autofree char *what = g_strdup_printf("%u watching and the owner", crowds[i]);
        report_pair(what, &figures[i], 2, NO_GOAL);
    }
}

int bench_fanout(Stage *stage) {
    g_autoptr(GPtrArray) watchers = g_ptr_array_new();
    Audience audience = { .watchers = watchers };
    Pair service[CROWDS] = {}, wall[CROWDS] = {}, bus[CROWDS] = {};
    int r = stage_connect(stage, 1, &audience.owner);
    if (r >= 0)
        r = measure_all(stage, &audience, service, wall, bus);
    if (r < 0)
        return r;
    report("One state change: service CPU, us a message", service);
    report("One state change: bus CPU, us a message", bus);
    report("One state change: time, us a message", wall);
    return 0;
}
