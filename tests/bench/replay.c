/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes down the messages of a cycle, and plays them again without callbusd. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/bare.h"
#include "tests/bench/replay.h"

#define CALIBRATION_PAYLOAD 64

/* Longer than elsewhere: what comes late would be counted to the next step. */
#define QUIET_MS 150
#define RING_TIMEOUT_NS UINT64_C(10000000000)

static const uint8_t zeros[BARE_PAYLOAD_MAX];

/* ---- Taking down ---- */

/* What the hook sees while one cycle is made. */
typedef struct Tracer {
    Connection *connection;
    Tap *tap;
    char *out, *in;
    unsigned signals, awaited; /* counted within a step, from 1 */
} Tracer;

static void on_trace_signal(Connection *connection, sd_bus_message *m, void *userdata) {
    Tracer *tracer = userdata;
    const char *path = added_path(m);
    tracer->signals++;
    if (!path || g_strcmp0(path, tracer->out) == 0 || tracer->in)
        return;
    tracer->in = g_strdup(path);
    tracer->awaited = tracer->signals;
}

static void print_message(const TapMessage *message) {
    static const char *const types[] = { "?", "call", "reply", "error", "signal" };
    report_note("  %s %-6s %5u bytes  %s", message->sent ? "->" : "<-", types[message->type], message->size,
                message->member);
}

/* Pings of the flow control come now and then: not part of a cycle. */
static bool is_flow_control(const TapMessage *message) {
    return message->sent ? message->type != TAP_CALL : message->type == TAP_CALL;
}

static void take_step(Tracer *tracer, bool verbose, Trace *trace, TraceStep *step) {
    g_autoptr(GArray) messages = tap_take(tracer->tap);
    unsigned signals = 0;
    bool replied = false;
    step->before = g_array_new(false, false, sizeof(uint32_t));
    step->after = g_array_new(false, false, sizeof(uint32_t));
    for (unsigned i = 0; i < messages->len; i++) {
        const TapMessage *message = &g_array_index(messages, TapMessage, i);
        if (is_flow_control(message))
            continue;
        if (verbose)
            print_message(message);
        trace->messages++;
        trace->bytes += message->size;
        if (message->type == TAP_SIGNAL) {
            bool awaited = ++signals == tracer->awaited;
            uint32_t size = message->size | (awaited ? BARE_AWAITED : 0);
            step->awaits = step->awaits || awaited;
            g_array_append_val(replied ? step->after : step->before, size);
        } else if (message->sent) {
            step->call = message->size;
        } else {
            step->reply = message->size;
            replied = true;
        }
    }
}

static int trace_step(Tracer *tracer, CycleStep number) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = cycle_message(tracer->connection, number, tracer->out, tracer->in, &m);
    if (r < 0)
        return r;
    tracer->signals = tracer->awaited = 0;
    /* Not connection_send(): the path must be known before the signals are looked at. */
    r = sd_bus_call(tracer->connection->bus, m, 0, &error, &reply);
    if (r < 0) {
        fprintf(stderr, "%s: %s\n", cycle_step_to_string(number), error.message);
        return r;
    }
    if (number == CYCLE_DIAL) {
        const char *path;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
            return r;
        tracer->out = g_strdup(path);
    }
    uint64_t deadline = now_ns() + RING_TIMEOUT_NS;
    do
        r = load_settle_for(tracer->connection->load, QUIET_MS);
    while (r >= 0 && !tracer->in && now_ns() < deadline);
    return r < 0 ? r : tracer->in ? 0 : -ENOMSG;
}

static int trace_steps(Tracer *tracer, bool verbose, Trace *trace) {
    for (CycleStep number = 0; number < _CYCLE_STEP_MAX; number++) {
        int r = trace_step(tracer, number);
        if (r < 0)
            return r;
        take_step(tracer, verbose, trace, &trace->steps[number]);
    }
    return 0;
}

static void tracer_forget(Tracer *tracer) {
    g_clear_pointer(&tracer->out, g_free);
    g_clear_pointer(&tracer->in, g_free);
}

