/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service with nothing behind it: sd-bus, its own loop, one property, and messages of any size. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <systemd/sd-bus.h>

#include "service/cleanup.h"
#include "tests/bench/bare.h"

typedef struct Step {
    GArray *before; /* uint32_t payloads of signals */
    uint32_t reply;
    GArray *after;
} Step;

typedef struct Bare {
    const char *state;
    GPtrArray *steps;
    char **watchers;
} Bare;

static const uint8_t zeros[BARE_PAYLOAD_MAX];

static void step_free(Step *step) {
    g_array_unref(step->before);
    g_array_unref(step->after);
    g_free(step);
}

static int read_sizes(sd_bus_message *m, GArray *sizes) {
    const void *data;
    size_t bytes;
    int r = sd_bus_message_read_array(m, 'u', &data, &bytes);
    if (r < 0)
        return r;
    g_array_append_vals(sizes, data, bytes / sizeof(uint32_t));
    return 0;
}

static int read_step(sd_bus_message *m, Step *step) {
    int r = read_sizes(m, step->before);
    if (r < 0)
        return r;
    r = sd_bus_message_read(m, "u", &step->reply);
    if (r < 0)
        return r;
    return read_sizes(m, step->after);
}

static int on_plan(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bare *bare = userdata;
    int r = sd_bus_message_enter_container(m, 'a', "(auuau)");
    if (r < 0)
        return r;
    g_ptr_array_set_size(bare->steps, 0);
    while ((r = sd_bus_message_enter_container(m, 'r', "auuau")) > 0) {
        Step *step = g_new0(Step, 1);
        step->before = g_array_new(false, false, sizeof(uint32_t));
        step->after = g_array_new(false, false, sizeof(uint32_t));
        g_ptr_array_add(bare->steps, step);
        r = read_step(m, step);
        if (r < 0)
            return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
            return r;
    }
    return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int append_payload(sd_bus_message *m, uint32_t size) {
    return size > sizeof(zeros) ? -E2BIG : sd_bus_message_append_array(m, 'y', zeros, size);
}

static int send_signal(sd_bus *bus, const char *destination, const char *member, uint32_t size) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = sd_bus_message_new_signal(bus, &m, BARE_PATH, BARE_INTERFACE, member);
    if (r < 0)
        return r;
    r = sd_bus_message_set_destination(m, destination);
    if (r < 0)
        return r;
    r = append_payload(m, size);
    if (r < 0)
        return r;
    return sd_bus_send(bus, m, NULL);
}

static int send_signals(sd_bus_message *call, const GArray *sizes) {
    for (unsigned i = 0; i < sizes->len; i++) {
        uint32_t size = g_array_index(sizes, uint32_t, i);
        const char *member = size & BARE_AWAITED ? "A" : "S";
        int r = send_signal(sd_bus_message_get_bus(call), sd_bus_message_get_sender(call), member,
                            size & ~BARE_AWAITED);
        if (r < 0)
            return r;
    }
    return 0;
}

static int send_reply(sd_bus_message *call, uint32_t size) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_return(call, &m);
    if (r < 0)
        return r;
    if (size != BARE_EMPTY) {
        r = append_payload(m, size);
        if (r < 0)
            return r;
    }
    return sd_bus_send(NULL, m, NULL);
}

static int on_step(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bare *bare = userdata;
    uint8_t number;
    const void *data;
    size_t size;
    int r = sd_bus_message_read(m, "y", &number);
    if (r < 0)
        return r;
    r = sd_bus_message_read_array(m, 'y', &data, &size);
    if (r < 0)
        return r;
    if (number >= bare->steps->len)
        return -EINVAL;

    const Step *step = g_ptr_array_index(bare->steps, number);
    r = send_signals(m, step->before);
    if (r < 0)
        return r;
    r = send_reply(m, step->reply);
    if (r < 0)
        return r;
    r = send_signals(m, step->after);
    return r < 0 ? r : 1;
}

static int on_watch(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bare *bare = userdata;
    g_auto(GStrv) names = NULL;
    g_autoptr(GPtrArray) copy = g_ptr_array_new();
    const char *name;
    int r = sd_bus_message_enter_container(m, 'a', "s");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_read(m, "s", &name)) > 0)
        g_ptr_array_add(copy, g_strdup(name));
    g_ptr_array_add(copy, NULL);
    names = (char **) g_ptr_array_steal(copy, NULL);
    if (r < 0)
        return r;
    g_strfreev(bare->watchers);
    bare->watchers = TAKE_PTR(names);
    return sd_bus_reply_method_return(m, NULL);
}

static int on_change(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Bare *bare = userdata;
    uint32_t size;
    int r = sd_bus_message_read(m, "u", &size);
    if (r < 0)
        return r;
    for (char **name = bare->watchers; name && *name; name++) {
        r = send_signal(sd_bus_message_get_bus(m), *name, "S", size);
        if (r < 0)
            return r;
    }
    return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable bare_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Plan", "a(auuau)", NULL, on_plan, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Step", "yay", "ay", on_step, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Tick", "yay", NULL, on_step, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Watch", "as", NULL, on_watch, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Change", "u", NULL, on_change, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("S", "ay", 0),
    SD_BUS_SIGNAL("A", "ay", 0),
    SD_BUS_VTABLE_END,
};

static const sd_bus_vtable call_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("State", "s", NULL, offsetof(Bare, state), 0),
    SD_BUS_VTABLE_END,
};

static volatile sig_atomic_t stopped;

static void on_terminate(int signal_number) {
    stopped = 1;
}

static int serve(sd_bus *bus) {
    while (!stopped) {
        int r = sd_bus_process(bus, NULL);
        if (r < 0)
            return r;
        if (r > 0)
            continue;
        r = sd_bus_wait(bus, UINT64_MAX);
        if (r < 0 && r != -EINTR)
            return r;
    }
    return 0;
}

static int run(Bare *bare) {
    _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_open_user(&bus);
    if (r < 0)
        return r;
    r = sd_bus_add_object_vtable(bus, NULL, BARE_PATH, BARE_INTERFACE, bare_vtable, bare);
    if (r < 0)
        return r;
    r = sd_bus_add_object_vtable(bus, NULL, BARE_CALL_PATH, BARE_CALL_INTERFACE, call_vtable, bare);
    if (r < 0)
        return r;
    r = sd_bus_request_name(bus, BARE_NAME, 0);
    if (r < 0)
        return r;
    return serve(bus);
}

int main(void) {
    g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func((GDestroyNotify) step_free);
    Bare bare = { .state = "connected", .steps = steps };
    /* No SA_RESTART: the signal has to end the wait. */
    sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_terminate }, NULL);
    int r = run(&bare);
    g_strfreev(bare.watchers);
    if (r < 0)
        fprintf(stderr, "bench-bare: %s\n", strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
