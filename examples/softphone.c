/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A telephone for a terminal: how a client of Callbus is written in C with sd-bus.
 *
 *     softphone LINE
 *
 * It opens the line as owner, so that calls that come in are given to it, and does what it reads from its standard input:
 * "dial ADDRESS", "answer", "hold", "unhold", "hangup", "show", "release", "quit". A command is about the newest call.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define NAME "org.callbus1"
#define MANAGER_PATH "/org/callbus1"
#define LINE_INTERFACE "org.callbus1.Line"
#define CALL_INTERFACE "org.callbus1.Call"

typedef struct Softphone {
    sd_bus *bus;
    sd_event *event;
    char *line;    /* object path of our line */
    char *service; /* unique name of the service: signals of anybody else are not for us */
    char *call;    /* object path of our newest handle, "" without one */
} Softphone;

static void keep(char **slot, const char *text) {
    free(*slot);
    *slot = strdup(text);
    if (!*slot)
        abort();
}

static int complain(const sd_bus_error *error, int r) {
    printf("refused: %s: %s\n", error->name ? error->name : strerror(-r), error->message ? error->message : "");
    return r;
}

/* Reads an a{sv} and tells of the properties that a person wants to see. */
static int print_properties(sd_bus_message *m, const char *path) {
    int r = sd_bus_message_enter_container(m, 'a', "{sv}");

    printf("%s", path);
    while (r > 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        const char *name, *type, *text;

        r = sd_bus_message_read(m, "s", &name);
        if (r >= 0)
            r = sd_bus_message_peek_type(m, NULL, &type);
        if (r < 0)
            break;
        if (strcmp(type, "s") == 0) {
            r = sd_bus_message_read(m, "v", "s", &text);
            if (r >= 0 && text[0] && (strcmp(name, "CallId") == 0 || strcmp(name, "State") == 0 ||
                                      strcmp(name, "DisconnectCause") == 0 || strcmp(name, "Address") == 0))
                printf("  %s=%s", name, text);
        } else
            r = sd_bus_message_skip(m, "v");
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    printf("\n");
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* InterfacesAdded(o path, a{sa{sv}} interfaces): a call handle is ours from now on. */
static int on_added(Softphone *phone, sd_bus_message *m) {
    const char *path, *interface;
    int r = sd_bus_message_read(m, "o", &path);

    if (r >= 0)
        r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
    if (r >= 0)
        r = sd_bus_message_enter_container(m, 'e', "sa{sv}");
    if (r > 0)
        r = sd_bus_message_read(m, "s", &interface);
    if (r <= 0 || strcmp(interface, CALL_INTERFACE) != 0)
        return r;
    keep(&phone->call, path);
    printf("new call: ");
    return print_properties(m, path);
}

/* InterfacesRemoved(o path, as interfaces): it is no longer. */
static int on_removed(Softphone *phone, sd_bus_message *m) {
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);

    if (r < 0)
        return r;
    printf("gone: %s\n", path);
    if (strcmp(path, phone->call) == 0)
        keep(&phone->call, "");
    return 0;
}

/* PropertiesChanged(s interface, a{sv} changed, as invalidated), from the path of one of our handles. */
static int on_changed(sd_bus_message *m) {
    const char *interface;
    int r = sd_bus_message_read(m, "s", &interface);

    if (r < 0 || strcmp(interface, CALL_INTERFACE) != 0)
        return r;
    printf("changed: ");
    return print_properties(m, sd_bus_message_get_path(m));
}

/* All that is sent to us alone: no match rule is needed for it, so the bus need not compare one with every signal. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Softphone *phone = userdata;
    int r = 0;

    if (!phone->service || !sd_bus_message_get_sender(m) || strcmp(sd_bus_message_get_sender(m), phone->service) != 0)
        return 0;
    if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded"))
        r = on_added(phone, m);
    else if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved"))
        r = on_removed(phone, m);
    else if (sd_bus_message_is_signal(m, "org.freedesktop.DBus.Properties", "PropertiesChanged"))
        r = on_changed(m);
    else if (sd_bus_message_is_signal(m, LINE_INTERFACE, "Rang"))
        printf("ring!\n");
    fflush(stdout);
    return r < 0 ? r : 0;
}

/* Finds the line by its name, opens it, and learns who the service is. */
static int open_line(Softphone *phone, const char *name) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int r;

    if (asprintf(&phone->line, MANAGER_PATH "/line/%s", name) < 0)
        return -ENOMEM;
    r = sd_bus_call_method(phone->bus, NAME, phone->line, LINE_INTERFACE, "Open", &error, &reply, "sasa{sv}", "owner",
                           0, 0);
    if (r < 0)
        complain(&error, r);
    else {
        keep(&phone->service, sd_bus_message_get_sender(reply));
        printf("line %s is open, I am %s\n", name, sd_bus_message_get_destination(reply));
    }
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r;
}

