/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls somebody, asks a third party whether they want to speak to them, and connects the two.
 *
 *     transfer-call LINE ADDRESS TARGET          such as: transfer-call loop0 101 102
 *
 * SetupTransfer() holds the call and gives a second one, the consultation. When that one has been answered,
 * CompleteTransfer() connects the two far ends to each other, and both of our calls are idle. To give up instead, one drops
 * the consultation: the first call is then connected again by itself.
 *
 * Build: cc -o transfer-call transfer-call.c $(pkg-config --cflags --libs libsystemd)
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

/* Calls a method that takes an address and options, and gives a call: Dial() or SetupTransfer(). The path is to be freed. */
static char *make(sd_bus *bus, const char *path, const char *interface, const char *method, const char *address) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *text;
    char *call;

    must(sd_bus_call_method(bus, NAME, path, interface, method, &error, &reply, "sa{sv}", address, 0), method, &error);
    must(sd_bus_message_read(reply, "o", &text), method, NULL);
    call = strdup(text);
    sd_bus_message_unref(reply);
    printf("%s %s: %s\n", method, address, call);
    return call;
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

static void complete(sd_bus *bus, const char *call, const char *consultation) {
    sd_bus_error error = SD_BUS_ERROR_NULL;

    must(sd_bus_call_method(bus, NAME, call, CALL_INTERFACE, "CompleteTransfer", &error, NULL, "os", consultation, "transfer"),
         "transfer", &error);
}

int main(int argc, char **argv) {
    sd_bus *bus = NULL;
    char line[100], *call, *consultation;

    if (argc != 4) {
        fprintf(stderr, "usage: transfer-call LINE ADDRESS TARGET\n");
        return EXIT_FAILURE;
    }
    setlinebuf(stdout);
    must(sd_bus_open_user(&bus), "reach the session bus", NULL);
    snprintf(line, sizeof(line), "/org/callbus1/line/%s", argv[1]);

    call = make(bus, line, LINE_INTERFACE, "Dial", argv[2]);
    wait_until(bus, call, "connected");
    consultation = make(bus, call, CALL_INTERFACE, "SetupTransfer", argv[3]);
    wait_until(bus, call, "on-hold-pending-transfer");
    printf("%s is on hold\n", argv[2]);
    wait_until(bus, consultation, "connected");
    printf("talking to %s\n", argv[3]);
    complete(bus, call, consultation);
    wait_until(bus, call, "idle");
    wait_until(bus, consultation, "idle");
    printf("%s and %s are connected\n", argv[2], argv[3]);

    free(call);
    free(consultation);
    sd_bus_flush_close_unref(bus);
    return EXIT_SUCCESS;
}
