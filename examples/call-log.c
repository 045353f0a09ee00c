/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes an entry for each call that ends on some lines, whoever makes or takes them.
 *
 *     call-log LINE...                such as: call-log loop0 loop1
 *
 * Who has opened a line as monitor gets a handle of its own for each call on it. An ended call can be read on the handle as long
 * as one keeps it; when the entry is written, we release it, which changes nothing for anybody else.
 *
 * Build: cc -o call-log call-log.c $(pkg-config --cflags --libs libsystemd)
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

/* The text is to be freed. */
static char *text_of(sd_bus *bus, const char *call, const char *name) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *text = NULL;

    must(sd_bus_get_property_string(bus, NAME, call, CALL_INTERFACE, name, &error, &text), name, &error);
    return text;
}

/* Microseconds since 1970, 0 if it has not happened. */
static uint64_t time_of(sd_bus *bus, const char *call, const char *name) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    uint64_t usec;

    must(sd_bus_get_property_trivial(bus, NAME, call, CALL_INTERFACE, name, &error, 't', &usec), name, &error);
    return usec;
}

static void write_entry(sd_bus *bus, const char *call, uint64_t ended) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *direction = text_of(bus, call, "Direction"), *address = text_of(bus, call, "Address");
    char *cause = text_of(bus, call, "DisconnectCause"), *id = text_of(bus, call, "CallId");
    uint64_t connected = time_of(bus, call, "ConnectedTimestamp");

    if (connected > 0)
        printf("entry: %s %s, %.1f s, %s, Call ID %s\n", direction, address, (double) (ended - connected) / 1e6, cause, id);
    else
        printf("entry: %s %s, not connected, %s, Call ID %s\n", direction, address, cause, id);
    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "Release", &error, NULL, ""), "release the handle", &error);
    free(direction);
    free(address);
    free(cause);
    free(id);
}

/* PropertiesChanged from the path of one of our handles: is the call over? A call that the far end ended is first
 * "disconnected", and "idle" when its owner has cleared it; only that is the end of all changes. */
static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    sd_bus *bus = sd_bus_message_get_bus(m);
    const char *call = sd_bus_message_get_path(m), *interface;
    char *state = NULL;
    int r = sd_bus_message_read(m, "s", &interface);

    if (r < 0 || strcmp(interface, CALL_INTERFACE) != 0)
        return r;
    /* After Release() there is no such handle, and nothing is left to be told. */
    if (sd_bus_get_property_string(bus, NAME, call, CALL_INTERFACE, "State", NULL, &state) < 0)
        return 0;
    if (strcmp(state, "idle") == 0)
        write_entry(bus, call, time_of(bus, call, "EndedTimestamp"));
    free(state);
    return 0;
}

static void open_line(sd_bus *bus, const char *line) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char path[100];

    snprintf(path, sizeof(path), MANAGER_PATH "/line/%s", line);
    must(sd_bus_call_method(bus, NAME, path, LINE_INTERFACE, "Open", &error, NULL, "sasa{sv}", "monitor", 0, 0),
         "open the line", &error);
    printf("line %s is open\n", line);
}

int main(int argc, char **argv) {
    sd_bus *bus = NULL;
    int r;

    if (argc < 2) {
        fprintf(stderr, "usage: call-log LINE...\n");
        return EXIT_FAILURE;
    }
    setlinebuf(stdout);
    must(sd_bus_open_user(&bus), "reach the session bus", NULL);
    must(sd_bus_match_signal(bus, NULL, NAME, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged", on_changed, NULL),
         "listen", NULL);
    for (int i = 1; i < argc; i++)
        open_line(bus, argv[i]);
    for (;;) {
        r = sd_bus_process(bus, NULL);
        must(r, "go on", NULL);
        if (r == 0)
            must(sd_bus_wait(bus, UINT64_MAX), "wait", NULL);
    }
}
