/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a call, and tells how it goes until it is over.
 *
 *     make-call LINE ADDRESS          such as: make-call loop0 101
 *
 * Dial() gives us a handle, of which we are the owner; all that happens to the call is told by PropertiesChanged from the
 * handle's path. When the far end has hung up, the call is "disconnected" until we drop it, and then "idle", for good. A
 * call that we alone own ends with us, so Ctrl-C hangs up.
 *
 * Build: cc -o make-call make-call.c $(pkg-config --cflags --libs libsystemd)
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define NAME "org.callbus1"
#define LINE_INTERFACE "org.callbus1.Line"
#define CALL_INTERFACE "org.callbus1.Call"

static void must(int r, const char *what, const sd_bus_error *error) {
    if (r >= 0)
        return;
    fprintf(stderr, "can't %s: %s\n", what, error && error->message ? error->message : strerror(-r));
    exit(EXIT_FAILURE);
}

/* The far end or the network has ended the call: clear it. */
static void drop(sd_bus *bus, const char *call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;

    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "Drop", &error, NULL, "a{sv}", 0), "hang up", &error);
}

/* PropertiesChanged(s interface, a{sv} changed, as invalidated): what we want to know of it is the state, and the cause that
 * comes with the last ones. Lines have properties too. */
static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *interface, *name, *text, *state = "", *cause = "";
    bool *over = userdata;
    int r = sd_bus_message_read(m, "s", &interface);

    if (r < 0 || strcmp(interface, CALL_INTERFACE) != 0)
        return r;
    r = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        r = sd_bus_message_read(m, "s", &name);
        if (r >= 0 && strcmp(name, "State") != 0 && strcmp(name, "DisconnectCause") != 0)
            r = sd_bus_message_skip(m, "v");
        else if (r >= 0 && (r = sd_bus_message_read(m, "v", "s", &text)) >= 0)
            *(strcmp(name, "State") == 0 ? &state : &cause) = text;
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    if (r < 0 || !*state)
        return r;
    printf("%s%s%s\n", state, *cause ? ": " : "", cause);
    if (strcmp(state, "disconnected") == 0 || strcmp(state, "busy") == 0)
        drop(sd_bus_message_get_bus(m), sd_bus_message_get_path(m));
    *over = strcmp(state, "idle") == 0;
    return 0;
}

/* The reply tells the path of our handle; every signal about it comes later. We listen before that, so as not to miss one;
 * what we get is only about handles of our own. */
static void dial(sd_bus *bus, const char *line, const char *address, bool *over) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    char line_path[100];
    const char *call;

    must(sd_bus_match_signal(bus, NULL, NAME, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged", on_changed, over),
         "listen", NULL);
    snprintf(line_path, sizeof(line_path), "/org/callbus1/line/%s", line);
    must(sd_bus_call_method(bus, NAME, line_path, LINE_INTERFACE, "Dial", &error, &reply, "sa{sv}", address, 0), "dial",
         &error);
    must(sd_bus_message_read(reply, "o", &call), "read the reply", NULL);
    printf("dialled %s on %s: %s\n", address, line, call);
    sd_bus_message_unref(reply);
}

int main(int argc, char **argv) {
    sd_bus *bus = NULL;
    bool over = false;
    int r;

    if (argc != 3) {
        fprintf(stderr, "usage: make-call LINE ADDRESS\n");
        return EXIT_FAILURE;
    }
    setlinebuf(stdout);
    must(sd_bus_open_user(&bus), "reach the session bus", NULL);
    dial(bus, argv[1], argv[2], &over);
    while (!over) {
        r = sd_bus_process(bus, NULL);
        must(r, "go on", NULL);
        if (r == 0)
            must(sd_bus_wait(bus, UINT64_MAX), "wait", NULL);
    }
    sd_bus_flush_close_unref(bus);
    return EXIT_SUCCESS;
}
