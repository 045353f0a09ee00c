/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps operations in flight on many connections. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/bench/run.h"

/* A bus or a service that says nothing for so long is stuck. */
#define STALL_MS 30000

uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static bool wants_more(const Flight *flight, uint64_t started) {
    const RunPlan *plan = flight->run->plan;
    if (flight->run->error < 0)
        return false;
    return plan->duration_ns ? now_ns() - flight->run->began_ns < plan->duration_ns : started < plan->count;
}

/* An operation that is complete at once (a blocking call) is followed here, not by recursion. */
static void launch(Flight *flight, uint64_t *started) {
    Run *run = flight->run;
    flight->starting = true;
    while (!flight->in_the_air && wants_more(flight, *started)) {
        flight->in_the_air = true;
        flight->order = run->orders++;
        flight->began_ns = now_ns();
        (*started)++;
        run->active++;
        int r = run->plan->work->start(flight);
        if (r < 0)
            flight_fail(flight, r);
    }
    flight->starting = false;
}

/* The count of a flight is kept behind it, out of the way of the kinds of work. */
static uint64_t *started_of(Flight *flight) {
    return (uint64_t *) ((char *) flight + flight->run->plan->work->flight_size);
}

void flight_done(Flight *flight) {
    Run *run = flight->run;
    run->last_ns = now_ns();
    uint64_t latency = run->last_ns - flight->began_ns;
    g_array_append_val(run->latencies, latency);
    run->completed++;
    run->active--;
    flight->in_the_air = false;
    if (run->plan->work->clear)
        run->plan->work->clear(flight);
    if (!flight->starting)
        launch(flight, started_of(flight));
}

void flight_fail(Flight *flight, int error) {
    if (flight->run->error >= 0)
        flight->run->error = error;
}

bool flight_failed(Flight *flight, sd_bus_message *reply) {
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    if (!error)
        return false;
    if (flight->run->error >= 0)
        fprintf(stderr, "refused: %s: %s\n", error->name, error->message);
    flight_fail(flight, -sd_bus_message_get_errno(reply));
    return true;
}

int flight_call(Flight *flight, sd_bus_message *m, sd_bus_message_handler_t on_reply) {
    flight->slot = sd_bus_slot_unref(flight->slot);
    return sd_bus_call_async(flight->connection->bus, &flight->slot, m, on_reply, flight, 0);
}

Flight *run_oldest(Run *run, Connection *connection, bool (*wants)(const Flight *, const void *),
                   const void *key) {
    Flight *oldest = NULL;
    for (Flight **flight = connection->flights; flight && *flight; flight++)
        if ((*flight)->in_the_air && (!oldest || (*flight)->order < oldest->order) && wants(*flight, key))
            oldest = *flight;
    return oldest;
}

static void on_signal(Connection *connection, sd_bus_message *m, void *userdata) {
    Run *run = userdata;
    run->plan->work->on_signal(run, connection, m);
}

static void prepare(Run *run) {
    const RunPlan *plan = run->plan;
    unsigned stride = plan->in_flight + 1;
    run->flights = g_new0(Flight *, plan->n_connections * stride);
    for (unsigned c = 0; c < plan->n_connections; c++) {
        plan->connections[c]->flights = &run->flights[c * stride];
        for (unsigned i = 0; i < plan->in_flight; i++) {
            Flight *flight = g_malloc0(plan->work->flight_size + sizeof(uint64_t));
            flight->run = run;
            flight->connection = plan->connections[c];
            run->flights[c * stride + i] = flight;
        }
    }
}

void run_clear(Run *run) {
    if (!run->plan)
        return;
    for (unsigned c = 0; c < run->plan->n_connections; c++) {
        Connection *connection = run->plan->connections[c];
        for (Flight **flight = connection->flights; flight && *flight; flight++) {
            sd_bus_slot_unref((*flight)->slot);
            if (run->plan->work->clear)
                run->plan->work->clear(*flight);
            g_free(*flight);
        }
        connection->flights = NULL;
    }
    g_free(run->flights);
    g_array_unref(run->latencies);
    *run = (Run){};
}

int run_work(Load *load, const RunPlan *plan, Run *ret) {
    Run *run = ret;
    int r = 0;
    *run = (Run){ .plan = plan, .latencies = g_array_new(false, false, sizeof(uint64_t)) };
    prepare(run);
    if (plan->work->on_signal)
        load_set_signal_hook(load, on_signal, run);
    run->began_ns = run->last_ns = now_ns();
    for (unsigned c = 0; c < plan->n_connections; c++)
        for (Flight **flight = plan->connections[c]->flights; *flight; flight++)
            launch(*flight, started_of(*flight));
    while (run->active > 0 && run->error >= 0 && r >= 0) {
        r = load_turn(load, STALL_MS);
        if (r == 0)
            r = -ETIMEDOUT;
    }
    load_set_signal_hook(load, NULL, NULL);
    return run->error < 0 ? run->error : MIN(r, 0);
}
