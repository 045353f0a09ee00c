/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits for a call, answers it, and stays until the caller hangs up.
 *
 *     receive-call LINE               such as: receive-call loop1
 *
 * Who has opened a line as owner is given the calls that come in on it: InterfacesAdded of the ObjectManager brings the
 * handle. If several have, one of them is chosen; the others see nothing of the call.
 *
 * Build: cc -o receive-call receive-call.c $(pkg-config --cflags --libs libsystemd)
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define NAME "org.callbus1"
#define MANAGER_PATH "/org/callbus1"
#define LINE_INTERFACE "org.callbus1.Line"
#define CALL_INTERFACE "org.callbus1.Call"

static void must(int r, const char *what, const sd_bus_error *error) {
    if (r >= 0)
        return;
    fprintf(stderr, "can't %s: %s\n", what, error && error->message ? error->message : strerror(-r));
    exit(EXIT_FAILURE);
}

/* InterfacesAdded(o path, a{sa{sv}} interfaces). Paths of call handles begin with that of the clients. */
static int on_added(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    char **call = userdata;
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);

    if (r >= 0 && !*call && strncmp(path, MANAGER_PATH "/client/", strlen(MANAGER_PATH "/client/")) == 0)
        *call = strdup(path);
    return r < 0 ? r : 0;
}

/* Lets one message in; waits for it if there is none. */
static void step(sd_bus *bus) {
    int r = sd_bus_process(bus, NULL);

    must(r, "go on", NULL);
    if (r == 0)
        must(sd_bus_wait(bus, UINT64_MAX), "wait", NULL);
}

static void open_line(sd_bus *bus, const char *line) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char path[100];

    snprintf(path, sizeof(path), MANAGER_PATH "/line/%s", line);
    must(sd_bus_call_method(bus, NAME, path, LINE_INTERFACE, "Open", &error, NULL, "sasa{sv}", "owner", 0, 0), "open the line",
         &error);
}

static void answer(sd_bus *bus, const char *call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *number, *name, *presentation;

    must(sd_bus_get_property(bus, NAME, call, CALL_INTERFACE, "Caller", &error, &reply, "(sss)"), "read who calls", &error);
    must(sd_bus_message_read(reply, "(sss)", &number, &name, &presentation), "read who calls", NULL);
    printf("call from %s: %s\n", strcmp(presentation, "allowed") == 0 ? number : presentation, call);
    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "Answer", &error, NULL, ""), "answer", &error);
    printf("answered\n");
    sd_bus_message_unref(reply);
}

/* Each change of the call comes as a message; what it is now can also be read. */
static bool has_ended(sd_bus *bus, const char *call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *state = NULL;
    bool ended;

    must(sd_bus_get_property_string(bus, NAME, call, CALL_INTERFACE, "State", &error, &state), "read the state", &error);
    ended = strcmp(state, "disconnected") == 0 || strcmp(state, "idle") == 0;
    free(state);
    return ended;
}

int main(int argc, char **argv) {
    sd_bus *bus = NULL;
    char *call = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: receive-call LINE\n");
        return EXIT_FAILURE;
    }
    setlinebuf(stdout);
    must(sd_bus_open_user(&bus), "reach the session bus", NULL);
    must(sd_bus_match_signal(bus, NULL, NAME, MANAGER_PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added,
                             &call), "listen", NULL);
    open_line(bus, argv[1]);
    printf("waiting for a call on %s\n", argv[1]);
    while (!call)
        step(bus);
    answer(bus, call);
    while (!has_ended(bus, call))
        step(bus);
    printf("the caller has hung up\n");
    /* We leave the bus, and with us goes our handle: nobody has to clear the call. */
    sd_bus_flush_close_unref(bus);
    free(call);
    return EXIT_SUCCESS;
}
