/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls two people, and joins them and us in a conference, until one of them hangs up.
 *
 *     conference LINE ADDRESS ADDRESS          such as: conference loop0 101 102
 *
 * SetupConference() makes two calls of a connected one: the conference, which is a call of its own, and a consultation, to
 * talk to the next party before it joins. AddToConference() lets it in; all are then "conferenced", and report one Call ID.
 * PrepareAddToConference() of the conference would give the consultation for one more. With one party left the conference
 * is over, and that call is an ordinary one again.
 *
 * Build: cc -o conference conference.c $(pkg-config --cflags --libs libsystemd)
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

/* Calls a method that takes an address and options: Dial() or SetupConference(). */
static sd_bus_message *make(sd_bus *bus, const char *path, const char *interface, const char *method, const char *address) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;

    must(sd_bus_call_method(bus, NAME, path, interface, method, &error, &reply, "sa{sv}", address, 0), method, &error);
    printf("%s %s\n", method, address);
    return reply;
}

static char *state_of(sd_bus *bus, const char *call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *state = NULL;

    must(sd_bus_get_property_string(bus, NAME, call, CALL_INTERFACE, "State", &error, &state), "read the state", &error);
    return state;
}

/* Whatever happens to a call of ours comes as a message, so we look again after each. */
static void wait_until(sd_bus *bus, const char *call, const char *wanted) {
    for (;;) {
        char *state = state_of(bus, call);
        bool there = strcmp(state, wanted) == 0;
        int r;

        if (!there && (strcmp(state, "idle") == 0 || strcmp(state, "disconnected") == 0 || strcmp(state, "busy") == 0)) {
            fprintf(stderr, "%s is %s\n", call, state);
            exit(EXIT_FAILURE);
        }
        free(state);
        if (there)
            return;
        r = sd_bus_process(bus, NULL);
        must(r, "go on", NULL);
        if (r == 0)
            must(sd_bus_wait(bus, UINT64_MAX), "wait", NULL);
    }
}

/* Lets the consultation in, and shows what belongs together now: the conference first, then who takes part. */
static void add(sd_bus *bus, const char *conference, const char *consultation) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *call;

    must(sd_bus_call_method(bus, NAME, conference, CALL_INTERFACE, "AddToConference", &error, NULL, "o", consultation),
         "add to the conference", &error);
    must(sd_bus_call_method(bus, NAME, conference, CALL_INTERFACE, "GetConferenceCalls", &error, &reply, ""),
         "see the conference", &error);
    must(sd_bus_message_enter_container(reply, 'a', "o"), "see the conference", NULL);
    while (sd_bus_message_read(reply, "o", &call) > 0)
        printf("in the conference: %s\n", call);
    sd_bus_message_unref(reply);
}

int main(int argc, char **argv) {
    sd_bus *bus = NULL;
    sd_bus_message *dialled, *set_up;
    char line[100];
    const char *call, *conference, *consultation;

    if (argc != 4) {
        fprintf(stderr, "usage: conference LINE ADDRESS ADDRESS\n");
        return EXIT_FAILURE;
    }
    setlinebuf(stdout);
    must(sd_bus_open_user(&bus), "reach the session bus", NULL);
    snprintf(line, sizeof(line), "/org/callbus1/line/%s", argv[1]);

    dialled = make(bus, line, LINE_INTERFACE, "Dial", argv[2]);
    must(sd_bus_message_read(dialled, "o", &call), "read the reply", NULL);
    wait_until(bus, call, "connected");
    set_up = make(bus, call, CALL_INTERFACE, "SetupConference", argv[3]);
    must(sd_bus_message_read(set_up, "oo", &conference, &consultation), "read the reply", NULL);
    wait_until(bus, consultation, "connected");
    add(bus, conference, consultation);
    wait_until(bus, conference, "connected");
    printf("we are three\n");
    wait_until(bus, conference, "idle");
    /* We leave the bus, and the call that is left ends with us. */
    printf("the conference is over\n");

    sd_bus_message_unref(dialled);
    sd_bus_message_unref(set_up);
    sd_bus_flush_close_unref(bus);
    return EXIT_SUCCESS;
}