/* The reply gives our handle; all signals about it come later. */
static int dial(Softphone *phone, const char *address) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *path;
    int r;

    r = sd_bus_call_method(phone->bus, NAME, phone->line, LINE_INTERFACE, "Dial", &error, &reply, "sa{sv}", address, 0);
    if (r >= 0)
        r = sd_bus_message_read(reply, "o", &path);
    if (r >= 0)
        printf("dialled: %s\n", path);
    else
        complain(&error, r);
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r;
}

static int show(Softphone *phone, const char *path) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_call_method(phone->bus, NAME, path, "org.freedesktop.DBus.Properties", "GetAll", &error, &reply, "s",
                           CALL_INTERFACE);
    if (r >= 0) {
        printf("I read: ");
        r = print_properties(reply, path);
    } else
        complain(&error, r);
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    return r;
}

static int operate(Softphone *phone, const char *method, const char *types) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_call_method(phone->bus, NAME, phone->call, CALL_INTERFACE, method, &error, NULL, types, 0);

    if (r < 0)
        complain(&error, r);
    sd_bus_error_free(&error);
    return r;
}

static const struct {
    const char *command, *method, *types;
} operations[] = {
    { "answer",  "Answer",  NULL    },
    { "hold",    "Hold",    NULL    },
    { "unhold",  "Unhold",  NULL    },
    { "hangup",  "Drop",    "a{sv}" },
    { "release", "Release", NULL    },
};

static void obey(Softphone *phone, const char *command, const char *argument) {
    if (strcmp(command, "dial") == 0) {
        dial(phone, argument);
        return;
    }
    if (strcmp(command, "quit") == 0) {
        sd_event_exit(phone->event, 0);
        return;
    }
    if (strcmp(command, "show") == 0 && argument[0]) {
        show(phone, argument);
        return;
    }
    if (!phone->call[0]) {
        printf("there is no call\n");
        return;
    }
    if (strcmp(command, "show") == 0) {
        show(phone, phone->call);
        return;
    }
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(command, operations[i].command) == 0) {
            operate(phone, operations[i].method, operations[i].types);
            return;
        }
    printf("what is \"%s\"? dial, answer, hold, unhold, hangup, show, release, quit\n", command);
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
    Softphone *phone = userdata;
    char line[512], command[16] = "", argument[400] = "";

    if (!fgets(line, sizeof(line), stdin))
        return sd_event_exit(phone->event, 0);
    if (sscanf(line, "%15s %399s", command, argument) > 0)
        obey(phone, command, argument);
    fflush(stdout);
    return 0;
}

/* The bus goes away with the service in it, or the loop ends: in both cases what was opened is closed by itself. */
static int run(Softphone *phone, const char *line) {
    int r;

    setvbuf(stdin, NULL, _IONBF, 0); /* what is read ahead would wait unseen by the loop */
    r = sd_event_default(&phone->event);
    if (r >= 0)
        r = sd_bus_open_user(&phone->bus);
    if (r >= 0)
        r = sd_bus_set_exit_on_disconnect(phone->bus, true);
    if (r >= 0)
        r = sd_bus_attach_event(phone->bus, phone->event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = sd_bus_add_filter(phone->bus, NULL, on_message, phone);
    if (r < 0) {
        printf("no bus: %s\n", strerror(-r));
        return r;
    }
    r = open_line(phone, line);
    fflush(stdout);
    if (r >= 0)
        r = sd_event_add_io(phone->event, NULL, STDIN_FILENO, EPOLLIN, on_input, phone);
    return r < 0 ? r : sd_event_loop(phone->event);
}

int main(int argc, char *argv[]) {
    Softphone phone = { .call = NULL };
    int r;

    if (argc != 2) {
        fprintf(stderr, "usage: softphone LINE\n");
        return EXIT_FAILURE;
    }
    keep(&phone.call, "");
    r = run(&phone, argv[1]);
    sd_bus_flush_close_unref(phone.bus);
    sd_event_unref(phone.event);
    free(phone.line);
    free(phone.service);
    free(phone.call);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