static int trace_on(Stage *stage, Tracer *tracer, Trace *ret) {
    int r = calls_take_lane(tracer->connection, 0);
    if (r < 0)
        return r;
    load_set_signal_hook(stage->load, on_trace_signal, tracer);
    /* The first cycle opens the line, the second is like all that follow. */
    for (int i = 0; i < 2 && r >= 0; i++) {
        g_array_unref(tap_take(tracer->tap));
        trace_clear(ret);
        tracer_forget(tracer);
        r = trace_steps(tracer, stage->settings->verbose && i == 1, ret);
    }
    load_set_signal_hook(stage->load, NULL, NULL);
    tracer_forget(tracer);
    return r;
}

int replay_open_tapped(Stage *stage, Tap **ret_tap, Connection **ret) {
    int fd;
    int r = tap_open(bus_socket(stage->bus), ret_tap, &fd);
    return r < 0 ? r : load_connect_fd(stage->load, fd, ret);
}

static int close_lines(Connection *connection) {
    const Lane *lane = connection->lane;
    const char *lines[] = { lane->in, lane->out };
    for (int i = 0; i < 2; i++) {
        int r = calls_close(connection, lines[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

int trace_cycle(Stage *stage, Trace *ret) {
    _cleanup_(tap_closep) Tap *tap = NULL;
    Tracer tracer = {};
    int r = replay_open_tapped(stage, &tap, &tracer.connection);
    if (r < 0)
        return r;
    tracer.tap = tap;
    r = trace_on(stage, &tracer, ret);
    if (r >= 0)
        r = close_lines(tracer.connection);
    load_disconnect(tracer.connection);
    return r;
}

void trace_clear(Trace *trace) {
    for (CycleStep i = 0; i < _CYCLE_STEP_MAX; i++) {
        g_clear_pointer(&trace->steps[i].before, g_array_unref);
        g_clear_pointer(&trace->steps[i].after, g_array_unref);
    }
    *trace = (Trace){};
}

/* ---- The bare service's plan ---- */

static uint32_t payload_for(uint32_t size, uint32_t overhead) {
    return size > overhead ? size - overhead : 0;
}

static int append_signals(sd_bus_message *m, const GArray *sizes, const Overhead *overhead) {
    g_autoptr(GArray) payloads = g_array_new(false, false, sizeof(uint32_t));
    for (unsigned i = 0; i < sizes->len; i++) {
        uint32_t size = g_array_index(sizes, uint32_t, i);
        uint32_t payload = payload_for(size & ~BARE_AWAITED, overhead->signal) | (size & BARE_AWAITED);
        g_array_append_val(payloads, payload);
    }
    return sd_bus_message_append_array(m, 'u', payloads->data, payloads->len * sizeof(uint32_t));
}

static int append_step(sd_bus_message *m, const TraceStep *step, const Overhead *overhead) {
    int r = sd_bus_message_open_container(m, 'r', "auuau");
    if (r < 0)
        return r;
    r = append_signals(m, step->before, overhead);
    if (r < 0)
        return r;
    r = sd_bus_message_append(m, "u", step->reply_payload);
    if (r < 0)
        return r;
    r = append_signals(m, step->after, overhead);
    if (r < 0)
        return r;
    return sd_bus_message_close_container(m);
}

static int send_plan(Connection *connection, const TraceStep *steps, unsigned count,
                     const Overhead *overhead) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(connection->bus, &m, BARE_NAME, BARE_PATH, BARE_INTERFACE, "Plan");
    if (r < 0)
        return r;
    r = sd_bus_message_open_container(m, 'a', "(auuau)");
    if (r < 0)
        return r;
    for (unsigned i = 0; i < count; i++) {
        r = append_step(m, &steps[i], overhead);
        if (r < 0)
            return r;
    }
    r = sd_bus_message_close_container(m);
    return r < 0 ? r : connection_send(connection, m, NULL);
}

static int step_message(Connection *connection, unsigned number, const TraceStep *step,
                        sd_bus_message **ret) {
    const char *member = step->reply_payload == BARE_EMPTY ? "Tick" : "Step";
    int r = sd_bus_message_new_method_call(connection->bus, ret, BARE_NAME, BARE_PATH, BARE_INTERFACE,
                                           member);
    if (r < 0)
        return r;
    r = sd_bus_message_append(*ret, "y", number);
    return r < 0 ? r : sd_bus_message_append_array(*ret, 'y', zeros, step->call_payload);
}

/* One step with known payloads; what is more on the wire is overhead. */
static int calibrate(Connection *connection, Tap *tap, Overhead *ret) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    uint32_t payload = CALIBRATION_PAYLOAD;
    g_autoptr(GArray) one = g_array_new(false, false, sizeof(uint32_t));
    g_autoptr(GArray) none = g_array_new(false, false, sizeof(uint32_t));
    g_array_append_val(one, payload);
    TraceStep step = { .call_payload = payload, .reply_payload = payload, .before = one, .after = none };
    int r = send_plan(connection, &step, 1, &(Overhead){});
    if (r < 0)
        return r;
    g_array_unref(tap_take(tap));
    r = step_message(connection, 0, &step, &m);
    if (r < 0)
        return r;
    r = connection_send(connection, m, NULL);
    if (r < 0)
        return r;

    g_autoptr(GArray) messages = tap_take(tap);
    for (unsigned i = 0; i < messages->len; i++) {
        const TapMessage *message = &g_array_index(messages, TapMessage, i);
        uint32_t *field = message->sent                     ? &ret->call
                          : message->type == TAP_SIGNAL ? &ret->signal
                                                        : &ret->reply;
        *field = message->size - payload;
    }
    return 0;
}

int bare_overhead(Stage *stage, Overhead *ret) {
    _cleanup_(tap_closep) Tap *tap = NULL;
    Connection *connection;
    int r = replay_open_tapped(stage, &tap, &connection);
    if (r < 0)
        return r;
    r = calibrate(connection, tap, ret);
    load_disconnect(connection);
    return r;
}

int replay_prepare(Stage *stage, Trace *trace) {
    Overhead overhead = {};
    Connection *connection;
    int r = bare_overhead(stage, &overhead);
    if (r < 0)
        return r;
    for (CycleStep i = 0; i < _CYCLE_STEP_MAX; i++) {
        TraceStep *step = &trace->steps[i];
        step->call_payload = payload_for(step->call, overhead.call);
        step->reply_payload = step->reply >= overhead.reply ? step->reply - overhead.reply : BARE_EMPTY;
    }
    r = stage_connect(stage, 1, &connection);
    if (r < 0)
        return r;
    r = send_plan(connection, trace->steps, _CYCLE_STEP_MAX, &overhead);
    load_disconnect(connection);
    return r;
}

/* ---- Playing ---- */

typedef struct Replay {
    Flight flight;
    unsigned step;
    bool replied, rung;
} Replay;

static const TraceStep *step_of(const Replay *replay) {
    const Trace *trace = replay->flight.run->plan->userdata;
    return &trace->steps[replay->step];
}

static int on_step_reply(sd_bus_message *m, void *userdata, sd_bus_error *error);

static int send_step(Replay *replay) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = step_message(replay->flight.connection, replay->step, step_of(replay), &m);
    return r < 0 ? r : flight_call(&replay->flight, m, on_step_reply);
}

static void advance(Replay *replay) {
    if (!replay->replied || (step_of(replay)->awaits && !replay->rung))
        return;
    if (replay->step + 1 == _CYCLE_STEP_MAX) {
        flight_done(&replay->flight);
        return;
    }
    replay->step++;
    replay->replied = false;
    int r = send_step(replay);
    if (r < 0)
        flight_fail(&replay->flight, r);
}

static int on_step_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Replay *replay = userdata;
    if (flight_failed(&replay->flight, m))
        return 0;
    replay->replied = true;
    advance(replay);
    return 0;
}

static bool waits_for_ring(const Flight *flight, const void *key) {
    const Replay *replay = (const Replay *) flight;
    return step_of(replay)->awaits && !replay->rung;
}

static void on_replay_signal(Run *run, Connection *connection, sd_bus_message *m) {
    if (strcmp(sd_bus_message_get_member(m), "A") != 0)
        return;
    Replay *replay = (Replay *) run_oldest(run, connection, waits_for_ring, NULL);
    if (!replay)
        return;
    replay->rung = true;
    advance(replay);
}

static void clear_replay(Flight *flight) {
    Replay *replay = (Replay *) flight;
    replay->step = 0;
    replay->replied = replay->rung = false;
}

static int start_replay(Flight *flight) {
    return send_step((Replay *) flight);
}

const Work replay_work = {
    .flight_size = sizeof(Replay),
    .start = start_replay,
    .on_signal = on_replay_signal,
    .clear = clear_replay,
};
