/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits for a call, answers it, and hands it to another application; the call goes on without us.
 *
 *     hand-off LINE TARGET            such as: hand-off loop1 org.example.Softphone
 *
 * TARGET is a bus name, unique or well-known, or "media:" and a media mode, for the application that would be offered such a
 * call first: media:g3-fax, if it turns out that a fax machine calls. Handoff() makes that one an owner too, with a handle of
 * its own; then we release ours, which changes nothing for the call. The target must have opened the line as owner. It sees
 * which call its handle belongs to by the Call ID, which we could also tell it: our path is of no use to it.
 *
 * Build: cc -o hand-off hand-off.c $(pkg-config --cflags --libs libsystemd)
 */
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

/* The path is to be freed. */
static char *wait_for_call(sd_bus *bus, const char *line) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char path[100], *call = NULL;
    int r;

    must(sd_bus_match_signal(bus, NULL, NAME, MANAGER_PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added,
                             &call), "listen", NULL);
    snprintf(path, sizeof(path), MANAGER_PATH "/line/%s", line);
    must(sd_bus_call_method(bus, NAME, path, LINE_INTERFACE, "Open", &error, NULL, "sasa{sv}", "owner", 0, 0), "open the line",
         &error);
    printf("waiting for a call on %s\n", line);
    while (!call) {
        r = sd_bus_process(bus, NULL);
        must(r, "go on", NULL);
        if (r == 0)
            must(sd_bus_wait(bus, UINT64_MAX), "wait", NULL);
    }
    return call;
}

static void print_call_id(sd_bus *bus, const char *call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *id = NULL;

    must(sd_bus_get_property_string(bus, NAME, call, CALL_INTERFACE, "CallId", &error, &id), "read the Call ID", &error);
    printf("answered %s, Call ID %s\n", call, id);
    free(id);
}

int main(int argc, char **argv) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus *bus = NULL;
    char *call;

    if (argc != 3) {
        fprintf(stderr, "usage: hand-off LINE TARGET\n");
        return EXIT_FAILURE;
    }
    setlinebuf(stdout);
    must(sd_bus_open_user(&bus), "reach the session bus", NULL);
    call = wait_for_call(bus, argv[1]);
    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "Answer", &error, NULL, ""), "answer", &error);
    print_call_id(bus, call);
    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "Handoff", &error, NULL, "s", argv[2]), "hand the call off",
         &error);
    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "Release", &error, NULL, ""), "release the handle", &error);
    printf("handed to %s\n", argv[2]);
    sd_bus_flush_close_unref(bus);
    free(call);
    return EXIT_SUCCESS;
}
